#include "ledger/verify_live.h"

#include <algorithm>
#include <future>
#include <limits>
#include <optional>
#include <span>
#include <unordered_set>

#include "crypto/merkle.h"
#include "crypto/note.h"
#include "crypto/sd_jwt.h"
#include "crypto/seal.h"
#include "ledger/signers.h"
#include "ledger/verify.h"

namespace sanjal::ledger {
namespace {

constexpr std::int64_t page_rows = 1024;  // of about 4 KB each: they stay in a core's cache from reading to checking
constexpr std::int64_t slots_warm_max = 65536;

struct Part {
    std::string sensitivity;
    std::int64_t slot = 0;
    std::size_t begin = 0;  // in the row's sealed bytes
    std::size_t size = 0;
};

// One entry on its way.  It is used again for one of the page after the next, which finds its memory there.
struct Row {
    std::int64_t position = 0;
    std::string id;
    std::string compact;  // the signed part; then with what was sealed
    Bytes sealed;
    std::vector<Part> parts;
    crypto::Parsed parsed;
    Head head;
    Bytes leaf;
    std::optional<crypto::PublicKey> signer;  // whose signature was found to be right
    std::vector<std::int64_t> absent;         // slots whose key is not there
    std::optional<Error> error;
};

struct Page {
    std::vector<Row> rows;
    std::size_t count = 0;

    Row& add() {
        if (count == rows.size()) rows.emplace_back();
        Row& row = rows[count++];
        row.sealed.clear();
        row.parts.clear();
        row.absent.clear();
        row.signer.reset();
        row.error.reset();
        return row;
    }
};

bool is_read(std::string_view name) { return name == "head" || name == "use" || name == "kid"; }

// Opens what is sealed and takes the entry apart: disclosures without a digest, or twice, are refused there.
Result<void> open_and_parse(Row& row, Keys& keys) {
    row.compact += '~';
    for (auto const& part : row.parts) {
        auto const key = keys.slot(part.slot);
        if (!key && key.error().code == "ledger.erased") {
            row.absent.push_back(part.slot);
            continue;
        }
        if (!key) return fail(key.error());
        SANJAL_DO(crypto::open_onto(**key, std::string_view(row.sealed).substr(part.begin, part.size), sealing_context(row.id, part.sensitivity), row.compact));
    }
    SANJAL_DO(crypto::parse(row.compact, is_read, row.parsed));
    if (crypto::entry_id(row.parsed.signed_part) != row.id) return fail(Fault::Corrupt, "ledger.other_id", "The id of an entry is not that of its bytes.");
    SANJAL_TRY(row.head, head_of(row.parsed));
    row.leaf = crypto::leaf_hash(row.parsed.signed_part);
    return {};
}

Result<void> read_page(store::Transaction& tx, Keys& keys, std::int64_t from, Page& page) {
    page.count = 0;
    SANJAL_DO(tx.each("select position, id, signed from ledger_entry where position >= $1 order by position limit $2", {from, page_rows}, [&](store::Row const& row) -> Result<void> {
        Row& one = page.add();
        one.position = row.integer(0);
        one.id = row.text(1);
        one.compact = row.bytes(2);
        return {};
    }));
    if (page.count == 0) return {};
    std::int64_t lowest = std::numeric_limits<std::int64_t>::max();
    std::int64_t highest = -1;
    std::size_t at = 0;
    SANJAL_DO(tx.each("select position, class, slot, sealed from ledger_disclosure where position >= $1 and position <= $2 order by position, class",
                      {page.rows[0].position, page.rows[page.count - 1].position}, [&](store::Row const& row) -> Result<void> {
                          while (at < page.count && page.rows[at].position < row.integer(0)) ++at;
                          if (at == page.count || page.rows[at].position != row.integer(0)) return {};  // that entry is missing, which is found out
                          Row& one = page.rows[at];
                          auto const sealed = row.bytes(3);
                          one.parts.push_back({std::string(row.text(1)), row.integer(2), one.sealed.size(), sealed.size()});
                          one.sealed += sealed;
                          lowest = std::min(lowest, row.integer(2));
                          highest = std::max(highest, row.integer(2));
                          return {};
                      }));
    // Where the slots of a page lie close together, as they do for what was written at one time.
    if (highest - lowest < slots_warm_max) SANJAL_DO(keys.warm(lowest, highest));
    return {};
}

class LiveVerifier {
public:
    LiveVerifier(Ledger& ledger, unsigned threads) : ledger_(ledger), threads_(threads), signers_(ledger.node()) {}

    // Which slots were destroyed on purpose.
    Result<void> read_erased(store::Transaction& tx) {
        return tx.each("select slot from ledger_erased", {}, [&](store::Row const& row) -> Result<void> {
            erased_.insert(row.integer(0));
            return {};
        });
    }

