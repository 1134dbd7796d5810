#pragma once
// The ZIP file that a workbook is (ECMA-376 part 2), read part by part from any Source through libarchive.  Nothing is ever
// unpacked to a disk, so no name can lead anywhere.  Refused with a sentence: what is damaged or cut short, encrypted, holds a
// name twice or one that climbs out, or swells beyond the limits (a ZIP bomb).  One part is open at a time; one thread.

#include <memory>
#include <set>
#include <string>
#include <string_view>

#include "table/source.h"

namespace sanjal::table {

inline constexpr std::int64_t part_bytes_max = std::int64_t{1} << 30U;  // of one part, unpacked
inline constexpr std::int64_t swelling_max = 300;                       // a workbook's parts swell to ten or thirty times
inline constexpr std::int64_t swelling_from = std::int64_t{4} << 20U;   // below this nobody minds
inline constexpr std::size_t parts_max = 4096;

class Package {
public:
    // Reads the list of contents.  Invalid "workbook.*".  `source` must outlive it.
    static Result<std::unique_ptr<Package>> open(Source& source);
    ~Package();
    Package(Package const&) = delete;
    Package& operator=(Package const&) = delete;

    [[nodiscard]] std::set<std::string> const& names() const { return names_; }
    [[nodiscard]] bool has(std::string const& name) const { return names_.count(name) > 0; }

    // Goes to the beginning of a part; what was open before is closed.
    Result<void> enter(std::string const& name);
    Result<std::size_t> read(char* buffer, std::size_t size);  // 0 at the end, once its checksum was right
    Result<std::string> whole(std::string const& name, std::size_t bytes_max);

private:
    struct Archive;
    explicit Package(Source& source);
    Result<void> begin();

    Source& source_;
    std::unique_ptr<Archive> archive_;
    std::set<std::string> names_;
    std::int64_t unpacked_ = 0;
};

}  // namespace sanjal::table
