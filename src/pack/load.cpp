#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "crypto/hash.h"
#include "pack/pack.h"
#include "pack/yaml.h"
#include "rules/clock.h"
#include "rules/condition.h"

namespace sanjal::pack {
namespace {

namespace files = std::filesystem;

constexpr std::string_view classes[] = {"public", "operational", "identity", "contact", "medical", "counselling", "legal", "sealed"};
constexpr std::string_view kinds[] = {"text", "person_name", "date", "time", "age", "choice", "choices", "place", "phone", "number", "money",
                                      "yes_no", "photo", "file", "signature", "voice", "relation", "unit"};

template <std::size_t N>
bool is_one_of(std::string_view const (&all)[N], std::string_view word) {
    return std::find(std::begin(all), std::end(all), word) != std::end(all);
}

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
        for (char const* name : {"title", "place", "languages", "signed_off_by", "calendar"}) {
            if (auto const* value = head.json.find(name)) document_.set(name, *value);
        }
        document_.set("name", pack_name).set("version", head.json.integer_at("version", 1));
        for (char const* section : {"types", "forms", "procedures", "imports"}) {
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
        for (char const* section : {"clocks", "roles", "codes", "calendars"}) {
            files::path const path = folder / (std::string(section) + ".yaml");
            if (!files::exists(path)) continue;
            std::string const shown = pack_name + "/" + section + ".yaml";
            SANJAL_TRY(auto const all, yaml(path, shown));
            if (!all.json.is_object()) return fail(Fault::Invalid, "pack.shape", "This file names things and says what they are.", shown + ":1");
            origins_.add(section, all, shown);
            for (auto const& [name, value] : all.json.members()) merge_section(section, name, value);
        }
        std::error_code code;
        for (auto const& entry : files::directory_iterator(folder / "strings", code)) {
            if (entry.path().extension() != ".json") continue;
            SANJAL_TRY(auto const text, read_file(entry.path()));
            auto strings = parse_json(text);
            if (!strings || !strings->is_object()) return fail(Fault::Invalid, "pack.strings", "A file of strings is one JSON object.", pack_name + "/strings/" + entry.path().filename().string());
            for (auto const& [path, value] : strings->members()) section("strings", entry.path().stem().string()).set(path, value);
        }
        done_.push_back(pack_name);
        return {};
    }

