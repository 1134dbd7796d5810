#include "match/name.h"

#include <algorithm>

#include "match/meaning.h"
#include "text/normalise.h"

namespace sanjal::match {

using text::Script;

namespace {

bool is_vowel(char32_t c) { return c == U'a' || c == U'e' || c == U'i' || c == U'o' || c == U'u' || c == U'y'; }

// Groups of Latin letters that often stand for one sound, the longer first.
constexpr std::u32string_view groups[] = {U"ksh", U"chh", U"tch", U"sch", U"sh", U"ch", U"kh", U"gh", U"th", U"dh", U"ph", U"bh", U"jh", U"zh", U"ng", U"ny", U"gy", U"ck", U"ks", U"aa", U"ee",
                                          U"oo",  U"ou",  U"au",  U"ai",  U"ay", U"ey", U"ei", U"ie", U"aw", U"ow", U"oi", U"oy", U"ue", U"ea", U"iy", U"hs", U"ts", U"tz", U"hl", U"ht", U"hk",
                                          U"mm",  U"nn",  U"ll",  U"ss",  U"tt", U"rr", U"pp", U"dd", U"kk", U"bb", U"gg", U"ff", U"zz", U"cc", U"jj", U"qu"};

std::string to_ascii(std::u32string_view letters) {
    std::string out;
    for (char32_t const c : letters) {
        if (c >= U'a' && c <= U'z') out.push_back(static_cast<char>(c));
    }
    return out;
}

// Kana and others without own front end are read as ICU reads the whole word.
bool is_read_whole(Script script) { return script == Script::Kana || script == Script::Other || script == Script::Greek; }

// What a name says beside its words; the words go to `own` and `relative`.
struct Said {
    std::vector<RawWord> own, relative;
    Relation relation = Relation::None;
    Sex sex = Sex::Unknown;
    bool is_dead = false;
};

// Runs of letters of one script; apostrophes inside a word and full stops of abbreviations are told apart here.
struct Splitter {
    Said said{};
    bool in_relative = false;

    std::vector<RawWord>& target() { return in_relative ? said.relative : said.own; }

    void run(Script script, std::u32string_view letters, bool is_dotted) {
        if (script == Script::Latin && letters.size() > 1 && letters.size() <= 3 && std::none_of(letters.begin(), letters.end(), is_vowel) && title_of(letters) == nullptr) {
            for (char32_t const c : letters) add(script, std::u32string_view(&c, 1));  // "GH" is G. H.
            return;
        }
        if (text::is_unspaced(script) && title_of(letters) == nullptr && !is_dotted) {
            for (auto const& syllable : syllables_of(script, letters)) add(script, syllable);
            return;
        }
        add(script, letters);
    }

    void put(RawWord word) {
        if (target().size() < parts_max) target().push_back(std::move(word));
    }

