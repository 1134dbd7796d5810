// Agreements: what may go to another node, for which purpose, under which consents, and for how long.
#include <algorithm>

#include "pack/finder.h"
#include "rules/clock.h"

namespace sanjal::pack {
namespace {

Words const in_agreement = {"title", "between", "channel", "desks", "sanction", "purposes", "types", "consents", "bases", "blocked", "hours", "quota", "lasts", "source", "note"};
Words const in_hours = {"from", "to"};
Words const in_quota = {"disclosures", "records"};

bool is_word(std::string_view word) { return !word.empty() && word.find_first_not_of("abcdefghijklmnopqrstuvwxyz_") == std::string_view::npos; }

bool is_country(std::string_view word) {
    return word.size() == 2 && std::all_of(word.begin(), word.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
}

// "06:00" to "24:00".
bool is_hour(std::string_view text) {
    if (text.size() != 5 || text[2] != ':') return false;
    for (std::size_t const at : {0U, 1U, 3U, 4U}) {
        if (text[at] < '0' || text[at] > '9') return false;
    }
    int const hour = (text[0] - '0') * 10 + (text[1] - '0');
    int const minute = (text[3] - '0') * 10 + (text[4] - '0');
    return minute < 60 && (hour < 24 || (hour == 24 && minute == 0));
}

class Agreements : private Finder {
public:
    Agreements(Json const& document, std::vector<Flaw>& flaws) : Finder(document, flaws) {}

    void run() {
        for (auto const& [name, agreement] : section("agreements")) check_agreement("agreements/" + name, agreement);
    }

private:
    void check_agreement(std::string const& here, Json const& agreement) {
        only(here, agreement, in_agreement, "An agreement");
        if (agreement.text_at("title").empty()) find(here, "An agreement has a title.");
        // Not said: any two organisations, wherever they are.
        auto const between = list_of(agreement.find("between"));
        bool const two = between.size() == 2 && is_country(text_of(between[0])) && is_country(text_of(between[1]));
        if (agreement.find("between") != nullptr && !two) find(here + "/between", "An agreement is between two countries, or one of them twice: [IN, BD].");
        check_channel(here, agreement);
        check_purposes(here + "/purposes", agreement.find("purposes"));
        check_shared(here + "/types", agreement.find("types"));
        for (auto const& question : list_of(agreement.find("consents"))) {
            auto const* asked = field("consent", text_of(question));
            if (asked == nullptr || asked->text_at("kind") != "yes_no") find(here + "/consents", "There is no consent of the name \"" + text_of(question) + "\".");
        }
        for (auto const& basis : list_of(agreement.find("bases"))) {
            if (!has_code("referral_basis", text_of(basis)) || text_of(basis) == "consent") find(here + "/bases", "What may stand in the place of a consent is one of the list \"referral_basis\".");
        }
        if (list_of(agreement.find("consents")).empty() && list_of(agreement.find("bases")).empty()) find(here, "An agreement says which consents it stands on, or what may stand in their place.");
        check_roles_of(here + "/blocked", agreement.find("blocked"));
        check_limits(here, agreement);
        check_source(here, agreement);
    }

    void check_channel(std::string const& here, Json const& agreement) {
        auto const channel = agreement.text_at("channel");
        if (channel != "ngo" && channel != "official") find(here, "The channel of an agreement is ngo, or official.");
        if (auto const* sanction = agreement.find("sanction"); sanction != nullptr && !sanction->is_bool()) find(here + "/sanction", "\"sanction\" is true or false.");
        check_roles_of(here + "/desks", agreement.find("desks"));
        if (channel == "official" && !agreement.bool_at("sanction")) find(here, "An official channel sends nothing without a sanction number: sanction: true.");
        if (channel == "official" && list_of(agreement.find("desks")).empty()) find(here, "An official channel names its desks: the roles that may send.");
    }

    void check_roles_of(std::string const& pointer, Json const* roles) {
        for (auto const& role : list_of(roles)) {
            if (one("roles", text_of(role)) == nullptr) find(pointer, "Nobody can hold the role \"" + text_of(role) + "\".");
        }
    }

    void check_purposes(std::string const& pointer, Json const* purposes) {
        if (purposes == nullptr || !purposes->is_object() || purposes->members().empty()) return find(pointer, "An agreement names its purposes, each with what it is called: {repatriation: Bringing her home}.");
        for (auto const& [word, label] : purposes->members()) {
            if (!is_word(word)) find(pointer + "/" + word, "A purpose is one word of small letters: repatriation.");
            if (!label.is_text() || label.text().empty()) find(pointer + "/" + word, "A purpose says what it is called.");
        }
    }

    void check_shared(std::string const& pointer, Json const* types) {
        if (types == nullptr || !types->is_object() || types->members().empty()) return find(pointer, "An agreement names the fields that may go, type by type.");
        for (auto const& [type, fields] : types->members()) {
            if (one("types", type) == nullptr) {
                find(pointer + "/" + type, "There is no type of that name.");
                continue;
            }
            if (list_of(&fields).empty()) find(pointer + "/" + type, "A type that may go has a list of the fields that may.");
            for (auto const& name : list_of(&fields)) {
                auto const* shared = field(type, text_of(name));
                if (shared == nullptr) {
                    find(pointer + "/" + type, "The type \"" + type + "\" has no field \"" + text_of(name) + "\".");
                } else if (shared->text_at("class") == "sealed" || shared->text_at("class") == "counselling") {
                    find(pointer + "/" + type, "What is sealed, or told to a counsellor, never goes to another node: \"" + text_of(name) + "\".");
                } else if (text_of(name) == "not_to_know") {
                    find(pointer + "/" + type, "Who must not know is never told to others: \"not_to_know\".");
                }
            }
        }
    }

    void check_limits(std::string const& here, Json const& agreement) {
        if (auto const* hours = agreement.find("hours"); hours != nullptr) {
            only(here + "/hours", *hours, in_hours, "Hours");
            if (!is_hour(hours->text_at("from")) || !is_hour(hours->text_at("to")) || hours->text_at("from") >= hours->text_at("to")) find(here + "/hours", "Hours are written like {from: \"06:00\", to: \"22:00\"}.");
        }
        auto const* quota = agreement.find("quota");
        if (quota == nullptr || quota->integer_at("disclosures") < 1) {
            find(here + "/quota", "An agreement says how many disclosures go in a day at most: {disclosures: 50}.");
        } else {
            only(here + "/quota", *quota, in_quota, "A quota");
        }
        auto const* lasts = agreement.find("lasts");
        auto const limit = lasts != nullptr ? rules::parse_duration(*lasts) : rules::parse_duration(Json());
        if (lasts == nullptr || !limit) find(here + "/lasts", "An agreement says how long it lasts: 1 year.");
    }
};

}  // namespace

void check_agreements(Json const& document, std::vector<Flaw>& flaws) { Agreements(document, flaws).run(); }

}  // namespace sanjal::pack
