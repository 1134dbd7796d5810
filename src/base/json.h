#pragma once
// JSON values.  One library (RapidJSON) stands behind json.cpp; it also compiles to WebAssembly without exceptions.
// Not a general document store: numbers are 64-bit integers or finite doubles, objects keep the order in which their
// members came, and a document with a member twice is refused (RFC 8259 leaves that open; a signature must not).

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/result.h"

namespace sanjal {

class Json {
public:
    using List = std::vector<Json>;
    using Member = std::pair<std::string, Json>;
    using Object = std::vector<Member>;

    Json() = default;
    Json(std::nullptr_t) {}
    Json(bool value) : value_(value) {}
    Json(int value) : value_(static_cast<std::int64_t>(value)) {}
    Json(std::int64_t value) : value_(value) {}
    Json(double value) : value_(value) {}
    Json(char const* value) : value_(std::string(value)) {}
    Json(std::string_view value) : value_(std::string(value)) {}
    Json(std::string value) : value_(std::move(value)) {}
    Json(List value) : value_(std::move(value)) {}

    static Json object(std::initializer_list<Member> members = {}) {
        Json json;
        json.value_ = Object(members);
        return json;
    }
    static Json list(std::initializer_list<Json> items = {}) {
        Json json;
        json.value_ = List(items);
        return json;
    }

    [[nodiscard]] bool is_null() const { return std::holds_alternative<std::monostate>(value_); }
    [[nodiscard]] bool is_bool() const { return std::holds_alternative<bool>(value_); }
    [[nodiscard]] bool is_integer() const { return std::holds_alternative<std::int64_t>(value_); }
    [[nodiscard]] bool is_number() const { return is_integer() || std::holds_alternative<double>(value_); }
    [[nodiscard]] bool is_text() const { return std::holds_alternative<std::string>(value_); }
    [[nodiscard]] bool is_list() const { return std::holds_alternative<List>(value_); }
    [[nodiscard]] bool is_object() const { return std::holds_alternative<Object>(value_); }

    // The caller knows the kind; a wrong guess is our defect and stops the process.
    [[nodiscard]] bool boolean() const { SANJAL_CHECK(is_bool()); return std::get<bool>(value_); }
    [[nodiscard]] std::int64_t integer() const { SANJAL_CHECK(is_integer()); return std::get<std::int64_t>(value_); }
    [[nodiscard]] double number() const {
        SANJAL_CHECK(is_number());
        return is_integer() ? static_cast<double>(std::get<std::int64_t>(value_)) : std::get<double>(value_);
    }
    [[nodiscard]] std::string const& text() const { SANJAL_CHECK(is_text()); return std::get<std::string>(value_); }
    [[nodiscard]] List const& items() const { SANJAL_CHECK(is_list()); return std::get<List>(value_); }
    [[nodiscard]] List& items() { SANJAL_CHECK(is_list()); return std::get<List>(value_); }
    [[nodiscard]] Object const& members() const { SANJAL_CHECK(is_object()); return std::get<Object>(value_); }
    [[nodiscard]] Object& members() { SANJAL_CHECK(is_object()); return std::get<Object>(value_); }

    // The member of that name, or nullptr; nullptr too where this is not an object.
    [[nodiscard]] Json const* find(std::string_view name) const;
    [[nodiscard]] Json* find(std::string_view name);
    // The member as text, integer or bool, or the default where it is missing or of another kind.
    [[nodiscard]] std::string_view text_at(std::string_view name, std::string_view otherwise = {}) const;
    [[nodiscard]] std::int64_t integer_at(std::string_view name, std::int64_t otherwise = 0) const;
    [[nodiscard]] bool bool_at(std::string_view name, bool otherwise = false) const;

    Json& set(std::string_view name, Json value);  // replaces in place or appends; returns this
    void erase(std::string_view name);
    void push_back(Json value) { items().push_back(std::move(value)); }

    friend bool operator==(Json const& a, Json const& b);  // members in any order
    friend bool operator!=(Json const& a, Json const& b) { return !(a == b); }

private:
    std::variant<std::monostate, bool, std::int64_t, double, std::string, List, Object> value_;
};

struct JsonLimits {
    std::size_t bytes_max = 8U << 20U;
    int depth_max = 32;
};

// Strict RFC 8259: one value, nothing after it, UTF-8 checked, no member twice, no number that does not fit.
// An Error has the byte offset in `where`.
Result<Json> parse_json(std::string_view text, JsonLimits limits = {});

std::string write_json(Json const& json);            // compact, members in their order
std::string write_json_sorted(Json const& json);     // compact, members sorted bytewise: the same bytes for the same value

}  // namespace sanjal