    void add(Script script, std::u32string_view letters) {
        auto const& meanings = meanings_of(letters);
        for (auto const& word : meanings) put({Script::Latin, word, nullptr});
        if (!meanings.empty()) return;
        Title const* title = title_of(letters);
        if (title != nullptr && title->relation != Relation::None && !title->may_be_name && !target().empty() && !in_relative) {
            said.relation = title->relation;
            if (said.sex == Sex::Unknown) said.sex = title->sex;
            in_relative = true;
            return;
        }
        if (title != nullptr && !in_relative) {
            if (said.sex == Sex::Unknown) said.sex = title->sex;
            said.is_dead = said.is_dead || title->is_dead;
        }
        // What may be a name is a title at the beginning alone.
        bool const begins = std::all_of(target().begin(), target().end(), [](RawWord const& w) { return w.title != nullptr && !w.title->may_be_name; });
        if (title != nullptr && title->may_be_name && title->means.empty() && !begins) title = nullptr;
        put({script, std::u32string(letters), title});
    }
};

// "d/o", "S/O", "w/o", "c/o" as one word each.
std::u32string without_strokes(std::u32string text) {
    for (std::size_t i = 0; i + 2 < text.size(); ++i) {
        bool const alone = (i == 0 || text[i - 1] == U' ' || text[i - 1] == U',') && (i + 3 == text.size() || text[i + 3] == U' ' || text[i + 3] == U'.');
        bool const letter = text[i] == U's' || text[i] == U'd' || text[i] == U'w' || text[i] == U'c';
        if (alone && letter && text[i + 1] == U'/' && text[i + 2] == U'o') text.erase(i + 1, 1);
    }
    return text;
}

// A digit that was read, or written, for the letter that looks like it.
char32_t letter_for(char32_t c) {
    switch (c) {
        case U'0': return U'o';
        case U'1': return U'i';
        case U'3': return U'e';
        case U'5': return U's';
        default: return c;
    }
}

void drop_brackets(std::u32string& text) {
    std::u32string out;
    int depth = 0;
    for (char32_t const c : text) {
        if (c == U'(' || c == U'[' || c == U'{') ++depth;
        if (depth == 0) out.push_back(c);
        if ((c == U')' || c == U']' || c == U'}') && depth > 0) --depth;
    }
    bool const has_letter = std::any_of(out.begin(), out.end(), [](char32_t c) { return text::script_of(c) > Script::Digit; });
    if (has_letter) text = std::move(out);
}

}  // namespace

Units latin_units_of(std::u32string_view letters) {
    Units units;
    for (std::size_t i = 0; i < letters.size();) {
        std::size_t length = 1;
        for (auto const& group : groups) {
            if (letters.substr(i, group.size()) == group) {
                length = group.size();
                break;
            }
        }
        std::u32string unit = std::u32string(U"X") + std::u32string(letters.substr(i, length));
        i += length;
        if (i == letters.size() && is_vowel(unit[1])) unit.push_back(U'>');
        units.push_back(std::move(unit));
    }
    return units;
}

namespace {

Part read_word(Script script, std::u32string_view letters, SoundTable const& table) {
    Part part;
    part.script = script;
    part.letters = letters;
    part.title = title_of(letters);
    if (script == Script::Latin) {
        part.latin = to_ascii(letters);
        part.is_initial = part.latin.size() == 1;
        part.units = table.ids(latin_units_of(letters));
        return part;
    }
    if (is_read_whole(script)) {
        part.latin = text::plain_latin(letters);
        part.latin.erase(std::remove(part.latin.begin(), part.latin.end(), ' '), part.latin.end());
        std::u32string const wide(part.latin.begin(), part.latin.end());
        part.units = table.ids(latin_units_of(wide));
        return part;
    }
    Word const word{script, std::u32string(letters)};
    part.units = table.ids(units_of(word));
    part.latin = table.romanise(part.units);
    part.second = table.ids(second_units_of(word));
    if (!part.second.empty()) part.latin_second = table.romanise(part.second);
    return part;
}

}  // namespace

std::uint32_t sounds_of(std::string_view latin) {
    constexpr std::string_view classes = "apktapkhaskl" "mnapkrstapp" "kas";
    std::uint32_t out = 0;
    for (char const c : latin) out |= std::uint32_t{1} << static_cast<unsigned>(classes[static_cast<std::size_t>(c - 'a')] - 'a');
    return out;
}

Part make_part(Script script, std::u32string_view letters, SoundTable const& table) {
    Part part = read_word(script, letters, table);
    part.sounds = sounds_of(part.latin) | sounds_of(part.latin_second);
    return part;
}

namespace {

Said split(std::string_view utf8) {
    std::u32string text = without_strokes(text::fold(utf8));
    drop_brackets(text);
    Splitter splitter;
    std::u32string run;
    Script script = Script::None;
    auto const end_run = [&](bool is_dotted) {
        if (!run.empty()) splitter.run(script, run, is_dotted);
        run.clear();
        script = Script::None;
    };
    auto const is_latin = [&](std::size_t i) { return i < text.size() && text[i] >= U'a' && text[i] <= U'z'; };
    for (std::size_t i = 0; i < text.size(); ++i) {
        char32_t c = text[i];
        if (script == Script::Latin && (c == U'\'' || c == 0x2019 || c == U'`')) continue;
        if (c < 0x80 && i > 0 && is_latin(i - 1) && is_latin(i + 1)) c = letter_for(c);
        Script const here = text::script_of(c);
        if (here == Script::None || here == Script::Digit) {
            end_run(c == U'.');
            continue;
        }
        if (here != script) end_run(false);
        script = here;
        run.push_back(c);
    }
    end_run(false);
    return std::move(splitter.said);
}

std::vector<Part> parts_of(std::vector<RawWord> const& words, SoundTable const& table) {
    std::vector<Part> out;
    for (auto const& word : words) {
        Part part = make_part(word.script, word.letters, table);
        part.title = word.title;
        if (!part.latin.empty()) out.push_back(std::move(part));
    }
    return out;
}

}  // namespace

std::vector<RawWord> split_name(std::string_view utf8) { return split(utf8).own; }

Name parse_name(std::string_view utf8, SoundTable const& table) {
    Said const said = split(utf8);
    Name name;
    name.parts = parts_of(said.own, table);
    name.relative = parts_of(said.relative, table);
    name.relation = said.relation;
    name.sex = said.sex;
    name.is_dead = said.is_dead;
    return name;
}

}  // namespace sanjal::match
