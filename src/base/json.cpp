#include "base/json.h"

#define RAPIDJSON_HAS_STDSTRING 0
#define RAPIDJSON_ASSERT(x) SANJAL_CHECK(x)
#if defined(__GNUC__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wshadow"
#pragma GCC diagnostic ignored "-Wpedantic"
#endif
#include <rapidjson/error/en.h>
#include <rapidjson/memorystream.h>
#include <rapidjson/reader.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>
#if defined(__GNUC__)
#pragma GCC diagnostic pop
#endif

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/bytes.h"

namespace sanjal {
namespace {

// Builds a Json from RapidJSON's events on an explicit stack, so that depth is bounded by us and not by the C stack.
class Builder : public rapidjson::BaseReaderHandler<rapidjson::UTF8<>, Builder> {
public:
    explicit Builder(int depth_max) : depth_max_(depth_max) {}

    bool Null() { return put(Json()); }
    bool Bool(bool b) { return put(Json(b)); }
    bool Int(int i) { return put(Json(i)); }
    bool Uint(unsigned u) { return put(Json(static_cast<std::int64_t>(u))); }
    bool Int64(std::int64_t i) { return put(Json(i)); }
    bool Uint64(std::uint64_t u) {
        return u <= static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()) ? put(Json(static_cast<std::int64_t>(u)))
                                                                                         : refuse("a number is too large");
    }
    bool Double(double d) { return std::isfinite(d) ? put(Json(d)) : refuse("a number is too large"); }
    bool String(char const* text, rapidjson::SizeType length, bool) {
        std::string_view const view(text, length);
        return is_utf8(view) ? put(Json(view)) : refuse("a text is not UTF-8, or holds U+0000");
    }
    bool Key(char const* text, rapidjson::SizeType length, bool) {
        std::string_view const view(text, length);
        if (!is_utf8(view)) return refuse("a name is not UTF-8, or holds U+0000");
        keys_.emplace_back(view);
        return true;
    }
    bool StartObject() { return start(Json::object()); }
    bool StartArray() { return start(Json::list()); }
    bool EndObject(rapidjson::SizeType) {
        Json done = std::move(open_.back());
        open_.pop_back();
        auto const& members = done.members();
        if (members.size() > 1) {
            std::vector<std::string_view> names;
            names.reserve(members.size());
            for (auto const& member : members) names.push_back(member.first);
            std::sort(names.begin(), names.end());
            if (std::adjacent_find(names.begin(), names.end()) != names.end()) return refuse("a name stands twice in one object");
        }
        return put(std::move(done));
    }
    bool EndArray(rapidjson::SizeType) {
        Json done = std::move(open_.back());
        open_.pop_back();
        return put(std::move(done));
    }

    Json take() { return std::move(root_); }
    [[nodiscard]] char const* why() const { return why_; }

private:
    bool refuse(char const* why) {
        why_ = why;
        return false;
    }
    bool start(Json json) {
        if (static_cast<int>(open_.size()) >= depth_max_) return refuse("it is nested too deeply");
        open_.push_back(std::move(json));
        return true;
    }
    bool put(Json json) {
        if (open_.empty()) {
            root_ = std::move(json);
        } else if (open_.back().is_list()) {
            open_.back().items().push_back(std::move(json));
        } else {
            open_.back().members().emplace_back(std::move(keys_.back()), std::move(json));
            keys_.pop_back();
        }
        return true;
    }

