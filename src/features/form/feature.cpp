// Types and forms as data, and the filling of a form.
#include <algorithm>
#include <set>

#include "app/context.h"
#include "app/feature.h"
#include "app/submit.h"
#include "rules/form.h"

namespace sanjal::form {
namespace {

// To be chosen from: whom a child is brought before, whom a case is referred to.
Result<app::Response> units(app::Context& context, app::Request const&) {
    Json list = Json::list();
    SANJAL_DO(context.tx().each("select id, data from record where type = 'unit' order by id", {}, [&](store::Row const& row) -> Result<void> {
        SANJAL_TRY(auto const state, record::State::parse(row.text(1)));
        Json one = Json::object({{"unit", row.text(0)}});
        for (char const* name : {"code", "title", "kind"}) {
            auto const* value = state.value(name);
            one.set(name, value != nullptr ? *value : Json());
        }
        if (auto const* by = state.value("supervised_by"); by != nullptr && by->is_text()) one.set("supervised_by", *by);
        list.push_back(std::move(one));
        return {};
    }));
    return app::json(200, Json::object({{"units", std::move(list)}}));
}

// A type's questions and the answers that can be chosen, in the reader's language; all else as the pack says it.
Json in_language(Json const& pack, std::string const& type, Json const& definition, std::string const& language) {
    Json shown = Json::object();
    for (auto const& [name, value] : definition.members()) {
        if (name != "fields") shown.set(name, name == "title" ? Json(rules::label(pack, language, type + ".title", value.text())) : value);
    }
    Json fields = Json::object();
    for (auto const& [name, field] : definition.find("fields")->members()) {
        Json one = Json::object();
        for (auto const& [key, value] : field.members()) {
            bool const said = (key == "ask" || key == "help") && value.is_text();
            one.set(key, said ? Json(rules::label(pack, language, type + "." + name + "." + key, value.text())) : value);
        }
        if (auto const from = field.text_at("from"); !from.empty()) one.set("choices", rules::choices(pack, language, from));
        fields.set(name, std::move(one));
    }
    shown.set("fields", std::move(fields));
    return shown;
}

app::Response types(app::Context& context, app::Request const& request) {
    std::string const language = context.language_of(request);
    Json list = Json::list();
    for (auto const& [name, definition] : context.pack().document.find("types")->members()) {
        list.push_back(Json::object({{"type", name}, {"title", rules::label(context.pack().document, language, name + ".title", definition.text_at("title"))}}));
    }
    return app::json(200, Json::object({{"types", std::move(list)}}));
}

Result<app::Response> type(app::Context& context, app::Request const& request) {
    auto const* definition = context.pack().type(request.param("type"));
    if (definition == nullptr) return fail(Fault::NotFound, "record.type", "There is no such kind of record.");
    return app::json(200, in_language(context.pack().document, std::string(request.param("type")), *definition, context.language_of(request)));
}

app::Response forms(app::Context& context, app::Request const& request) {
    std::string const language = context.language_of(request);
    Json list = Json::list();
    for (auto const& [name, definition] : context.pack().document.find("forms")->members()) {
        Json begins = Json::list();
        Json about = Json::list();
        for (auto const& [alias, made] : definition.find("makes")->members()) {
            // One that is there already can be named for whatever there is one of; the rest is made anew.
            (made.bool_at("many") || !made.text_at("for_each").empty() ? begins : about).push_back(made.text_at("type"));
            if (!made.bool_at("optional") && !made.bool_at("many") && made.text_at("for_each").empty()) begins.push_back(made.text_at("type"));
        }
        list.push_back(Json::object({{"form", name}, {"title", rules::label(context.pack().document, language, name + ".title", definition.text_at("title"))}, {"begins", std::move(begins)}, {"about", std::move(about)}}));
    }
    return app::json(200, Json::object({{"forms", std::move(list)}}));
}

Result<app::Response> one_form(app::Context& context, app::Request const& request) {
    auto described = rules::describe_form(context.pack().document, request.param("form"), context.language_of(request));
    if (!described) return fail(Fault::NotFound, "form.none", "There is no such form.");
    return app::json(200, *described);
}

// What a device goes by that fills and signs this form without a line: the part of the pack that `rules` reads for it
// ("plan" in rules/call.h), with nothing in it that is only shown.
Json rules_of(Json const& pack, std::string const& form, Json const& definition) {
    std::set<std::string> types;
    std::set<std::string> codes;
    if (auto const* makes = definition.find("makes")) {
        for (auto const& [alias, one] : makes->members()) types.emplace(one.text_at("type"));
    }
    Json shown_types = Json::object();
    for (auto const& type : types) {
        auto const* fields = pack.find("types")->find(type) != nullptr ? pack.find("types")->find(type)->find("fields") : nullptr;
        if (fields == nullptr) continue;
        Json own = Json::object();
        for (auto const& [name, field] : fields->members()) {
            Json one = Json::object();
            for (auto const& [key, value] : field.members()) {
                constexpr std::string_view only_shown[] = {"ask", "help", "says", "maps", "columns", "title"};
                if (std::find(std::begin(only_shown), std::end(only_shown), key) == std::end(only_shown)) one.set(key, value);
            }
            if (auto const from = field.text_at("from"); !from.empty()) codes.emplace(from);
            own.set(name, std::move(one));
        }
        shown_types.set(type, Json::object({{"fields", std::move(own)}}));
    }
    Json shown_codes = Json::object();
    auto const* all_codes = pack.find("codes");
    for (auto const& name : codes) {
        if (auto const* list = all_codes != nullptr ? all_codes->find(name) : nullptr) shown_codes.set(name, *list);
    }
    // Of procedures only which steps this form ends, and on what they stand.
    Json shown_procedures = Json::object();
    if (auto const* procedures = pack.find("procedures")) {
        for (auto const& [name, procedure] : procedures->members()) {
            Json steps = Json::object();
            if (auto const* all = procedure.find("steps")) {
                for (auto const& [step, one] : all->members()) {
                    if (one.text_at("form") == form) steps.set(step, Json::object({{"form", form}}));
                }
            }
            if (!steps.members().empty()) shown_procedures.set(name, Json::object({{"stands_on", procedure.text_at("stands_on", "part")}, {"steps", std::move(steps)}}));
        }
    }
    Json made = Json::object();
    made.set("forms", Json::object({{form, definition}})).set("types", std::move(shown_types)).set("codes", std::move(shown_codes)).set("procedures", std::move(shown_procedures));
    return made;
}

Result<app::Response> form_rules(app::Context& context, app::Request const& request) {
    std::string const form(request.param("form"));
    auto const* definition = context.pack().form(form);
    if (definition == nullptr) return fail(Fault::NotFound, "form.none", "There is no such form.");
    Json answer = Json::object({{"form", form}, {"reference", context.pack().reference()}});
    return app::json(200, std::move(answer.set("pack", rules_of(context.pack().document, form, *definition))));
}

app::Response submit(app::Context& context, app::Request const& request) {
    auto const body = parse_json(request.body);
    if (!body) return app::problem(body.error());
    std::vector<app::FieldFault> faults;
    auto submitted = app::submit_form(context, std::string(request.param("form")), *body, faults);
    if (!submitted) return faults.empty() ? app::problem(submitted.error()) : app::problem(submitted.error(), faults);
    Json made = Json::object({{"submission", submitted->submission}, {"records", std::move(submitted->records)}});
    if (!submitted->doubts.items().empty()) made.set("doubts", std::move(submitted->doubts));
    return app::json(201, std::move(made));
}

constexpr app::Route routes[] = {
    {app::Method::Get, "/api/v1/units", "form.read", app::Needs::Session, app::Run::Read, app::answered<units>},
    {app::Method::Get, "/api/v1/types", "pack.read", app::Needs::Session, app::Run::Read, types},
    {app::Method::Get, "/api/v1/types/{type}", "pack.read", app::Needs::Session, app::Run::Read, app::answered<type>},
    {app::Method::Get, "/api/v1/forms", "pack.read", app::Needs::Session, app::Run::Read, forms},
    {app::Method::Get, "/api/v1/forms/{form}", "pack.read", app::Needs::Session, app::Run::Read, app::answered<one_form>},
    {app::Method::Get, "/api/v1/forms/{form}/rules", "pack.read", app::Needs::Session, app::Run::Read, app::answered<form_rules>},
    {app::Method::Post, "/api/v1/forms/{form}/submissions", "form.submit", app::Needs::Session, app::Run::Write, submit},
};

}  // namespace

extern app::Feature const feature;
app::Feature const feature{.name = "form", .routes = routes};

}  // namespace sanjal::form
