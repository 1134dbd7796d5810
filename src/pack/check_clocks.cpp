// Clocks and retention: what starts them, what they count, what ends them, whom they tell.
#include <algorithm>

#include "pack/finder.h"
#include "rules/clock.h"
#include "rules/value.h"

namespace sanjal::pack {
namespace {

Words const natures = {"statute", "rule", "court_direction", "scheme", "advisory", "sop_target", "practice"};
Words const in_clock = {"starts", "within", "series", "every", "quota", "extension", "not_counting", "first_day", "last_day", "calendar", "when", "offences", "stops",
                        "who", "nature", "warn", "when_late", "on_breach", "from", "to", "dated_by", "place", "source", "note"};
Words const in_starts = {"step", "at", "where"};
Words const in_quota = {"at_most", "at_least", "of"};
Words const in_extension = {"within", "when", "note"};
Words const in_late = {"ask", "tell"};
Words const in_retention = {"answers", "ground", "keep", "starts", "ends", "source", "note"};

class Clocks : private Finder {
public:
    Clocks(Json const& document, std::vector<Flaw>& flaws) : Finder(document, flaws), aliases_(standing_on("part")) {
        for (auto const& [name, procedure] : section("procedures")) {
            std::string const stands(procedure.text_at("stands_on", "part"));
            if (one("types", stands) != nullptr) aliases_[stands] = stands;
        }
    }

    void run() {
        for (auto const& [id, clock] : section("clocks")) check_clock("clocks/" + id, id, clock);
    }

private:
    void check_clock(std::string const& here, std::string const& id, Json const& clock) {
        only(here, clock, in_clock, "A clock");
        check_place(here, clock);
        if (auto const rule = rules::ClockRule::parse(id, clock); !rule) find(here, rule.error().message);
        check_starts(here, clock.find("starts"));
        if (auto const path = clock.text_at("not_counting"); !path.empty()) {
            auto const* minutes = check_rule_path(here, std::string(path), aliases_);
            if (minutes != nullptr && minutes->text_at("kind") != "number") find(here, "What does not count is a number of minutes.");
        }
        if (natures.count(clock.text_at("nature")) == 0) find(here, "A clock says what it is: statute, rule, court_direction, scheme, advisory, sop_target or practice.");
        check_stops(here, id, clock);
        for (auto const& role : list_of(clock.find("who"))) {
            if (one("roles", text_of(role)) == nullptr) find(here, "Nobody can hold the role \"" + text_of(role) + "\".");
        }
        check_conditions(here, clock);
        check_counts(here, clock);
        check_told(here, clock);
        check_dates(here, clock);
        check_source(here, clock);
    }

    void check_starts(std::string const& here, Json const* starts) {
        if (starts == nullptr) return find(here, "A clock says what starts it.");
        if (starts->is_object()) only(here + "/starts", *starts, in_starts, "A start");
        if (auto const step = starts->text_at("step"); !step.empty()) {
            if (!is_step(step)) find(here, "It starts with a step that does not exist: \"" + std::string(step) + "\".");
            return;
        }
        std::string const path = starts->is_text() ? starts->text() : std::string(starts->text_at("at"));
        auto const* trigger = check_rule_path(here, path, aliases_);
        if (trigger != nullptr && trigger->text_at("kind") != "time" && trigger->text_at("kind") != "date") find(here, "A clock starts at a time or on a day.");
        if (auto const* where = starts->find("where")) check_rule(here + "/starts", *where, aliases_);
    }

    [[nodiscard]] bool is_step(std::string_view step) const {
        return std::any_of(section("procedures").begin(), section("procedures").end(), [&](auto const& one_of_them) {
            auto const* steps = one_of_them.second.find("steps");
            return steps != nullptr && steps->find(step) != nullptr;
        });
    }

