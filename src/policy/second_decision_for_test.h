#pragma once
// Who may see what, decided a second time: from docs/policy.md and not from decide.cpp, on plain sets and not on packs.
// Not used by the program: a test asks both and wants one answer.

#include <map>
#include <set>
#include <string>
#include <vector>

namespace second {

using Words = std::set<std::string>;

struct Rule {
    bool has_types = false, has_purposes = false;
    Words types, read, write, opens, purposes;
};
using Role = std::map<std::string, std::vector<Rule>>;  // by relation

struct Case {
    std::string role, action, type, purpose;
    Words relations;
    bool blocked = false, nodal = false;
};

struct Answer {
    std::string refusal;  // empty: allowed
    Words choices;
    Words seen;  // "class", "type.field", "!type.field" for what is opened
    bool operator==(Answer const&) const = default;
};

inline Answer decide(std::map<std::string, Role> const& roles, Case const& one) {
    Answer answer;
    auto const no = [&](char const* why) {
        answer.seen.clear();
        answer.refusal = why;
        return answer;
    };
    bool const reads = one.action == "read" || one.action == "export";
    if (one.blocked) return no("policy.must_not_know");
    if (roles.count(one.role) == 0) return no("policy.no_role");
    Role const& role = roles.at(one.role);

    // 2: which relations hold.
    Words holds;
    if (one.action == "create") {
        holds = {"own", "unit"};
    } else {
        for (char const* name : {"own", "referred", "assigned", "unit", "under_order"}) {
            if (one.relations.count(name) != 0) holds.insert(name);
        }
        if (one.relations.count("own") + one.relations.count("referred") != 0) holds.insert("unit");
        if (one.action == "read" && one.relations.count("break_glass") != 0) holds.insert("break_glass");
    }

    // 3 to 5: which rules count, and what they give.
    for (auto const& [relation, rules] : role) {
        if (holds.count(relation) == 0) continue;
        for (auto const& rule : rules) {
            bool counts = !rule.has_types || rule.types.count(one.type) != 0;
            if (counts && reads && rule.has_purposes && rule.purposes.count(one.purpose) == 0) {
                counts = false;
                answer.choices.insert(rule.purposes.begin(), rule.purposes.end());
            }
            if (!counts) continue;
            Words const& given = reads ? rule.read : rule.write;
            answer.seen.insert(given.begin(), given.end());
            if (reads) {
                for (auto const& field : rule.opens) answer.seen.insert("!" + field);
            } else if (relation == "own") {
                answer.seen.insert("sealed");
            }
        }
    }

    if (reads && one.relations.count("everyone") != 0) answer.seen.insert("operational");

    // 6 and 7.
    if (answer.seen.empty()) return no(answer.choices.empty() ? "policy.not_yours" : "policy.purpose_missing");
    answer.choices.clear();
    if (one.action == "erase" && !one.nodal) return no("policy.erase");
    return answer;
}

// Through the mask.
inline bool sees(Answer const& answer, std::string const& type, std::string const& field, std::string const& sensitivity) {
    if (sensitivity == "public") return true;
    if (sensitivity == "sealed") return answer.seen.count("!" + type + "." + field) != 0;
    return answer.seen.count(sensitivity) + answer.seen.count(type + "." + field) != 0;
}

}  // namespace second
