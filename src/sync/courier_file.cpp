#include "sync/courier_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

namespace sanjal::sync {
namespace {

namespace files = std::filesystem;

constexpr std::string_view suffix = ".parcel";
constexpr std::size_t node_size = 43;
constexpr std::size_t name_size = 32;

bool is_node(std::string_view id) {
    return id.size() == node_size && std::all_of(id.begin(), id.end(), [](char c) {
               return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
           });
}

bool is_name(std::string_view name) {
    return name.size() == name_size && std::all_of(name.begin(), name.end(), [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

tl::unexpected<Error> io(int error, std::string const& where) {
    bool const full = error == ENOSPC || error == EDQUOT;
    return fail(full ? Fault::Full : Fault::Io, full ? "courier.disk_full" : "courier.io",
                std::string("The parcel could not be written or read: ") + std::strerror(error) + (full ? ". Take a stick with more room." : ". Is the stick still there?"), where);
}

Result<void> check(Parcel const& parcel) {
    if (!is_node(parcel.to) || !is_node(parcel.from) || !is_name(parcel.name) || parcel.bytes.size() > parcel_bytes_max) {
        return fail(Fault::Invalid, "courier.parcel", "This is no parcel: its addresses or its name are not right, or it is too large.");
    }
    return {};
}

std::string file_of(Parcel const& parcel) { return parcel.from + "." + parcel.name + std::string(suffix); }

// Everything, or the errno.
int write_all(int file, std::string_view bytes) {
    while (!bytes.empty()) {
        auto const count = ::write(file, bytes.data(), bytes.size());
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return errno;
        bytes.remove_prefix(static_cast<std::size_t>(count));
    }
    return 0;
}

int sync_folder(std::string const& path) {
    int const folder = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0) return errno;
    int const error = ::fsync(folder) == 0 ? 0 : errno;
    ::close(folder);
    return error;
}

}  // namespace

Result<void> FolderCourier::send(Parcel const& parcel) {
    SANJAL_DO(check(parcel));
    std::string const place = folder_ + "/" + parcel.to;
    std::error_code code;
    files::create_directories(place, code);
    if (code) return io(code.value(), place);
    std::string const final = place + "/" + file_of(parcel);
    if (files::exists(final, code)) return {};
    std::string const fresh = final + ".new";
    int const file = ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (file < 0) return io(errno, fresh);
    int error = write_all(file, parcel.bytes);
    if (error == 0 && ::fsync(file) != 0) error = errno;
    ::close(file);
    if (error == 0 && ::rename(fresh.c_str(), final.c_str()) != 0) error = errno;
    if (error == 0) error = sync_folder(place);
    if (error == 0) return {};
    ::unlink(fresh.c_str());
    return io(error, final);
}

Result<std::vector<Parcel>> FolderCourier::collect(std::string_view node, std::size_t limit) {
    if (!is_node(node)) return fail(Fault::Invalid, "courier.parcel", "This is no node's id.");
    std::string const place = folder_ + "/" + std::string(node);
    std::vector<Parcel> found;
    std::error_code code;
    if (!files::exists(place, code)) return found;
    for (auto const& entry : files::directory_iterator(place, code)) {
        std::string const name = entry.path().filename().string();
        if (name.size() != node_size + 1 + name_size + suffix.size() || !name.ends_with(suffix) || name[node_size] != '.' || !entry.is_regular_file(code)) continue;
        Parcel parcel{std::string(node), name.substr(0, node_size), name.substr(node_size + 1, name_size), {}};
        if (is_node(parcel.from) && is_name(parcel.name) && entry.file_size(code) <= parcel_bytes_max) found.push_back(std::move(parcel));
    }
    if (code) return io(code.value(), place);
    std::sort(found.begin(), found.end(), [](Parcel const& a, Parcel const& b) { return std::pair(a.name, a.from) < std::pair(b.name, b.from); });
    if (found.size() > limit) found.resize(limit);
    for (auto& parcel : found) {
        std::string const path = place + "/" + file_of(parcel);
        int const file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
        if (file < 0) return io(errno, path);
        std::string piece(1U << 16U, '\0');
        ssize_t count = 0;
        while ((count = ::read(file, piece.data(), piece.size())) > 0) parcel.bytes.append(piece.data(), static_cast<std::size_t>(count));
        int const error = errno;
        ::close(file);
        if (count < 0) return io(error, path);
    }
    return found;
}

Result<void> FolderCourier::acknowledge(Parcel const& parcel) {
    SANJAL_DO(check(parcel));
    std::string const path = folder_ + "/" + parcel.to + "/" + file_of(parcel);
    if (::unlink(path.c_str()) != 0 && errno != ENOENT) return io(errno, path);
    return {};
}

}  // namespace sanjal::sync
