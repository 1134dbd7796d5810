#pragma once
// The Merkle tree of RFC 6962 (the same in RFC 9162, section 2): hashes, the frontier that grows, and proofs made and
// checked.  Not a store: hashes of complete subtrees come from the caller's lookup, and signed heads are note.h's.

#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

#include "base/bytes.h"

namespace sanjal::crypto {

Bytes leaf_hash(std::string_view entry);                          // SHA-256(0x00 || entry)
Bytes node_hash(std::string_view left, std::string_view right);   // SHA-256(0x01 || left || right)
Bytes empty_root();                                               // SHA-256 of nothing

// The hash of the complete subtree of 2^level leaves that starts at leaf index * 2^level.  Level 0 are the leaf hashes.
using Lookup = std::function<Result<Bytes>(unsigned level, std::uint64_t index)>;
using NodeSink = std::function<void(unsigned level, std::uint64_t index, Bytes const& hash)>;

// The roots of the complete subtrees of a tree of size() leaves: all that is needed to append and to tell the root.
class Frontier {
public:
    // `completed`, where given, is told every complete subtree that this leaf finishes, the leaf itself (level 0) first:
    // each exactly once over the tree's life, which is what a Lookup has to be able to answer.
    void append(std::string_view leaf_hash, NodeSink const& completed = {});
    [[nodiscard]] std::uint64_t size() const { return size_; }
    [[nodiscard]] Bytes root() const;

    [[nodiscard]] Bytes serialise() const;  // size (8 bytes, big-endian), then the hashes, largest subtree first
    static Result<Frontier> parse(std::string_view bytes);
    static Result<Frontier> at(std::uint64_t size, Lookup const& lookup);

private:
    std::uint64_t size_ = 0;
    std::vector<Bytes> peaks_;  // largest subtree first
};

// Proofs, in RFC 9162's order (nearest the leaf first).  An Error comes from the lookup, or says that index < size or
// m <= n does not hold.
Result<std::vector<Bytes>> inclusion_path(std::uint64_t index, std::uint64_t size, Lookup const& lookup);
Result<std::vector<Bytes>> consistency_path(std::uint64_t m, std::uint64_t n, Lookup const& lookup);
Result<Bytes> root_at(std::uint64_t size, Lookup const& lookup);

// Whether the proof shows it; any foreign numbers and bytes may be given.
bool verify_inclusion(std::string_view leaf_hash, std::uint64_t index, std::uint64_t size, std::vector<Bytes> const& path,
                      std::string_view root);
// m == 0 shows nothing and is true only with an empty path and the empty tree's root.
bool verify_consistency(std::uint64_t m, std::uint64_t n, std::string_view root_m, std::string_view root_n,
                        std::vector<Bytes> const& path);

}  // namespace sanjal::crypto
