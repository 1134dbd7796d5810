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

// Runs of letters of one script; apostrophes inside a word and full stops of abbreviations are told apart here.
struct Splitter {
    SoundTable const& table;
    Name name{};
    bool in_relative = false;

    std::vector<Part>& target() { return in_relative ? name.relative : name.parts; }

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

    void add(Script script, std::u32string_view letters) {
        Title const* const title = title_of(letters);
        for (auto const& word : meanings_of(letters)) {
            if (target().size() < parts_max) target().push_back(make_part(Script::Latin, word, table));
        }
        if (!meanings_of(letters).empty()) return;
        if (title != nullptr && title->relation != Relation::None && !title->may_be_name && !target().empty() && !in_relative) {
            name.relation = title->relation;
            if (name.sex == Sex::Unknown) name.sex = title->sex;
            in_relative = true;
            return;
        }
        if (title != nullptr && !in_relative) {
            if (name.sex == Sex::Unknown) name.sex = title->sex;
            name.is_dead = name.is_dead || title->is_dead;
        }
        if (target().size() >= parts_max) return;
        Part part = make_part(script, letters, table);
        // What may be a name is a title at the beginning alone.
        bool const begins = std::all_of(target().begin(), target().end(), [](Part const& p) { return p.title != nullptr && !p.title->may_be_name; });
        if (part.title != nullptr && part.title->may_be_name && part.title->means.empty() && !begins) part.title = nullptr;
        if (!part.latin.empty()) target().push_back(std::move(part));
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

Part make_part(Script script, std::u32string_view letters, SoundTable const& table) {
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

Name parse_name(std::string_view utf8, SoundTable const& table) {
    std::u32string text = without_strokes(text::fold(utf8));
    drop_brackets(text);
    Splitter splitter{table};
    std::u32string run;
    Script script = Script::None;
    auto const end_run = [&](bool is_dotted) {
        if (!run.empty()) splitter.run(script, run, is_dotted);
        run.clear();
        script = Script::None;
    };
    for (char32_t const c : text) {
        if (script == Script::Latin && (c == U'\'' || c == 0x2019 || c == U'`')) continue;
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
    return std::move(splitter.name);
}

}  // namespace sanjal::match
