#include "features/import/refused.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/bytes.h"

namespace sanjal::import {
namespace {

constexpr std::size_t flush_at = 64U << 10U;

std::string quoted(std::string_view cell) {
    std::string out = "\"";
    for (char const c : cell) {
        if (c == '"') out += '"';
        out += c;
    }
    return out + "\"";
}

// What is no UTF-8 is shown by its bytes, so that the file of refused rows can be read anywhere.
std::string readable(std::string_view raw) {
    if (is_utf8(raw)) return std::string(raw);
    std::string out;
    for (char const c : raw) {
        auto const byte = static_cast<unsigned char>(c);
        if (byte >= 0x20 && byte < 0x7F) out += c;
        else out += "\\x" + to_hex(std::string_view(&c, 1));
    }
    return out;
}

}  // namespace

Result<void> RefusedRows::add(std::int64_t line, std::string const& reason, std::string_view raw) {
    while (!raw.empty() && (raw.back() == '\n' || raw.back() == '\r')) raw.remove_suffix(1);
    std::string const text = std::to_string(line) + "," + quoted(reason) + "," + readable(raw) + "\n";
    bool const first = !any_;
    any_ = true;
    return write(first ? "line,reason,row\n" + text : text);
}

RefusedFile::~RefusedFile() {
    if (file_ >= 0) ::close(file_);
}

Result<void> RefusedFile::broken() const {
    bool const full = errno == ENOSPC;
    return fail(full ? Fault::Full : Fault::Io, full ? "import.disk_full" : "import.io", std::string("The file of refused rows could not be written: ") + std::strerror(errno) + ". Nothing was imported.", path_);
}

Result<void> RefusedFile::write(std::string const& text) {
    if (file_ < 0) {
        file_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        if (file_ < 0) return broken();
    }
    buffer_ += text;
    return buffer_.size() < flush_at ? Result<void>{} : flush();
}

Result<void> RefusedFile::flush() {
    std::size_t done = 0;
    while (done < buffer_.size()) {
        auto const count = ::write(file_, buffer_.data() + done, buffer_.size() - done);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return broken();
        done += static_cast<std::size_t>(count);
    }
    buffer_.clear();
    return {};
}

Result<void> RefusedFile::finish() {
    if (file_ < 0) return {};
    SANJAL_DO(flush());
    return ::fsync(file_) == 0 ? Result<void>{} : broken();
}

Result<void> RefusedBlob::write(std::string const& text) {
    if (!writer_) {
        SANJAL_TRY(auto writer, house_.blobs().write(key_));
        writer_.emplace(std::move(writer));
    }
    return writer_->append(text);
}

Result<void> RefusedBlob::finish() {
    if (!writer_) return {};
    SANJAL_TRY(auto written, writer_->finish());
    written_ = std::move(written);
    return {};
}

}  // namespace sanjal::import
