#include "ledger/export.h"

#include <algorithm>
#include <future>
#include <limits>
#include <set>

#include "crypto/hash.h"
#include "crypto/jws.h"
#include "crypto/sd_jwt.h"
#include "crypto/seal.h"
#include "ledger/signers.h"
#include "ledger/verify.h"

namespace sanjal::ledger {
namespace {

class Out {
public:
    explicit Out(WriteSome const& write) : write_(write) {}
    Result<void> line(Json const& json) {
        std::string const text = write_json(json) + "\n";
        hash_.update(text);
        bytes_ += static_cast<std::int64_t>(text.size());
        ++lines_;
        return write_(text);
    }
    Json manifest(std::string const& node, std::int64_t now) {
        return Json::object({{"iss", node}, {"iat", now}, {"lines", lines_}, {"bytes", bytes_}, {"sha256", to_base64url(hash_.finish())}});
    }

private:
    WriteSome const& write_;
    crypto::Sha256 hash_;
    std::int64_t bytes_ = 0;
    std::int64_t lines_ = 0;
};

// A file in pieces; the last is marked, and may be empty.
Result<void> write_file(Out& out, ExportRequest const& request, std::string const& blob) {
    auto reader = request.open_file(blob);
    if (!reader && reader.error().fault == Fault::NotFound) return {};  // erased
    if (!reader) return fail(reader.error());
    while (true) {
        SANJAL_TRY(auto const piece, reader->next());
        SANJAL_DO(out.line(Json::object({{"file", blob}, {"data", to_base64url(piece)}, {"last", piece.empty()}})));
        if (piece.empty()) return {};
    }
}

}  // namespace

Result<void> write_export(store::Transaction& tx, Ledger& ledger, ExportRequest const& request, WriteSome const& write) {
    SANJAL_TRY(auto const note, ledger.checkpoint(tx));
    SANJAL_TRY(auto const frontier, ledger.frontier(tx));
    auto const size = static_cast<std::int64_t>(frontier.size());
    bool const whole = request.records.empty();

    std::set<std::int64_t> positions;
    if (!whole) {
        SANJAL_DO(tx.each("select introduced, coalesce(retired, -1) from ledger_signer", {}, [&](store::Row const& row) -> Result<void> {
            positions.insert(row.integer(0));
            if (row.integer(1) >= 0) positions.insert(row.integer(1));
            return {};
        }));
        for (auto const& record : request.records) {
            SANJAL_TRY(auto const of_record, ledger.positions_of_record(tx, record));
            positions.insert(of_record.begin(), of_record.end());
        }
    }

    Out out(write);
    SANJAL_DO(out.line(Json::object({{"export", "sanjal/1"}, {"node", ledger.node()}, {"origin", ledger.origin()}, {"mode", whole ? "whole" : "records"},
                                     {"made", format_instant(ledger.clock().now())}, {"by", request.by}, {"purpose", request.purpose}, {"checkpoint", note}})));
    std::int64_t done = 0;
    auto const one = [&](std::int64_t position) -> Result<void> {
        SANJAL_TRY(auto const entry, ledger.read(tx, position));
        bool const about_keys = entry.head.verb.substr(0, 4) == "key." || entry.head.verb == "record.erased";
        SANJAL_TRY(auto const compact, ledger.compact(tx, position, [&](std::string_view name, std::string_view sensitivity) {
            return about_keys || request.may_show(entry, name, sensitivity);
        }));
        Json line = Json::object({{"at", position}, {"entry", compact}});
        if (!whole) {
            SANJAL_TRY(auto const path, ledger.inclusion_path(tx, position, size));
            Json proof = Json::list();
            for (auto const& hash : path) proof.push_back(to_base64url(hash));
            line.set("proof", std::move(proof));
        }
        SANJAL_DO(out.line(line));
        if (request.open_file && entry.head.verb == "file.attached") {
            for (auto const& field : entry.fields) {
                if (field.name.starts_with("file/") && request.may_show(entry, field.name, field.sensitivity)) SANJAL_DO(write_file(out, request, field.name.substr(5)));
            }
        }
        if (request.progress) request.progress(++done, whole ? size : static_cast<std::int64_t>(positions.size()));
        return {};
    };
    if (whole) {
        for (std::int64_t position = 0; position < size; ++position) SANJAL_DO(one(position));
    } else {
        for (auto const position : positions) SANJAL_DO(one(position));
    }
    Json const payload = out.manifest(ledger.node(), milliseconds_of(ledger.clock().now()) / 1000);
    SANJAL_TRY(auto const jws, ledger.sign_manifest(payload));
    return write(write_json(Json::object({{"manifest", jws}})) + "\n");
}

namespace {

constexpr std::int64_t slots_warm_max = 65536;

struct Row {
    std::int64_t position;
    std::string id;
    std::string signed_part;
    std::vector<std::pair<std::string, std::pair<std::int64_t, Bytes>>> sealed;  // class, slot, bytes
    std::string compact;
    std::optional<crypto::Parsed> parsed;
    Bytes leaf;
    std::optional<Error> error;
    std::int64_t absent = 0;
};

// Opens what is sealed and takes the entry apart: disclosures without a digest, or twice, are refused there.
void prepare(Row& row, Keys& keys) {
    row.compact = row.signed_part + "~";
    for (auto const& [sensitivity, sealed] : row.sealed) {
        auto key = keys.slot(sealed.first);
        if (!key && key.error().code == "ledger.erased") {
            ++row.absent;
            continue;
        }
        if (!key) {
            row.error = key.error();
            return;
        }
        auto plain = crypto::open(**key, sealed.second, sealing_context(row.id, sensitivity));
        if (!plain) {
            row.error = plain.error();
            return;
        }
        row.compact += *plain;
    }
    auto parsed = crypto::parse(row.compact);
    if (!parsed) {
        row.error = parsed.error();
        return;
    }
    if (parsed->id != row.id) {
        row.error = Error{Fault::Corrupt, "ledger.other_id", "The id of an entry is not that of its bytes.", {}};
        return;
    }
    row.leaf = crypto::leaf_hash(row.signed_part);
    row.parsed = std::move(*parsed);
}

Result<std::vector<Row>> read_page(store::Transaction& tx, Keys& keys, std::int64_t from) {
    std::vector<Row> rows;
    SANJAL_DO(tx.each("select position, id, signed from ledger_entry where position >= $1 order by position limit 4096", {from}, [&](store::Row const& row) -> Result<void> {
        Row one;
        one.position = row.integer(0);
        one.id = row.text(1);
        one.signed_part = std::string(row.bytes(2));
        rows.push_back(std::move(one));
        return {};
    }));
    if (rows.empty()) return rows;
    std::int64_t const first = rows.front().position;
    std::int64_t lowest = std::numeric_limits<std::int64_t>::max();
    std::int64_t highest = -1;
    SANJAL_DO(tx.each("select position, class, slot, sealed from ledger_disclosure where position >= $1 and position <= $2 order by position, class",
                      {first, rows.back().position}, [&](store::Row const& row) -> Result<void> {
                          auto const index = static_cast<std::size_t>(row.integer(0) - first);
                          lowest = std::min(lowest, row.integer(2));
                          highest = std::max(highest, row.integer(2));
                          if (index < rows.size()) rows[index].sealed.emplace_back(row.text(1), std::pair(row.integer(2), Bytes(row.bytes(3))));
                          return {};
                      }));
    // Where the slots of a page lie close together, as they do for what was written at one time.
    if (highest - lowest < slots_warm_max) SANJAL_DO(keys.warm(lowest, highest));
    return rows;
}

}  // namespace

Result<LiveVerdict> verify_live(store::Transaction& tx, Ledger& ledger, unsigned threads, std::function<void(std::int64_t)> const& progress) {
    LiveVerdict verdict;
    auto const unsound = [&](std::string why, std::int64_t position) {
        verdict.why = std::move(why);
        verdict.where = "entry " + std::to_string(position);
        return verdict;
    };
    Signers signers(ledger.node());
    crypto::Frontier tree;
    std::int64_t next = 0;
    std::int64_t disclosed = 0;
    std::int64_t absent = 0;
    // One page of entries: opened, parsed, its keys looked up in order, its signatures checked side by side.  The Error of a
    // verdict that is not sound; nothing of the transaction is touched.
    auto const check_page = [&](std::vector<Row>& rows) -> std::optional<LiveVerdict> {
        in_parallel(rows.size(), threads, [&](std::size_t i) { prepare(rows[i], ledger.keys()); });
        std::vector<std::optional<crypto::PublicKey>> keys(rows.size());
        for (std::size_t i = 0; i < rows.size(); ++i) {
            auto& row = rows[i];
            if (row.position != next) return unsound("An entry is missing.", next);
            ++next;
            if (row.error) return unsound(row.error->message, row.position);
            auto key = signers.key_for(*row.parsed, row.position);
            if (!key) return unsound(key.error().message, row.position);
            keys[i] = *key;
            auto const head = head_of(*row.parsed);
            if (!head) return unsound(head.error().message, row.position);
            if (head->verb.substr(0, 4) == "key.") {
                if (!crypto::verify(*row.parsed, *key)) return unsound("A signature is not right.", row.position);
                auto const learned = signers.learn(*row.parsed, row.position);
                if (!learned) return unsound(learned.error().message, row.position);
            }
            disclosed += static_cast<std::int64_t>(row.parsed->disclosures.size());
            absent += row.absent;
        }
        in_parallel(rows.size(), threads, [&](std::size_t i) {
            if (!crypto::verify(*rows[i].parsed, *keys[i])) rows[i].error = Error{Fault::Invalid, "entry.signature", "A signature is not right.", {}};
        });
        for (auto const& row : rows) {
            if (row.error) return unsound(row.error->message, row.position);
            tree.append(row.leaf);
        }
        if (progress) progress(next);
        return std::nullopt;
    };
    // The next page is read while the one before it is checked.
    std::int64_t from = 0;
    std::vector<Row> checked;
    std::future<std::optional<LiveVerdict>> checking;
    while (true) {
        auto rows = read_page(tx, ledger.keys(), from);
        if (checking.valid()) {
            if (auto wrong = checking.get()) return std::move(*wrong);
        }
        if (!rows) return fail(rows.error());
        if (rows->empty()) break;
        from = rows->back().position + 1;
        checked = std::move(*rows);
        checking = std::async(std::launch::async, [&] { return check_page(checked); });
    }
    SANJAL_DO(ledger.keys().warm(0, -1));
    SANJAL_DO(ledger.keys().warm(0, -1));
    SANJAL_TRY(auto const note_text, ledger.checkpoint(tx));
    auto const note = crypto::parse_note(note_text);
    if (!note) return unsound("The signed head is damaged.", next);
    auto const checkpoint = crypto::parse_checkpoint(note->text);
    if (!checkpoint) return unsound("The signed head is damaged.", next);
    auto const key = signers.newest("checkpoint");
    if (!key) return unsound(key.error().message, next);
    if (!crypto::verify_note(*note, ledger.origin(), *key)) return unsound("The signature of the head is not right.", next);
    if (checkpoint->size != tree.size() || checkpoint->root != tree.root()) return unsound("The entries are not the ones that the head was signed for.", next);
    verdict.sound = true;
    verdict.answer = Json::object({{"node", ledger.node()}, {"origin", ledger.origin()}, {"size", next}, {"root", to_base64url(tree.root())},
                                   {"disclosed", disclosed}, {"erased_parts", absent}, {"keys", static_cast<std::int64_t>(signers.size())}});
    return verdict;
}

}  // namespace sanjal::ledger
