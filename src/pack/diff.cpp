#include "pack/diff.h"

#include <algorithm>
#include <utility>

namespace sanjal::pack {
namespace {

// Sections whose members are things with names, and what one of them is called.
constexpr std::pair<std::string_view, std::string_view> sections[] = {
    {"types", "type"}, {"forms", "form"}, {"procedures", "procedure"}, {"clocks", "clock"}, {"roles", "role"}, {"codes", "list of codes"}, {"calendars", "calendar"},
    {"retention", "retention of the class"}, {"standards", "standard"}, {"agreements", "agreement"}, {"imports", "import"},
    {"documents", "document"}, {"reports", "report"}, {"strings", "language"},
};

std::string shown(Json const& value) {
    if (value.is_null()) return "nothing on record";
    if (value.is_text()) return "\"" + value.text() + "\"";
    if (value.is_list()) {
        std::string all;
        for (auto const& item : value.items()) all += (all.empty() ? "" : ", ") + (item.is_text() ? item.text() : write_json(item));
        return all.empty() ? "nothing" : all;
    }
    return write_json(value);
}

// Within one thing: "the step health_check, who".
std::string place(std::string const& where, std::string_view name) {
    if (name == "steps" || name == "fields" || name == "values" || name == "columns") return where;
    return where + (where.empty() ? "" : ", ") + std::string(name);
}

void compare(std::string const& thing, std::string const& where, Json const& before, Json const& after, std::vector<std::string>& out) {
    if (before == after) return;
    // Pages and sections are known by their places.
    auto const holds_things = [](Json const& list) { return list.is_list() && !list.items().empty() && list.items().front().is_object(); };
    if (holds_things(before) && holds_things(after)) {
        auto const& olds = before.items();
        auto const& news = after.items();
        for (std::size_t i = 0; i < std::max(olds.size(), news.size()); ++i) {
            std::string const one = place(where, std::to_string(i + 1));
            if (i >= olds.size()) out.push_back("The " + thing + ": " + one + " is new.");
            else if (i >= news.size()) out.push_back("The " + thing + ": " + one + " is gone.");
            else compare(thing, one, olds[i], news[i], out);
        }
        return;
    }
    if (!before.is_object() || !after.is_object()) {
        out.push_back("The " + thing + ": " + where + " was " + shown(before) + " and is " + shown(after) + ".");
        return;
    }
    for (auto const& [name, old] : before.members()) {
        auto const* now = after.find(name);
        if (now != nullptr) compare(thing, place(where, name), old, *now, out);
        else out.push_back("The " + thing + ": " + place(where, name) + " is gone" + (old.is_object() ? "." : "; it was " + shown(old) + "."));
    }
    for (auto const& [name, now] : after.members()) {
        if (before.find(name) == nullptr) out.push_back("The " + thing + ": " + place(where, name) + " is new" + (now.is_object() ? "." : ": " + shown(now) + "."));
    }
}

// Texts of one language: each of a few, and how many where nobody would read them all.
void compare_texts(std::string const& language, Json const& before, Json const& after, std::vector<std::string>& out) {
    constexpr std::size_t told_max = 12;
    std::vector<std::string> told;
    compare("language " + language, "", before, after, told);
    if (told.size() <= told_max) {
        out.insert(out.end(), told.begin(), told.end());
        return;
    }
    std::size_t added = 0, gone = 0;
    for (auto const& [path, text] : after.members()) added += before.find(path) == nullptr ? 1U : 0U;
    for (auto const& [path, text] : before.members()) gone += after.find(path) == nullptr ? 1U : 0U;
    out.push_back("The language " + language + ": " + std::to_string(added) + " texts are new, " + std::to_string(told.size() - added - gone) + " say something else and " + std::to_string(gone) +
                  " are gone. The files strings/" + language + ".json hold them.");
}

}  // namespace

std::vector<std::string> diff(Json const& before, Json const& after) {
    std::vector<std::string> out;
    for (char const* name : {"title", "version", "place", "languages", "drafts", "calendar", "signed_off_by"}) {
        auto const* old = before.find(name);
        auto const* now = after.find(name);
        Json const none = std::string_view(name) == "drafts" ? Json::list() : Json();
        if (!((old != nullptr ? *old : none) == (now != nullptr ? *now : none))) {
            out.push_back("The pack: " + std::string(name) + " was " + shown(old != nullptr ? *old : none) + " and is " + shown(now != nullptr ? *now : none) + ".");
        }
    }
    Json const none = Json::object();
    for (auto const& [section, word] : sections) {
        auto const* old_all = before.find(section);
        auto const* new_all = after.find(section);
        auto const& olds = old_all != nullptr ? *old_all : none;
        auto const& news = new_all != nullptr ? *new_all : none;
        for (auto const& [name, old] : olds.members()) {
            auto const* now = news.find(name);
            if (now != nullptr && section == "strings") compare_texts(name, old, *now, out);
            else if (now != nullptr) compare(std::string(word) + " " + name, "", old, *now, out);
            else out.push_back("The " + std::string(word) + " " + name + " is gone.");
        }
        for (auto const& [name, now] : news.members()) {
            if (olds.find(name) == nullptr) out.push_back("The " + std::string(word) + " " + name + " is new.");
        }
    }
    return out;
}

}  // namespace sanjal::pack
