// Paper: forms and documents of the pack as PDF, blank and filled, the first-day set, the worklist.  What is filled in comes
// through the policy's mask; printing is an access, and the code on the paper stands in the access log (docs/formats/paper.md).
#include <algorithm>
#include <charconv>

#include "app/feature.h"
#include "base/bytes.h"
#include "features/printing/gather.h"
#include "print/pdf.h"
#include "rules/form.h"

namespace sanjal::printing {
namespace {

constexpr std::size_t languages_max = 3;
constexpr int letters_min = 8;
constexpr int letters_max = 16;
// The moment in the properties of a file that stands on no entry.
constexpr std::int64_t no_moment = 946684800000;

struct Wish {
    std::string form;
    std::string document;
    std::vector<std::string> languages;
    std::string paper;
    int letters = 10;
    std::optional<std::string> owner;
};

bool speaks(pack::Pack const& pack, std::string_view language) {
    auto const* strings = pack.document.find("strings");
    return language == "en" || (strings != nullptr && strings->find(language) != nullptr);
}

Result<std::vector<std::string>> languages_of(pack::Pack const& pack, std::string_view list) {
    std::vector<std::string> languages;
    while (!list.empty()) {
        auto const end = std::min(list.find(','), list.size());
        std::string one(list.substr(0, end));
        list.remove_prefix(std::min(end + 1, list.size()));
        if (!speaks(pack, one)) return fail(Fault::Invalid, "print.language", "The pack in force does not speak one of these languages. Name those that it speaks, such as languages=bn,en.", "languages");
        if (std::find(languages.begin(), languages.end(), one) == languages.end()) languages.push_back(std::move(one));
    }
    if (languages.empty() || languages.size() > languages_max) return fail(Fault::Invalid, "print.language", "Name one to three languages, such as languages=bn,en.", "languages");
    return languages;
}

// Without a wish: the reader's own language and English.
std::vector<std::string> usual_languages(pack::Pack const& pack, app::Request const& request) {
    std::string_view accepted = request.header("accept-language").value_or("");
    while (!accepted.empty()) {
        auto const end = std::min(accepted.find(','), accepted.size());
        std::string_view one = accepted.substr(0, end);
        one.remove_prefix(std::min(one.find_first_not_of(' '), one.size()));
        one = one.substr(0, one.find_first_of("-;"));
        if (one == "en") break;
        if (!one.empty() && speaks(pack, one)) return {std::string(one), "en"};
        accepted.remove_prefix(std::min(end + 1, accepted.size()));
    }
    return {"en"};
}

Result<Wish> wish_of(pack::Pack const& pack, app::Request const& request, std::initializer_list<std::string_view> more) {
    Wish wish;
    wish.languages = usual_languages(pack, request);
    for (auto const& [name, value] : request.queries) {
        bool const known = name == "languages" || name == "paper" || name == "size" || std::find(more.begin(), more.end(), name) != more.end();
        if (!known) return fail(Fault::Invalid, "request.unknown_query", "There is no such setting of a print. There are languages, paper and size.", name);
        if (name == "languages") {
            SANJAL_TRY(wish.languages, languages_of(pack, value));
        } else if (name == "paper") {
            print::Format format;
            if (!print::set_paper(format, value)) return fail(Fault::Invalid, "print.paper", "The paper is a4, legal or foolscap.", name);
            wish.paper = value;
        } else if (name == "size") {
            auto const [end, error] = std::from_chars(value.data(), value.data() + value.size(), wish.letters);
            if (error != std::errc() || end != value.data() + value.size() || wish.letters < letters_min || wish.letters > letters_max) {
                return fail(Fault::Invalid, "print.size", "The size of letters is a whole number of points from 8 to 16.", name);
            }
        } else if (name == "form") {
            wish.form = value;
        } else if (name == "document") {
            wish.document = value;
        } else {
            wish.owner = value;
        }
    }
    return wish;
}

print::Format format_of(Wish const& wish, std::string_view otherwise) {
    print::Format format;
    print::set_paper(format, wish.paper.empty() ? otherwise : wish.paper);
    format.letters = wish.letters;
    return format;
}

Result<app::Response> answer(std::vector<print::Paper> papers, print::Format const& format, std::optional<Instant> as_of) {
    SANJAL_TRY(auto printed, print::print(std::move(papers), format, as_of.value_or(instant_of(no_moment))));
    app::Response response{200, "application/pdf", std::move(printed.pdf), {}, std::nullopt};
    // Names of files tell names of people: this one is always the same.
    response.headers.emplace_back("Content-Disposition", "inline; filename=\"paper.pdf\"");
    return response;
}

Tongue tongue_of(app::Context& context, Wish const& wish) {
    return Tongue(context.pack(), wish.languages, [&context](std::string_view unit) -> std::string {
        auto const state = record::find(context.tx(), unit);
        auto const* title = state && *state && (*state)->type() == "unit" ? (*state)->value("title") : nullptr;
        return title != nullptr && title->is_text() ? title->text() : std::string();
    });
}

Desk desk_of(app::Context& context) { return {std::string(context.house().description().text_at("name")), {}}; }

Json::List list_of(Json const* json) { return json != nullptr && json->is_list() ? json->items() : Json::List{}; }

// A set is what it holds.
Result<std::vector<std::string>> documents_of(pack::Pack const& pack, std::string const& name) {
    auto const* document = pack.printed(name);
    if (document == nullptr) return fail(Fault::NotFound, "document.none", "There is no such document.");
    std::vector<std::string> names;
    for (auto const& held : list_of(document->find("holds"))) names.push_back(held.text());
    return names.empty() ? std::vector<std::string>{name} : names;
}

Result<app::Response> blank_form(app::Context& context, app::Request const& request) {
    std::string const name(request.param("form"));
    if (context.pack().form(name) == nullptr) return fail(Fault::NotFound, "form.none", "There is no such form.");
    SANJAL_TRY(auto const wish, wish_of(context.pack(), request, {}));
    auto paper = compose_form(tongue_of(context, wish), name, {}, desk_of(context));
    paper.code = code_of(paper, context.pack(), {});
    return answer({std::move(paper)}, format_of(wish, "a4"), std::nullopt);
}

Result<app::Response> blank_document(app::Context& context, app::Request const& request) {
    std::string const name(request.param("document"));
    SANJAL_TRY(auto const names, documents_of(context.pack(), name));
    SANJAL_TRY(auto const wish, wish_of(context.pack(), request, {}));
    std::vector<print::Paper> papers;
    for (auto const& one : names) {
        papers.push_back(compose_document(tongue_of(context, wish), one, {}, desk_of(context)));
        papers.back().code = code_of(papers.back(), context.pack(), {});
    }
    return answer(std::move(papers), format_of(wish, context.pack().printed(name)->text_at("size", "a4")), std::nullopt);
}

class Filler {
public:
    Filler(app::Context& context, Gatherer& gatherer, Wish const& wish) : context_(context), gatherer_(gatherer), tongue_(tongue_of(context, wish)) {}

