// links: sanjal_crypto
// Merkle proofs from strangers.  A tree is grown from the input and its proofs are made, then changed as the input says:
// what is not the right proof for the right numbers must not verify.  Also stored edges of a tree.

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "crypto/merkle.h"

using namespace sanjal;

namespace {

// A tree of 300 leaves, grown once.
struct Tree {
    std::vector<Bytes> leaves;
    std::vector<Bytes> roots{crypto::empty_root()};
    std::map<std::pair<unsigned, std::uint64_t>, Bytes> nodes;
    crypto::Lookup lookup = [this](unsigned level, std::uint64_t index) -> Result<Bytes> { return nodes.at({level, index}); };

    Tree() {
        crypto::Frontier frontier;
        for (int i = 0; i < 300; ++i) {
            leaves.push_back(crypto::leaf_hash(std::to_string(i)));
            frontier.append(leaves.back(), [this](unsigned level, std::uint64_t index, Bytes const& hash) { nodes[{level, index}] = hash; });
            roots.push_back(frontier.root());
        }
    }
};

struct Reader {
    std::string_view rest;
    std::uint64_t number(unsigned bytes) {
        std::uint64_t value = 0;
        for (; bytes > 0 && !rest.empty(); --bytes) {
            value = (value << 8U) | static_cast<unsigned char>(rest.front());
            rest.remove_prefix(1);
        }
        return value;
    }
};

// Changes the path as the input says; answers whether it is still the same path.
void change(std::vector<Bytes>& path, Reader& reader) {
    for (auto steps = reader.number(1) % 4; steps > 0; --steps) {
        auto const what = reader.number(1) % 5;
        auto const at = path.empty() ? 0 : reader.number(1) % path.size();
        if (what == 0) path.emplace_back(reader.rest.substr(0, 32));
        if (path.empty()) continue;
        if (what == 1) path[at][reader.number(1) % path[at].size()] ^= static_cast<char>(reader.number(1));
        if (what == 2) path.erase(path.begin() + static_cast<std::ptrdiff_t>(at));
        if (what == 3) std::swap(path[at], path[reader.number(1) % path.size()]);
        if (what == 4) path.insert(path.begin(), path[at]);
        for (auto& hash : path) {
            if (hash.empty()) hash = "x";
        }
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    static Tree const tree;
    Reader reader{{reinterpret_cast<char const*>(data), size}};
    auto const kind = reader.number(1) % 4;
    if (kind == 0) {
        auto const n = 1 + reader.number(2) % 300;
        auto const index = reader.number(2) % n;
        auto const right = crypto::inclusion_path(index, n, tree.lookup).value();
        auto path = right;
        change(path, reader);
        auto const claimed_index = reader.number(1) % 4 == 0 ? reader.number(2) : index;
        auto const claimed_size = reader.number(1) % 4 == 0 ? reader.number(2) : n;
        bool const good = crypto::verify_inclusion(tree.leaves[index], claimed_index, claimed_size, path, tree.roots[n]);
        if (path == right && claimed_index == index && claimed_size == n) {
            SANJAL_CHECK(good);
        } else if (claimed_size == n) {
            SANJAL_CHECK(!good);  // another size may, for a leaf on the left, have a path of the same shape to the same root
        }
    } else if (kind == 1) {
        auto const n = 1 + reader.number(2) % 300;
        auto const m = 1 + reader.number(2) % n;
        auto const right = crypto::consistency_path(m, n, tree.lookup).value();
        auto path = right;
        change(path, reader);
        auto const other = reader.number(2) % 301;
        bool const good = crypto::verify_consistency(m, n, tree.roots[m], tree.roots[n], path);
        SANJAL_CHECK(good == (path == right));
        if (other != m) SANJAL_CHECK(!crypto::verify_consistency(m, n, tree.roots[other], tree.roots[n], right));
        if (other != n && m != n) SANJAL_CHECK(!crypto::verify_consistency(m, n, tree.roots[m], tree.roots[other], right));
    } else if (kind == 2) {
        // Any numbers at all, up to the largest.
        auto const a = reader.number(8);
        auto const b = reader.number(8);
        std::vector<Bytes> path;
        while (reader.rest.size() >= 32) {
            path.emplace_back(reader.rest.substr(0, 32));
            reader.rest.remove_prefix(32);
        }
        Bytes const leaf(32, 'l');
        Bytes const root(32, 'r');
        SANJAL_CHECK(!crypto::verify_inclusion(leaf, a, b, path, root));
        if (a != 0) SANJAL_CHECK(!crypto::verify_consistency(a, b, leaf, root, path));
    } else if (auto const frontier = crypto::Frontier::parse(reader.rest)) {
        SANJAL_CHECK(frontier->serialise() == reader.rest);
        SANJAL_CHECK(frontier->root().size() == 32);
        if (frontier->size() < UINT64_MAX) {
            auto next = *frontier;
            next.append(crypto::leaf_hash("next"));
            SANJAL_CHECK(next.size() == frontier->size() + 1 && next.root() != frontier->root());
        }
    }
    return 0;
}
