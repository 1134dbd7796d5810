#include "match/name_score.h"

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <cmath>
#include <fstream>
#include <string>
#include <vector>

using namespace sanjal::match;

namespace {

float bits(std::string const& a, std::string const& b) { return name_bits(parse_name(a), parse_name(b)); }

std::vector<std::pair<std::string, std::string>> vectors(std::string const& file) {
    std::vector<std::pair<std::string, std::string>> out;
    std::ifstream in("tests/vectors/match/" + file);
    for (std::string line; std::getline(in, line);) {
        auto const tab = line.find('\t');
        if (line[0] != '#' && tab != std::string::npos) out.emplace_back(line.substr(0, tab), line.substr(tab + 1));
    }
    return out;
}

// How often a name is nearer to its own spelling than to eight others of the file.
double nearest_share(std::string const& file) {
    auto const pairs = vectors(file);
    REQUIRE(pairs.size() >= 20);
    std::size_t won = 0, asked = 0;
    for (std::size_t i = 0; i < pairs.size(); ++i) {
        float const own = bits(pairs[i].first, pairs[i].second);
        for (std::size_t k = 1; k <= 8; ++k) {
            auto const& other = pairs[(i + k * 5) % pairs.size()].second;
            if (other == pairs[i].second) continue;
            ++asked;
            won += own > bits(pairs[i].first, other) ? 1U : 0U;
        }
    }
    return static_cast<double>(won) / static_cast<double>(asked);
}

std::string any_name() {
    static std::vector<std::string> const words = {"Rina", "Das", "Khatun", "Md", "Kumari", "Tamang", "Aye", "Win", "রীনা", "দাস", "सीता", "थापा", "အေးမြင့်", "王秀英", "K", "Late", "བསོད་ནམས"};
    auto const count = *rc::gen::inRange<std::size_t>(0, 5);
    std::string out;
    for (std::size_t i = 0; i < count; ++i) out += (out.empty() ? "" : " ") + words[*rc::gen::inRange<std::size_t>(0, words.size())];
    return out;
}

}  // namespace

TEST_CASE("A name is found in another script and a different one is not") {
    CHECK(bits("রীনা দাস", "Rina Das") > 0);
    CHECK(bits("सीता थापा मगर", "Sita Thapa Magar") > 0);
    CHECK(bits("लक्ष्मी श्रेष्ठ", "Laxmi Shrestha") > 0);
    CHECK(bits("ဒေါ်အေးအေးမြင့်", "Aye Aye Myint") > 0);
    CHECK(bits("王秀英", "Wang Xiuying") > 0);
    CHECK(bits("ৰীতা বৰা", "Rita Bora") > 0);
    CHECK(bits("রীনা দাস", "Mohan Lama") < 0);
    CHECK(bits("सीता थापा", "Karma Dorji") < 0);
    CHECK(bits("রীনা দাস", "रीना दास") > bits("রীনা দাস", "मीना शाह"));
}

TEST_CASE("Hand-made pairs are nearer to their own spelling than to others") {
    CHECK(nearest_share("dz_hand.tsv") > 0.95);
    CHECK(nearest_share("as_hand.tsv") > 0.95);
    CHECK(nearest_share("my_hand.tsv") > 0.95);
    CHECK(nearest_share("mni_hand.tsv") > 0.9);
}

TEST_CASE("Order and titles hardly matter") {
    float const plain = bits("রীনা দাস", "Rina Das");
    CHECK(bits("রীনা দাস", "Das Rina") > plain - 3);
    CHECK(bits("শ্রীমতী রীনা দাস", "Rina Das") > plain - 2);
    CHECK(bits("Smt. Rina Das", "Rina Das") > 0);
    CHECK(bits("মোঃ করিম", "Md. Karim") > bits("মোঃ করিম", "Md. Salam"));
}

TEST_CASE("An initial fits its word and no other") { CHECK(bits("K. P. Sharma Oli", "Khadga Prasad Sharma Oli") > bits("M. R. Sharma Oli", "Khadga Prasad Sharma Oli")); }

TEST_CASE("A relative's name is not taken for the person's own") {
    auto const name = parse_name("Rina Das d/o Hari Das");
    REQUIRE(name.parts.size() == 2);
    CHECK(name.relation == Relation::ChildOf);
    CHECK(name.sex == Sex::Female);
    CHECK(name.relative.size() == 2);
}

TEST_CASE("What is no name has no parts and scores finitely") {
    std::vector<std::string> const odd = {"", " ", "1", "😀", "\xED\xA0\x80", "\xE2\x80\xAE", std::string(10000, 'a'), "a", "Rina😀Das", "রীনা Das 王"};
    for (auto const& a : odd) {
        for (auto const& b : odd) CHECK(std::isfinite(bits(a, b)));
    }
    CHECK(parse_name("😀 123").parts.empty());
    CHECK(parse_name("(only) ").parts.size() == 1);
}

TEST_CASE("Scores are the same both ways, and an exact copy is never beaten") {
    CHECK(rc::check([] {
        std::string const a = any_name();
        std::string const b = any_name();
        RC_ASSERT(std::fabs(bits(a, b) - bits(b, a)) < 1e-3F);
        if (!parse_name(a).parts.empty()) RC_ASSERT(bits(a, a) + 1e-3F >= bits(a, b));
    }));
}

TEST_CASE("A brother is not taken for the man, and what a patronymic says belongs to the name") {
    CHECK(bits("Rafi Latif Tilfah Dulaimi", "Rafi Latif Tilfah Dulaimi") > bits("Rafi Latif Tilfah Dulaimi", "Rafi Latif Tilfah Mosuli") + 10);
    CHECK(bits("Muhammad bin Salman", "Mohammed bin Salman") > 5);
    CHECK(bits("Muhammad bin Salman", "Muhammad bin Nasser") < bits("Muhammad bin Salman", "Mohammed ibn Salman"));
    CHECK(parse_name("Muhammad bin Salman").relative.empty());
}

TEST_CASE("A digit inside a word is the letter it looks like") {
    CHECK(parse_name("Ig0r").parts[0].latin == "igor");
    CHECK(parse_name("Rina 5").parts.size() == 1);
}
