#include "ledger/export.h"

#include <algorithm>
#include <set>

#include "crypto/hash.h"
#include "crypto/jws.h"
#include "crypto/sd_jwt.h"

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

}  // namespace sanjal::ledger
