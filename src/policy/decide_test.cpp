// Who may see what: a table of cases that people can read, and a second decision on a million that nobody reads.
#include "policy/decide.h"

#include <doctest/doctest.h>

#include <cstdlib>
#include <random>

#include "crypto/hash.h"
#include "policy/second_decision_for_test.h"

using namespace sanjal;

namespace {

constexpr char const* all_relations[] = {"own", "assigned", "unit", "referred", "everyone", "under_order", "break_glass", "supervised"};
constexpr char const* all_types[] = {"case", "person", "part"};
constexpr char const* all_fields[] = {"a", "b", "c"};
constexpr char const* all_classes[] = {"operational", "identity", "contact", "medical", "counselling", "legal", "sealed", "public"};
constexpr char const* all_purposes[] = {"care", "inspection", "emergency"};
constexpr char const* all_roles[] = {"police", "hospital", "commission", "nobody"};

class Dice {
public:
    explicit Dice(std::uint64_t seed) : engine_(seed) {}
    std::size_t below(std::size_t limit) { return engine_() % limit; }
    bool once_in(std::size_t n) { return below(n) == 0; }
    template <class List>
    std::string of(List const& list) { return list[below(std::size(list))]; }
    std::string field() { return of(all_types) + "." + of(all_fields); }

private:
    std::mt19937_64 engine_;
};

second::Words some(Dice& dice, std::size_t most, std::function<std::string()> const& one) {
    second::Words words;
    for (auto left = dice.below(most + 1); left > 0; --left) words.insert(one());
    return words;
}

second::Rule random_rule(Dice& dice) {
    second::Rule rule;
    rule.has_types = dice.once_in(3);
    rule.has_purposes = dice.once_in(4);
    auto const named = [&] { return dice.once_in(4) ? dice.field() : std::string(dice.of(all_classes)); };
    if (rule.has_types) rule.types = some(dice, 3, [&] { return dice.of(all_types); });
    if (rule.has_purposes) rule.purposes = some(dice, 2, [&] { return dice.of(all_purposes); });
    rule.read = some(dice, 3, named);
    rule.write = some(dice, 3, named);
    rule.opens = some(dice, 2, [&] { return dice.field(); });
    return rule;
}

std::map<std::string, second::Role> random_roles(Dice& dice) {
    std::map<std::string, second::Role> roles;
    for (char const* role : {"police", "hospital", "commission"}) {
        if (dice.once_in(10)) continue;
        roles[role];
        for (char const* relation : all_relations) {
            for (auto left = dice.below(3); left > 0; --left) roles[role][relation].push_back(random_rule(dice));
        }
    }
    return roles;
}

Json list_of(second::Words const& words) {
    Json list = Json::list();
    for (auto const& word : words) list.push_back(word);
    return list;
}

pack::Pack pack_of(std::map<std::string, second::Role> const& roles) {
    Json all = Json::object();
    for (auto const& [name, role] : roles) {
        Json relations = Json::object();
        for (auto const& [relation, rules] : role) {
            Json list = Json::list();
            for (auto const& rule : rules) {
                Json one = Json::object({{"read", list_of(rule.read)}, {"write", list_of(rule.write)}, {"opens", list_of(rule.opens)}});
                if (rule.has_types) one.set("types", list_of(rule.types));
                if (rule.has_purposes) one.set("purposes", list_of(rule.purposes));
                list.push_back(std::move(one));
            }
            relations.set(relation, list.items().size() == 1 ? Json(list.items().front()) : std::move(list));
        }
        all.set(name, std::move(relations));
    }
    pack::Pack pack;
    pack.document = Json::object({{"roles", std::move(all)}});
    return pack;
}

second::Answer ask(pack::Pack const& pack, second::Case const& one) {
    policy::Actor actor;
    actor.role = one.role;
    actor.is_nodal = one.nodal;
    auto const action = one.action == "read" ? policy::Action::Read : one.action == "write" ? policy::Action::Write : one.action == "create" ? policy::Action::Create :
                        one.action == "export" ? policy::Action::Export : policy::Action::Erase;
    auto const decision = policy::decide({actor, action, one.type, one.relations, one.blocked, one.purpose}, pack);
    second::Answer answer;
    if (!decision.allowed) {
        answer.refusal = decision.refusal.code;
        answer.choices = decision.refusal.choices;
        return answer;
    }
    answer.seen.insert(decision.mask.classes.begin(), decision.mask.classes.end());
    answer.seen.insert(decision.mask.fields.begin(), decision.mask.fields.end());
    for (auto const& field : decision.mask.opens) answer.seen.insert("!" + field);
    return answer;
}

pack::Pack small_pack() {
    second::Rule own;
    own.read = {"operational", "identity"};
    own.write = {"operational", "identity"};
    own.opens = {"case.told_by"};
    second::Rule only_cases;
    only_cases.has_types = true;
    only_cases.types = {"case"};
    only_cases.read = {"operational", "person.age"};
    second::Rule asked;
    asked.has_purposes = true;
    asked.purposes = {"inspection", "complaint"};
    asked.read = {"operational"};
    second::Rule glass;
    glass.read = {"medical"};
    return pack_of({{"police", {{"own", {own}}, {"referred", {only_cases}}}}, {"commission", {{"under_order", {asked}}}}, {"hospital", {{"break_glass", {glass}}}}});
}

}  // namespace

