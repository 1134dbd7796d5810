#include "pack/yaml.h"

#include <yaml.h>

#include <optional>

#include "base/bytes.h"

namespace sanjal::pack {
namespace {

constexpr int depth_max = 24;

struct Event {
    yaml_event_t raw{};
    Event() = default;
    Event(Event const&) = delete;
    Event& operator=(Event const&) = delete;
    ~Event() { yaml_event_delete(&raw); }
};

class Reader {
public:
    Reader(std::string_view text, std::string const& file) : file_(file) {
        yaml_parser_initialize(&parser_);
        yaml_parser_set_input_string(&parser_, reinterpret_cast<unsigned char const*>(text.data()), text.size());
    }
    ~Reader() { yaml_parser_delete(&parser_); }
    Reader(Reader const&) = delete;
    Reader& operator=(Reader const&) = delete;

    Result<Yaml> run() {
        SANJAL_DO(expect(YAML_STREAM_START_EVENT));
        SANJAL_DO(expect(YAML_DOCUMENT_START_EVENT));
        Event event;
        SANJAL_DO(next(event));
        SANJAL_TRY(result_.json, value(event, "", 0));
        SANJAL_DO(expect(YAML_DOCUMENT_END_EVENT));
        Event end;
        SANJAL_DO(next(end));
        if (end.raw.type != YAML_STREAM_END_EVENT) return refuse(end, "a second document follows; put it into a file of its own");
        return std::move(result_);
    }

private:
    tl::unexpected<Error> refuse(Event const& event, std::string const& why) const {
        return fail(Fault::Invalid, "pack.yaml", "This file cannot be read: " + why + ".", file_ + ":" + std::to_string(event.raw.start_mark.line + 1));
    }

    Result<void> next(Event& event) {
        if (yaml_parser_parse(&parser_, &event.raw) == 0) {
            std::string why = parser_.problem != nullptr ? parser_.problem : "it is not YAML";
            return fail(Fault::Invalid, "pack.yaml",
                        "This file cannot be read: " + why + ". A bare ? : or # inside braces, or a tab, is often the reason; put the text into quotes.",
                        file_ + ":" + std::to_string(parser_.problem_mark.line + 1));
        }
        return {};
    }

    Result<void> expect(yaml_event_type_t type) {
        Event event;
        SANJAL_DO(next(event));
        if (event.raw.type != type) return refuse(event, type == YAML_DOCUMENT_START_EVENT ? "there is nothing in it" : "it does not end where it should");
        return {};
    }

    Result<Json> value(Event const& event, std::string const& pointer, int depth) {
        if (depth > depth_max) return refuse(event, "it is nested too deeply");
        result_.lines[pointer] = static_cast<int>(event.raw.start_mark.line) + 1;
        switch (event.raw.type) {
            case YAML_SCALAR_EVENT: return scalar(event);
            case YAML_SEQUENCE_START_EVENT: return list(event, pointer, depth);
            case YAML_MAPPING_START_EVENT: return mapping(event, pointer, depth);
            case YAML_ALIAS_EVENT: return refuse(event, "an alias (*) stands here; write the text out");
            default: return refuse(event, "something is missing here");
        }
    }

    Result<Json> scalar(Event const& event) const {
        auto const& raw = event.raw.data.scalar;
        if (raw.anchor != nullptr) return refuse(event, "an anchor (&) stands here; it is not needed");
        if (raw.tag != nullptr) return refuse(event, "a tag (!) stands here; it is not needed");
        std::string_view const text(reinterpret_cast<char const*>(raw.value), raw.length);
        if (!is_utf8(text)) return refuse(event, "this is not UTF-8 text");
        if (raw.style != YAML_PLAIN_SCALAR_STYLE) return Json(text);
        if (text == "true") return Json(true);
        if (text == "false") return Json(false);
        if (text == "null" || text.empty()) return Json();
        std::size_t const digits = text.front() == '-' ? 1 : 0;
        bool const number = text.size() > digits && text.size() <= 15 && text.find_first_not_of("0123456789", digits) == std::string_view::npos &&
                            (text.size() == digits + 1 || text[digits] != '0');
        if (!number) return Json(text);
        std::int64_t sum = 0;
        for (char const c : text.substr(digits)) sum = sum * 10 + (c - '0');
        return Json(digits == 1 ? -sum : sum);
    }

    Result<Json> list(Event const& start, std::string const& pointer, int depth) {
        auto const& raw = start.raw.data.sequence_start;
        if (raw.anchor != nullptr || raw.tag != nullptr) return refuse(start, "an anchor or a tag stands here; it is not needed");
        Json json = Json::list();
        while (true) {
            Event event;
            SANJAL_DO(next(event));
            if (event.raw.type == YAML_SEQUENCE_END_EVENT) return json;
            SANJAL_TRY(auto item, value(event, pointer + "/" + std::to_string(json.items().size()), depth + 1));
            json.push_back(std::move(item));
        }
    }

    Result<Json> mapping(Event const& start, std::string const& pointer, int depth) {
        auto const& raw = start.raw.data.mapping_start;
        if (raw.anchor != nullptr || raw.tag != nullptr) return refuse(start, "an anchor or a tag stands here; it is not needed");
        Json json = Json::object();
        while (true) {
            Event key;
            SANJAL_DO(next(key));
            if (key.raw.type == YAML_MAPPING_END_EVENT) return json;
            if (key.raw.type != YAML_SCALAR_EVENT || key.raw.data.scalar.tag != nullptr) return refuse(key, "a name must be a plain word");
            std::string const name(reinterpret_cast<char const*>(key.raw.data.scalar.value), key.raw.data.scalar.length);
            if (name == "<<") return refuse(key, "a merge key (<<) stands here; write the lines out");
            if (json.find(name) != nullptr) return refuse(key, "a name stands twice");
            Event event;
            SANJAL_DO(next(event));
            SANJAL_TRY(auto item, value(event, pointer + "/" + name, depth + 1));
            json.set(name, std::move(item));
        }
    }

    yaml_parser_t parser_{};
    std::string file_;
    Yaml result_;
};

}  // namespace

Result<Yaml> read_yaml(std::string_view text, std::string const& file) {
    if (text.find('\t') != std::string_view::npos) {
        auto const at = text.find('\t');
        int line = 1;
        for (char const c : text.substr(0, at)) line += c == '\n' ? 1 : 0;
        return fail(Fault::Invalid, "pack.yaml", "A tab stands here. Use spaces.", file + ":" + std::to_string(line));
    }
    return Reader(text, file).run();
}

}  // namespace sanjal::pack