    void check_stops(std::string const& here, std::string const& id, Json const& clock) {
        auto const stops = list_of(clock.find("stops"));
        if (stops.empty() || !std::all_of(stops.begin(), stops.end(), [&](Json const& step) { return is_step(text_of(step)); })) return find(here, "No step stops this clock.");
        for (auto const& step : stops) {
            bool const is_used = std::any_of(section("procedures").begin(), section("procedures").end(), [&](auto const& procedure) {
                auto const* steps = procedure.second.find("steps");
                auto const* definition = steps != nullptr ? steps->find(text_of(step)) : nullptr;
                auto const used = list_of(definition != nullptr ? definition->find("clock") : nullptr);
                return std::any_of(used.begin(), used.end(), [&](Json const& one_clock) { return text_of(one_clock) == id || one_clock.text_at("use") == id; });
            });
            if (!is_used) find(here, "The step \"" + text_of(step) + "\" should stop this clock and does not name it, so that it never runs there.");
        }
    }

    void check_conditions(std::string const& here, Json const& clock) {
        if (auto const* when = clock.find("when")) check_rule(here + "/when", *when, aliases_);
        if (auto const* offences = clock.find("offences")) {
            auto const* kind = field("case", "offence_kind");
            if (kind == nullptr) find(here, "The type \"case\" has no field \"offence_kind\", so that no offence is known.");
            if (list_of(offences).empty()) find(here, "The offences for which a clock runs are a list of codes.");
            for (auto const& code : list_of(offences)) {
                if (kind != nullptr && !has_code(kind->text_at("from"), text_of(code))) find(here, "There is no kind of offence \"" + text_of(code) + "\".");
            }
        }
        if (auto const* extension = clock.find("extension")) {
            only(here + "/extension", *extension, in_extension, "An extension");
            if (auto const* when = extension->find("when")) check_rule(here + "/extension", *when, aliases_);
            else find(here, "An extension says on what fact it was given: more time is never taken for granted.");
        }
        if (auto const named = clock.text_at("calendar"); !named.empty() && one("calendars", named) == nullptr) find(here, "There is no calendar of the name \"" + std::string(named) + "\".");
    }

    void check_counts(std::string const& here, Json const& clock) {
        auto const* quota = clock.find("quota");
        if (quota == nullptr) return;
        only(here + "/quota", *quota, in_quota, "A quota");
        std::string const of(quota->text_at("of"));
        auto const dot = of.find('.');
        if (dot == std::string::npos) {
            if (one("types", of) == nullptr && !is_step(of)) find(here, "A quota counts how often a step was done, or records of a type; \"" + of + "\" is neither.");
            return;
        }
        auto const* counted = check_rule_path(here, of, aliases_);
        auto const kind = counted != nullptr ? counted->text_at("kind") : std::string_view("time");
        if (kind != "number" && kind != "time" && kind != "date") find(here, "A quota counts a number, or times.");
    }

    // P6: the first hours of lateness tell only the officer and the head of the unit.
    void check_told(std::string const& here, Json const& clock) {
        for (auto const& warning : list_of(clock.find("warn"))) {
            auto const span = rules::parse_limit(warning);
            bool const good = span && !span->before && (span->unit == rules::ClockRule::Unit::Minute || span->unit == rules::ClockRule::Unit::Hour || span->unit == rules::ClockRule::Unit::Day);
            if (!good) find(here, "A warning is given a time before: 6 hours.");
        }
        if (auto const* breach = clock.find("on_breach"); breach != nullptr && text_of(*breach).empty()) find(here, "What follows on breach is said in words.");
        auto const* late = clock.find("when_late");
        if (late == nullptr) return;
        only(here + "/when_late", *late, in_late, "What happens when it is late");
        if (auto const ask = late->text_at("ask"); !ask.empty() && one("codes", ask) == nullptr) find(here, "The reasons for delay are a list of codes; this one does not exist.");
        auto const* tell = late->find("tell");
        if (tell == nullptr) return;
        if (!tell->is_object()) return find(here, "Who is told is written as who and when: {unit_head: at once}.");
        for (auto const& [who, when] : tell->members()) {
            bool const is_near = who == "owner" || who == "unit_head";
            if (!is_near && one("roles", who) == nullptr) find(here, "Nobody can hold the role \"" + who + "\".");
            std::string const text = text_of(when);
            bool const is_after = text.starts_with("after ");
            auto const span = rules::parse_limit(Json(is_after ? text.substr(6) : text));
            bool const exact = span && !span->before && (span->unit == rules::ClockRule::Unit::AtOnce || span->unit == rules::ClockRule::Unit::Hour || span->unit == rules::ClockRule::Unit::Day);
            if (!exact || is_after == (span->unit == rules::ClockRule::Unit::AtOnce)) find(here, "When somebody is told is at once, or after 12 hours.");
            else if (!is_near && !is_after) find(here, "The first hours of lateness tell only the officer and the head of the unit; " + who + " is told after some hours.");
        }
    }

