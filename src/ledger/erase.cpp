#include <algorithm>

#include "crypto/sd_jwt.h"
#include "crypto/seal.h"
#include "ledger/ledger.h"

namespace sanjal::ledger {
namespace {

// "names/AbC" is an element of "names": erasing a field erases its elements.
bool is_named(std::vector<std::string> const& fields, std::string_view name) {
    if (fields.empty()) return true;
    return std::any_of(fields.begin(), fields.end(), [&](std::string const& field) {
        return name == field || (name.size() > field.size() && name.substr(0, field.size()) == field && name[field.size()] == '/');
    });
}

struct Sealed {
    std::int64_t position;
    std::string id;
    std::string sensitivity;
    std::int64_t slot;
    Bytes bytes;
};

std::vector<std::string> split(std::string_view all) {
    std::vector<std::string> parts;
    for (auto end = all.find('~'); end != std::string_view::npos; end = all.find('~')) {
        parts.emplace_back(all.substr(0, end));
        all.remove_prefix(end + 1);
    }
    return parts;
}

}  // namespace

Result<Entry> Ledger::erase(store::Transaction& tx, Erasure const& erasure) {
    std::vector<Sealed> all;
    SANJAL_DO(tx.each("select e.position, e.id, d.class, d.slot, d.sealed from ledger_entry e join ledger_disclosure d on d.position = e.position"
                      " where e.record = $1 and d.class <> 'head' order by d.class, e.position",
                      {erasure.record}, [&](store::Row const& row) -> Result<void> {
                          all.push_back({row.integer(0), std::string(row.text(1)), std::string(row.text(2)), row.integer(3), Bytes(row.bytes(4))});
                          return {};
                      }));
    // Class by class: which rows lose something, and under which new key the rest goes on.
    auto const erased_at = static_cast<std::int64_t>(state_.frontier.size());
    std::vector<std::string> names;
    for (std::size_t from = 0; from < all.size();) {
        std::size_t until = from;
        while (until < all.size() && all[until].sensitivity == all[from].sensitivity) ++until;
        std::string const sensitivity = all[from].sensitivity;
        std::vector<std::vector<std::string>> kept(until - from);
        bool loses = false;
        std::vector<std::int64_t> slots;
        for (std::size_t i = from; i < until; ++i) {
            auto key = parts_.keys.slot(all[i].slot);
            if (!key && key.error().code == "ledger.erased") continue;
            if (!key) return fail(std::move(key).error());
            SANJAL_TRY(auto const plain, crypto::open(**key, all[i].bytes, sealing_context(all[i].id, sensitivity)));
            if (std::find(slots.begin(), slots.end(), all[i].slot) == slots.end()) slots.push_back(all[i].slot);
            for (auto& encoded : split(plain)) {
                SANJAL_TRY(auto const disclosure, parse_disclosure(encoded));
                if (is_named(erasure.fields, disclosure.name)) {
                    loses = true;
                    std::string const base = disclosure.name.substr(0, disclosure.name.find('/'));
                    if (std::find(names.begin(), names.end(), base) == names.end()) names.push_back(base);
                } else {
                    kept[i - from].push_back(std::move(encoded));
                }
            }
        }
        if (loses) {
            SANJAL_DO(retire_slot(tx, erasure.record, sensitivity));
            std::int64_t fresh = 0;
            for (std::size_t i = from; i < until; ++i) {
                if (kept[i - from].empty()) {
                    SANJAL_DO(tx.run("delete from ledger_disclosure where position = $1 and class = $2", {all[i].position, sensitivity}));
                    continue;
                }
                if (fresh == 0) {
                    SANJAL_TRY(fresh, slot_for(tx, erasure.record, sensitivity));
                }
                SANJAL_TRY(auto const key, parts_.keys.slot(fresh));
                std::string joined;
                for (auto const& encoded : kept[i - from]) joined += encoded + "~";
                SANJAL_DO(tx.run("update ledger_disclosure set slot = $1, sealed = $2 where position = $3 and class = $4",
                                 {fresh, store::Blob{crypto::seal(*key, joined, sealing_context(all[i].id, sensitivity), parts_.random)}, all[i].position, sensitivity}));
            }
            SANJAL_DO(rewrap_blobs(tx, erasure.record, sensitivity, [&](std::string_view field) { return is_named(erasure.fields, field); }));
            for (auto const slot : slots) {
                SANJAL_DO(tx.run("insert into ledger_erased (slot, position) values ($1, $2) on conflict (slot) do nothing", {slot, erased_at}));
            }
        }
        from = until;
    }
    if (names.empty()) return fail(Fault::NotFound, "erase.nothing", "There is nothing of that kind to erase: it was never written, or it is erased already.");
    std::sort(names.begin(), names.end());

    Json fields = Json::list();
    for (auto const& name : names) fields.push_back(name);
    Json approvals = Json::list();
    for (auto const& approval : erasure.approvals) approvals.push_back(approval);
    NewEntry entry;
    entry.verb = "record.erased";
    entry.record = erasure.record;
    entry.fields = {{"approvals", std::move(approvals), "operational"},
                    {"fields", std::move(fields), "operational"},
                    {"reason", erasure.reason, "operational"},
                    {"settled", erasure.settled, "operational"}};
    Submission submission{erasure.submission, erasure.actor, erasure.pack, {std::move(entry)}};
    SANJAL_TRY(auto appended, append(tx, submission));
    return std::move(appended.front());
}

Result<void> Ledger::destroy_erased() {
    std::vector<std::int64_t> slots;
    SANJAL_DO(parts_.store.read([&](store::Transaction& tx) {
        return tx.each("select slot from ledger_erased where not exists (select 1 from ledger_disclosure d where d.slot = ledger_erased.slot)", {},
                       [&](store::Row const& row) -> Result<void> {
                           slots.push_back(row.integer(0));
                           return {};
                       });
    }));
    if (slots.empty()) return {};
    return parts_.keys.destroy_slots(slots);
}

}  // namespace sanjal::ledger
