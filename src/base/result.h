#pragma once
// Result<T>: a value, or an Error that says what, where and what to do.  An Error is the world failing or foreign bytes
// being wrong; a rule that says no is an app::Refusal; our own mistake is SANJAL_CHECK, which stops the process before it
// writes and stays on in release builds.

#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>

namespace sanjal {

// What kind of failure; the HTTP status and the exit code follow from it and from nothing else.
enum class Fault {
    Invalid,      // the bytes or the values given are wrong; nothing was changed
    NotFound,     // there is no such thing within the asker's reach
    Conflict,     // the thing has one state and it is another one
    Forbidden,    // signed in, but not allowed
    Unsigned,     // nobody is signed in, or the credentials are wrong
    TooLarge,     // over a stated limit
    TooMany,      // over a stated rate; try later
    Precondition, // a version was named that this record never had
    Full,         // the disk is full
    Io,           // reading or writing failed
    Corrupt,      // stored bytes are not what was written
    Busy,         // somebody else holds it; try again
    Internal      // none of the above; a defect
};

struct Error {
    Fault fault = Fault::Internal;
    std::string code;     // stable, dotted, for programs: "store.disk_full"
    std::string message;  // one or two plain sentences: what is wrong and what to do. Never a name or a field's value
    std::string where;    // JSON pointer, file:line, or empty
};

template <class T>
using Result = tl::expected<T, Error>;

inline tl::unexpected<Error> fail(Fault fault, std::string code, std::string message, std::string where = {}) {
    return tl::make_unexpected(Error{fault, std::move(code), std::move(message), std::move(where)});
}
inline tl::unexpected<Error> fail(Error error) { return tl::make_unexpected(std::move(error)); }

[[noreturn]] void check_failed(char const* expression, char const* file, int line);

}  // namespace sanjal

#define SANJAL_CHECK(condition) \
    (static_cast<bool>(condition) ? static_cast<void>(0) : ::sanjal::check_failed(#condition, __FILE__, __LINE__))

#define SANJAL_JOIN_(a, b) a##b
#define SANJAL_JOIN(a, b) SANJAL_JOIN_(a, b)

// SANJAL_TRY(auto x, f()): x is f's value, or this function returns f's Error.  Not inside coroutines (g++ 12).
#define SANJAL_TRY(declaration, expression) SANJAL_TRY_(SANJAL_JOIN(tried_, __COUNTER__), declaration, expression)
#define SANJAL_TRY_(name, declaration, expression)                    \
    auto name = (expression);                                         \
    if (!name) return ::tl::make_unexpected(std::move(name).error()); \
    declaration = std::move(*name)

// SANJAL_DO(f()): as above for Result<void>, or where the value is not wanted.
#define SANJAL_DO(expression) SANJAL_DO_(SANJAL_JOIN(done_, __COUNTER__), expression)
#define SANJAL_DO_(name, expression)                                                                      \
    do {                                                                                                  \
        if (auto name = (expression); !name) return ::tl::make_unexpected(std::move(name).error());       \
    } while (false)
