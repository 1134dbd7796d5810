// The calendars of the rules in force, with the holidays that were listed at this node; and listing those of a year.
#include "features/packs/calendars.h"

#include <algorithm>

#include "app/context.h"
#include "app/upgrade.h"
#include "rules/form.h"

namespace sanjal::packs {
namespace {

constexpr std::size_t days_max = 150;
constexpr std::size_t title_max = 100;
constexpr std::size_t source_max = 500;

// The lists of this node that stand for their year, by calendar.
Result<std::map<std::string, Json>> lists(app::Context& context) {
    std::vector<std::int64_t> positions;
    SANJAL_DO(context.tx().each("select position from calendar_listed order by calendar, year", {}, [&](store::Row const& row) -> Result<void> {
        positions.push_back(row.integer(0));
        return {};
    }));
    std::map<std::string, Json> all;
    for (auto const position : positions) {
        SANJAL_TRY(auto const entry, context.house().ledger().read(context.tx(), position));
        auto const said = [&](std::string_view name) { return entry.field(name) != nullptr ? *entry.field(name) : Json(); };
        SANJAL_TRY(auto const listed, record::Listed::from(entry));
        auto& of = all.try_emplace(listed.calendar, Json::list()).first->second;
        of.push_back(Json::object({{"year", listed.year}, {"days", said("days")}, {"source", said("source")}, {"since", format_instant(entry.received)}}));
    }
    return all;
}

std::optional<std::int64_t> year_of(std::string_view text) {
    bool const four = text.size() == 4 && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
    std::int64_t year = 0;
    for (char const c : text) year = year * 10 + (c - '0');
    return four && year >= 1950 && year <= 2199 ? std::optional(year) : std::nullopt;
}

bool is_blank(std::string_view text) { return text.find_first_not_of(" \t\r\n") == std::string_view::npos; }

// One day as it was sent: a day of that year, said once, with a name.
Result<app::Holiday> holiday(Json const& sent, std::string const& year, std::vector<app::Holiday> const& before, std::string const& where) {
    if (!sent.is_object() || sent.members().size() != 2 || sent.find("day") == nullptr || sent.find("title") == nullptr || !sent.find("day")->is_text() || !sent.find("title")->is_text()) {
        return fail(Fault::Invalid, "calendar.day", "Each day is sent as {\"day\": \"2026-03-04\", \"title\": \"Holi\"}.", where);
    }
    app::Holiday day{sent.find("day")->text(), sent.find("title")->text()};
    if (day.day.size() != 10 || !parse_instant(day.day + "T00:00:00Z")) return fail(Fault::Invalid, "calendar.no_day", "This is not a day. Write the year, month and day, as 2026-03-04.", where + "/day");
    if (!day.day.starts_with(year)) return fail(Fault::Invalid, "calendar.other_year", "This day is not in that year. List each year by itself.", where + "/day");
    if (is_blank(day.title) || day.title.size() > title_max) return fail(Fault::Invalid, "calendar.title", "Say in a few words what this day is.", where + "/title");
    if (std::any_of(before.begin(), before.end(), [&](auto const& one) { return one.day == day.day; })) return fail(Fault::Invalid, "calendar.twice", "This day is there twice.", where + "/day");
    return day;
}

}  // namespace

Result<app::Response> list_calendars(app::Context& context, app::Request const& request) {
    std::string const language = context.language_of(request);
    SANJAL_TRY(auto const listed, lists(context));
    Json all = Json::list();
    auto const* calendars = context.pack().document.find("calendars");
    for (auto const& [name, calendar] : calendars != nullptr ? calendars->members() : Json::Object()) {
        auto const said = [&, &rule = calendar](std::string_view field) { return rule.find(field) != nullptr ? *rule.find(field) : Json::list(); };
        auto const of = listed.find(name);
        auto const* others = calendar.find("other_holidays");
        auto title = rules::label(context.pack().document, language, "calendar." + name + ".title", std::string(calendar.text_at("title", name)));
        Json one = Json::object({{"calendar", name}, {"title", std::move(title)}, {"week", said("week")}, {"holidays", said("holidays")}, {"has_others", others != nullptr && others->is_null()}});
        one.set("source", calendar.find("source") != nullptr ? *calendar.find("source") : Json());
        one.set("listed", of != listed.end() ? of->second : Json::list());
        all.push_back(std::move(one));
    }
    return app::json(200, Json::object({{"calendars", std::move(all)}}));
}

Result<app::Response> list_year(app::Context& context, app::Request const& request) {
    if (!context.actor().is_nodal) return fail(Fault::Forbidden, "calendar.nodal", "The nodal officer lists the holidays of a year.");
    std::string const name(request.param("calendar"));
    auto const* calendars = context.pack().document.find("calendars");
    if (calendars == nullptr || calendars->find(name) == nullptr) return fail(Fault::NotFound, "calendar.none", "There is no such calendar in the rules in force.");
    auto const year = year_of(request.param("year"));
    if (!year) return fail(Fault::NotFound, "calendar.year", "A year is written with four digits, as 2026.");
    SANJAL_TRY(auto const body, parse_json(request.body));
    if (!body.is_object()) return fail(Fault::Invalid, "request.not_an_object", "Send a JSON object.");
    for (auto const& [member, value] : body.members()) {
        if (member != "days" && member != "source") return fail(Fault::Invalid, "request.unknown_member", "There is no such member here.", "/" + member);
    }
    auto const* sent = body.find("days");
    if (sent == nullptr || !sent->is_list()) return fail(Fault::Invalid, "calendar.days", "Send the days of the year as a list. An empty list says that there are none.", "/days");
    if (sent->items().size() > days_max) return fail(Fault::Invalid, "calendar.too_many", "A year has at most 150 holidays here.", "/days");
    std::string const source(body.text_at("source"));
    if (is_blank(source) || source.size() > source_max) return fail(Fault::Invalid, "calendar.source", "Say who published this list: the notification with its number and day.", "/source");
    std::vector<app::Holiday> days;
    for (auto const& one : sent->items()) {
        SANJAL_TRY(auto day, holiday(one, std::to_string(*year), days, "/days/" + std::to_string(days.size())));
        days.push_back(std::move(day));
    }
    std::sort(days.begin(), days.end(), [](auto const& a, auto const& b) { return a.day < b.day; });
    SANJAL_DO(app::list_holidays(context.house(), context.tx(), name, *year, days, source, context.actor().id));
    return app::empty(204);
}

}  // namespace sanjal::packs