    Result<void> form(std::string const& name) {
        auto const types = types_of_form(context_.pack(), name);
        auto const& makes = context_.pack().form(name)->find("makes")->members();
        bool const has_many = std::any_of(makes.begin(), makes.end(), [](auto const& made) { return made.second.bool_at("many"); });
        std::vector<About> all;
        // A form about one person is printed for each of them.
        if (!has_many && (types.count("part") > 0 || types.count("person") > 0)) {
            SANJAL_TRY(all, gatherer_.of_parts(types));
        }
        if (all.empty()) {
            SANJAL_TRY(auto about, gatherer_.of_case(types));
            all.push_back(std::move(about));
        }
        for (auto const& about : all) SANJAL_DO(add(about, [&](Desk const& desk) { return compose_form(tongue_, name, about, desk); }));
        return {};
    }

    Result<void> document(std::string const& name) {
        auto const types = types_of_document(context_.pack(), name);
        std::vector<About> all;
        if (context_.pack().printed(name)->text_at("stands_on") == "case") {
            SANJAL_TRY(auto about, gatherer_.of_case(types));
            all.push_back(std::move(about));
        } else {
            SANJAL_TRY(all, gatherer_.of_parts(types));
        }
        for (auto const& about : all) SANJAL_DO(add(about, [&](Desk const& desk) { return compose_document(tongue_, name, about, desk); }));
        return {};
    }

