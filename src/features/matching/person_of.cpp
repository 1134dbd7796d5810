#include "features/matching/person_of.h"

#include <algorithm>

#include "rules/value.h"

namespace sanjal::matching {
namespace {

constexpr std::int64_t day_ms = std::int64_t{24} * 60 * 60 * 1000;
constexpr std::int64_t oldest = 130;

std::vector<std::string> texts(Said const& said, std::string_view field) {
    std::vector<std::string> all;
    for (auto const& one : said(field)) {
        if (one.value->is_text() && !one.value->text().empty()) all.push_back(one.value->text());
    }
    return all;
}

std::string newest_text(Said const& said, std::string_view field) {
    auto const all = texts(said, field);
    return all.empty() ? std::string() : all.back();
}

match::Sex sex_of(std::string_view code) {
    if (code == "female") return match::Sex::Female;
    if (code == "male") return match::Sex::Male;
    return code.empty() ? match::Sex::Unknown : match::Sex::Other;
}

match::Birth birth_of(Said const& said) {
    auto const born = said("born");
    if (!born.empty() && born.back().value->is_text()) {
        auto const birth = match::parse_birth(born.back().value->text(), static_cast<std::int32_t>(born.back().told / day_ms));
        if (birth.is_known()) return birth;
    }
    auto const ages = said("age");
    if (ages.empty()) return {};
    auto const years = rules::years_of(*ages.back().value);
    if (!years || years->from > oldest) return {};
    auto const day = static_cast<std::int32_t>(ages.back().told / day_ms);
    bool const is_estimate = ages.back().value->text_at("how") != "exact";
    auto const youngest = match::birth_from_age(static_cast<int>(std::max<std::int64_t>(0, years->from)), day, is_estimate);
    auto const eldest = match::birth_from_age(static_cast<int>(std::min(oldest, years->to)), day, is_estimate);
    return {eldest.from, youngest.to, is_estimate};
}

}  // namespace

std::vector<Read> const& fields_read() {
    static std::vector<Read> const all{
        {"names", "identity", match::Field::Name},   {"names", "identity", match::Field::Alias},   {"father", "identity", match::Field::Father},
        {"mother", "identity", match::Field::Mother}, {"spouse", "identity", match::Field::Spouse}, {"home", "contact", match::Field::Place},
        {"phone", "contact", match::Field::Phone},   {"papers", "identity", match::Field::Id},     {"marks", "identity", match::Field::Mark},
        {"sex", "identity", match::Field::Sex},      {"age", "identity", match::Field::Birth},
    };
    return all;
}

match::Person person_of(Said const& said) {
    match::Person person;
    person.names = texts(said, "names");
    person.father = newest_text(said, "father");
    person.mother = newest_text(said, "mother");
    person.sex = sex_of(newest_text(said, "sex"));
    person.birth = birth_of(said);
    for (auto const& home : said("home")) {
        if (home.value->is_text()) person.places.push_back(home.value->text());
        for (char const* part : {"text", "code"}) {
            if (auto const place = home.value->text_at(part); !place.empty()) person.places.emplace_back(place);
        }
    }
    person.phones = texts(said, "phone");
    person.marks = texts(said, "marks");
    return person;
}

match::Person person_of(record::State const& state) {
    return person_of([&](std::string_view field) {
        std::vector<Statement> all;
        for (auto const* cell : state.cells(field)) {
            auto const* value = cell->find("v");
            if (value == nullptr || rules::is_none(*value) || rules::is_erased(*value) || record::is_kept_out_of_views(cell->text_at("class"))) continue;
            all.push_back({value, cell->integer_at("t")});
        }
        return all;
    });
}

match::Score within(match::Score const& score, policy::Mask const& mask) {
    match::Score left;
    for (auto const& one : score.all()) {
        auto const& all = fields_read();
        auto const read = std::find_if(all.begin(), all.end(), [&](Read const& each) { return each.as == one.field; });
        if (read != all.end() && mask.allows("person", read->field, read->sensitivity)) left.add(one.field, one.finding, one.bits);
    }
    return left;
}

}  // namespace sanjal::matching
