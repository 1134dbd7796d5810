#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "crypto/hash.h"
#include "pack/check.h"
#include "pack/pack.h"
#include "pack/yaml.h"

namespace sanjal::pack {
namespace {

namespace files = std::filesystem;

Result<std::string> read_file(files::path const& path) {
    std::ifstream in(path, std::ios::binary);
    if (!in) return fail(Fault::NotFound, "pack.no_file", "A file of the pack cannot be read.", path.filename().string());
    std::ostringstream out;
    out << in.rdbuf();
    return out.str();
}

std::vector<files::path> yaml_files(files::path const& folder) {
    std::vector<files::path> all;
    std::error_code code;
    for (auto const& entry : files::directory_iterator(folder, code)) {
        if (entry.path().extension() == ".yaml") all.push_back(entry.path());
    }
    std::sort(all.begin(), all.end());
    return all;
}

// Where each thing of the compiled document came from: "types/case/fields/found_at" -> "types/case.yaml:7".
class Origins {
public:
    void add(std::string const& prefix, Yaml const& yaml, std::string const& file) {
        for (auto const& [pointer, line] : yaml.lines) places_[prefix + pointer] = file + ":" + std::to_string(line);
    }
    void add_line(std::string const& pointer, std::string const& file, int line) { places_[pointer] = file + ":" + std::to_string(line); }
    [[nodiscard]] std::string of(std::string pointer) const {
        while (true) {
            auto const found = places_.find(pointer);
            if (found != places_.end()) return found->second;
            auto const slash = pointer.rfind('/');
            if (slash == std::string::npos) return {};
            pointer.resize(slash);
        }
    }

private:
    std::map<std::string, std::string> places_;
};

class Loader {
public:
    Result<void> read(files::path const& folder) {
        std::string const pack_name = folder.filename().string();
        if (std::find(done_.begin(), done_.end(), pack_name) != done_.end()) return {};
        if (!opened_.insert(pack_name).second) return fail(Fault::Invalid, "pack.circle", "Packs need each other in a circle.", pack_name);
        SANJAL_TRY(auto const head, yaml(folder / "pack.yaml", pack_name + "/pack.yaml"));
        if (head.json.text_at("pack") != pack_name) return fail(Fault::Invalid, "pack.name", "A pack is named as its folder.", pack_name + "/pack.yaml:1");
        if (auto const* needs = head.json.find("needs"); needs != nullptr && needs->is_list()) {
            for (auto const& need : needs->items()) SANJAL_DO(read(folder.parent_path() / need.text()));
        }
        for (char const* name : {"title", "place", "languages", "signed_off_by", "calendar", "version"}) {
            if (auto const* value = head.json.find(name)) document_.set(name, *value);
            auto const line = head.lines.find("/" + std::string(name));
            origins_.add_line(name, pack_name + "/pack.yaml", line != head.lines.end() ? line->second : 1);
        }
        set_drafts(head.json);
        document_.set("name", pack_name).set("version", head.json.integer_at("version", 1));
        for (char const* section : {"types", "forms", "procedures", "imports", "documents", "reports"}) {
            std::string const single = std::string(section).substr(0, std::string(section).size() - 1);
            for (auto const& path : yaml_files(folder / section)) {
                std::string const shown = pack_name + "/" + section + "/" + path.filename().string();
                SANJAL_TRY(auto const one, yaml(path, shown));
                std::string const name(one.json.text_at(single));
                if (name != path.stem().string()) return fail(Fault::Invalid, "pack.name", "A file is named as what stands in it.", shown + ":1");
                origins_.add(std::string(section) + "/" + name, one, shown);
                merge_section(section, name, one.json);
            }
        }
        for (char const* section : {"clocks", "roles", "codes", "calendars", "retention", "standards", "agreements"}) {
            files::path const path = folder / (std::string(section) + ".yaml");
            if (!files::exists(path)) continue;
            std::string const shown = pack_name + "/" + section + ".yaml";
            SANJAL_TRY(auto const all, yaml(path, shown));
            if (!all.json.is_object()) return fail(Fault::Invalid, "pack.shape", "This file names things and says what they are.", shown + ":1");
            origins_.add(section, all, shown);
            for (auto const& [name, value] : all.json.members()) merge_section(section, name, value);
        }
        std::error_code code;
        std::set<std::string> said;  // language/path: two files of one pack may not say the same
        for (auto const& entry : files::directory_iterator(folder / "strings", code)) {
            if (entry.path().extension() != ".json") continue;
            SANJAL_TRY(auto const text, read_file(entry.path()));
            auto strings = parse_json(text);
            if (!strings || !strings->is_object()) return fail(Fault::Invalid, "pack.strings", "A file of strings is one JSON object.", pack_name + "/strings/" + entry.path().filename().string());
            std::string const shown = pack_name + "/strings/" + entry.path().filename().string();
            // bn.json, or a part of it: bn.documents.json.
            std::string const stem = entry.path().stem().string();
            std::string const language = stem.substr(0, stem.find('.'));
            std::string const pointer = "strings/" + language;
            origins_.add_line(pointer, shown, 1);
            if (!speaks(head.json, language)) {
                find(pointer, "The pack does not say that it speaks \"" + language + "\".");
                continue;
            }
            for (auto const& [path, value] : strings->members()) {
                auto const at = text.find("\"" + path + "\"");
                if (at != std::string::npos) origins_.add_line(pointer + "/" + path, shown, 1 + static_cast<int>(std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(at), '\n')));
            }
            for (auto const& [path, value] : strings->members()) {
                if (!said.insert(language + "/" + path).second) find(pointer + "/" + path, "\"" + path + "\" is said twice in \"" + language + "\", in two files of one pack.");
                section("strings", language).set(path, value);
            }
        }
        done_.push_back(pack_name);
        return {};
    }

