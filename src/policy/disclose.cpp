#include "policy/disclose.h"

#include <algorithm>

namespace sanjal::policy {
namespace {

bool names(Json const& terms, std::string_view list, std::string_view word) {
    auto const* all = terms.find(list);
    return all != nullptr && all->is_list() && std::any_of(all->items().begin(), all->items().end(), [&](Json const& one) { return one.is_text() && one.text() == word; });
}

Showing no(Disclosing const& question, std::string code, std::string message) {
    Showing showing;
    showing.refusal.code = std::move(code);
    showing.refusal.message = std::move(message);
    auto const* source = question.agreement != nullptr ? question.agreement->terms.find("source") : nullptr;
    showing.refusal.source = source != nullptr ? *source : Json::object({{"rule", "practice P12-P14, P18"}, {"confidence", "proposal"}});
    return showing;
}

int minute_of(std::string_view text) { return text.size() == 5 ? ((text[0] - '0') * 10 + (text[1] - '0')) * 60 + (text[3] - '0') * 10 + (text[4] - '0') : 0; }

// An adult's own word, or what the agreement lets stand in its place.  For a child the law for children or an order speaks; a yes
// of whoever decides for the child is written down as the consents are.
Showing stands_on(Disclosing const& question) {
    auto const& agreement = *question.agreement;
    if (question.basis != "consent") {
        if (!names(agreement.terms, "bases", question.basis)) return no(question, "disclosure.basis", "This cannot stand in the place of a consent under this agreement.");
        if (question.basis == "child_law" && std::any_of(question.people.begin(), question.people.end(), [](Told const& one) { return one.is_adult; })) {
            return no(question, "disclosure.basis", "The law for children does not speak of an adult. Ask her or him first, or name the order or the danger.");
        }
        if (question.basis == "court_order" && question.reference.empty()) return no(question, "disclosure.reference", "Name the order: its number, or the day and the court.");
    } else {
        std::set<std::string> missing;
        auto const needed = consents_needed(agreement, question.across_border);
        for (auto const& person : question.people) std::set_difference(needed.begin(), needed.end(), person.agreed.begin(), person.agreed.end(), std::inserter(missing, missing.end()));
        if (!missing.empty() || question.people.empty()) {
            auto refused = no(question, "disclosure.no_consent", "Not everybody whom this is about has agreed to it. Ask first and write the answer down.");
            refused.missing.assign(missing.begin(), missing.end());
            return refused;
        }
    }
    Showing showing;
    showing.allowed = true;
    return showing;
}

}  // namespace

std::set<std::string> consents_needed(Agreement const& agreement, bool across_border) {
    std::set<std::string> needed;
    if (auto const* all = agreement.terms.find("consents"); all != nullptr && all->is_list()) {
        for (auto const& one : all->items()) needed.insert(one.is_text() ? one.text() : std::string());
    }
    if (across_border) needed.insert("C_share_cross");
    return needed;
}

Showing may_disclose(Disclosing const& question) {
    if (question.agreement == nullptr || question.peer_stopped || state_of(*question.agreement, question.now) != "live") {
        return no(question, "agreement.not_live", "There is no agreement in force with this node. The nodal officers of both sides sign one first.");
    }
    auto const& terms = question.agreement->terms;
    auto const* purposes = terms.find("purposes");
    if (purposes == nullptr || purposes->find(question.purpose) == nullptr) return no(question, "disclosure.purpose", "The agreement does not name this purpose. Choose one of its list.");
    if (std::any_of(question.people.begin(), question.people.end(), [](Told const& one) { return one.must_not_know; })) {
        return no(question, "disclosure.not_this_peer", "This node cannot be told in this case. Choose another one.");
    }
    bool const official = terms.text_at("channel") == "official";
    if (official && !names(terms, "desks", question.role)) return no(question, "disclosure.desk", "The official channel is used by the desks that the agreement names. Ask the one of your district.");
    if (terms.bool_at("sanction") && question.sanction.empty()) return no(question, "disclosure.no_sanction", "Nothing goes by the official channel without its sanction number (P14).");
    if (!official && question.across_border && question.role == "police") {
        return no(question, "disclosure.official_only", "A police unit sends abroad by the official channel alone (P14). An organisation can send its own file.");
    }
    auto const* quota = terms.find("quota");
    if (quota == nullptr || question.today >= quota->integer_at("disclosures")) return no(question, "disclosure.quota", "As much as the agreement allows in a day has been sent today. Send this tomorrow, or agree on more.");
    return stands_on(question);
}

Showing may_keep(Disclosing const& question) {
    if (std::any_of(question.people.begin(), question.people.end(), [](Told const& one) { return one.must_not_know; })) {
        return no(question, "disclosure.not_this_peer", "This node cannot be told in this case. Choose another one.");
    }
    return stands_on(question);
}

bool may_go(Json const& terms, std::string_view type, std::string_view field, std::string_view sensitivity) {
    if (sensitivity == "sealed" || sensitivity == "counselling" || field == "not_to_know") return false;
    auto const* types = terms.find("types");
    return types != nullptr && names(*types, type, field);
}

bool is_within_hours(Json const& terms, int minute) {
    auto const* hours = terms.find("hours");
    return hours == nullptr || (minute >= minute_of(hours->text_at("from")) && minute < minute_of(hours->text_at("to")));
}

}  // namespace sanjal::policy
