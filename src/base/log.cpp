#include "base/log.h"

#include <unistd.h>

#include <atomic>

#include "base/json.h"
#include "base/time.h"

namespace sanjal::log {
namespace {
std::atomic<int> target{2};
constexpr std::string_view allowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:@";
}  // namespace

Safe Safe::id(std::string_view text) {
    bool const safe = text.size() <= 80 && text.find_first_not_of(allowed) == std::string_view::npos;
    return Safe(std::string(safe ? text : std::string_view("?")));
}

void write(Level level, Safe event, std::initializer_list<Pair> facts) {
    Json line = Json::object({{"at", format_instant(SystemClock().now())},
                              {"level", level == Level::Info ? "info" : level == Level::Warning ? "warning" : "alarm"},
                              {"event", event.text()}});
    for (auto const& fact : facts) line.set(fact.first.text(), fact.second.text());
    std::string const text = write_json(line) + "\n";
    // A log that cannot be written must not stop the work.
    [[maybe_unused]] auto const written = ::write(target.load(), text.data(), text.size());
}

void open(int file_descriptor) { target = file_descriptor; }

}  // namespace sanjal::log
