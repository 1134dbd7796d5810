#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "crypto/note.h"
#include "ledger/ledger.h"

namespace sanjal::ledger {
namespace {

constexpr std::size_t slot_bytes = 1024;

Error from_errno(char const* doing) {
    bool const full = errno == ENOSPC || errno == EDQUOT;
    return Error{full ? Fault::Full : Fault::Io, full ? "head.disk_full" : "head.io",
                 std::string("The head file could not be ") + doing + (full ? ": the disk is full." : "."), "head"};
}

std::int64_t size_of(std::string const& note) {
    auto const parsed = crypto::parse_note(note);
    if (!parsed) return -1;
    auto const checkpoint = crypto::parse_checkpoint(parsed->text);
    return checkpoint ? static_cast<std::int64_t>(checkpoint->size) : -1;
}

class DiskHeadFile final : public HeadFile {
public:
    explicit DiskHeadFile(std::string path) : path_(std::move(path)) {}
    ~DiskHeadFile() override {
        if (file_ >= 0) ::close(file_);
    }

    Result<std::string> read() override {
        SANJAL_DO(ensure_open());
        std::string newest;
        std::int64_t newest_size = -1;
        for (std::size_t slot = 0; slot < 2; ++slot) {
            std::string bytes(slot_bytes, '\0');
            auto const got = ::pread(file_, bytes.data(), bytes.size(), static_cast<off_t>(slot * slot_bytes));
            if (got < 0) return fail(from_errno("read"));
            bytes.resize(static_cast<std::size_t>(got));
            bytes.resize(std::min(bytes.size(), bytes.find('\0')));
            std::int64_t const size = size_of(bytes);
            if (size > newest_size) {
                newest_size = size;
                newest = bytes;
                next_slot_ = 1 - slot;
            }
        }
        return newest;
    }

    Result<void> write(std::string const& note) override {
        SANJAL_DO(ensure_open());
        SANJAL_CHECK(note.size() <= slot_bytes);
        std::string bytes = note;
        bytes.resize(slot_bytes, '\0');
        auto const put = ::pwrite(file_, bytes.data(), bytes.size(), static_cast<off_t>(next_slot_ * slot_bytes));
        if (put != static_cast<ssize_t>(bytes.size())) return fail(from_errno("written"));
        if (::fdatasync(file_) != 0) return fail(from_errno("synced"));
        next_slot_ = 1 - next_slot_;
        return {};
    }

private:
    Result<void> ensure_open() {
        if (file_ >= 0) return {};
        file_ = ::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
        if (file_ < 0) return fail(from_errno("opened"));
        return {};
    }

    std::string path_;
    int file_ = -1;
    std::size_t next_slot_ = 0;
};

}  // namespace

std::unique_ptr<HeadFile> open_head_file(std::string path) { return std::make_unique<DiskHeadFile>(std::move(path)); }

}  // namespace sanjal::ledger
