#pragma once
// Carries parcels from one node to another: sealed bytes with a name, nothing more.  It knows no field of a case, opens
// nothing and decides nothing; what stands in a parcel, and whether it may go, is for who hands it over.  A parcel may come
// late, twice or never; whoever takes it in must not mind.  One of the five seams: a story gives its own courier.

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"

namespace sanjal::sync {

inline constexpr std::size_t parcel_bytes_max = 256U << 20U;

struct Parcel {
    std::string to;     // node id
    std::string from;   // node id, as written on the outside: believed only once the parcel is opened
    std::string name;   // 32 hexadecimal digits; the same parcel has the same name however often it comes
    std::string bytes;  // sealed
};

class Courier {
public:
    virtual ~Courier() = default;
    // Durable, or an Error, on return.  Sending the same name again changes nothing.  Any thread.
    virtual Result<void> send(Parcel const& parcel) = 0;
    // Parcels for that node which were not yet acknowledged, oldest name first, at most `limit`.
    virtual Result<std::vector<Parcel>> collect(std::string_view node, std::size_t limit) = 0;
    // It was taken in, or set aside for good: it need not come again.
    virtual Result<void> acknowledge(Parcel const& parcel) = 0;
};

}  // namespace sanjal::sync
