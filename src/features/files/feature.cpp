// Photos, scans and recordings of a record: sent and fetched as streams, encrypted on the disk with a key of their own, named
// by an entry that holds their SHA-256.  A file has no name of its own: names of files tell names of people.
#include <algorithm>
#include <array>
#include <memory>

#include "app/context.h"
#include "app/feature.h"
#include "app/problem.h"
#include "base/bytes.h"

namespace sanjal::files {
namespace {

constexpr std::size_t head_size = 16;
constexpr std::array<std::string_view, 6> classes = {"operational", "identity", "contact", "medical", "counselling", "legal"};

struct Kind {
    std::string_view media;
    std::string_view extension;
    bool (*fits)(std::string_view head);
};

bool is_mp4(std::string_view head) { return head.substr(4, 4) == "ftyp"; }
bool is_webm(std::string_view head) { return head.starts_with("\x1A\x45\xDF\xA3"); }

// What can be attached.  The first bytes must be those of the kind that the sender names.
constexpr Kind kinds[] = {
    {"image/jpeg", "jpg", [](std::string_view head) { return head.starts_with("\xFF\xD8\xFF"); }},
    {"image/png", "png", [](std::string_view head) { return head.starts_with("\x89PNG\r\n\x1A\n"); }},
    {"image/webp", "webp", [](std::string_view head) { return head.starts_with("RIFF") && head.substr(8, 4) == "WEBP"; }},
    {"application/pdf", "pdf", [](std::string_view head) { return head.starts_with("%PDF-"); }},
    {"audio/ogg", "ogg", [](std::string_view head) { return head.starts_with("OggS"); }},
    {"audio/mpeg", "mp3", [](std::string_view head) { return head.starts_with("ID3") || (head[0] == '\xFF' && (static_cast<unsigned char>(head[1]) & 0xE0U) == 0xE0U); }},
    {"audio/wav", "wav", [](std::string_view head) { return head.starts_with("RIFF") && head.substr(8, 4) == "WAVE"; }},
    {"audio/mp4", "m4a", is_mp4},
    {"video/mp4", "mp4", is_mp4},
    {"audio/webm", "webm", is_webm},
    {"video/webm", "webm", is_webm},
};

Kind const* kind_of(std::string_view media) {
    media = media.substr(0, media.find(';'));
    for (auto const& kind : kinds) {
        if (kind.media == media) return &kind;
    }
    return nullptr;
}

// On its way from `prepare` to the handler.  Goes with its file unless it was attached.
struct Uploaded {
    app::House& house;
    crypto::Secret key;
    store::BlobWritten written;
    bool attached = false;
    Uploaded(app::House& h, crypto::Secret k, store::BlobWritten w) : house(h), key(std::move(k)), written(std::move(w)) {}
    Uploaded(Uploaded const&) = delete;
    Uploaded& operator=(Uploaded const&) = delete;
    ~Uploaded() {
        if (!attached) (void)house.blobs().remove(written.id);  // what cannot be removed now is swept up at the next start
    }
};

std::string class_of(app::Request const& request) { return std::string(request.query("class").value_or("legal")); }

// The right to attach, decided before the bytes are taken in and again when they are written down.
Result<void> may_attach(app::Context& context, app::Request const& request) {
    for (auto const& [name, value] : request.queries) {
        if (name != "class") return fail(Fault::Invalid, "request.unknown_query", "There is no such setting.", name);
    }
    std::string const record(request.param("id"));
    SANJAL_TRY(auto const state, record::load(context.tx(), record));
    SANJAL_DO(context.require(policy::Action::Read, record, state));
    SANJAL_TRY(auto const mask, context.require(policy::Action::Write, record, state));
    std::string const sensitivity = class_of(request);
    if (std::find(classes.begin(), classes.end(), sensitivity) == classes.end()) {
        return fail(Fault::Invalid, "file.class", "A file is operational, identity, contact, medical, counselling or legal.", "class");
    }
    if (!mask.allows(state.type(), "file", sensitivity)) return fail(Fault::Forbidden, "policy.field", "Your role does not attach files of this class here.");
    return {};
}

app::Response unfit() { return app::problem(415, "file.kind", "Only photos (JPEG, PNG, WebP), PDF, and recordings (Ogg, MP3, WAV, MP4, WebM) can be attached, and the content must be of the kind that is named."); }

Result<void> receive(app::House& house, app::Request const& request, std::optional<app::Proven>&) {
    SANJAL_DO(house.store().read([&](store::Transaction& tx) -> Result<void> {
        SANJAL_TRY(auto const session, app::find_session(house, tx, request.token));
        if (!session) return fail(Fault::Unsigned, "session.none", "Nobody is signed in here, or the session has ended. Sign in again.");
        app::Context context(house, tx, &*session, request.token);
        return may_attach(context, request);
    }));
    SANJAL_CHECK(request.source != nullptr);
    auto const* kind = kind_of(request.header("content-type").value_or(""));
    if (kind == nullptr) return {};  // the handler answers 415; what is left of the body is thrown away
    auto key = crypto::Secret::generate(house.random());
    SANJAL_TRY(auto writer, house.blobs().write(key));
    std::string head;
    std::string buffer(crypto::stream_chunk_size, '\0');
    while (true) {
        SANJAL_TRY(auto const count, request.source->read(buffer.data(), buffer.size()));
        if (count == 0) break;
        std::string_view const piece(buffer.data(), count);
        if (head.size() < head_size) {
            head.append(piece.substr(0, head_size - head.size()));
            if (head.size() == head_size && !kind->fits(head)) return {};
        }
        SANJAL_DO(writer.append(piece));
    }
    if (head.size() < head_size) return {};  // no such file is so short
    SANJAL_TRY(auto written, writer.finish());
    request.body_digest = written.sha256;
    request.prepared = std::make_shared<Uploaded>(house, std::move(key), std::move(written));
    return {};
}

Result<app::Response> attach(app::Context& context, app::Request const& request) {
    SANJAL_DO(may_attach(context, request));
    auto const* prepared = std::any_cast<std::shared_ptr<Uploaded>>(&request.prepared);
    if (prepared == nullptr) return unfit();
    auto& uploaded = **prepared;
    auto const* kind = kind_of(request.header("content-type").value_or(""));
    SANJAL_CHECK(kind != nullptr);

    std::string const field = "file/" + uploaded.written.id;
    std::string const sensitivity = class_of(request);
    auto submission = context.submission();
    ledger::NewEntry entry;
    entry.verb = "file.attached";
    entry.record = std::string(request.param("id"));
    entry.fields = {{field, Json::object({{"media", kind->media}, {"sha256", to_base64url(uploaded.written.sha256)}, {"size", uploaded.written.size}}), sensitivity}};
    std::string const record = entry.record;
    submission.entries.push_back(std::move(entry));
    SANJAL_TRY(auto const entries, context.house().commit(context.tx(), std::move(submission)));
    SANJAL_DO(context.house().ledger().keep_blob_key(context.tx(), {uploaded.written.id, record, field, sensitivity, entries.front().position}, uploaded.key));
    uploaded.attached = true;
    return app::json(201, Json::object({{"file", uploaded.written.id}, {"media", kind->media}, {"size", uploaded.written.size}, {"sha256", to_base64url(uploaded.written.sha256)}, {"entry", entries.front().id}}));
}

Result<app::Response> list(app::Context& context, app::Request const& request) {
    std::string const record(request.param("id"));
    SANJAL_TRY(auto const state, record::load(context.tx(), record));
    SANJAL_TRY(auto const mask, context.require(policy::Action::Read, record, state));
    context.note_access(record, "read");
    Json all = Json::list();
    bool withheld = false;
    SANJAL_TRY(auto const positions, context.house().ledger().positions_of_record(context.tx(), record));
    for (auto const position : positions) {
        SANJAL_TRY(auto const entry, context.house().ledger().read(context.tx(), position));
        if (entry.head.verb != "file.attached") continue;
        for (auto const& field : entry.fields) {
            if (!mask.allows(state.type(), "file", field.sensitivity)) {
                withheld = true;
                continue;
            }
            Json one = field.value;
            one.set("file", field.name.substr(field.name.find('/') + 1)).set("class", field.sensitivity).set("by", entry.head.actor).set("received", format_instant(entry.received));
            all.push_back(std::move(one));
        }
    }
    // What a screen may offer.
    Json may = Json::list();
    auto const writes = policy::require(context.tx(), {context.actor(), context.purpose, context.now()}, policy::Action::Write, record, state, context.pack());
    for (auto const sensitivity : classes) {
        if (writes && writes->allows(state.type(), "file", sensitivity)) may.push_back(sensitivity);
    }
    Json answer = Json::object({{"files", std::move(all)}, {"may_attach", std::move(may)}});
    if (withheld) answer.set("withheld", true);
    return app::json(200, std::move(answer));
}

Result<app::Response> fetch(app::Context& context, app::Request const& request) {
    auto const none = [] { return fail(Fault::NotFound, "file.none", "There is no such file, or it is not yours to see."); };
    auto& ledger = context.house().ledger();
    SANJAL_TRY(auto const found, ledger.find_blob(context.tx(), request.param("id")));
    if (!found) return none();
    SANJAL_TRY(auto const state, record::load(context.tx(), found->record));
    auto const mask = context.require(policy::Action::Read, found->record, state);
    if (!mask || !mask->allows(state.type(), "file", found->sensitivity)) return none();
    SANJAL_TRY(auto const entry, ledger.read(context.tx(), found->position));
    auto const* about = entry.field(found->field);
    if (about == nullptr) return none();
    SANJAL_TRY(auto const key, ledger.blob_key(context.tx(), found->blob));
    SANJAL_TRY(auto reader, context.house().blobs().read(found->blob, key));
    context.note_access(found->record, "file");

    struct Reading {
        store::BlobReader reader;
        Bytes piece = {};
        std::size_t at = 0;
    };
    auto reading = std::make_shared<Reading>(Reading{std::move(reader)});
    auto response = app::download(std::string(about->text_at("media")),
                                  [reading](char* buffer, std::size_t size) -> Result<std::size_t> {
                                      if (reading->at == reading->piece.size()) {
                                          SANJAL_TRY(reading->piece, reading->reader.next());
                                          reading->at = 0;
                                      }
                                      auto const count = std::min(size, reading->piece.size() - reading->at);
                                      std::copy_n(reading->piece.data() + reading->at, count, buffer);
                                      reading->at += count;
                                      return count;
                                  },
                                  static_cast<std::uint64_t>(about->integer_at("size")));
    auto const* kind = kind_of(about->text_at("media"));
    response.headers.emplace_back("Content-Disposition", "attachment; filename=\"" + found->blob.substr(0, 8) + "." + std::string(kind != nullptr ? kind->extension : "bin") + "\"");
    return response;
}

constexpr app::Route routes[] = {
    {app::Method::Get, "/api/v1/records/{id}/files", "file.list", app::Needs::Session, app::Run::Read, app::answered<list>},
    {app::Method::Post, "/api/v1/records/{id}/files", "file.attach", app::Needs::Session, app::Run::Write, app::answered<attach>, receive, app::Body::Streamed},
    {app::Method::Get, "/api/v1/files/{id}", "file.read", app::Needs::Session, app::Run::Read, app::answered<fetch>},
};

}  // namespace

extern app::Feature const feature;
app::Feature const feature{.name = "files", .routes = routes};

}  // namespace sanjal::files
