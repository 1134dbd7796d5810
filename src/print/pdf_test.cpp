#include "print/pdf.h"

#include <doctest/doctest.h>

#include <array>
#include <cstdio>
#include <string>
#include <thread>

#include "print/shape.h"

using namespace sanjal;
using namespace sanjal::print;

namespace {

constexpr std::int64_t moment = 1764000000000;

struct Sample {
    char const* language;
    char const* name;
    char const* text;
    bool recommended_font;  // not every machine has it
};

// Conjuncts, stacks, vowel signs before and around their letters.
constexpr Sample samples[] = {
    {"en", "english", "Somebody was found: when, where, by whom?", false},
    {"bn", "bengali", "কোথায় ও কখন পাওয়া গেছে? শ্রেষ্ঠ, স্ত্রী, র্কর্ম, ক্ষুদ্র, ব্যক্তি, উদ্ধারকৃত", false},
    {"as", "assamese", "ক'ত আৰু কেতিয়া পোৱা গৈছিল? শিশু কল্যাণ সমিতি, ৰক্ষা, ৱাৰ্ড, ক্ষেত্ৰ", false},
    {"hi", "hindi", "कहाँ और कब मिले? क्षेत्र, ज्ञान, श्री, स्त्री, द्वारा, कर्म, राष्ट्रीय", false},
    {"ne", "nepali", "कहिले र कहाँ भेटियो? र्‍याली, गर्‍यो, जिल्ला प्रशासन कार्यालय", false},
    {"my", "burmese", "ဘယ်မှာ ဘယ်အချိန်တွင် တွေ့ရှိခဲ့သလဲ။ ကျွန်ုပ်၊ မြန်မာနိုင်ငံ၊ သင်္ဘော", false},
    {"dz", "tibetan", "ག་ཏེ་དང་ནམ་ཐོབ་ཅི་? སྐད་ཡིག་ རྫོང་ཁ་ བསྒྲུབས་ བརྒྱད་", false},
    {"mni", "meetei", "ꯃꯤꯇꯩ ꯃꯌꯦꯛ ꯀꯗꯥꯏꯗꯒꯤ ꯐꯪꯈꯤꯕꯒꯦ", false},
    {"sat", "santali", "ᱚᱞ ᱪᱤᱠᱤ ᱫᱚ", false},
    {"ur", "urdu", "کہاں اور کب ملے؟", false},
    {"zh", "chinese", "何时何地发现该人？直、骨、角、门", true},
};

bool has_font(Sample const& sample) {
    if (!sample.recommended_font) return true;
    Shaper shaper;
    shaper.lines({sample.text, sample.language}, {});
    if (shaper.unknown() == 0) return true;
    std::printf("skipped aloud: no font of this machine has the letters of %s (fonts-noto-cjk)\n", sample.name);
    return false;
}

Paper paper_of(Sample const& sample) {
    Paper paper;
    paper.title = {{sample.text, sample.language}};
    paper.code = "0000-0000-0000";
    Question question;
    question.number = "1";
    question.words = {{sample.text, sample.language}, {"In English", "en"}};
    question.answer = {{sample.text, sample.language}};
    paper.blocks = {Heading{{{sample.text, sample.language}}}, question, Text{{{sample.text, sample.language}}}};
    return paper;
}

}  // namespace

TEST_CASE("every script is shaped with a font that has all its letters") {
    for (auto const& sample : samples) {
        CAPTURE(sample.name);
        if (!has_font(sample)) continue;
        auto const printed = print::print({paper_of(sample)}, {}, instant_of(moment));
        REQUIRE(printed);
        CHECK(printed->unknown_glyphs == 0);
    }
}

TEST_CASE("conjuncts and stacks are shaped, not set side by side") {
    Shaper shaper;
    auto const width = [&](char const* text, char const* language) { return shaper.lines({text, language}, {40, false}).front().width; };
    CHECK(width("ক্ষ", "bn") < width("ক", "bn") + width("ষ", "bn"));
    CHECK(width("क्ष", "hi") < width("क", "hi") + width("ष", "hi"));
    CHECK(width("སྐ", "dz") < width("ས", "dz") + width("ཀ", "dz"));
    CHECK(width("က္က", "my") < 1.5 * width("က", "my"));
}

TEST_CASE("letters without a font are counted, and the paper says so itself") {
    Paper paper;
    paper.title = {{"\xF3\xB0\x80\x80 \xF3\xB0\x80\x81", "en"}};  // for private use: no font has them
    auto const printed = print::print({paper}, {}, instant_of(moment));
    REQUIRE(printed);
    CHECK(printed->unknown_glyphs >= 2);
    // The warning needs letters that the paper itself does not use.
    Paper plain;
    plain.title = {{"A", "en"}};
    CHECK(printed->pdf.size() > print::print({plain}, {}, instant_of(moment))->pdf.size() + 2000);
}

TEST_CASE("the same paper gives the same bytes, on any thread and beside others") {
    auto const once = print::print({paper_of(samples[1])}, {}, instant_of(moment));
    REQUIRE(once);
    std::array<std::string, 4> results;
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < results.size(); ++i) {
        threads.emplace_back([&results, i] {
            (void)print::print({paper_of(samples[3])}, {}, instant_of(moment));
            results[i] = print::print({paper_of(samples[1])}, {}, instant_of(moment))->pdf;
        });
    }
    for (auto& thread : threads) thread.join();
    for (auto const& result : results) CHECK(result == once->pdf);
    CHECK(print::print({paper_of(samples[1])}, {}, instant_of(moment + 60000))->pdf != once->pdf);
}

TEST_CASE("the properties of the file say nothing: no title, no author, no word of the paper") {
    Paper paper = paper_of(samples[0]);
    paper.title = {{"Rina Mondal", "en"}};
    auto const printed = print::print({paper}, {}, instant_of(moment));
    REQUIRE(printed);
    for (char const* word : {"/Title", "/Author", "/Subject", "/Keywords", "Rina", "Mondal"}) CHECK(printed->pdf.find(word) == std::string::npos);
    CHECK(printed->pdf.find("/CreationDate (20251124") != std::string::npos);
}

TEST_CASE("signs that turn the direction of reading or cannot be seen are not printed") {
    CHECK(printable("a\xE2\x80\xAE" "b\xE2\x81\xA6" "c\xEF\xBB\xBF" "d\x01" "e\xC2\x85" "f\r\ng") == "abcd ef\ng");
    CHECK(printable("ক্\xE2\x80\x8D" "ষ") == "ক্\xE2\x80\x8D" "ষ");  // a joiner shapes letters
}

TEST_CASE("papers that say different things have different texts, and the same the same") {
    Paper one = paper_of(samples[0]);
    Paper other = one;
    CHECK(all_of(one) == all_of(other));
    std::get<Question>(other.blocks[1]).answer = {{"something else", "en"}};
    CHECK(all_of(one) != all_of(other));
    other = one;
    std::get<Question>(other.blocks[1]).options = {{{{"Yes", "en"}}, true}};
    std::string const ticked = all_of(other);
    std::get<Question>(other.blocks[1]).options.front().ticked = false;
    CHECK(all_of(other) != ticked);
    other = one;
    other.code = "1111-1111-1111";
    CHECK(all_of(one) == all_of(other));
}
