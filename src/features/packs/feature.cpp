// Which law is in force here, what a version changed, and loading the next one; its calendars.
#include <any>

#include "app/context.h"
#include "app/feature.h"
#include "app/upgrade.h"
#include "crypto/hash.h"
#include "features/packs/calendars.h"
#include "pack/diff.h"
#include "pack/packed.h"

namespace sanjal::packs {
namespace {

struct Loaded {
    std::string reference;
    std::int64_t position = 0;
    static Loaded from(store::Row const& row) { return {std::string(row.text(0)), row.integer(1)}; }
};

// The newest first.
Result<std::vector<Loaded>> loaded_packs(app::Context& context) {
    return context.tx().rows<Loaded>("select reference, position from pack_loaded order by position desc", {});
}

Result<app::Response> list(app::Context& context, app::Request const&) {
    SANJAL_TRY(auto const all, loaded_packs(context));
    Json packs = Json::list();
    for (auto const& one : all) {
        auto const pack = context.house().packs().find(one.reference);
        if (pack == nullptr) continue;
        SANJAL_TRY(auto const entry, context.house().ledger().read(context.tx(), one.position));
        auto const* signed_off = pack->document.find("signed_off_by");
        packs.push_back(Json::object({{"name", pack->document.text_at("name")}, {"version", pack->document.integer_at("version")}, {"title", pack->document.text_at("title")},
                                      {"reference", one.reference}, {"signed_off_by", signed_off != nullptr ? *signed_off : Json()},
                                      {"in_force", one.reference == context.pack().reference()}, {"since", format_instant(entry.received)}}));
    }
    return app::json(200, Json::object({{"packs", std::move(packs)}}));
}

// What the version in force changed, in sentences; of the first one nothing.
Result<app::Response> changes(app::Context& context, app::Request const&) {
    SANJAL_TRY(auto const all, loaded_packs(context));
    Json sentences = Json::list();
    Json answer = Json::object({{"reference", context.pack().reference()}});
    auto const before = all.size() > 1 ? context.house().packs().find(all[1].reference) : nullptr;
    if (before != nullptr) {
        answer.set("before", before->reference());
        for (auto const& sentence : pack::diff(before->document, context.pack().document)) sentences.push_back(sentence);
    }
    answer.set("changes", std::move(sentences));
    return app::json(200, std::move(answer));
}

// A compiled pack is larger than other requests: taken in before the writer is asked.
Result<void> take_document(app::House&, app::Request const& request, std::optional<app::Proven>&) {
    std::string text;
    std::string buffer(std::size_t{64} << 10U, '\0');
    while (request.source != nullptr) {
        SANJAL_TRY(auto const got, request.source->read(buffer.data(), buffer.size()));
        if (got == 0) break;
        text.append(buffer, 0, got);
        if (text.size() > pack::document_bytes_max) return fail(Fault::TooLarge, "pack.too_large", "A compiled pack has at most 16 MiB.");
    }
    SANJAL_TRY(auto document, parse_json(text, {pack::document_bytes_max, 64}));
    if (!document.is_object()) return fail(Fault::Invalid, "request.not_an_object", "Send the compiled pack as `sanjal pack compile` prints it.");
    request.body_digest = crypto::sha256(text);
    request.prepared = std::move(document);
    return {};
}

Result<app::Response> load(app::Context& context, app::Request const& request) {
    if (!context.actor().is_nodal) return fail(Fault::Forbidden, "pack.nodal", "The nodal officer loads a new version of the law.");
    auto const* document = std::any_cast<Json>(&request.prepared);
    if (document == nullptr) return fail(Fault::Invalid, "request.not_an_object", "Send the compiled pack as `sanjal pack compile` prints it.");
    SANJAL_TRY(auto const upgrade, app::load_pack(context.house(), context.tx(), *document, context.actor().id));
    Json sentences = Json::list();
    for (auto const& sentence : upgrade.changes) sentences.push_back(sentence);
    Json answer = Json::object({{"reference", upgrade.reference}});
    answer.set("changes", std::move(sentences));
    return app::json(201, std::move(answer));
}

constexpr app::Route routes[] = {
    {app::Method::Get, "/api/v1/packs", "pack.read", app::Needs::Session, app::Run::Read, app::answered<list>},
    {app::Method::Get, "/api/v1/packs/changes", "pack.read", app::Needs::Session, app::Run::Read, app::answered<changes>},
    {app::Method::Post, "/api/v1/packs", "pack.load", app::Needs::Session, app::Run::Write, app::answered<load>, take_document, app::Body::Streamed},
    {app::Method::Get, "/api/v1/calendars", "calendar.read", app::Needs::Session, app::Run::Read, app::answered<list_calendars>},
    {app::Method::Post, "/api/v1/calendars/{calendar}/{year}", "calendar.list", app::Needs::Session, app::Run::Write, app::answered<list_year>},
};

}  // namespace

extern app::Feature const feature;
app::Feature const feature{.name = "packs", .routes = routes};

}  // namespace sanjal::packs
