#include "crypto/merkle.h"

#include <algorithm>
#include <bit>

#include "crypto/hash.h"
#include "crypto/internal.h"

namespace sanjal::crypto {
namespace {

std::uint64_t largest_power_below(std::uint64_t n) { return std::bit_floor(n - 1); }  // n > 1

// The hash of leaves begin to begin + count - 1, where begin is a multiple of the smallest power of two >= count: true of
// every range that RFC 6962's recursions ask for.
Result<Bytes> range_hash(std::uint64_t begin, std::uint64_t count, Lookup const& lookup) {
    if (std::has_single_bit(count)) {
        auto const level = static_cast<unsigned>(std::countr_zero(count));
        SANJAL_TRY(Bytes hash, lookup(level, begin >> level));
        if (hash.size() != hash_size) return fail(Fault::Corrupt, "tree.node", "A stored hash of the tree does not have 32 bytes.");
        return hash;
    }
    auto const left_count = largest_power_below(count);
    SANJAL_TRY(auto const left, range_hash(begin, left_count, lookup));
    SANJAL_TRY(auto const right, range_hash(begin + left_count, count - left_count, lookup));
    return node_hash(left, right);
}

bool all_hashes(std::vector<Bytes> const& path) {
    return path.size() <= 2 * 64 && std::all_of(path.begin(), path.end(), [](Bytes const& hash) { return hash.size() == hash_size; });
}

tl::unexpected<Error> out_of_range() {
    return fail(Fault::Invalid, "tree.range", "This proof was asked for leaves that the tree of that size does not have.");
}

Bytes hash_of(std::initializer_list<std::string_view> parts) {
    Bytes out(hash_size, '\0');
    internal::sha256_into(parts, internal::raw(out));
    return out;
}

}  // namespace

Bytes leaf_hash(std::string_view entry) { return hash_of({std::string_view("\0", 1), entry}); }
Bytes node_hash(std::string_view left, std::string_view right) { return hash_of({"\1", left, right}); }

Bytes empty_root() { return sha256({}); }

void Frontier::append(std::string_view leaf, NodeSink const& completed) {
    SANJAL_CHECK(leaf.size() == hash_size);
    peaks_.emplace_back(leaf);
    std::uint64_t index = size_;
    unsigned level = 0;
    if (completed) completed(level, index, peaks_.back());
    while ((index & 1U) != 0) {
        Bytes parent = node_hash(peaks_[peaks_.size() - 2], peaks_.back());
        peaks_.pop_back();
        peaks_.back() = std::move(parent);
        index >>= 1U;
        ++level;
        if (completed) completed(level, index, peaks_.back());
    }
    ++size_;
}

Bytes Frontier::root() const {
    if (peaks_.empty()) return empty_root();
    Bytes hash = peaks_.back();
    for (std::size_t i = peaks_.size() - 1; i-- > 0;) hash = node_hash(peaks_[i], hash);
    return hash;
}

Bytes Frontier::serialise() const {
    Bytes out;
    for (unsigned shift = 64; shift > 0; shift -= 8) out.push_back(static_cast<char>(size_ >> (shift - 8)));
    for (auto const& peak : peaks_) out += peak;
    return out;
}

Result<Frontier> Frontier::parse(std::string_view bytes) {
    Frontier frontier;
    for (std::size_t i = 0; i < std::min<std::size_t>(8, bytes.size()); ++i) {
        frontier.size_ = (frontier.size_ << 8U) | static_cast<unsigned char>(bytes[i]);
    }
    if (bytes.size() != 8 + static_cast<std::size_t>(std::popcount(frontier.size_)) * hash_size) {
        return fail(Fault::Corrupt, "tree.frontier", "The stored edge of the tree has a length that does not fit its size.");
    }
    for (std::size_t at = 8; at < bytes.size(); at += hash_size) frontier.peaks_.emplace_back(bytes.substr(at, hash_size));
    return frontier;
}

Result<Frontier> Frontier::at(std::uint64_t size, Lookup const& lookup) {
    Frontier frontier;
    frontier.size_ = size;
    for (std::uint64_t begin = 0, rest = size; rest != 0;) {
        auto const count = std::bit_floor(rest);
        SANJAL_TRY(Bytes hash, range_hash(begin, count, lookup));
        frontier.peaks_.push_back(std::move(hash));
        begin += count;
        rest -= count;
    }
    return frontier;
}

Result<Bytes> root_at(std::uint64_t size, Lookup const& lookup) {
    if (size == 0) return empty_root();
    return range_hash(0, size, lookup);
}

// RFC 6962 2.1.1, from the root down; the path is turned round at the end.
Result<std::vector<Bytes>> inclusion_path(std::uint64_t index, std::uint64_t size, Lookup const& lookup) {
    if (index >= size) return out_of_range();
    std::vector<Bytes> path;
    std::uint64_t begin = 0;
    for (std::uint64_t count = size; count > 1;) {
        auto const left = largest_power_below(count);
        bool const goes_left = index - begin < left;
        SANJAL_TRY(Bytes sibling, goes_left ? range_hash(begin + left, count - left, lookup) : range_hash(begin, left, lookup));
        path.push_back(std::move(sibling));
        if (!goes_left) begin += left;
        count = goes_left ? left : count - left;
    }
    std::reverse(path.begin(), path.end());
    return path;
}

// RFC 6962 2.1.2, the same way round.
Result<std::vector<Bytes>> consistency_path(std::uint64_t m, std::uint64_t n, Lookup const& lookup) {
    if (m > n) return out_of_range();
    std::vector<Bytes> path;
    if (m == 0 || m == n) return path;
    std::uint64_t begin = 0;
    std::uint64_t old_count = m;
    std::uint64_t count = n;
    bool known = true;  // the old tree's root is what the verifier has already
    while (old_count != count) {
        auto const left = largest_power_below(count);
        if (old_count <= left) {
            SANJAL_TRY(Bytes right, range_hash(begin + left, count - left, lookup));
            path.push_back(std::move(right));
            count = left;
        } else {
            SANJAL_TRY(Bytes whole, range_hash(begin, left, lookup));
            path.push_back(std::move(whole));
            begin += left;
            old_count -= left;
            count -= left;
            known = false;
        }
    }
    if (!known) {
        SANJAL_TRY(Bytes rest, range_hash(begin, count, lookup));
        path.push_back(std::move(rest));
    }
    std::reverse(path.begin(), path.end());
    return path;
}

// RFC 9162 2.1.3.2.
bool verify_inclusion(std::string_view leaf, std::uint64_t index, std::uint64_t size, std::vector<Bytes> const& path,
                      std::string_view root) {
    if (index >= size || leaf.size() != hash_size || !all_hashes(path)) return false;
    std::uint64_t at = index;
    std::uint64_t last = size - 1;
    Bytes hash(leaf);
    for (auto const& sibling : path) {
        if (last == 0) return false;
        if ((at & 1U) != 0 || at == last) {
            hash = node_hash(sibling, hash);
            while ((at & 1U) == 0 && at != 0) {
                at >>= 1U;
                last >>= 1U;
            }
        } else {
            hash = node_hash(hash, sibling);
        }
        at >>= 1U;
        last >>= 1U;
    }
    return last == 0 && hash == root;
}

// RFC 9162 2.1.4.2.
bool verify_consistency(std::uint64_t m, std::uint64_t n, std::string_view root_m, std::string_view root_n,
                        std::vector<Bytes> const& path) {
    if (m > n || root_m.size() != hash_size || root_n.size() != hash_size || !all_hashes(path)) return false;
    if (m == 0 && root_m != empty_root()) return false;
    if (m == n) return path.empty() && root_m == root_n;
    if (m == 0) return path.empty();
    if (path.empty()) return false;

    std::uint64_t at = m - 1;
    std::uint64_t last = n - 1;
    while ((at & 1U) != 0) {
        at >>= 1U;
        last >>= 1U;
    }
    bool const old_root_known = std::has_single_bit(m);
    Bytes old_hash = old_root_known ? Bytes(root_m) : path.front();
    Bytes new_hash = old_hash;
    for (std::size_t i = old_root_known ? 0 : 1; i < path.size(); ++i) {
        if (last == 0) return false;
        if ((at & 1U) != 0 || at == last) {
            old_hash = node_hash(path[i], old_hash);
            new_hash = node_hash(path[i], new_hash);
            while ((at & 1U) == 0 && at != 0) {
                at >>= 1U;
                last >>= 1U;
            }
        } else {
            new_hash = node_hash(new_hash, path[i]);
        }
        at >>= 1U;
        last >>= 1U;
    }
    return last == 0 && old_hash == root_m && new_hash == root_n;
}

}  // namespace sanjal::crypto
