#pragma once
// A courier by folder: a stick, a shared directory.  One file per parcel, `<to>/<from>.<name>.parcel`, whole or not there: it is
// written beside, synced and renamed.  Foreign files in the folder are left alone; a file that is too large is not read.

#include "base/result.h"
#include "sync/courier.h"

namespace sanjal::sync {

class FolderCourier final : public Courier {
public:
    explicit FolderCourier(std::string folder) : folder_(std::move(folder)) {}
    // Fault::Full "courier.disk_full", Io "courier.io", Invalid "courier.parcel" where names are not ones.
    Result<void> send(Parcel const& parcel) override;
    Result<std::vector<Parcel>> collect(std::string_view node, std::size_t limit) override;
    Result<void> acknowledge(Parcel const& parcel) override;

private:
    std::string folder_;
};

}  // namespace sanjal::sync
