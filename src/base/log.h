#pragma once
// The operator's log: one JSON object a line.  It carries ids, counts, codes and durations, never a name or a field's
// value: only the types below can be logged, and a text must be a literal or an id that was checked to be one.

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace sanjal::log {

enum class Level { Info, Warning, Alarm };

// A text that is safe to write down: a literal of the program, or an id (letters, digits, "-_./:@", at most 80).
// Anything else becomes "?".
class Safe {
public:
    template <std::size_t N>
    Safe(char const (&literal)[N]) : text_(literal) {}
    Safe(std::int64_t number) : text_(std::to_string(number)) {}
    static Safe id(std::string_view text);
    [[nodiscard]] std::string const& text() const { return text_; }

private:
    explicit Safe(std::string text) : text_(std::move(text)) {}
    std::string text_;
};

using Pair = std::pair<Safe, Safe>;

// Any thread.  `event` is dotted: "store.group_failed".
void write(Level level, Safe event, std::initializer_list<Pair> facts = {});
// Where it goes: a file descriptor, standard error until told otherwise.
void open(int file_descriptor);

// A file of at most so many bytes; then it becomes PATH.1, what was PATH.1 becomes PATH.2, and so on, and the last is deleted.
struct Rotation {
    std::int64_t bytes_max = 8 << 20;
    int kept = 8;
};
// False where it cannot be opened: the log goes on where it went.
bool open_file(std::string const& path, Rotation rotation = {});

}  // namespace sanjal::log
