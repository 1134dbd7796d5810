#include "table/package.h"

#include <archive.h>
#include <archive_entry.h>

#include <array>
#include <cstdio>

namespace sanjal::table {
namespace {

tl::unexpected<Error> damaged() {
    return fail(Fault::Invalid, "workbook.damaged", "This workbook is damaged or cut short. Open it in the program that made it, save it again as .xlsx, and send that.");
}

bool climbs(std::string_view name) {
    return name.empty() || name.front() == '/' || name.find('\\') != std::string_view::npos || name.find(':') != std::string_view::npos || name.find("..") != std::string_view::npos;
}

}  // namespace

struct Package::Archive {
    archive* held = archive_read_new();
    Source& source;
    std::array<char, 16384> buffer{};
    std::optional<Error> broken = {};  // reading the source itself failed

    explicit Archive(Source& from) : source(from) {}
    ~Archive() { archive_read_free(held); }
    Archive(Archive const&) = delete;
    Archive& operator=(Archive const&) = delete;

    static la_ssize_t on_read(archive*, void* self, void const** out) {
        auto& one = *static_cast<Archive*>(self);
        auto const count = one.source.read(one.buffer.data(), one.buffer.size());
        if (!count) {
            one.broken = count.error();
            return -1;
        }
        *out = one.buffer.data();
        return static_cast<la_ssize_t>(*count);
    }
    static la_int64_t on_seek(archive*, void* self, la_int64_t offset, int whence) {
        auto& one = *static_cast<Archive*>(self);
        la_int64_t const from = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? one.source.position() : one.source.size();
        la_int64_t const to = from + offset;
        if (to < 0 || to > one.source.size()) return ARCHIVE_FATAL;
        if (auto const moved = one.source.seek(to); !moved) {
            one.broken = moved.error();
            return ARCHIVE_FATAL;
        }
        return to;
    }
    [[nodiscard]] tl::unexpected<Error> fault() const { return broken ? tl::make_unexpected(*broken) : damaged(); }
};

Package::Package(Source& source) : source_(source) {}
Package::~Package() = default;

Result<void> Package::begin() {
    archive_.reset();
    SANJAL_DO(source_.seek(0));
    auto fresh = std::make_unique<Archive>(source_);
    if (fresh->held == nullptr) return fail(Fault::Internal, "workbook.memory", "There is no memory to read this workbook.");
    archive_read_support_format_zip_seekable(fresh->held);  // and no other format, no filter
    archive_read_set_read_callback(fresh->held, Archive::on_read);
    archive_read_set_seek_callback(fresh->held, Archive::on_seek);
    archive_read_set_callback_data(fresh->held, fresh.get());
    if (archive_read_open1(fresh->held) != ARCHIVE_OK) return fresh->fault();
    archive_ = std::move(fresh);
    unpacked_ = 0;
    return {};
}

Result<std::unique_ptr<Package>> Package::open(Source& source) {
    std::unique_ptr<Package> package(new Package(source));
    SANJAL_DO(package->begin());
    while (true) {
        archive_entry* entry = nullptr;
        int const got = archive_read_next_header(package->archive_->held, &entry);
        if (got == ARCHIVE_EOF) break;
        if (got != ARCHIVE_OK) return package->archive_->fault();
        if (archive_entry_is_encrypted(entry) != 0) return fail(Fault::Invalid, "workbook.encrypted", "This workbook is protected by a password. Open it, take the password away, save it, and send that.");
        char const* const name = archive_entry_pathname(entry);
        if (name == nullptr || climbs(name)) return fail(Fault::Invalid, "workbook.names", "This file holds names that no spreadsheet program writes. Do not open it; ask the sender where it comes from.");
        if (archive_entry_filetype(entry) != AE_IFREG) continue;  // a folder
        if (!package->names_.insert(name).second) return fail(Fault::Invalid, "workbook.twice", "This file holds the same part twice, which no spreadsheet program writes. Save it again as .xlsx, and send that.");
        if (package->names_.size() > parts_max) return fail(Fault::TooLarge, "workbook.parts", "This workbook has more parts than can be read. Copy the one sheet into a new workbook.");
    }
    if (package->names_.empty()) return damaged();
    package->archive_.reset();
    return package;
}

Result<void> Package::enter(std::string const& name) {
    SANJAL_DO(begin());
    while (true) {
        archive_entry* entry = nullptr;
        int const got = archive_read_next_header(archive_->held, &entry);
        if (got == ARCHIVE_EOF) return fail(Fault::Invalid, "workbook.missing", "A part of this workbook is missing. Save it again as .xlsx, and send that.");
        if (got != ARCHIVE_OK) return archive_->fault();
        char const* const found = archive_entry_pathname(entry);
        if (found != nullptr && name == found) return {};
    }
}

Result<std::size_t> Package::read(char* buffer, std::size_t size) {
    SANJAL_CHECK(archive_ != nullptr);
    auto const count = archive_read_data(archive_->held, buffer, size);
    if (count < 0) return archive_->fault();
    unpacked_ += count;
    bool const swells = unpacked_ > swelling_from && unpacked_ / swelling_max > source_.size();
    if (swells || unpacked_ > part_bytes_max) {
        return fail(Fault::TooLarge, "workbook.swells", "Unpacked, this workbook would be far larger than it seems (a ZIP bomb), or has too many rows. Save the one sheet as CSV, and send that.");
    }
    return static_cast<std::size_t>(count);
}

Result<std::string> Package::whole(std::string const& name, std::size_t bytes_max) {
    SANJAL_DO(enter(name));
    std::string all;
    std::array<char, 16384> piece{};
    while (true) {
        SANJAL_TRY(auto const count, read(piece.data(), piece.size()));
        if (count == 0) return all;
        all.append(piece.data(), count);
        if (all.size() > bytes_max) return fail(Fault::TooLarge, "workbook.part_too_large", "A part of this workbook is larger than can be read. Copy the one sheet into a new workbook.");
    }
}

}  // namespace sanjal::table
