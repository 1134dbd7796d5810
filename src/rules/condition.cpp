#include "rules/condition.h"

#include <algorithm>
#include <limits>

#include "rules/value.h"

namespace sanjal::rules {
namespace {

constexpr int depth_max = 16;

Truth from_bool(bool value) { return value ? Truth::True : Truth::False; }

Truth in_bounds(Json const& test, Json const& value) {
    Interval interval{};
    if (value.is_integer()) {
        interval = {value.integer(), value.integer()};
    } else {
        auto const years = years_of(value);
        if (!years) return Truth::Unknown;
        interval = *years;
    }
    std::int64_t const from = test.integer_at("from", std::numeric_limits<std::int64_t>::min());
    std::int64_t const to = test.integer_at("to", std::numeric_limits<std::int64_t>::max());
    if (interval.from >= from && interval.to <= to) return Truth::True;
    if (interval.to < from || interval.from > to) return Truth::False;
    return Truth::Unknown;
}

Truth compare(Json const& test, Json const* value) {
    bool const known = value != nullptr && !value->is_null() && !is_none(*value) && !is_erased(*value);
    if (auto const* wanted = test.find("known")) return from_bool(known == wanted->boolean());
    if (!known) return Truth::Unknown;
    if (!test.is_object()) return from_bool(*value == test);
    if (auto const* list = test.find("is")) {
        return from_bool(std::any_of(list->items().begin(), list->items().end(), [&](Json const& one) { return one == *value; }));
    }
    if (auto const* part = test.find("has")) {
        auto const holds = [&](Json const& code) {
            if (!value->is_list()) return *value == code;
            return std::find(value->items().begin(), value->items().end(), code) != value->items().end();
        };
        if (!part->is_list()) return from_bool(holds(*part));
        return from_bool(std::any_of(part->items().begin(), part->items().end(), holds));
    }
    return in_bounds(test, *value);
}

tl::unexpected<Error> wrong(std::string message) { return fail(Fault::Invalid, "condition.malformed", std::move(message)); }

bool is_code_or_codes(Json const& value) {
    if (value.is_text()) return true;
    return value.is_list() && !value.items().empty() && std::all_of(value.items().begin(), value.items().end(), [](Json const& one) { return one.is_text(); });
}

Result<void> check_test(Json const& test) {
    if (test.is_text() || test.is_bool() || test.is_integer()) return {};
    if (!test.is_object() || test.members().empty()) return wrong("A comparison has a value, or one of: is, has, from, to, known.");
    for (auto const& [name, value] : test.members()) {
        bool const fits = (name == "is" && value.is_list() && !value.items().empty() && test.members().size() == 1) ||
                          (name == "has" && is_code_or_codes(value) && test.members().size() == 1) || (name == "known" && value.is_bool() && test.members().size() == 1) ||
                          ((name == "from" || name == "to") && value.is_integer());
        if (!fits) return wrong("A comparison has a value, or one of: is, has, from, to, known.");
    }
    return {};
}

}  // namespace

Result<Condition> Condition::parse(Json const& json) { return parse(json, 0); }

Result<Condition> Condition::parse(Json const& json, int depth) {
    if (depth > depth_max) return wrong("This condition is nested too deeply.");
    if (!json.is_object() || json.members().empty()) return wrong("A condition is all, any, not, or a comparison of a field.");
    Condition whole;
    for (auto const& [name, value] : json.members()) {
        Condition part;
        if (name == "all" || name == "any") {
            if (!value.is_list() || value.items().empty()) return wrong("Under all and any stands a list of conditions.");
            part.kind_ = name == "all" ? Kind::All : Kind::Any;
            for (auto const& item : value.items()) {
                SANJAL_TRY(auto one, parse(item, depth + 1));
                part.parts_.push_back(std::move(one));
            }
        } else if (name == "not") {
            part.kind_ = Kind::Not;
            SANJAL_TRY(auto one, parse(value, depth + 1));
            part.parts_.push_back(std::move(one));
        } else {
            auto const dot = name.find('.');
            if (dot == std::string::npos || dot == 0 || dot + 1 == name.size()) return wrong("A field is named like person.under_18.");
            SANJAL_DO(check_test(value));
            part.kind_ = Kind::Compare;
            part.path_ = name;
            part.test_ = value;
        }
        whole.parts_.push_back(std::move(part));
    }
    if (whole.parts_.size() == 1) {
        Condition only = std::move(whole.parts_.front());
        return only;
    }
    return whole;  // several stand for all of them
}

std::vector<std::string> Condition::paths() const {
    std::vector<std::string> all;
    if (kind_ == Kind::Compare) all.push_back(path_);
    for (auto const& part : parts_) {
        for (auto& path : part.paths()) all.push_back(std::move(path));
    }
    return all;
}

Truth evaluate(Condition const& condition, Facts const& facts) {
    switch (condition.kind_) {
        case Condition::Kind::Compare: return compare(condition.test_, facts(condition.path_));
        case Condition::Kind::Not: {
            Truth const inner = evaluate(condition.parts_.front(), facts);
            return inner == Truth::Unknown ? inner : from_bool(inner == Truth::False);
        }
        case Condition::Kind::All: {
            Truth least = Truth::True;
            for (auto const& part : condition.parts_) least = std::min(least, evaluate(part, facts));
            return least;
        }
        case Condition::Kind::Any: break;
    }
    Truth most = Truth::False;
    for (auto const& part : condition.parts_) most = std::max(most, evaluate(part, facts));
    return most;
}

}  // namespace sanjal::rules
