#include "features/import/upload.h"

#include <algorithm>
#include <cstring>

#include "base/bytes.h"

namespace sanjal::import {
namespace {

constexpr char const* type = "import_file";

struct Uploaded {
    app::House& house;
    crypto::Secret key;
    store::BlobWritten written;
    bool kept = false;
    Uploaded(app::House& h, crypto::Secret k, store::BlobWritten w) : house(h), key(std::move(k)), written(std::move(w)) {}
    Uploaded(Uploaded const&) = delete;
    Uploaded& operator=(Uploaded const&) = delete;
    ~Uploaded() {
        if (!kept) (void)house.blobs().remove(written.id);  // what cannot be removed now is swept up at the next start
    }
};

// A sealed file can be read forward alone; going back begins anew.
class BlobSource final : public table::Source {
public:
    BlobSource(app::House& house, std::string blob, crypto::Secret key, std::int64_t size) : house_(house), blob_(std::move(blob)), key_(std::move(key)), size_(size) {}
    [[nodiscard]] std::int64_t size() const override { return size_; }
    [[nodiscard]] std::int64_t position() const override { return at_; }
    Result<std::size_t> read(char* buffer, std::size_t size) override {
        SANJAL_DO(go_to(at_));
        auto const skip = static_cast<std::size_t>(at_ - piece_at_);
        auto const take = std::min(size, piece_.size() - skip);
        std::memcpy(buffer, piece_.data() + skip, take);
        at_ += static_cast<std::int64_t>(take);
        return take;
    }
    Result<void> seek(std::int64_t offset) override {
        at_ = offset;
        return {};
    }

private:
    // Until the piece that holds this place is there; at the end an empty one.
    Result<void> go_to(std::int64_t place) {
        if (!reader_ || place < piece_at_) {
            SANJAL_TRY(auto reader, house_.blobs().read(blob_, key_));
            reader_ = std::make_unique<store::BlobReader>(std::move(reader));
            piece_.clear();
            piece_at_ = 0;
            ended_ = false;
        }
        while (!ended_ && place >= piece_at_ + static_cast<std::int64_t>(piece_.size())) {
            piece_at_ += static_cast<std::int64_t>(piece_.size());
            SANJAL_TRY(piece_, reader_->next());
            ended_ = piece_.empty();
        }
        if (place > piece_at_ + static_cast<std::int64_t>(piece_.size())) return fail(Fault::Corrupt, "import.io", "The uploaded file is shorter than it was. Upload it again.");
        return {};
    }

    app::House& house_;
    std::string blob_;
    crypto::Secret key_;
    std::int64_t size_;
    std::int64_t at_ = 0;
    std::unique_ptr<store::BlobReader> reader_;
    Bytes piece_;
    std::int64_t piece_at_ = 0;
    bool ended_ = false;
};

}  // namespace

Result<void> may_import(app::Context& context) {
    policy::Relations const none;
    auto const decision = policy::decide({context.actor(), policy::Action::Create, "case", none, false}, context.pack());
    if (!decision.allowed) return fail(Fault::Forbidden, decision.refusal.code, decision.refusal.message);
    if (!context.actor().is_nodal) return fail(Fault::Forbidden, "import.nodal", "Tables are imported by the nodal officer of a unit. Ask yours.");
    return {};
}

Result<void> receive_file(app::House& house, app::Request const& request, std::optional<app::Proven>&) {
    SANJAL_DO(house.store().read([&](store::Transaction& tx) -> Result<void> {
        SANJAL_TRY(auto const session, app::find_session(house, tx, request.token));
        if (!session) return fail(Fault::Unsigned, "session.none", "Nobody is signed in here, or the session has ended. Sign in again.");
        app::Context context(house, tx, &*session, request.token);
        return may_import(context);
    }));
    SANJAL_CHECK(request.source != nullptr);
    auto key = crypto::Secret::generate(house.random());
    SANJAL_TRY(auto writer, house.blobs().write(key));
    std::string buffer(crypto::stream_chunk_size, '\0');
    std::int64_t size = 0;
    while (true) {
        SANJAL_TRY(auto const count, request.source->read(buffer.data(), buffer.size()));
        if (count == 0) break;
        size += static_cast<std::int64_t>(count);
        SANJAL_DO(writer.append(std::string_view(buffer.data(), count)));
    }
    if (size == 0) return fail(Fault::Invalid, "import.empty", "Nothing was sent. Send the file itself, as CSV or as an Excel workbook.");
    SANJAL_TRY(auto written, writer.finish());
    request.body_digest = written.sha256;
    request.prepared = std::make_shared<Uploaded>(house, std::move(key), std::move(written));
    return {};
}

Result<Json> keep_file(app::Context& context, app::Request const& request) {
    SANJAL_DO(may_import(context));
    auto const* prepared = std::any_cast<std::shared_ptr<Uploaded>>(&request.prepared);
    SANJAL_CHECK(prepared != nullptr);
    auto& uploaded = **prepared;
    auto submission = context.submission();
    ledger::NewEntry entry;
    entry.verb = std::string(type) + ".received";
    entry.record = context.house().new_id();
    std::string const record = entry.record;
    std::string const field = "file/" + uploaded.written.id;
    // Sealed: it holds what every role may see and what few may, side by side.
    entry.fields = {{field, Json::object({{"sha256", to_base64url(uploaded.written.sha256)}, {"size", uploaded.written.size}}), "sealed"}, {"unit_of_origin", context.actor().unit, "operational"}};
    submission.entries.push_back(std::move(entry));
    SANJAL_TRY(auto const entries, context.house().commit(context.tx(), std::move(submission)));
    SANJAL_DO(context.house().ledger().keep_blob_key(context.tx(), {uploaded.written.id, record, field, "sealed", entries.front().position}, uploaded.key));
    uploaded.kept = true;
    return Json::object({{"file", record}, {"size", uploaded.written.size}, {"sha256", to_base64url(uploaded.written.sha256)}});
}

Result<std::unique_ptr<table::Source>> open_upload(app::Context& context, std::string const& record) {
    SANJAL_DO(may_import(context));
    auto const none = [] { return fail(Fault::NotFound, "import.no_upload", "There is no such uploaded file, or it is not yours to see."); };
    SANJAL_TRY(auto const state, record::find(context.tx(), record));
    if (!state || state->type() != type || state->unit() != context.actor().unit) return none();
    SANJAL_DO(context.require(policy::Action::Read, record, *state));
    auto& ledger = context.house().ledger();
    SANJAL_TRY(auto const positions, ledger.positions_of_record(context.tx(), record));
    for (auto const position : positions) {
        SANJAL_TRY(auto const entry, ledger.read(context.tx(), position));
        for (auto const& field : entry.fields) {
            if (!field.name.starts_with("file/") || field.value.find("size") == nullptr) continue;
            std::string const blob = field.name.substr(5);
            SANJAL_TRY(auto key, ledger.blob_key(context.tx(), blob));
            return open_blob(context.house(), blob, std::move(key), field.value.integer_at("size"));
        }
    }
    return none();
}

std::unique_ptr<table::Source> open_blob(app::House& house, std::string const& blob, crypto::Secret key, std::int64_t size) {
    return std::make_unique<BlobSource>(house, blob, std::move(key), size);
}

}  // namespace sanjal::import
