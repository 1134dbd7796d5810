#pragma once
// Blob files: photos, scans, recordings.  Each has a random id, a key of its own that the caller keeps, and lies encrypted in
// chunks (libsodium's secretstream), so that any size goes through constant memory.  No deduplication: a blob belongs to one
// record, and destroying its key erases it.  Not the store of keys, and it does not know what a blob shows.

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/random.h"
#include "crypto/hash.h"
#include "crypto/seal.h"
#include "store/faults.h"

namespace sanjal::store {

struct BlobWritten {
    std::string id;
    std::int64_t size = 0;  // of the plain bytes
    Bytes sha256;           // of the plain bytes, 32 bytes
};

// One blob on its way in.  Until finish() has answered there is only a temporary file, and it goes with this object.
class BlobWriter {
public:
    BlobWriter(BlobWriter&& other) noexcept;
    BlobWriter& operator=(BlobWriter&&) = delete;
    ~BlobWriter();

    Result<void> append(std::string_view bytes);  // any number of bytes at a time
    Result<BlobWritten> finish();                 // durable on return: file synced, renamed, directory synced.  Once

private:
    friend class Blobs;
    BlobWriter(std::string directory, std::string id, int file, crypto::StreamSealer sealer, FileFaults* faults);
    Result<void> write_out(std::string_view sealed);
    void give_up();

    std::string directory_;
    std::string id_;
    int file_;
    crypto::StreamSealer sealer_;
    crypto::Sha256 hash_;
    FileFaults* faults_;
    std::string pending_;  // less than a chunk and one byte
    std::int64_t size_ = 0;
};

class BlobReader {
public:
    BlobReader(BlobReader&& other) noexcept;
    BlobReader& operator=(BlobReader&&) = delete;
    ~BlobReader();

    // The next plain bytes, at most a chunk; empty at the end.  Every chunk is authenticated before it is given, and a file
    // that was cut short is an Error at its end: so answer a court only after the empty one came.
    Result<Bytes> next();

private:
    friend class Blobs;
    BlobReader(int file, crypto::StreamOpener opener) : file_(file), opener_(std::move(opener)) {}
    int file_;
    crypto::StreamOpener opener_;
    bool ended_ = false;
};

class Blobs {
public:
    // Makes the directory where it is missing and removes the temporary files that a crash left.
    static Result<Blobs> open(std::string directory, Randomness& random, FileFaults* faults = nullptr);

    Result<BlobWriter> write(crypto::Secret const& key);  // a new blob with a new random id (32 hexadecimal digits)
    Result<BlobReader> read(std::string_view id, crypto::Secret const& key);
    [[nodiscard]] Result<std::int64_t> stored_size(std::string_view id) const;  // of the file, encrypted
    // Ids of files that were last written so long ago.
    [[nodiscard]] Result<std::vector<std::string>> older_than(std::chrono::seconds age) const;
    // Takes the file away; one that is not there is no Error.  What was on the disk is safe only by the loss of its key.
    Result<void> remove(std::string_view id);

private:
    Blobs(std::string directory, Randomness& random, FileFaults* faults)
        : directory_(std::move(directory)), random_(&random), faults_(faults) {}
    std::string directory_;
    Randomness* random_;
    FileFaults* faults_;
};

}  // namespace sanjal::store