TEST_CASE("a decision can be read off the pack: given these roles, this is what they see") {
    auto const pack = small_pack();
    struct Row {
        second::Case given;
        std::string refusal;
        second::Words seen;
    };
    Row const rows[] = {
        {{"police", "read", "person", "", {"own"}, false, false}, "", {"operational", "identity", "!case.told_by"}},
        {{"police", "write", "person", "", {"own"}, false, false}, "", {"operational", "identity", "sealed"}},
        {{"police", "read", "case", "", {"referred"}, false, false}, "", {"operational", "person.age"}},
        {{"police", "read", "person", "", {"referred"}, false, false}, "policy.not_yours", {}},
        {{"police", "read", "person", "", {}, false, false}, "policy.not_yours", {}},
        {{"police", "create", "person", "", {}, false, false}, "", {"operational", "identity", "sealed"}},
        {{"police", "read", "person", "", {"own"}, true, false}, "policy.must_not_know", {}},
        {{"police", "erase", "person", "", {"own"}, false, false}, "policy.erase", {}},
        {{"police", "erase", "person", "", {"own"}, false, true}, "", {"operational", "identity", "sealed"}},
        {{"police", "read", "case", "", {"supervised"}, false, false}, "policy.not_yours", {}},
        {{"commission", "read", "case", "", {"under_order"}, false, false}, "policy.purpose_missing", {}},
        {{"commission", "read", "case", "care", {"under_order"}, false, false}, "policy.purpose_missing", {}},
        {{"commission", "read", "case", "inspection", {"under_order"}, false, false}, "", {"operational"}},
        {{"hospital", "read", "person", "", {"break_glass"}, false, false}, "", {"medical"}},
        {{"hospital", "export", "person", "", {"break_glass"}, false, false}, "policy.not_yours", {}},
        {{"stranger", "read", "case", "", {"own"}, false, false}, "policy.no_role", {}},
    };
    for (auto const& row : rows) {
        CAPTURE(row.given.role + " " + row.given.action + " " + row.given.type);
        auto const answer = ask(pack, row.given);
        CHECK(answer.refusal == row.refusal);
        CHECK(answer.seen == row.seen);
        if (answer.refusal == "policy.purpose_missing") CHECK(answer.choices == second::Words{"complaint", "inspection"});
    }
}

TEST_CASE("a mask shows a single field of another class, and a sealed one only by name") {
    policy::Mask mask;
    mask.classes = {"operational", "sealed"};
    mask.fields = {"person.age"};
    mask.opens = {"case.told_by"};
    CHECK(mask.allows("person", "age", "identity"));
    CHECK(!mask.allows("part", "age", "identity"));
    CHECK(!mask.allows("person", "names", "identity"));
    CHECK(mask.allows("case", "told_by", "sealed"));
    CHECK(!mask.allows("person", "told_by", "sealed"));
    CHECK(mask.allows("person", "anything", "public"));
}

TEST_CASE("a second decision, written from the rules and not from the program, agrees on a million random cases") {
    char const* const given = std::getenv("SANJAL_CASES");
    std::size_t const cases = given != nullptr ? std::strtoul(given, nullptr, 10) : 1'000'000;
    Dice dice(20261125);
    std::size_t allowed = 0, refused_for_purpose = 0, shown = 0;
    std::map<std::string, second::Role> roles;
    pack::Pack pack;
    for (std::size_t i = 0; i < cases; ++i) {
        if (i % 200 == 0) {
            roles = random_roles(dice);
            pack = pack_of(roles);
        }
        second::Case one;
        one.role = dice.of(all_roles);
        one.action = dice.of(std::vector<char const*>{"read", "read", "write", "create", "export", "erase"});
        one.type = dice.of(all_types);
        one.purpose = dice.once_in(2) ? std::string() : dice.of(all_purposes);
        one.relations = some(dice, 3, [&] { return dice.of(all_relations); });
        one.blocked = dice.once_in(12);
        one.nodal = dice.once_in(3);
        auto const first = ask(pack, one);
        auto const other = second::decide(roles, one);
        if (!(first == other)) {
            CAPTURE(i);
            REQUIRE(first.refusal == other.refusal);
            REQUIRE(first.choices == other.choices);
            REQUIRE(first.seen == other.seen);
        }
        allowed += first.refusal.empty();
        refused_for_purpose += first.refusal == "policy.purpose_missing";
        if (!first.refusal.empty()) continue;
        // And field by field.
        policy::Mask mask;
        for (auto const& word : first.seen) (word[0] == '!' ? mask.opens : word.find('.') != std::string::npos ? mask.fields : mask.classes).insert(word[0] == '!' ? word.substr(1) : word);
        std::string const field = dice.of(all_fields), sensitivity = dice.of(all_classes);
        bool const sees = mask.allows(one.type, field, sensitivity);
        if (sees != second::sees(other, one.type, field, sensitivity)) REQUIRE(sees == second::sees(other, one.type, field, sensitivity));
        shown += sees;
    }
    // The cases are worth something only if all kinds of answers are among them.
    CHECK(allowed > cases / 10);
    CHECK(allowed < cases * 9 / 10);
    CHECK(refused_for_purpose > cases / 200);
    CHECK(shown > cases / 20);
}
