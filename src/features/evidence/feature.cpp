// The ledger as evidence: its newest checkpoint, single entries as their readers may see them, and proofs.
#include "app/context.h"
#include "app/feature.h"
#include "app/problem.h"
#include "policy/steps.h"

namespace sanjal::evidence {
namespace {

Result<app::Response> checkpoint(app::Context& context, app::Request const&) {
    SANJAL_TRY(auto note, context.house().ledger().checkpoint(context.tx()));
    return app::text(200, std::move(note));
}

// An entry as far as the actor may read its record, field by field.
Result<app::Response> entry(app::Context& context, app::Request const& request) {
    auto& ledger = context.house().ledger();
    SANJAL_TRY(auto const position, ledger.position_of(context.tx(), request.param("id")));
    auto const none = [] { return fail(Fault::NotFound, "ledger.no_entry", "There is no such entry, or it is not yours to see."); };
    if (!position) return none();
    SANJAL_TRY(auto const entry, ledger.read(context.tx(), *position));
    SANJAL_TRY(auto const state, record::find(context.tx(), entry.head.record));
    if (!state) return none();
    auto const mask = context.require(policy::Action::Read, entry.head.record, *state);
    if (!mask) return none();
    SANJAL_TRY(auto const stands, policy::standing(context.tx(), context.actor(), entry.head.record, context.now()));
    bool const sees = policy::may_see_event(context.actor(), state->type(), stands.relations, entry, context.pack());
    context.note_access(entry.head.record, "read");
    SANJAL_TRY(auto compact, ledger.compact(context.tx(), *position, [&](std::string_view name, std::string_view sensitivity) {
        return sees && mask->allows(state->type(), name.substr(0, name.find('/')), sensitivity);
    }));
    return app::json(200, Json::object({{"position", *position}, {"id", entry.id}, {"received", format_instant(entry.received)}, {"entry", std::move(compact)}}));
}

Result<std::int64_t> number(app::Request const& request, std::string_view name, std::int64_t otherwise) {
    auto const text = request.query(name);
    if (!text) return otherwise;
    std::int64_t value = 0;
    for (char const c : *text) {
        if (c < '0' || c > '9' || value > 1'000'000'000'000) return fail(Fault::Invalid, "request.not_a_number", "This must be a whole number.", std::string(name));
        value = value * 10 + (c - '0');
    }
    if (text->empty()) return fail(Fault::Invalid, "request.not_a_number", "This must be a whole number.", std::string(name));
    return value;
}

// ?entry=ID[&size=N]: inclusion; ?from=M[&size=N]: consistency.  They say nothing of what an entry holds.
Result<app::Response> proof(app::Context& context, app::Request const& request) {
    auto& ledger = context.house().ledger();
    SANJAL_TRY(auto const frontier, ledger.frontier(context.tx()));
    SANJAL_TRY(auto const size, number(request, "size", static_cast<std::int64_t>(frontier.size())));
    if (size < 1 || size > static_cast<std::int64_t>(frontier.size())) return fail(Fault::Invalid, "proof.size", "The tree never had, or does not yet have, that size.", "size");
    Json path = Json::list();
    Json answer = Json::object({{"size", size}});
    if (auto const id = request.query("entry")) {
        SANJAL_TRY(auto const position, ledger.position_of(context.tx(), *id));
        if (!position || *position >= size) return fail(Fault::NotFound, "ledger.no_entry", "There is no such entry in a tree of that size.");
        SANJAL_TRY(auto const hashes, ledger.inclusion_path(context.tx(), *position, size));
        for (auto const& hash : hashes) path.push_back(to_base64url(hash));
        answer.set("position", *position);
    } else {
        SANJAL_TRY(auto const from, number(request, "from", 0));
        if (from < 1 || from > size) return fail(Fault::Invalid, "proof.from", "Name an entry, or the size from which the tree grew.", "from");
        SANJAL_TRY(auto const hashes, ledger.consistency_path(context.tx(), from, size));
        for (auto const& hash : hashes) path.push_back(to_base64url(hash));
        answer.set("from", from);
    }
    answer.set("path", std::move(path));
    return app::json(200, std::move(answer));
}

constexpr app::Route routes[] = {
    {app::Method::Get, "/api/v1/ledger/checkpoint", "evidence.read", app::Needs::Nothing, app::Run::Read, app::answered<checkpoint>},
    {app::Method::Get, "/api/v1/ledger/entries/{id}", "evidence.read", app::Needs::Session, app::Run::Read, app::answered<entry>},
    {app::Method::Get, "/api/v1/ledger/proof", "evidence.read", app::Needs::Session, app::Run::Read, app::answered<proof>},
};

}  // namespace

extern app::Feature const feature;
app::Feature const feature{.name = "evidence", .routes = routes};

}  // namespace sanjal::evidence
