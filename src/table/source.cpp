#include "table/source.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace sanjal::table {
namespace {

class FileSource final : public Source {
public:
    FileSource(int file, std::int64_t size, std::string path) : file_(file), size_(size), path_(std::move(path)) {}
    ~FileSource() override { ::close(file_); }
    FileSource(FileSource const&) = delete;
    FileSource& operator=(FileSource const&) = delete;

    [[nodiscard]] std::int64_t size() const override { return size_; }
    [[nodiscard]] std::int64_t position() const override { return at_; }
    Result<std::size_t> read(char* buffer, std::size_t size) override {
        while (true) {
            auto const count = ::pread(file_, buffer, size, at_);
            if (count < 0 && errno == EINTR) continue;
            if (count < 0) return fail(Fault::Io, "import.io", std::string("The file could not be read to its end: ") + std::strerror(errno) + ". What came before it is not shown to anybody.", path_);
            at_ += count;
            return static_cast<std::size_t>(count);
        }
    }
    Result<void> seek(std::int64_t offset) override {
        at_ = offset;
        return {};
    }

private:
    int file_;
    std::int64_t size_;
    std::int64_t at_ = 0;
    std::string path_;
};

class ByteSource final : public Source {
public:
    explicit ByteSource(std::string bytes) : bytes_(std::move(bytes)) {}
    [[nodiscard]] std::int64_t size() const override { return static_cast<std::int64_t>(bytes_.size()); }
    [[nodiscard]] std::int64_t position() const override { return static_cast<std::int64_t>(at_); }
    Result<std::size_t> read(char* buffer, std::size_t size) override {
        auto const take = std::min(size, bytes_.size() - at_);
        std::memcpy(buffer, bytes_.data() + at_, take);
        at_ += take;
        return take;
    }
    Result<void> seek(std::int64_t offset) override {
        at_ = std::min(static_cast<std::size_t>(offset), bytes_.size());
        return {};
    }

private:
    std::string bytes_;
    std::size_t at_ = 0;
};

}  // namespace

Result<std::unique_ptr<Source>> open_file(std::string const& path) {
    int const file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat info {};
    if (file < 0 || ::fstat(file, &info) != 0 || !S_ISREG(info.st_mode)) {
        if (file >= 0) ::close(file);
        return fail(Fault::NotFound, "import.no_file", "The file cannot be opened. Is the name right?", path);
    }
    return std::make_unique<FileSource>(file, info.st_size, path);
}

std::unique_ptr<Source> from_bytes(std::string bytes) { return std::make_unique<ByteSource>(std::move(bytes)); }

}  // namespace sanjal::table