    void check_dates(std::string const& here, Json const& clock) {
        Json const day = Json::object({{"kind", "date"}});
        Json const no_codes = Json::object();
        std::string from;
        for (char const* name : {"from", "to"}) {
            auto const* date = clock.find(name);
            if (date == nullptr || date->is_null()) continue;
            auto const good = rules::check_value(day, no_codes, *date);
            if (!good || text_of(*date).size() != 10) find(here, "From when and until when a rule holds is a day: 2016-01-15.");
            else if (!from.empty() && text_of(*date) < from) find(here, "This rule ends before it begins.");
            else from = text_of(*date);
        }
        if (auto const path = clock.text_at("dated_by"); !path.empty()) {
            auto const* dated = check_rule_path(here, std::string(path), aliases_);
            if (dated != nullptr && dated->text_at("kind") != "time" && dated->text_at("kind") != "date") find(here, "The law is chosen by a day: by the field of the offence's date.");
            if (clock.find("from") == nullptr && clock.find("to") == nullptr) find(here, "By what day the law is chosen matters only where it has from or to.");
        }
    }

    Aliases aliases_;
};

class Retention : private Finder {
public:
    Retention(Json const& document, std::vector<Flaw>& flaws) : Finder(document, flaws) {}

    void run() {
        std::set<std::string> used;
        for (auto const& [type, definition] : section("types")) {
            auto const* fields = definition.find("fields");
            if (fields == nullptr || !fields->is_object()) continue;
            for (auto const& [name, one_field] : fields->members()) used.emplace(one_field.text_at("class"));
        }
        for (auto const& [sensitivity, rule] : section("retention")) {
            if (used.count(sensitivity) == 0) find("retention/" + sensitivity, "No field has the class \"" + sensitivity + "\".");
            check_rule_of("retention/" + sensitivity, rule);
        }
        if (section("procedures").empty()) return;
        for (auto const& sensitivity : used) {
            if (one("retention", sensitivity) == nullptr) find("retention", "Nothing is said about how long what is " + sensitivity + " is kept, who answers for it, on what ground, and what ends it.");
        }
    }

private:
    void check_rule_of(std::string const& here, Json const& rule) {
        only(here, rule, in_retention, "A retention");
        for (char const* word : {"answers", "ground", "ends"}) {
            if (rule.text_at(word).empty()) find(here, std::string("A retention says in words ") + (word[0] == 'a' ? "who answers for it." : word[0] == 'g' ? "the ground on which it is kept." : "what ends it."));
        }
        auto const* keep = rule.find("keep");
        auto const limit = keep != nullptr ? rules::parse_limit(*keep) : fail(Fault::Invalid, "", "");
        if (!limit || limit->before || limit->unit == rules::ClockRule::Unit::AtOnce) find(here, "A retention says how long it is kept: 7 years; null where no number is known.");
        auto const* starts = rule.find("starts");
        auto const* moment = starts != nullptr && starts->is_text() ? check_rule_path(here, starts->text(), standing_on("case")) : nullptr;
        if (starts == nullptr || (moment != nullptr && moment->text_at("kind") != "time" && moment->text_at("kind") != "date")) find(here, "A retention counts from a time or a day of the case.");
        check_source(here, rule);
    }
};

}  // namespace

void check_clocks(Json const& document, std::vector<Flaw>& flaws) { Clocks(document, flaws).run(); }
void check_retention(Json const& document, std::vector<Flaw>& flaws) { Retention(document, flaws).run(); }

}  // namespace sanjal::pack
