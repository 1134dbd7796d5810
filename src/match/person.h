#pragma once
// A person as matching sees one: what was said about them, field by field, each possibly missing.  What is missing says
// nothing.  Not a record: the caller takes it out of records that the asker may read.  Plain data.

#include <cstdint>
#include <string>
#include <vector>

#include "match/title.h"

namespace sanjal::match {

using PersonKey = std::uint64_t;  // the caller's own number for the person

// When born, as a range of days since 1970-01-01, both ends included; an age told on a day is such a range.
struct Birth {
    std::int32_t from = 0;
    std::int32_t to = -1;
    bool is_estimate = false;  // by a doctor or by eye: compared with more patience
    [[nodiscard]] bool is_known() const { return from <= to; }
};

// `age` in whole years, as told on `day`.  Nothing for an age below 0 or above 130.
Birth birth_from_age(int age, std::int32_t day, bool is_estimate = false);
// "1996-02-29", "19960229", "1996-02", "1996", in any script's digits; "about 15" and "15" are ages, told on `day`.
// Nothing where it cannot be read, or there is no such day.
Birth parse_birth(std::string_view text, std::int32_t day);

struct Person {
    PersonKey key = 0;
    std::vector<std::string> names;    // the same person's name in several scripts or spellings
    std::vector<std::string> aliases;
    std::string father, mother, spouse;
    Sex sex = Sex::Unknown;
    Birth birth{};
    std::vector<std::string> places;   // names or codes, the widest last: village, district
    std::vector<std::string> phones, ids, marks;
};

}  // namespace sanjal::match
