// What was shown to others, and what others showed us.
#include <algorithm>

#include "features/network/routes.h"
#include "policy/agreement.h"
#include "sync/disclosure.h"

namespace sanjal::network {
namespace {

// What became of it: waiting (not yet heard that it arrived), arrived, asked_back, erased.
Result<Json> disclosure_json(app::Context& context, std::string const& id, record::State const& state) {
    SANJAL_TRY(auto const open, context.tx().integer("select count(*) from network_outbox where record = $1 and kind = 'disclosure.made' and acked = 0", {id}));
    SANJAL_TRY(auto const queued, context.tx().integer("select count(*) from network_outbox where record = $1", {id}));
    bool const waits = open.value_or(0) > 0 || queued.value_or(0) == 0;
    bool const stopped = state.value("stopped") != nullptr;
    Json json = Json::object({{"id", id}, {"peer", text_in(state, "peer")}, {"agreement", text_in(state, "agreement")}, {"purpose", text_in(state, "purpose")}, {"basis", text_in(state, "basis")},
                              {"number", state.value("number") != nullptr ? *state.value("number") : Json(0)}, {"about", text_in(state, "about")}, {"made", text_in(state, "made")},
                              {"state", stopped ? (state.value("receipt") != nullptr ? "erased" : "asked_back") : waits ? "waiting" : "arrived"}});
    if (stopped) json.set("stopped", text_in(state, "stopped")).set("why", text_in(state, "why_stopped"));
    if (auto const receipt = text_in(state, "receipt"); !receipt.empty()) json.set("receipt", receipt);
    return json;
}

// The roles that the agreement keeps out there.
bool is_kept_out(app::Context& context, Json const& terms) {
    auto const* blocked = terms.find("blocked");
    for (auto const& role : blocked != nullptr && blocked->is_list() ? blocked->items() : Json::List()) {
        if (role.is_text() && role.text() == context.actor().role) return true;
    }
    return false;
}

struct Arrival {
    record::State state;
    policy::Mask mask;
};

Result<Arrival> arrival_of(app::Context& context, std::string const& id) {
    auto const none = [] { return fail(Fault::NotFound, "arrival.none", "There is no such thing, or it is not yours to see."); };
    SANJAL_TRY(auto const state, record::find(context.tx(), id));
    if (!state || state->type() != "disclosure" || state->value("received") == nullptr) return none();
    SANJAL_TRY(bool const within, is_within_reach(context, id));
    if (!within) return none();
    SANJAL_TRY(auto const agreement, policy::load_agreement(context.tx(), text_in(*state, "agreement")));
    if (is_kept_out(context, agreement.terms)) return none();
    SANJAL_TRY(auto mask, context.require(policy::Action::Read, id, *state));
    return Arrival{*state, std::move(mask)};
}

Json arrival_json(std::string const& id, record::State const& state) {
    return Json::object({{"id", id}, {"peer", text_in(state, "peer")}, {"agreement", text_in(state, "agreement")}, {"purpose", text_in(state, "purpose")},
                         {"number", state.value("number") != nullptr ? *state.value("number") : Json(0)}, {"received", text_in(state, "received")},
                         {"state", state.events("record.erased").empty() ? "here" : "erased"}});
}

void put_value(Json& fields, std::string const& name, Json const& value) {
    auto const slash = name.find('/');
    if (slash == std::string::npos) {
        fields.set(name, value);
        return;
    }
    std::string const base = name.substr(0, slash);
    if (fields.find(base) == nullptr || !fields.find(base)->is_list()) fields.set(base, Json::list());
    fields.find(base)->push_back(value);
}

// Field by field through the reader's mask, as if they were this node's own.
Result<Json> records_of(app::Context& context, std::string const& id, Arrival const& arrival) {
    auto& ledger = context.house().ledger();
    SANJAL_TRY(auto const positions, ledger.positions_of_record(context.tx(), id));
    std::vector<std::pair<std::string, Json>> records;
    for (auto const position : positions) {
        SANJAL_TRY(auto const entry, ledger.read(context.tx(), position));
        auto const* content = entry.field("content");
        if (entry.head.verb != "disclosure.received" || content == nullptr || !content->is_list()) continue;
        std::vector<std::size_t> place;
        for (auto const& one : content->items()) {
            std::string const record(one.text_at("record"));
            auto found = std::find_if(records.begin(), records.end(), [&](auto const& known) { return known.first == record; });
            if (found == records.end()) found = records.insert(records.end(), {record, Json::object({{"record", record}, {"type", one.text_at("type")}, {"fields", Json::object()}})});
            if (one.bool_at("withheld")) found->second.set("withheld", true);
            place.push_back(static_cast<std::size_t>(found - records.begin()));
        }
        for (auto const& field : entry.fields) {
            if (!field.name.starts_with("content_") || !field.value.is_list()) continue;
            for (auto const& one : field.value.items()) {
                auto const at = static_cast<std::size_t>(one.integer_at("i"));
                if (at >= place.size()) continue;
                auto& shown = records[place[at]].second;
                std::string const name(one.text_at("name"));
                std::string const base = name.substr(0, name.find('/'));
                auto const* definition = context.pack().field(shown.text_at("type"), base);
                if (definition != nullptr && arrival.mask.allows(shown.text_at("type"), base, definition->text_at("class"))) put_value(*shown.find("fields"), name, *one.find("value"));
                else shown.set("withheld", true);
            }
        }
    }
    Json list = Json::list();
    for (auto& [record, shown] : records) list.push_back(std::move(shown));
    return list;
}

}  // namespace

Answer list_disclosures(app::Context& context, app::Request const&) {
    std::vector<std::pair<std::string, record::State>> all;
    SANJAL_DO(context.tx().each("select id, data from record where type = 'disclosure' order by created desc, id desc limit 500", {}, [&](store::Row const& row) -> Result<void> {
        SANJAL_TRY(auto state, record::State::parse(row.text(1)));
        if (state.value("made") != nullptr) all.emplace_back(row.text(0), std::move(state));
        return {};
    }));
    Json list = Json::list();
    for (auto const& [id, state] : all) {
        SANJAL_TRY(bool const within, is_within_reach(context, id));
        if (!within) continue;
        SANJAL_TRY(auto json, disclosure_json(context, id, state));
        list.push_back(std::move(json));
    }
    context.note_access("list", "list");
    return app::json(200, Json::object({{"disclosures", std::move(list)}}));
}

Answer make_disclosure(app::Context& context, app::Request const& request) {
    SANJAL_TRY(auto const body, body_of(request, {"record", "agreement", "purpose", "basis", "reference", "sanction"}));
    sync::Wanted wanted;
    wanted.record = body.text_at("record");
    wanted.agreement = body.text_at("agreement");
    wanted.purpose = body.text_at("purpose");
    wanted.basis = body.text_at("basis", "consent");
    wanted.reference = body.text_at("reference");
    wanted.sanction = body.text_at("sanction");
    if (wanted.reference.size() > 200 || wanted.sanction.size() > 200) return fail(Fault::Invalid, "value.too_long", "This is longer than 200 bytes.", "/reference");
    if (request.query("preview")) {
        SANJAL_TRY(auto shown, sync::preview(context, wanted));
        return app::json(200, std::move(shown));
    }
    SANJAL_TRY(auto const id, sync::disclose(context, wanted));
    SANJAL_TRY(auto const state, record::load(context.tx(), id));
    SANJAL_TRY(auto json, disclosure_json(context, id, state));
    return app::json(201, std::move(json));
}

Answer list_arrivals(app::Context& context, app::Request const&) {
    std::vector<std::string> ids;
    SANJAL_TRY(ids, context.tx().texts("select id from record where type = 'disclosure' order by created desc, id desc limit 500"));
    Json list = Json::list();
    for (auto const& id : ids) {
        auto const arrival = arrival_of(context, id);
        if (arrival) list.push_back(arrival_json(id, arrival->state));
        else if (arrival.error().fault != Fault::NotFound && arrival.error().fault != Fault::Forbidden) return fail(arrival.error());
    }
    context.note_access("list", "list");
    return app::json(200, Json::object({{"arrivals", std::move(list)}}));
}

Answer one_arrival(app::Context& context, app::Request const& request) {
    std::string const id(request.param("id"));
    SANJAL_TRY(auto const arrival, arrival_of(context, id));
    context.note_access(id, "foreign");
    Json json = arrival_json(id, arrival.state);
    SANJAL_TRY(auto records, records_of(context, id, arrival));
    json.set("records", std::move(records));
    return app::json(200, std::move(json));
}

}  // namespace sanjal::network
