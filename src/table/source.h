#pragma once
// Bytes that can be read from any place on: a workbook is a ZIP file, whose list of contents stands at its end.  One thread.

#include <cstdint>
#include <memory>
#include <string>

#include "table/row.h"

namespace sanjal::table {

class Source {
public:
    virtual ~Source() = default;
    [[nodiscard]] virtual std::int64_t size() const = 0;
    virtual Result<std::size_t> read(char* buffer, std::size_t size) = 0;  // 0 at the end
    virtual Result<void> seek(std::int64_t offset) = 0;                    // 0 to size()
    [[nodiscard]] virtual std::int64_t position() const = 0;
};

// An ordinary file.  NotFound "table.no_file", also for a directory or a device.
Result<std::unique_ptr<Source>> open_file(std::string const& path);
// Bytes that lie in memory.
std::unique_ptr<Source> from_bytes(std::string bytes);

}  // namespace sanjal::table
