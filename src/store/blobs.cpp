#include "store/blobs.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace sanjal::store {
namespace {

constexpr std::size_t id_size = 32;
constexpr std::string_view fresh_suffix = ".new";

bool is_id(std::string_view id) {
    return id.size() == id_size && std::all_of(id.begin(), id.end(), [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

tl::unexpected<Error> io(int error) {
    bool const full = error == ENOSPC || error == EDQUOT;
    return fail(full ? Fault::Full : Fault::Io, full ? "blob.disk_full" : "blob.io",
                std::string("A file could not be kept: ") + std::strerror(error) + (full ? ". Make room on the disk and send it again." : ". Send it again."));
}

tl::unexpected<Error> none() { return fail(Fault::NotFound, "blob.none", "There is no such file, or it was erased."); }

// 0, or the errno of the operation, which `faults` may decide.
template <typename Do>
int attempt(FileFaults* faults, FileOperation operation, Do const& act) {
    if (faults != nullptr) {
        if (int const error = faults->before(operation); error != 0) return error;
    }
    return act() < 0 ? errno : 0;
}

int sync_directory(FileFaults* faults, std::string const& path) {
    int const directory = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (directory < 0) return errno;
    int const error = attempt(faults, FileOperation::Sync, [&] { return ::fsync(directory); });
    ::close(directory);
    return error;
}

}  // namespace

// --- writing -----------------------------------------------------------------------------------------------------------

BlobWriter::BlobWriter(std::string directory, std::string id, int file, crypto::StreamSealer sealer, FileFaults* faults)
    : directory_(std::move(directory)), id_(std::move(id)), file_(file), sealer_(std::move(sealer)), faults_(faults) {}

BlobWriter::BlobWriter(BlobWriter&& other) noexcept
    : directory_(std::move(other.directory_)), id_(std::move(other.id_)), file_(std::exchange(other.file_, -1)), sealer_(std::move(other.sealer_)),
      hash_(std::move(other.hash_)), faults_(other.faults_), pending_(std::move(other.pending_)), size_(other.size_) {}

BlobWriter::~BlobWriter() { give_up(); }

void BlobWriter::give_up() {
    if (file_ < 0) return;
    ::close(std::exchange(file_, -1));
    ::unlink((directory_ + "/" + id_ + std::string(fresh_suffix)).c_str());
}

Result<void> BlobWriter::write_out(std::string_view sealed) {
    while (!sealed.empty()) {
        if (faults_ != nullptr) {
            if (int const error = faults_->before(FileOperation::Write); error != 0) {
                [[maybe_unused]] auto const half = ::write(file_, sealed.data(), sealed.size() / 2);
                give_up();
                return io(error);
            }
        }
        auto const count = ::write(file_, sealed.data(), sealed.size());
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) {
            int const error = errno;
            give_up();
            return io(error);
        }
        sealed.remove_prefix(static_cast<std::size_t>(count));
    }
    return {};
}

Result<void> BlobWriter::append(std::string_view bytes) {
    SANJAL_CHECK(file_ >= 0);
    hash_.update(bytes);
    size_ += static_cast<std::int64_t>(bytes.size());
    // The last chunk must be marked, so one is held back until it is known whether more comes.
    while (!bytes.empty()) {
        if (pending_.size() == crypto::stream_chunk_size) {
            SANJAL_DO(write_out(sealer_.push(pending_, crypto::Last::No)));
            pending_.clear();
        }
        auto const take = std::min(bytes.size(), crypto::stream_chunk_size - pending_.size());
        pending_.append(bytes.substr(0, take));
        bytes.remove_prefix(take);
    }
    return {};
}

Result<BlobWritten> BlobWriter::finish() {
    SANJAL_CHECK(file_ >= 0);
    SANJAL_DO(write_out(sealer_.push(pending_, crypto::Last::Yes)));
    pending_.clear();
    std::string const fresh = directory_ + "/" + id_ + std::string(fresh_suffix);
    std::string const final = directory_ + "/" + id_;
    int error = attempt(faults_, FileOperation::Sync, [&] { return ::fsync(file_); });
    if (error == 0) error = attempt(faults_, FileOperation::Rename, [&] { return ::rename(fresh.c_str(), final.c_str()); });
    if (error != 0) {
        give_up();
        return io(error);
    }
    ::close(std::exchange(file_, -1));
    if (error = sync_directory(faults_, directory_); error != 0) {
        ::unlink(final.c_str());  // nobody was told of it
        return io(error);
    }
    return BlobWritten{id_, size_, hash_.finish()};
}

// --- reading -----------------------------------------------------------------------------------------------------------

BlobReader::BlobReader(BlobReader&& other) noexcept : file_(std::exchange(other.file_, -1)), opener_(std::move(other.opener_)), ended_(other.ended_) {}

BlobReader::~BlobReader() {
    if (file_ >= 0) ::close(file_);
}

Result<Bytes> BlobReader::next() {
    if (ended_) return Bytes();
    std::string sealed(crypto::stream_chunk_size + crypto::stream_overhead, '\0');
    std::size_t have = 0;
    while (have < sealed.size()) {
        auto const count = ::read(file_, sealed.data() + have, sealed.size() - have);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return io(errno);
        if (count == 0) break;
        have += static_cast<std::size_t>(count);
    }
    sealed.resize(have);
    auto const damaged = [] { return fail(Fault::Corrupt, "blob.damaged", "This file is damaged on the disk. Restore it from a backup."); };
    if (sealed.empty()) {
        ended_ = true;
        if (!opener_.finish()) return damaged();
        return Bytes();
    }
    auto plain = opener_.pull(sealed);
    if (!plain) return damaged();
    if (plain->empty()) return next();  // an empty last chunk: the file's end still has to be seen
    return std::move(*plain);
}

// --- the directory -----------------------------------------------------------------------------------------------------

Result<Blobs> Blobs::open(std::string directory, Randomness& random, FileFaults* faults) {
    if (::mkdir(directory.c_str(), 0700) != 0 && errno != EEXIST) return io(errno);
    auto* const listing = ::opendir(directory.c_str());
    if (listing == nullptr) return io(errno);
    while (auto const* entry = ::readdir(listing)) {
        std::string_view const name = entry->d_name;
        if (name.size() == id_size + fresh_suffix.size() && name.ends_with(fresh_suffix) && is_id(name.substr(0, id_size))) {
            ::unlink((directory + "/" + std::string(name)).c_str());
        }
    }
    ::closedir(listing);
    return Blobs(std::move(directory), random, faults);
}

Result<BlobWriter> Blobs::write(crypto::Secret const& key) {
    std::string const id = to_hex(random_->bytes(id_size / 2));
    std::string const fresh = directory_ + "/" + id + std::string(fresh_suffix);
    int file = -1;
    int const error = attempt(faults_, FileOperation::Open, [&] { return file = ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600); });
    if (error != 0) return io(error);
    BlobWriter writer(directory_, id, file, crypto::StreamSealer(key, *random_), faults_);
    SANJAL_DO(writer.write_out(writer.sealer_.header()));
    return writer;
}

Result<BlobReader> Blobs::read(std::string_view id, crypto::Secret const& key) {
    if (!is_id(id)) return none();
    int const file = ::open((directory_ + "/" + std::string(id)).c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0) return errno == ENOENT ? none() : io(errno);
    std::string header(crypto::stream_header_size, '\0');
    auto const count = ::read(file, header.data(), header.size());
    header.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
    auto opener = crypto::StreamOpener::start(key, header);
    if (!opener) {
        ::close(file);
        return fail(Fault::Corrupt, "blob.damaged", "This file is damaged on the disk. Restore it from a backup.");
    }
    return BlobReader(file, std::move(*opener));
}

Result<std::int64_t> Blobs::stored_size(std::string_view id) const {
    struct stat info {};
    if (!is_id(id) || ::stat((directory_ + "/" + std::string(id)).c_str(), &info) != 0) return none();
    return static_cast<std::int64_t>(info.st_size);
}

Result<std::vector<std::string>> Blobs::older_than(std::chrono::seconds age) const {
    auto* const listing = ::opendir(directory_.c_str());
    if (listing == nullptr) return io(errno);
    std::vector<std::string> all;
    std::int64_t const limit = std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch() - age).count();
    while (auto const* entry = ::readdir(listing)) {
        struct stat info {};
        if (is_id(entry->d_name) && ::stat((directory_ + "/" + entry->d_name).c_str(), &info) == 0 && static_cast<std::int64_t>(info.st_mtime) <= limit) all.emplace_back(entry->d_name);
    }
    ::closedir(listing);
    std::sort(all.begin(), all.end());
    return all;
}

Result<void> Blobs::remove(std::string_view id) {
    if (!is_id(id)) return none();
    std::string const path = directory_ + "/" + std::string(id);
    int const error = attempt(faults_, FileOperation::Remove, [&] { return ::unlink(path.c_str()); });
    if (error == ENOENT) return {};
    if (error != 0) return io(error);
    if (int const synced = sync_directory(faults_, directory_); synced != 0) return io(synced);
    return {};
}

}  // namespace sanjal::store
