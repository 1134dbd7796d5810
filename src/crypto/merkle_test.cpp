#include "crypto/merkle.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <utility>

#include "base/random.h"
#include "crypto/vectors_for_test.h"

namespace sanjal::crypto {
namespace {

using test::hex;
using test::vectors;

// RFC 6962 2.1 as it is written there, without a thought for cost.
Bytes naive_root(std::vector<Bytes> const& leaves, std::size_t begin, std::size_t end) {
    if (begin == end) return empty_root();
    if (end - begin == 1) return leaves[begin];
    std::size_t k = 1;
    while (k * 2 < end - begin) k *= 2;
    return node_hash(naive_root(leaves, begin, begin + k), naive_root(leaves, begin + k, end));
}

struct Tree {
    std::vector<Bytes> leaves;
    std::map<std::pair<unsigned, std::uint64_t>, Bytes> nodes;
    Frontier frontier;

    void add(std::string_view entry) {
        leaves.push_back(leaf_hash(entry));
        frontier.append(leaves.back(), [this](unsigned level, std::uint64_t index, Bytes const& hash) {
            REQUIRE(nodes.emplace(std::pair(level, index), hash).second);  // each exactly once
        });
    }
    [[nodiscard]] Lookup lookup() const {
        return [this](unsigned level, std::uint64_t index) -> Result<Bytes> {
            auto const found = nodes.find({level, index});
            if (found == nodes.end()) return fail(Fault::NotFound, "test.no_node", "No such node.");
            return found->second;
        };
    }
};

std::vector<Bytes> hashes(Json const& list) {
    std::vector<Bytes> out;
    for (auto const& item : list.items()) out.push_back(hex(item.text()));
    return out;
}

}  // namespace

TEST_CASE("Leaves, subtrees, roots and proofs are those of the Certificate Transparency reference tree") {
    auto const all = vectors("rfc6962.json");
    CHECK(to_hex(empty_root()) == all.text_at("empty_root"));
    Tree tree;
    CHECK(tree.frontier.root() == empty_root());
    auto const& roots = all.find("roots")->items();
    for (std::size_t i = 0; i < roots.size(); ++i) {
        tree.add(hex(all.find("leaves")->items()[i].text()));
        CHECK(to_hex(tree.frontier.root()) == roots[i].text());
    }
    auto const& levels = all.find("nodes")->items();
    for (unsigned level = 0; level < levels.size(); ++level) {
        for (std::size_t i = 0; i < levels[level].items().size(); ++i) {
            CHECK(to_hex(tree.lookup()(level, i).value()) == levels[level].items()[i].text());
        }
    }
    for (auto const& proof : all.find("inclusion")->items()) {
        auto const index = static_cast<std::uint64_t>(proof.integer_at("index"));
        auto const size = static_cast<std::uint64_t>(proof.integer_at("size"));
        auto const path = hashes(*proof.find("path"));
        CHECK(inclusion_path(index, size, tree.lookup()).value() == path);
        CHECK(verify_inclusion(tree.leaves[index], index, size, path, hex(roots[size - 1].text())));
    }
    for (auto const& proof : all.find("consistency")->items()) {
        auto const m = static_cast<std::uint64_t>(proof.integer_at("m"));
        auto const n = static_cast<std::uint64_t>(proof.integer_at("n"));
        auto const path = hashes(*proof.find("path"));
        CHECK(consistency_path(m, n, tree.lookup()).value() == path);
        CHECK(verify_consistency(m, n, hex(roots[m - 1].text()), hex(roots[n - 1].text()), path));
    }
}

TEST_CASE("Every tree of 1 to 130 leaves has the root of the definition, and every proof in it holds and holds nowhere else") {
    Tree tree;
    std::vector<Bytes> roots{empty_root()};
    for (std::uint64_t size = 1; size <= 130; ++size) {
        tree.add("entry " + std::to_string(size));
        roots.push_back(naive_root(tree.leaves, 0, size));
        REQUIRE(tree.frontier.size() == size);
        REQUIRE(tree.frontier.root() == roots.back());
        auto const lookup = tree.lookup();
        REQUIRE(root_at(size, lookup).value() == roots.back());
        auto const again = Frontier::parse(tree.frontier.serialise());
        REQUIRE(again.has_value());
        REQUIRE(again->root() == roots.back());
        REQUIRE(Frontier::at(size, lookup).value().serialise() == tree.frontier.serialise());
        for (std::uint64_t index = 0; index < size; ++index) {
            auto const path = inclusion_path(index, size, lookup).value();
            REQUIRE(verify_inclusion(tree.leaves[index], index, size, path, roots[size]));
            REQUIRE_FALSE(verify_inclusion(tree.leaves[index], index + 1, size, path, roots[size]));
            if (index > 0) REQUIRE_FALSE(verify_inclusion(tree.leaves[index - 1], index, size, path, roots[size]));
            REQUIRE_FALSE(verify_inclusion(tree.leaves[index], index, size, path, roots[size - 1]));
        }
        for (std::uint64_t old = 0; old <= size; ++old) {
            auto const path = consistency_path(old, size, lookup).value();
            REQUIRE(verify_consistency(old, size, roots[old], roots[size], path));
            if (old > 0 && old < size) {
                REQUIRE_FALSE(verify_consistency(old, size, roots[old - 1], roots[size], path));
                REQUIRE_FALSE(verify_consistency(old, size, roots[old], roots[size - 1], path));
                auto longer = path;
                longer.push_back(roots[old]);
                REQUIRE_FALSE(verify_consistency(old, size, roots[old], roots[size], longer));
                auto shorter = path;
                shorter.pop_back();
                REQUIRE_FALSE(verify_consistency(old, size, roots[old], roots[size], shorter));
            }
        }
    }
}

TEST_CASE("Large trees: a random proof holds, and with one bit or one number changed it does not") {
    SeededRandom random(7);
    auto const number = [&](std::uint64_t below) {
        std::uint64_t value = 0;
        for (char c : random.bytes(8)) value = (value << 8U) | static_cast<unsigned char>(c);
        return value % below;
    };
    Tree tree;
    std::vector<Bytes> roots{empty_root()};
    for (int i = 0; i < 3000; ++i) {
        tree.add(random.bytes(20));
        roots.push_back(tree.frontier.root());
    }
    auto const lookup = tree.lookup();
    auto const flip = [&](Bytes& bytes) { bytes[number(bytes.size())] ^= static_cast<char>(1U << number(8)); };
    for (int round = 0; round < 3000; ++round) {
        auto const size = 1 + number(3000);
        auto const index = number(size);
        auto path = inclusion_path(index, size, lookup).value();
        REQUIRE(verify_inclusion(tree.leaves[index], index, size, path, roots[size]));
        if (!path.empty()) {
            flip(path[number(path.size())]);
            REQUIRE_FALSE(verify_inclusion(tree.leaves[index], index, size, path, roots[size]));
        }
        auto const old = 1 + number(size);
        auto proof = consistency_path(old, size, lookup).value();
        REQUIRE(verify_consistency(old, size, roots[old], roots[size], proof));
        if (!proof.empty()) {
            flip(proof[number(proof.size())]);
            REQUIRE_FALSE(verify_consistency(old, size, roots[old], roots[size], proof));
        }
    }
}

TEST_CASE("Proofs that nobody could have made are refused and nothing breaks") {
    auto const h = leaf_hash("a");
    std::vector<Bytes> const long_path(200, h);
    CHECK_FALSE(verify_inclusion(h, 0, 0, {}, h));
    CHECK(verify_inclusion(h, 0, 1, {}, h));
    CHECK_FALSE(verify_inclusion(h, 0, 1, {h}, h));
    CHECK_FALSE(verify_inclusion("short", 0, 1, {}, "short"));
    CHECK_FALSE(verify_inclusion(h, 0, UINT64_MAX, long_path, h));
    CHECK_FALSE(verify_inclusion(h, UINT64_MAX - 1, UINT64_MAX, long_path, h));
    CHECK_FALSE(verify_inclusion(h, 0, 2, {"short"}, h));
    CHECK_FALSE(verify_consistency(2, 1, h, h, {}));
    CHECK_FALSE(verify_consistency(1, 2, h, h, {}));
    CHECK_FALSE(verify_consistency(1, UINT64_MAX, h, h, long_path));
    CHECK_FALSE(verify_consistency(0, 1, h, h, {}));
    CHECK_FALSE(verify_consistency(0, 1, empty_root(), h, {h}));
    CHECK(verify_consistency(0, 1, empty_root(), h, {}));
    CHECK_FALSE(verify_consistency(0, 0, empty_root(), h, {}));
    CHECK_FALSE(verify_consistency(3, 3, h, h, {h}));
    CHECK_FALSE(verify_consistency(3, 3, "a", "a", {}));
    Tree tree;
    tree.add("a");
    CHECK_FALSE(inclusion_path(1, 1, tree.lookup()).has_value());
    CHECK_FALSE(inclusion_path(0, 2, tree.lookup()).has_value());
    CHECK_FALSE(consistency_path(2, 1, tree.lookup()).has_value());
    for (auto const& bytes : {Bytes(), Bytes(7, '\0'), Bytes(9, '\0'), Bytes(7, '\0') + '\1', Bytes(8, '\0') + Bytes(32, 'a')}) {
        CHECK_FALSE(Frontier::parse(bytes).has_value());
    }
    CHECK(Frontier::parse(Bytes(8, '\0')).value().root() == empty_root());
}

TEST_CASE("Proofs are accepted and refused as the public test data of transparency-dev says") {
    auto const all = vectors("transparency_dev.json");
    auto const number = [](Json const& of, char const* name) {
        std::string_view const text = of.text_at(name);
        std::uint64_t value = 0;
        REQUIRE(std::from_chars(text.data(), text.data() + text.size(), value).ec == std::errc());
        return value;
    };
    std::size_t right = 0;
    for (auto const& one : all.find("inclusion")->items()) {
        INFO("inclusion/", one.text_at("name"));
        CHECK(verify_inclusion(hex(one.text_at("leaf")), number(one, "index"), number(one, "size"), hashes(*one.find("path")), hex(one.text_at("root"))) ==
              one.bool_at("right"));
        right += one.bool_at("right") ? 1U : 0U;
    }
    for (auto const& one : all.find("consistency")->items()) {
        INFO("consistency/", one.text_at("name"));
        Bytes const root_m = hex(one.text_at("root_m"));
        // Stricter here in one thing: what has not the length of a hash is no root, also where two of them are equal.
        bool const expected = one.bool_at("right") && root_m.size() == 32;
        CHECK(verify_consistency(number(one, "m"), number(one, "n"), root_m, hex(one.text_at("root_n")), hashes(*one.find("path"))) == expected);
        right += one.bool_at("right") ? 1U : 0U;
    }
    CHECK(all.find("inclusion")->items().size() == 98);
    CHECK(all.find("consistency")->items().size() == 98);
    CHECK(right == 12);
}

}  // namespace sanjal::crypto
