#pragma once
// The rows that could not be taken, as CSV: line, reason, and the row as it stood.  Made with the first of them, durable before
// the import is complete.  From the command line it is a file in DIR/imports; of an import that came over HTTP it is sealed like
// every other file of the node.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "app/house.h"

namespace sanjal::import {

class RefusedRows {
public:
    virtual ~RefusedRows() = default;
    Result<void> add(std::int64_t line, std::string const& reason, std::string_view raw);
    virtual Result<void> finish() = 0;
    [[nodiscard]] bool any() const { return any_; }

protected:
    virtual Result<void> write(std::string const& text) = 0;

private:
    bool any_ = false;
};

class RefusedFile final : public RefusedRows {
public:
    explicit RefusedFile(std::string path) : path_(std::move(path)) {}
    ~RefusedFile() override;
    RefusedFile(RefusedFile const&) = delete;
    RefusedFile& operator=(RefusedFile const&) = delete;
    Result<void> finish() override;
    [[nodiscard]] std::string path() const { return file_ < 0 ? std::string() : path_; }

private:
    Result<void> write(std::string const& text) override;
    Result<void> flush();
    [[nodiscard]] Result<void> broken() const;

    std::string path_;
    std::string buffer_;
    int file_ = -1;
};

class RefusedBlob final : public RefusedRows {
public:
    explicit RefusedBlob(app::House& house) : house_(house), key_(crypto::Secret::generate(house.random())) {}
    Result<void> finish() override;
    // After finish(), where any row was refused.
    [[nodiscard]] std::optional<store::BlobWritten> const& written() const { return written_; }
    [[nodiscard]] crypto::Secret const& key() const { return key_; }

private:
    Result<void> write(std::string const& text) override;

    app::House& house_;
    crypto::Secret key_;
    std::optional<store::BlobWriter> writer_;
    std::optional<store::BlobWritten> written_;
};

}  // namespace sanjal::import
