#include "base/log.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <mutex>

#include "base/json.h"
#include "base/time.h"

namespace sanjal::log {
namespace {
std::mutex mutex;
int target = 2;
std::string file;  // empty: a descriptor that is not ours
Rotation limits;
std::int64_t size = 0;

constexpr std::string_view allowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:@";

int open_to_append(std::string const& path) { return ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600); }

// With the mutex held.  Where a rename or the new file fails the old one goes on growing.
void rotate() {
    for (int i = limits.kept - 1; i >= 0; --i) {
        std::string const from = i == 0 ? file : file + "." + std::to_string(i);
        static_cast<void>(std::rename(from.c_str(), (file + "." + std::to_string(i + 1)).c_str()));
    }
    size = 0;
    int const fresh = open_to_append(file);
    if (fresh < 0) return;
    ::close(target);
    target = fresh;
}

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
    std::lock_guard const lock(mutex);
    auto const length = static_cast<std::int64_t>(text.size());
    if (!file.empty() && size > 0 && size + length > limits.bytes_max) rotate();
    // A log that cannot be written must not stop the work.
    if (::write(target, text.data(), text.size()) > 0) size += length;
}

void open(int file_descriptor) {
    std::lock_guard const lock(mutex);
    if (!file.empty()) ::close(target);
    file.clear();
    target = file_descriptor;
}

bool open_file(std::string const& path, Rotation rotation) {
    int const opened = open_to_append(path);
    if (opened < 0) return false;
    std::lock_guard const lock(mutex);
    if (!file.empty()) ::close(target);
    file = path;
    limits = rotation;
    target = opened;
    size = static_cast<std::int64_t>(::lseek(opened, 0, SEEK_END));
    return true;
}

}  // namespace sanjal::log
