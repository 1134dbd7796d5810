#include "match/index.h"

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "match/explain.h"
#include "match/link.h"

using namespace sanjal::match;

namespace {

std::vector<std::string> const given = {"Rina", "Sita", "Maya", "Karim", "Salma", "Reena", "Fatema", "Aye"};
std::vector<std::string> const family = {"Das", "Thapa", "Khatun", "Tamang", "Mondal", "Magar"};

Person person_of(PersonKey key, std::size_t a, std::size_t b, std::size_t c) {
    Person person;
    person.key = key;
    person.names = {given[a % given.size()] + " " + family[b % family.size()]};
    person.father = given[c % given.size()] + " " + family[b % family.size()];
    person.sex = a % 3 == 0 ? Sex::Female : Sex::Male;
    person.birth = birth_from_age(static_cast<int>(5 + c % 40), 20000);
    person.places = {family[c % family.size()] + "pur"};
    if (c % 4 == 0) person.phones = {"+91 98640 0" + std::to_string(1000 + a * 7 + b)};
    return person;
}

bool same(std::vector<Found> const& a, std::vector<Found> const& b) {
    if (a.size() != b.size()) return false;
    for (std::size_t i = 0; i < a.size(); ++i) {
        if (a[i].key != b[i].key || std::abs(a[i].score.bits - b[i].score.bits) > 1e-3F) return false;
    }
    return true;
}

}  // namespace

TEST_CASE("Any script finds any script") {
    Index index;
    Person person = person_of(7, 0, 0, 1);
    index.put(person);
    for (PersonKey k = 100; k < 160; ++k) index.put(person_of(k, k, k / 7, k / 3));
    for (char const* name : {"Rina Das", "রীনা দাস", "रीना दास", "Reena Dass", "Das Rina"}) {
        Person wanted;
        wanted.names = {name};
        wanted.father = "Sita Das";
        auto const found = index.search(wanted, 5);
        REQUIRE(!found.empty());
        CHECK(found[0].key == 7);
    }
}

TEST_CASE("Who may not be seen is not found, whoever else is") {
    Index index;
    for (PersonKey k = 0; k < 50; ++k) index.put(person_of(k, 0, 0, 1));
    Person wanted = person_of(99, 0, 0, 1);
    auto const found = index.search(wanted, 100, [](PersonKey key) { return key == 42; });
    REQUIRE(found.size() == 1);
    CHECK(found[0].key == 42);
}

TEST_CASE("After any history the index answers like one built afresh") {
    CHECK(rc::check([] {
        Index lived;
        std::map<PersonKey, Person> left;
        auto const steps = *rc::gen::inRange(1, 60);
        for (int i = 0; i < steps; ++i) {
            auto const key = *rc::gen::inRange<PersonKey>(0, 12);
            if (*rc::gen::inRange(0, 3) == 0) {
                RC_ASSERT(lived.remove(key) == (left.erase(key) > 0));
                continue;
            }
            auto const person = person_of(key, *rc::gen::inRange<std::size_t>(0, 20), *rc::gen::inRange<std::size_t>(0, 20), *rc::gen::inRange<std::size_t>(0, 20));
            lived.put(person);
            left[key] = person;
        }
        if (*rc::gen::inRange(0, 2) == 0) lived.settle();
        Index fresh;
        for (auto const& [key, person] : left) fresh.put(person);
        RC_ASSERT(lived.size() == fresh.size());
        for (std::size_t k = 0; k < 6; ++k) {
            auto const wanted = person_of(999, k, k + 1, k + 2);
            RC_ASSERT(same(lived.search(wanted, 10), fresh.search(wanted, 10)));
        }
    }));
}

TEST_CASE("Evidence that agrees never lowers a score") {
    Index index;
    Person person = person_of(1, 0, 0, 4);
    index.put(person);
    for (PersonKey k = 100; k < 140; ++k) index.put(person_of(k, k, k / 5, k / 3));
    Person wanted;
    wanted.names = person.names;
    auto const score_now = [&] {
        for (auto const& one : index.search(wanted, 50)) {
            if (one.key == 1) return one.score.bits;
        }
        return -1e9F;
    };
    float before = score_now();
    auto const grew = [&] {
        float const now = score_now();
        CHECK(now >= before);
        before = now;
    };
    wanted.father = person.father;
    grew();
    wanted.sex = person.sex;
    grew();
    wanted.birth = person.birth;
    grew();
    wanted.places = person.places;
    grew();
    wanted.phones = person.phones;
    grew();
    wanted.places = {"a place that is not in the list"};
    CHECK(score_now() <= before);
}

TEST_CASE("An exact copy is found before all others; the order of words and titles hardly matter") {
    CHECK(rc::check([] {
        Index index;
        for (PersonKey k = 0; k < 60; ++k) index.put(person_of(k, k, k / 7, k / 3));
        auto const at = *rc::gen::inRange<std::size_t>(0, 60);
        auto wanted = person_of(999, at, at / 7, at / 3);
        auto const found = index.search(wanted, 60);
        RC_ASSERT(!found.empty());
        auto const own = std::find_if(found.begin(), found.end(), [&](Found const& one) { return one.key == at; });
        RC_ASSERT(own != found.end());
        RC_ASSERT(own->score.bits + 1e-3F >= found[0].score.bits);
        auto const& name = wanted.names[0];
        auto const space = name.find(' ');
        wanted.names = {"Smt. " + name.substr(space + 1) + " " + name.substr(0, space)};
        auto const turned = index.search(wanted, 60);
        auto const again = std::find_if(turned.begin(), turned.end(), [&](Found const& one) { return one.key == at; });
        RC_ASSERT(again != turned.end());
        RC_ASSERT(again->score.bits > own->score.bits - 3.5F);
    }));
}