    int depth_max_;
    std::vector<Json> open_;
    std::vector<std::string> keys_;
    Json root_;
    char const* why_ = nullptr;
};

using Writer = rapidjson::Writer<rapidjson::StringBuffer>;

void write(Writer& writer, Json const& json, bool sorted) {
    if (json.is_null()) {
        writer.Null();
    } else if (json.is_bool()) {
        writer.Bool(json.boolean());
    } else if (json.is_integer()) {
        writer.Int64(json.integer());
    } else if (json.is_number()) {
        writer.Double(json.number());
    } else if (json.is_text()) {
        writer.String(json.text().data(), static_cast<rapidjson::SizeType>(json.text().size()));
    } else if (json.is_list()) {
        writer.StartArray();
        for (auto const& item : json.items()) write(writer, item, sorted);
        writer.EndArray();
    } else {
        writer.StartObject();
        std::vector<Json::Member const*> members;
        members.reserve(json.members().size());
        for (auto const& member : json.members()) members.push_back(&member);
        if (sorted) std::sort(members.begin(), members.end(), [](auto const* a, auto const* b) { return a->first < b->first; });
        for (auto const* member : members) {
            writer.Key(member->first.data(), static_cast<rapidjson::SizeType>(member->first.size()));
            write(writer, member->second, sorted);
        }
        writer.EndObject();
    }
}

std::string write(Json const& json, bool sorted) {
    rapidjson::StringBuffer buffer;
    Writer writer(buffer);
    write(writer, json, sorted);
    return {buffer.GetString(), buffer.GetSize()};
}

}  // namespace

Json const* Json::find(std::string_view name) const {
    if (!is_object()) return nullptr;
    for (auto const& member : members()) {
        if (member.first == name) return &member.second;
    }
    return nullptr;
}

Json* Json::find(std::string_view name) { return const_cast<Json*>(std::as_const(*this).find(name)); }

std::string_view Json::text_at(std::string_view name, std::string_view otherwise) const {
    auto const* json = find(name);
    return json != nullptr && json->is_text() ? std::string_view(json->text()) : otherwise;
}

std::int64_t Json::integer_at(std::string_view name, std::int64_t otherwise) const {
    auto const* json = find(name);
    return json != nullptr && json->is_integer() ? json->integer() : otherwise;
}

bool Json::bool_at(std::string_view name, bool otherwise) const {
    auto const* json = find(name);
    return json != nullptr && json->is_bool() ? json->boolean() : otherwise;
}

Json& Json::set(std::string_view name, Json value) {
    if (auto* json = find(name)) {
        *json = std::move(value);
    } else {
        members().emplace_back(std::string(name), std::move(value));
    }
    return *this;
}

void Json::erase(std::string_view name) {
    auto& all = members();
    all.erase(std::remove_if(all.begin(), all.end(), [&](auto const& member) { return member.first == name; }), all.end());
}

bool operator==(Json const& a, Json const& b) {
    if (a.is_object() && b.is_object()) {
        if (a.members().size() != b.members().size()) return false;
        return std::all_of(a.members().begin(), a.members().end(), [&](auto const& member) {
            auto const* other = b.find(member.first);
            return other != nullptr && *other == member.second;
        });
    }
    return a.value_ == b.value_;
}

Result<Json> parse_json(std::string_view text, JsonLimits limits) {
    if (text.size() > limits.bytes_max) {
        return fail(Fault::TooLarge, "json.too_large", "This JSON is larger than " + std::to_string(limits.bytes_max) + " bytes.");
    }
    // The reader takes a NUL byte for the end of the text: what stands behind one would be passed over.
    if (auto const at = text.find('\0'); at != std::string_view::npos) {
        return fail(Fault::Invalid, "json.malformed", "This is not the JSON that was expected: it holds a NUL byte.", "byte " + std::to_string(at));
    }
    rapidjson::MemoryStream stream(text.data(), text.size());
    rapidjson::Reader reader;
    Builder builder(limits.depth_max);
    constexpr unsigned flags = rapidjson::kParseIterativeFlag | rapidjson::kParseValidateEncodingFlag | rapidjson::kParseFullPrecisionFlag;
    auto const parsed = reader.Parse<flags>(stream, builder);
    if (parsed.IsError()) {
        std::string const why = builder.why() != nullptr ? builder.why() : rapidjson::GetParseError_En(parsed.Code());
        return fail(Fault::Invalid, "json.malformed", "This is not the JSON that was expected: " + why + ".",
                    "byte " + std::to_string(parsed.Offset()));
    }
    return builder.take();
}

std::string write_json(Json const& json) { return write(json, false); }
std::string write_json_sorted(Json const& json) { return write(json, true); }

}  // namespace sanjal