    std::vector<print::Paper> papers;
    std::optional<Instant> newest;

private:
    template <class Compose>
    Result<void> add(About const& about, Compose compose) {
        SANJAL_TRY(auto const standing, standing_of(context_, about));
        Desk desk = desk_of(context_);
        if (standing.newest) desk.as_of = tongue_.moment(*standing.newest);
        if (standing.newest && (!newest || *standing.newest > *newest)) newest = standing.newest;
        auto paper = compose(desk);
        paper.code = code_of(paper, context_.pack(), standing.lines);
        for (auto const& record : standing.records) context_.note_access(record, "print", "paper " + paper.code);
        papers.push_back(std::move(paper));
        return {};
    }

    app::Context& context_;
    Gatherer& gatherer_;
    Tongue tongue_;
};

Result<app::Response> filled(app::Context& context, app::Request const& request) {
    Gatherer gatherer(context);
    SANJAL_DO(gatherer.stand_on(std::string(request.param("id"))));
    SANJAL_TRY(auto const wish, wish_of(context.pack(), request, {"form", "document"}));
    if (wish.form.empty() == wish.document.empty()) return fail(Fault::Invalid, "print.what", "Say which form or which document is printed: form=NAME or document=NAME.", "form");
    Filler filler(context, gatherer, wish);
    std::string_view size = "a4";
    if (!wish.form.empty()) {
        if (context.pack().form(wish.form) == nullptr) return fail(Fault::NotFound, "form.none", "There is no such form.");
        SANJAL_DO(filler.form(wish.form));
    } else {
        SANJAL_TRY(auto const names, documents_of(context.pack(), wish.document));
        if (!gatherer.has_case()) return fail(Fault::Conflict, "print.no_case", "This record belongs to no case that you can read, so no document can be filled from it. Print the form instead, or a blank document.");
        for (auto const& name : names) SANJAL_DO(filler.document(name));
        size = context.pack().printed(wish.document)->text_at("size", "a4");
    }
    if (filler.papers.empty()) return fail(Fault::Conflict, "print.nobody", "Nobody whom you can see stands in this case yet, so this document has nobody to be about.");
    return answer(std::move(filler.papers), format_of(wish, size), filler.newest);
}

// What can be printed from here, for the buttons of a screen.
Result<app::Response> printable(app::Context& context, app::Request const& request) {
    std::string const id(request.param("id"));
    for (auto const& [name, value] : request.queries) return fail(Fault::Invalid, "request.unknown_query", "There is no such setting.", name);
    SANJAL_TRY(auto const state, record::load(context.tx(), id));
    SANJAL_DO(context.require(policy::Action::Read, id, state));
    Wish wish;
    wish.languages = {usual_languages(context.pack(), request).front()};
    Tongue const tongue(context.pack(), wish.languages);
    auto const title = [&](std::string const& path, Json const& one) { return tongue.say(path, one.text_at("title")).front().text; };
    bool const in_a_case = state.type() == "case" || state.type() == "part" || state.type() == "person";
    Json documents = Json::list();
    if (auto const* all = context.pack().document.find("documents"); all != nullptr && in_a_case) {
        for (auto const& [name, document] : all->members()) {
            auto const who = list_of(document.find("who"));
            bool const for_role = document.text_at("who") == context.actor().role || std::any_of(who.begin(), who.end(), [&](Json const& role) { return role.is_text() && role.text() == context.actor().role; });
            if (!for_role) continue;
            Json one = Json::object({{"document", name}, {"title", title("document." + name + ".title", document)}, {"stands_on", document.text_at("stands_on")}});
            if (auto const* holds = document.find("holds")) one.set("holds", *holds);
            documents.push_back(std::move(one));
        }
    }
    Json forms = Json::list();
    for (auto const& [name, form] : context.pack().document.find("forms")->members()) {
        auto const& makes = form.find("makes")->members();
        bool const fits = std::any_of(makes.begin(), makes.end(), [&](auto const& made) { return made.second.text_at("type") == state.type(); });
        if (!fits) continue;
        Json one = Json::object({{"form", name}, {"title", title(name + ".title", form)}});
        if (auto const number = form.text_at("paper"); !number.empty()) one.set("paper", number);
        forms.push_back(std::move(one));
    }
    Json answer = Json::object();
    answer.set("documents", std::move(documents)).set("forms", std::move(forms));
    return app::json(200, std::move(answer));
}

// The number of a case, where the reader may know it.
Result<std::string> number_of(app::Context& context, std::string const& root) {
    SANJAL_TRY(auto const state, record::find(context.tx(), root));
    if (!state) return std::string();
    auto const may = context.require(policy::Action::Read, root, *state);
    if (!may && may.error().fault != Fault::NotFound && may.error().fault != Fault::Forbidden) return fail(may.error());
    return may ? std::string(state->number()) : std::string();
}

std::string source_text(Json const* source) {
    if (source == nullptr) return {};
    std::string text;
    for (char const* name : {"act", "rule", "order", "scheme", "practice", "section"}) {
        if (auto const part = source->text_at(name); !part.empty()) text += (text.empty() ? "" : ", ") + std::string(part);
    }
    return text;
}

Result<app::Response> worklist(app::Context& context, app::Request const& request) {
    SANJAL_TRY(auto const wish, wish_of(context.pack(), request, {"owner"}));
    auto const& actor = context.actor();
    if (wish.owner && *wish.owner != "me" && *wish.owner != "nobody") return fail(Fault::Invalid, "request.unknown_query", "The worklist is asked for owner=me or owner=nobody, or for all.", "owner");
    std::optional<std::string> owner;
    if (wish.owner) owner = *wish.owner == "me" ? actor.id : std::string();
    SANJAL_TRY(auto const tasks, casework::open_tasks_within_reach(context.tx(), {actor.unit, actor.id, actor.role}, owner));
    auto const tongue = tongue_of(context, wish);
    Desk const desk{desk_of(context).node, tongue.moment(context.now())};
    print::Paper paper;
    paper.title = tongue.word("worklist");
    paper.under = {{desk.node, tongue.first()}, {tongue.word_in(tongue.first(), "as_of") + " " + desk.as_of, tongue.first()}};
    paper.foot = "worklist";
    paper.page_of = tongue.word_in(tongue.first(), "page_of");
    print::Table table;
    table.columns = {{tongue.word("case_number"), 4}, {tongue.word("task"), 6}, {tongue.word("due"), 3}, {tongue.word("source"), 4}, {tongue.word("done"), 3}};
    for (auto const& task : tasks) {
        auto const pack = context.house().packs().find(task.pack);
        auto const* procedure = pack != nullptr ? pack->procedure(task.procedure) : nullptr;
        auto const* steps = procedure != nullptr ? procedure->find("steps") : nullptr;
        auto const* step = steps != nullptr ? steps->find(task.step) : nullptr;
        auto const* rule = pack != nullptr ? pack->clock(task.rule) : nullptr;
        std::string due = tongue.word_in(tongue.first(), "no_limit");
        if (task.due) {
            due = tongue.moment(instant_of(*task.due));
            if (!casework::is_at_once(rule) && rules::is_late(instant_of(*task.due), context.now())) due += " \xC2\xB7 " + tongue.word_in(tongue.first(), "late");
        }
        SANJAL_TRY(auto const number, number_of(context, task.root));
        table.rows.push_back({{{number, "en"}}, tongue.say(task.procedure + "." + task.step + ".title", step != nullptr ? step->text_at("title", task.step) : task.step),
                              {{due, tongue.first()}}, {{source_text(step != nullptr ? step->find("source") : nullptr), "en"}}, {}});
    }
    table.blank_rows = table.rows.empty() ? 3 : 0;
    paper.blocks.emplace_back(std::move(table));
    paper.code = code_of(paper, context.pack(), {});
    context.note_access("list", "print", "paper " + paper.code);
    return answer({std::move(paper)}, format_of(wish, "a4"), context.now());
}

constexpr app::Route routes[] = {
    {app::Method::Get, "/api/v1/forms/{form}/print", "print.blank", app::Needs::Session, app::Run::Read, app::answered<blank_form>},
    {app::Method::Get, "/api/v1/documents/{document}/print", "print.blank", app::Needs::Session, app::Run::Read, app::answered<blank_document>},
    {app::Method::Get, "/api/v1/records/{id}/documents", "record.read", app::Needs::Session, app::Run::Read, app::answered<printable>},
    {app::Method::Get, "/api/v1/records/{id}/print", "print.filled", app::Needs::Session, app::Run::Read, app::answered<filled>},
    {app::Method::Get, "/api/v1/worklist/print", "work.list", app::Needs::Session, app::Run::Read, app::answered<worklist>},
};

}  // namespace

extern app::Feature const feature;
app::Feature const feature{.name = "printing", .routes = routes};

}  // namespace sanjal::printing