TEST_CASE("What is no name, and names of any length and script, are kept, found or not found, and taken out again") {
    std::vector<std::string> const odd = {"", " ", "a", "1", "😀", "😀 😀", "\xED\xA0\x80", "\xFF\xFE", "\xE2\x80\xAE" "Rina", "Rina\x01\x02" "Das",
                                          std::string(10000, 'a'), "রীনা Das 王", "ক", "王", "မ", "G H", "(", "d/o", "Md", "\t\n"};
    Index index;
    for (std::size_t i = 0; i < odd.size(); ++i) {
        Person person;
        person.key = i;
        person.names = {odd[i], odd[(i + 1) % odd.size()]};
        person.father = odd[(i + 2) % odd.size()];
        person.places = {odd[(i + 3) % odd.size()], "a place that is not in the list"};
        person.phones = {odd[(i + 4) % odd.size()]};
        index.put(person);
    }
    CHECK(index.size() == odd.size());
    for (auto const& name : odd) {
        Person wanted;
        wanted.names = {name};
        wanted.places = {name};
        for (auto const& one : index.search(wanted, 50)) CHECK(std::isfinite(one.score.bits));
    }
    Person wanted;
    wanted.names = {"Rina Das"};
    CHECK(!index.search(wanted, 5).empty());  // marks of direction and controls do not hide her
    for (std::size_t i = 0; i < odd.size(); ++i) CHECK(index.remove(i));
    CHECK(index.size() == 0);
    CHECK(index.search(wanted, 5).empty());
    Linker linker({{Linker::Kind::Name, Field::Name}, {Linker::Kind::Birth, Field::Birth}, {Linker::Kind::Text, Field::Place}, {Linker::Kind::Number, Field::Phone}});
    for (auto const& name : odd) linker.add({name, name, name, name});
    for (auto const& one : linker.run({})) {
        CHECK(std::isfinite(one.bits));
        CHECK(linker.explain(one.a, one.b).bits == doctest::Approx(static_cast<double>(one.bits)).epsilon(0.001));
    }
}

TEST_CASE("Ages and dates are ranges, and what cannot be read is not known") {
    CHECK(parse_birth("1996-02-29", 0).is_known());
    CHECK_FALSE(parse_birth("1997-02-29", 0).is_known());
    CHECK(parse_birth("19960229", 0).from == parse_birth("29/02/1996", 0).from);
    CHECK(parse_birth("about 15", 20000).is_estimate);
    CHECK(parse_birth("১৫", 20000).from == parse_birth("15", 20000).from);
    CHECK(parse_birth("0", 20000).is_known());
    CHECK(parse_birth("130", 20000).is_known());
    CHECK_FALSE(parse_birth("131", 20000).is_known());
    CHECK_FALSE(parse_birth("", 20000).is_known());
    CHECK_FALSE(parse_birth("unknown", 20000).is_known());
}

TEST_CASE("A name alone is never strong, and reasons carry no numbers in any language") {
    Score score;
    score.add(Field::Name, Finding::Same, 40);
    CHECK(strength_of(score) == Strength::Fair);
    score.add(Field::Father, Finding::Close, 6);
    score.add(Field::Sex, Finding::Apart, -5);
    CHECK(strength_of(score) == Strength::Strong);
    for (char const* language : {"en", "hi", "bn", "as", "ne"}) {
        CHECK(codes_of(language) == codes_of("en"));
        std::string const words = explain(score, language);
        CHECK(words.find_first_of("0123456789%") == std::string::npos);
    }
    CHECK(explain(score, "en").find("Father: nearly the same") != std::string::npos);
    CHECK(explain(score, "xx") == explain(score, "en"));
    CHECK(reasons(score, "bn")[2].code == "sex.apart");
}

TEST_CASE("Two lists are linked without labels") {
    Linker linker({{Linker::Kind::Name, Field::Name}, {Linker::Kind::Birth, Field::Birth}, {Linker::Kind::Text, Field::Place}});
    std::vector<std::vector<std::string>> rows;
    for (std::size_t i = 0; i < 40; ++i) rows.push_back({given[i % 8] + " " + family[i % 5], "19" + std::to_string(60 + i % 30) + "-0" + std::to_string(1 + i % 9) + "-1" + std::to_string(i % 9), family[i % 6] + "pur"});
    for (auto const& row : rows) linker.add(row);
    linker.begin_second();
    for (auto row : rows) {
        row[0] = "Ms " + row[0] + "a";
        linker.add(row);
    }
    LinkOptions options;
    options.across = true;
    std::map<std::uint32_t, Linked> best;
    for (auto const& one : linker.run(options)) {
        CHECK((one.a < 40 && one.b >= 40));
        if (best.count(one.a) == 0 || one.bits > best[one.a].bits) best[one.a] = one;
    }
    CHECK(best.size() == 40);
    for (auto const& [a, one] : best) CHECK(one.b == a + 40);
}