    // Nothing of a transaction is touched.  The Error's `where` says which entry.
    Result<void> page(Page& page) {
        std::span<Row> const rows = std::span(page.rows).first(page.count);
        in_parallel(rows.size(), threads_, [&](std::size_t i) { open_and_check(rows[i]); });
        // Keys are learned in order; an entry whose signature was not found right under the key that it must have is checked now.
        std::vector<std::pair<Row*, crypto::PublicKey>> others;
        for (auto& row : rows) {
            if (row.position != next_) return fail(at(next_, "An entry is missing. Restore a backup."));
            ++next_;
            auto const in_order = [&]() -> Result<void> {
                for (auto const slot : row.absent) {
                    if (erased_.count(slot) == 0) return fail(Fault::Corrupt, "ledger.key_lost", "The key of a part of an entry is missing in keys.db, and nothing says that it was erased. Restore keys.db from its own backup.");
                }
                if (row.error) return fail(*row.error);
                SANJAL_TRY(auto const key, signers_.key_for(row.parsed, row.position));
                if (row.head.verb.starts_with("key.")) {
                    SANJAL_DO(crypto::verify(row.parsed, key));
                    SANJAL_DO(signers_.learn(row.parsed, row.position));
                }
                if (row.signer != key) others.emplace_back(&row, key);
                return {};
            }();
            if (!in_order) return fail(at(row.position, in_order.error().message));
            disclosed_ += static_cast<std::int64_t>(row.parsed.shown);
            absent_ += static_cast<std::int64_t>(row.absent.size());
        }
        in_parallel(others.size(), threads_, [&](std::size_t i) {
            auto& [row, key] = others[i];
            if (auto const right = crypto::verify(row->parsed, key); !right) row->error = right.error();
        });
        for (auto const& row : rows) {
            if (row.error) return fail(at(row.position, row.error->message));
            tree_.append(row.leaf);
        }
        return {};
    }

    // Whether the signed head is that of these entries.
    Result<void> head(std::string const& text) const {
        auto const note = crypto::parse_note(text);
        if (!note) return fail(at(next_, "The signed head is damaged."));
        auto const checkpoint = crypto::parse_checkpoint(note->text);
        if (!checkpoint) return fail(at(next_, "The signed head is damaged."));
        auto const key = signers_.newest("checkpoint");
        if (!key) return fail(at(next_, key.error().message));
        if (!crypto::verify_note(*note, ledger_.origin(), *key)) return fail(at(next_, "The signature of the head is not right."));
        if (checkpoint->size != tree_.size() || checkpoint->root != tree_.root()) return fail(at(next_, "The entries are not the ones that the head was signed for."));
        return {};
    }

    [[nodiscard]] std::int64_t next() const { return next_; }
    [[nodiscard]] Json answer() const {
        return Json::object({{"node", ledger_.node()}, {"origin", ledger_.origin()}, {"size", next_}, {"root", to_base64url(tree_.root())},
                             {"disclosed", disclosed_}, {"erased_parts", absent_}, {"keys", static_cast<std::int64_t>(signers_.size())}});
    }

private:
    static Error at(std::int64_t position, std::string why) { return {Fault::Invalid, "ledger.unsound", std::move(why), "entry " + std::to_string(position)}; }

    // What needs no other entry: any thread.
    void open_and_check(Row& row) const {
        if (auto const opened = open_and_parse(row, ledger_.keys()); !opened) {
            row.error = opened.error();
            return;
        }
        auto const* const known = signers_.find(row.parsed.claims.kid);
        if (known != nullptr && crypto::verify(row.parsed, known->key)) row.signer = known->key;
    }

    Ledger& ledger_;
    unsigned threads_;
    Signers signers_;
    std::unordered_set<std::int64_t> erased_;
    crypto::Frontier tree_;
    std::int64_t next_ = 0, disclosed_ = 0, absent_ = 0;
};

LiveVerdict unsound(Error const& error) { return {false, error.message, error.where, {}}; }

}  // namespace

Result<LiveVerdict> verify_live(store::Transaction& tx, Ledger& ledger, unsigned threads, std::function<void(std::int64_t)> const& progress) {
    LiveVerifier verifier(ledger, threads);
    SANJAL_DO(verifier.read_erased(tx));
    // The next page is read while the one before it is checked.
    Page reading, checked;
    std::future<Result<void>> checking;
    for (std::int64_t from = 0;;) {
        auto const read = read_page(tx, ledger.keys(), from, reading);
        if (checking.valid()) {
            if (auto const sound = checking.get(); !sound) return unsound(sound.error());
            if (progress) progress(verifier.next());
        }
        if (!read) return fail(read.error());
        if (reading.count == 0) break;
        from = reading.rows[reading.count - 1].position + 1;
        std::swap(reading, checked);
        checking = std::async(std::launch::async, [&] { return verifier.page(checked); });
    }
    // Nobody walks through the slots any more.
    SANJAL_DO(ledger.keys().warm(0, -1));
    SANJAL_TRY(auto const note, ledger.checkpoint(tx));
    if (auto const sound = verifier.head(note); !sound) return unsound(sound.error());
    return LiveVerdict{true, {}, {}, verifier.answer()};
}

}  // namespace sanjal::ledger
