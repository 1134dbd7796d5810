#pragma once
// Conditions of packs: `all`, `any`, `not` and comparisons of fields, and nothing more.  Total, terminating and
// three-valued: what is not known makes neither true nor false, and the rule that asks says what then happens.
//
//   {part.as: survivor}                        equal
//   {person.under_18: {is: ["yes", not_sure]}} one of these
//   {case.exploitation: {has: sexual}}         a list that holds it; {has: [a, b]}: that holds one of these
//   {person.age: {from: 0, to: 17}}            bounds, both counted in; an interval that straddles them is unknown
//   {home_visit.done: {known: true}}           whether anything is known at all: always true or false

#include <functional>
#include <string>
#include <vector>

#include "base/json.h"

namespace sanjal::rules {

enum class Truth { False, Unknown, True };

// The value behind a path ("person.under_18"), or nullptr where nothing is known.
using Facts = std::function<Json const*(std::string_view path)>;

class Condition {
public:
    // Refuses what is none, and nesting over 16.
    static Result<Condition> parse(Json const& json);
    [[nodiscard]] std::vector<std::string> paths() const;

private:
    friend Truth evaluate(Condition const& condition, Facts const& facts);
    enum class Kind { All, Any, Not, Compare };
    static Result<Condition> parse(Json const& json, int depth);
    Kind kind_ = Kind::All;
    std::vector<Condition> parts_;
    std::string path_;
    Json test_;
};

Truth evaluate(Condition const& condition, Facts const& facts);

}  // namespace sanjal::rules