    Loaded finish() {
        for (char const* name : {"types", "forms", "procedures", "clocks", "roles", "codes", "calendars", "imports", "strings"}) {
            if (document_.find(name) == nullptr) document_.set(name, Json::object());
        }
        Json needs = Json::list();
        for (auto const& name : done_) needs.push_back(name);
        document_.set("packs", std::move(needs));
        check();
        document_.erase("sha256");
        document_.set("sha256", to_hex(crypto::sha256(write_json_sorted(document_))));
        return {std::move(document_), std::move(findings_)};
    }

private:
    static Result<Yaml> yaml(files::path const& path, std::string const& shown) {
        SANJAL_TRY(auto const text, read_file(path));
        return read_yaml(text, shown);
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

    void find(std::string const& pointer, std::string message) { findings_.push_back({origins_.of(pointer), std::move(message)}); }

    Json const* field(std::string_view type, std::string_view name) const {
        auto const* types = document_.find("types");
        auto const* one = types != nullptr ? types->find(type) : nullptr;
        auto const* fields = one != nullptr ? one->find("fields") : nullptr;
        return fields != nullptr ? fields->find(name) : nullptr;
    }

    void check_source(std::string const& pointer, Json const& rule) {
        auto const* source = rule.find("source");
        auto const confidence = source != nullptr ? source->text_at("confidence") : std::string_view();
        if (source == nullptr || !source->is_object()) return find(pointer, "This rule has no source: name the Act and section, the order or the scheme.");
        if (confidence != "verified" && confidence != "known" && confidence != "proposal") find(pointer, "The source says verified, known or proposal, and nothing else.");
    }

    void check_condition(std::string const& pointer, Json const& json, std::set<std::string> const& aliases) {
        auto const condition = rules::Condition::parse(json);
        if (!condition) return find(pointer, condition.error().message);
        for (auto const& path : condition->paths()) check_path(pointer, path, aliases);
    }

    // "person.under_18": alias and type have one name in conditions, procedures and clocks.
    void check_path(std::string const& pointer, std::string const& path, std::set<std::string> const& aliases) {
        auto const dot = path.find('.');
        std::string const alias = path.substr(0, dot);
        if (dot == std::string::npos || aliases.count(alias) == 0) return find(pointer, "There is no \"" + alias + "\" here.");
        if (field(alias, path.substr(dot + 1)) == nullptr) find(pointer, "The type \"" + alias + "\" has no field \"" + path.substr(dot + 1) + "\".");
    }

    void check() {
        auto const& types = document_.find("types")->members();
        auto const& codes = *document_.find("codes");
        for (auto const& [type, definition] : types) {
            auto const* fields = definition.find("fields");
            if (fields == nullptr || !fields->is_object() || fields->members().empty()) {
                find("types/" + type, "A type has fields.");
                continue;
            }
            for (auto const& [name, one] : fields->members()) {
                std::string const pointer = "types/" + type + "/fields/" + name;
                if (!is_one_of(kinds, one.text_at("kind"))) find(pointer, "This kind of field does not exist.");
                if (!is_one_of(classes, one.text_at("class"))) find(pointer, "A field has a class: public, operational, identity, contact, medical, counselling, legal or sealed.");
                if (auto const* doubt = one.find("doubt"); doubt != nullptr && !rules::parse_duration(*doubt)) find(pointer, "From when on a time is doubted is written like 1 year.");
                if (auto const to = one.text_at("to"); !to.empty() && document_.find("types")->find(to) == nullptr) find(pointer, "There is no type of the name that this relation points to.");
                if (one.text_at("ask").empty()) find(pointer, "A field says what is asked.");
                auto const from = one.text_at("from");
                bool const chosen = one.text_at("kind") == "choice" || one.text_at("kind") == "choices";
                if (chosen && codes.find(from) == nullptr) find(pointer, "There is no list of codes of that name.");
                if (name.find('/') != std::string::npos || name == "head") find(pointer, "A field cannot have this name.");
            }
        }
        check_forms();
        check_procedures();
        check_imports();
        for (auto const& [id, clock] : document_.find("clocks")->members()) {
            std::string const pointer = "clocks/" + id;
            auto const rule = rules::ClockRule::parse(id, clock);
            if (!rule) find(pointer, rule.error().message);
            check_path(pointer, std::string(clock.text_at("starts")), {"case", "person", "part"});
            if (auto const path = clock.text_at("not_counting"); !path.empty()) check_path(pointer, std::string(path), {"case", "person", "part"});
            if (clock.text_at("nature").empty()) find(pointer, "A clock says what it is: statute, rule, court_direction, scheme, advisory, sop_target or practice.");
            bool stops = false;
            for (auto const& [name, procedure] : document_.find("procedures")->members()) {
                auto const* steps = procedure.find("steps");
                stops = stops || (steps != nullptr && steps->find(clock.text_at("stops")) != nullptr);
            }
            if (!stops) find(pointer, "No step stops this clock.");
            check_source(pointer, clock);
        }
        for (auto const& [role, relations] : document_.find("roles")->members()) {
            for (auto const& [relation, rule] : relations.members()) {
                for (char const* way : {"read", "write"}) {
                    auto const* list = rule.find(way);
                    for (auto const& one : list != nullptr && list->is_list() ? list->items() : Json::List()) {
                        if (!one.is_text() || !is_one_of(classes, one.text())) find("roles/" + role + "/" + relation, "There is no such class of field.");
                    }
                }
            }
        }
        for (auto const& [name, calendar] : document_.find("calendars")->members()) {
            if (auto const parsed = rules::Calendar::parse(calendar); !parsed) find("calendars/" + name, parsed.error().message);
        }
    }

    void check_imports() {
        for (auto const& [name, definition] : document_.find("imports")->members()) {
            std::string const here = "imports/" + name;
            std::string const type(definition.text_at("type"));
            auto const* columns = definition.find("columns");
            if (document_.find("types")->find(type) == nullptr) find(here + "/type", "There is no type of that name.");
            if (field(type, definition.text_at("row")) == nullptr) find(here + "/row", "An import keeps each row as it stood in a field of the type; this one says which.");
            if (columns == nullptr || !columns->is_object() || columns->members().empty()) {
                find(here, "An import says what each column is.");
                continue;
            }
            for (auto const& [column, rule] : columns->members()) {
                std::string const pointer = here + "/columns/" + column;
                auto const as = rule.text_at("as");
                if (as == "kept") continue;
                auto const* target = field(type, rule.text_at("field"));
                if (target == nullptr) {
                    find(pointer, "This column goes into a field that the type does not have.");
                } else if (as == "code" || as == "flag") {
                    auto const* list = document_.find("codes")->find(target->text_at("from"));
                    auto const* values = list != nullptr ? list->find("values") : nullptr;
                    bool const known = as == "flag" ? values != nullptr && values->find(rule.text_at("code")) != nullptr
                                                    : list != nullptr && (rule.text_at("by").empty() || list->find(rule.text_at("by")) != nullptr);
                    if (!known) find(pointer, "The list of codes has no such code, or no such mapping.");
                } else if (as != "year" && as != "text") {
                    find(pointer, "A column is read as year, code, flag or text, or kept.");
                }
            }
        }
    }

    void check_forms() {
        for (auto const& [form, definition] : document_.find("forms")->members()) {
            auto const* makes = definition.find("makes");
            if (makes == nullptr || !makes->is_object()) {
                find("forms/" + form, "A form says what it makes.");
                continue;
            }
            std::map<std::string, std::string> types;
            for (auto const& [alias, one] : makes->members()) {
                types[alias] = one.text_at("type");
                if (document_.find("types")->find(types[alias]) == nullptr) find("forms/" + form + "/makes/" + alias, "There is no type of that name.");
            }
            auto const check_question = [&](std::string const& pointer, Json const& question) {
                std::string const path = question.is_text() ? question.text() : std::string();
                auto const dot = path.find('.');
                auto const found = types.find(path.substr(0, dot));
                if (dot == std::string::npos || found == types.end() || field(found->second, path.substr(dot + 1)) == nullptr) {
                    find(pointer, "This question is bound to no field: \"" + path + "\".");
                }
            };
            std::set<std::string> asked;
            auto const* pages = definition.find("pages");
            for (auto const& page : pages != nullptr && pages->is_list() ? pages->items() : Json::List()) {
                auto const* questions = page.find("ask");
                for (auto const& question : questions != nullptr && questions->is_list() ? questions->items() : Json::List()) {
                    check_question("forms/" + form + "/pages", question);
                    if (question.is_text() && !asked.insert(question.text()).second) find("forms/" + form + "/pages", "Nothing is asked twice: \"" + question.text() + "\".");
                }
            }
            auto const* enough = definition.find("enough");
            for (auto const& question : enough != nullptr && enough->is_list() ? enough->items() : Json::List()) {
                check_question("forms/" + form + "/enough", question);
                if (question.is_text() && asked.count(question.text()) == 0) find("forms/" + form + "/enough", "What is enough is never asked: \"" + question.text() + "\".");
            }
        }
    }

    void check_procedures() {
        for (auto const& [name, procedure] : document_.find("procedures")->members()) {
            std::string const here = "procedures/" + name;
            if (auto const* when = procedure.find("starts_when")) {
                check_condition(here + "/starts_when", *when, {"case", "person", "part"});
                auto const otherwise = procedure.text_at("if_unknown");
                if (otherwise != "start" && otherwise != "wait") find(here, "A procedure that starts on a condition says what happens if it is not known: start or wait.");
            }
            auto const* steps = procedure.find("steps");
            if (steps == nullptr || !steps->is_object() || steps->members().empty()) {
                find(here, "A procedure has steps.");
                continue;
            }
            for (auto const& [step, definition] : steps->members()) {
                std::string const pointer = here + "/steps/" + step;
                auto const* who = definition.find("who");
                Json::List const roles = who == nullptr ? Json::List() : who->is_list() ? who->items() : Json::List{*who};
                if (roles.empty()) find(pointer, "A step says who does it.");
                for (auto const& role : roles) {
                    if (!role.is_text() || document_.find("roles")->find(role.text()) == nullptr) find(pointer, "Nobody can hold this role.");
                }
                if (auto const form = definition.text_at("form"); !form.empty() && document_.find("forms")->find(form) == nullptr) find(pointer, "There is no form of that name.");
                if (auto const* after = definition.find("after"); after != nullptr && after->is_list()) {
                    for (auto const& earlier : after->items()) {
                        if (!earlier.is_text() || steps->find(earlier.text()) == nullptr) find(pointer, "It comes after a step that does not exist.");
                        if (earlier.is_text() && earlier.text() == step) find(pointer, "A step cannot come after itself.");
                    }
                }
                auto const* clock = definition.find("clock");
                std::string_view const used = clock == nullptr ? std::string_view() : clock->is_text() ? std::string_view(clock->text()) : clock->text_at("use");
                if (!used.empty() && document_.find("clocks")->find(used) == nullptr) find(pointer, "There is no clock of that name.");
                check_source(pointer, definition);
            }
        }
    }

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
