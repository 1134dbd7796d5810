#include "crypto/password.h"

#include <thread>
#include <vector>

#include "crypto/vectors_for_test.h"

namespace sanjal::crypto {
namespace {

constexpr PasswordParameters cheap{64, 1};

}  // namespace

TEST_CASE("The right password gives the same key, a wrong one gives none, and the record gives neither away") {
    SeededRandom random(1);
    auto const made = make_password("correct horse battery", cheap, random).value();
    CHECK(check_password("correct horse battery", made.record).value().view() == made.key.view());
    for (auto const* wrong : {"", "correct horse batterY", "correct horse battery "}) {
        auto const refused = check_password(wrong, made.record);
        REQUIRE_FALSE(refused.has_value());
        CHECK(refused.error().fault == Fault::Unsigned);
    }
    CHECK(made.record.verifier != made.key.view());
    auto const second = make_password("correct horse battery", cheap, random).value();
    CHECK(second.record.salt != made.record.salt);
    CHECK(second.key.view() != made.key.view());
    CHECK_FALSE(check_password("anything", unopenable_record(cheap)).has_value());
}

TEST_CASE("A record is written and read the same, and keeps its own cost") {
    SeededRandom random(2);
    auto const made = make_password("a", {128, 2}, random).value();
    auto const text = made.record.to_text();
    CHECK(text.starts_with("argon2id$m=128,t=2$"));
    auto const back = PasswordRecord::parse(text);
    REQUIRE(back.has_value());
    CHECK(back->to_text() == text);
    CHECK(check_password("a", *back).value().view() == made.key.view());
    auto dearer = *back;
    dearer.parameters.passes = 3;
    CHECK_FALSE(check_password("a", dearer).has_value());
    std::string const salt = "AAAAAAAAAAAAAAAAAAAAAA";
    std::string const verifier(43, 'A');
    REQUIRE(PasswordRecord::parse("argon2id$m=8,t=1$" + salt + "$" + verifier).has_value());
    for (auto const& bad : std::vector<std::string>{
             "", "argon2id", "argon2i$m=8,t=1$" + salt + "$" + verifier, "argon2id$m=7,t=1$" + salt + "$" + verifier,
             "argon2id$m=8,t=0$" + salt + "$" + verifier, "argon2id$m=8,t=17$" + salt + "$" + verifier,
             "argon2id$m=4294967295,t=1$" + salt + "$" + verifier, "argon2id$m=99999999999,t=1$" + salt + "$" + verifier,
             "argon2id$m=08,t=1$" + salt + "$" + verifier, "argon2id$m=,t=1$" + salt + "$" + verifier, "argon2id$m=8,t=$" + salt + "$" + verifier,
             "argon2id$m=-8,t=1$" + salt + "$" + verifier, "argon2id$m=8,t=1$" + salt.substr(2) + "$" + verifier,
             "argon2id$m=8,t=1$" + salt + "$" + verifier.substr(1), "argon2id$m=8,t=1$" + salt + "$" + verifier + "$",
             "argon2id$m=8,t=1$" + salt + "$" + verifier + "A"}) {
        CHECK_FALSE_MESSAGE(PasswordRecord::parse(bad).has_value(), bad);
    }
}

TEST_CASE("Costs out of bounds and endless passwords are refused before any work") {
    SeededRandom random(3);
    CHECK(make_password("a", {7, 1}, random).error().code == "password.parameters");
    CHECK(make_password("a", {4 * 1024 * 1024, 1}, random).error().code == "password.parameters");
    CHECK(make_password("a", {64, 0}, random).error().code == "password.parameters");
    CHECK(make_password("a", {64, 17}, random).error().code == "password.parameters");
    CHECK(make_password(std::string(1025, 'a'), cheap, random).error().code == "password.too_long");
    CHECK(make_password(std::string(1024, 'a'), cheap, random).has_value());
}

TEST_CASE("Many at once take turns and all come right") {
    SeededRandom random(4);
    auto const made = make_password("shared", cheap, random).value();
    std::vector<std::thread> threads;
    std::vector<int> right(8, 0);
    for (std::size_t i = 0; i < right.size(); ++i) {
        threads.emplace_back([&, i] {
            for (int round = 0; round < 5; ++round) right[i] += check_password("shared", made.record).has_value() ? 1 : 0;
        });
    }
    for (auto& thread : threads) thread.join();
    for (int count : right) CHECK(count == 5);
}

}  // namespace sanjal::crypto