    Loaded finish() {
        leave_out_other_languages();
        leave_out_other_places();
        for (char const* name : {"types", "forms", "procedures", "clocks", "roles", "codes", "calendars", "retention", "standards", "agreements", "imports", "documents", "reports", "strings"}) {
            if (document_.find(name) == nullptr) document_.set(name, Json::object());
        }
        Json needs = Json::list();
        for (auto const& name : done_) needs.push_back(name);
        document_.set("packs", std::move(needs));
        for (auto& flaw : check(document_)) find(flaw.pointer, std::move(flaw.message));
        document_.erase("sha256");
        document_.set("sha256", to_hex(crypto::sha256(write_json_sorted(document_))));
        return {std::move(document_), std::move(findings_)};
    }

private:
    static Result<Yaml> yaml(files::path const& path, std::string const& shown) {
        SANJAL_TRY(auto const text, read_file(path));
        return read_yaml(text, shown);
    }

    // Languages that are spoken and not complete yet: English stands where a text is missing.
    void set_drafts(Json const& head) {
        auto const* drafts = head.find("drafts");
        auto* languages = document_.find("languages");
        document_.set("drafts", drafts != nullptr ? *drafts : Json::list());
        if (drafts == nullptr || !drafts->is_list() || languages == nullptr || !languages->is_list()) return;
        for (auto const& one : drafts->items()) languages->push_back(one);
    }

    Json& section(std::string_view name, std::string_view part) {
        if (document_.find(name) == nullptr) document_.set(name, Json::object());
        auto* all = document_.find(name);
        if (all->find(part) == nullptr) all->set(part, Json::object());
        return *all->find(part);
    }

    // A later pack adds to what an earlier one said: fields to a type, relations to a role.
    void merge_section(std::string_view name, std::string_view part, Json const& value) {
        auto& held = section(name, part);
        if (!value.is_object()) return;
        for (auto const& [key, one] : value.members()) {
            auto* old = held.find(key);
            if (old != nullptr && old->is_object() && one.is_object()) {
                for (auto const& [inner, detail] : one.members()) old->set(inner, detail);
            } else {
                held.set(key, one);
            }
        }
    }

    static bool speaks(Json const& pack, std::string const& language) {
        for (char const* name : {"languages", "drafts"}) {
            auto const* languages = pack.find(name);
            if (languages == nullptr || !languages->is_list()) continue;
            if (std::any_of(languages->items().begin(), languages->items().end(), [&](Json const& one) { return one.is_text() && one.text() == language; })) return true;
        }
        return false;
    }

    // What every place shares is in more languages than one place speaks.
    void leave_out_other_languages() {
        auto* strings = document_.find("strings");
        if (strings == nullptr) return;
        std::vector<std::string> others;
        for (auto const& [language, texts] : strings->members()) {
            if (!speaks(document_, language)) others.push_back(language);
        }
        for (auto const& language : others) strings->erase(language);
    }

    // An agreement between two countries holds the procedures of both; each country works by its own.
    void leave_out_other_places() {
        std::string const place(document_.text_at("place"));
        if (place.empty()) return;
        std::vector<std::string> gone;
        for (char const* section : {"procedures", "clocks"}) {
            auto* all = document_.find(section);
            if (all == nullptr) continue;
            std::vector<std::string> others;
            for (auto const& [name, definition] : all->members()) {
                if (auto const where = definition.text_at("place"); where.size() == 2 && where != place) others.push_back(name);  // a malformed one stays, for check() to find
            }
            for (auto const& name : others) {
                all->erase(name);
                gone.push_back(name + ".");
            }
        }
        if (auto* strings = document_.find("strings"); strings != nullptr && !gone.empty()) forget_strings(*strings, gone);
    }

    static void forget_strings(Json& strings, std::vector<std::string> const& gone) {
        Json kept = Json::object();
        for (auto const& [language, texts] : strings.members()) {
            Json left = Json::object();
            for (auto const& [path, text] : texts.members()) {
                if (std::none_of(gone.begin(), gone.end(), [&path = path](std::string const& name) { return path.starts_with(name); })) left.set(path, text);
            }
            kept.set(language, std::move(left));
        }
        strings = std::move(kept);
    }

    void find(std::string const& pointer, std::string message) { findings_.push_back({origins_.of(pointer), std::move(message)}); }

    Json document_ = Json::object();
    Origins origins_;
    std::vector<Finding> findings_;
    std::set<std::string> opened_;
    std::vector<std::string> done_;
};

}  // namespace

Result<Loaded> load_pack(std::string const& folder) {
    Loader loader;
    files::path path = files::path(folder).lexically_normal();
    if (path.filename().empty()) path = path.parent_path();
    SANJAL_DO(loader.read(path));
    return loader.finish();
}

}  // namespace sanjal::pack
