#include "crypto/oprf.h"

#include <cstdlib>
#include <sstream>

#include "crypto/vectors_for_test.h"

namespace sanjal::crypto {
namespace {

using test::hex;
using test::vectors;

std::vector<Bytes> list(Json const& of, std::string const& name) {
    std::vector<Bytes> out;
    std::istringstream text{std::string(of.text_at(name))};
    for (std::string part; std::getline(text, part, ',');) out.push_back(hex(part));
    return out;
}

oprf::Scalar scalar(std::string_view bytes) {
    auto out = oprf::Scalar::from_bytes(bytes);
    REQUIRE(out.has_value());
    return std::move(*out);
}

oprf::Element element(std::string_view bytes) {
    auto out = oprf::Element::from_bytes(bytes);
    REQUIRE(out.has_value());
    return *out;
}

// One case as RFC 9497's appendix A writes it: every value on the way, not only the last.
void check_case(Json const& suite, Json const& one, oprf::Mode mode, oprf::Scalar const& key) {
    auto const inputs = list(one, "Input");
    auto const blinds = list(one, "Blind");
    auto const blinded = list(one, "BlindedElement");
    auto const evaluated = list(one, "EvaluationElement");
    auto const outputs = list(one, "Output");
    REQUIRE(!inputs.empty());
    REQUIRE(outputs.size() == inputs.size());
    std::vector<oprf::Element> sent, answered;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
        auto const blind = scalar(blinds[i]);
        auto const out = oprf::blind(inputs[i], blind, mode);
        REQUIRE(out.has_value());
        CHECK(out->bytes() == blinded[i]);
        sent.push_back(*out);
        answered.push_back(oprf::evaluate(key, *out));
        CHECK(answered.back().bytes() == evaluated[i]);
        CHECK(oprf::output(inputs[i], oprf::unblind(blind, answered.back())) == outputs[i]);
        auto const alone = oprf::evaluate_alone(key, inputs[i], mode);
        REQUIRE(alone.has_value());
        CHECK(*alone == outputs[i]);
    }
    if (mode == oprf::Mode::Oprf) return;
    auto const& proof = *one.find("Proof");
    auto const expected = hex(proof.text_at("proof"));
    CHECK(oprf::prove_with(key, sent, answered, scalar(hex(proof.text_at("r")))) == expected);
    CHECK(oprf::proves(element(hex(suite.text_at("pkSm"))), sent, answered, expected));
}

void check_suite(Json const& suite) {
    auto const mode = suite.find("mode")->integer() == 0 ? oprf::Mode::Oprf : oprf::Mode::Voprf;
    auto const key = oprf::derive_key(hex(suite.text_at("seed")), hex(suite.text_at("keyInfo")), mode);
    REQUIRE(key.has_value());
    CHECK(key->bytes() == hex(suite.text_at("skSm")));
    if (mode == oprf::Mode::Voprf) CHECK(oprf::public_key(*key).bytes() == hex(suite.text_at("pkSm")));
    for (auto const& one : suite.find("vectors")->items()) check_case(suite, one, mode, *key);
}

}  // namespace

TEST_CASE("Keys, blinded and evaluated elements, proofs and outputs are those of RFC 9497 for ristretto255-SHA512") {
    auto const all = vectors("rfc9497.json");
    REQUIRE(all.find("suites")->items().size() == 2);
    for (auto const& suite : all.find("suites")->items()) check_suite(suite);
}

TEST_CASE("Another library evaluates and proves as we do" * doctest::skip(std::getenv("SANJAL_OPRF_VECTORS") == nullptr)) {
    std::ifstream in(std::getenv("SANJAL_OPRF_VECTORS"), std::ios::binary);
    auto const all = parse_json(std::string(std::istreambuf_iterator<char>(in), {}));
    REQUIRE(all.has_value());
    REQUIRE(all->find("cases")->items().size() >= 20);
    for (auto const& one : all->find("cases")->items()) {
        auto const key = scalar(hex(one.text_at("key")));
        auto const blind = scalar(hex(one.text_at("blind")));
        auto const input = hex(one.text_at("input"));
        auto const sent = oprf::blind(input, blind, oprf::Mode::Voprf);
        REQUIRE(sent.has_value());
        CHECK(sent->bytes() == hex(one.text_at("blinded")));
        auto const answer = oprf::evaluate(key, *sent);
        CHECK(answer.bytes() == hex(one.text_at("evaluated")));
        CHECK(oprf::public_key(key).bytes() == hex(one.text_at("public")));
        CHECK(oprf::proves(oprf::public_key(key), {*sent}, {answer}, hex(one.text_at("proof"))));
        CHECK(oprf::output(input, oprf::unblind(blind, answer)) == hex(one.text_at("output")));
    }
}

TEST_CASE("Two keys in either order are one key that neither party holds") {
    SeededRandom random(7);
    auto const mine = oprf::Scalar::generate(random);
    auto const theirs = oprf::Scalar::generate(random);
    std::vector<Bytes> tags;
    for (auto const* first : {&mine, &theirs}) {
        auto const& second = first == &mine ? theirs : mine;
        auto const hidden = oprf::Scalar::generate(random);
        auto const sent = oprf::blind("a sound and a year", hidden, oprf::Mode::Voprf);
        REQUIRE(sent.has_value());
        auto const back = oprf::unblind(hidden, oprf::evaluate(second, *sent));
        tags.push_back(oprf::output("a sound and a year", oprf::evaluate(*first, back)));
    }
    CHECK(tags[0] == tags[1]);
    auto const alone = oprf::evaluate_alone(mine, "a sound and a year", oprf::Mode::Voprf);
    REQUIRE(alone.has_value());
    CHECK(*alone != tags[0]);
}

TEST_CASE("A proof holds for its key, elements and order, and for nothing else") {
    SeededRandom random(8);
    auto const key = oprf::Scalar::generate(random);
    auto const other = oprf::Scalar::generate(random);
    std::vector<oprf::Element> sent, answered;
    for (int i = 0; i < 5; ++i) {
        auto const one = oprf::blind("value " + std::to_string(i), oprf::Scalar::generate(random), oprf::Mode::Voprf);
        REQUIRE(one.has_value());
        sent.push_back(*one);
        answered.push_back(oprf::evaluate(key, *one));
    }
    auto const proof = oprf::prove(key, sent, answered, random);
    REQUIRE(proof.has_value());
    auto const shown = oprf::public_key(key);
    CHECK(oprf::proves(shown, sent, answered, *proof));
    CHECK_FALSE(oprf::proves(oprf::public_key(other), sent, answered, *proof));
    auto changed = answered;
    changed[3] = oprf::evaluate(other, sent[3]);
    CHECK_FALSE(oprf::proves(shown, sent, changed, *proof));
    changed = answered;
    std::swap(changed[0], changed[1]);
    CHECK_FALSE(oprf::proves(shown, sent, changed, *proof));
    for (std::size_t i = 0; i < proof->size(); ++i) {
        auto bent = *proof;
        bent[i] = static_cast<char>(bent[i] ^ 1);
        CHECK_FALSE(oprf::proves(shown, sent, answered, bent));
    }
    CHECK_FALSE(oprf::proves(shown, sent, answered, proof->substr(1)));
    CHECK_FALSE(oprf::proves(shown, {}, {}, *proof));
    changed.pop_back();
    CHECK_FALSE(oprf::proves(shown, sent, changed, *proof));
    CHECK(oprf::prove(key, {}, {}, random).error().code == "crypto.oprf_batch");
}

TEST_CASE("Points and numbers that are not of the group are refused") {
    CHECK_FALSE(oprf::Element::from_bytes(Bytes(32, '\0')).has_value());  // the identity
    CHECK_FALSE(oprf::Element::from_bytes(Bytes(32, '\xff')).has_value());
    CHECK_FALSE(oprf::Element::from_bytes(Bytes(31, '\1')).has_value());
    CHECK_FALSE(oprf::Scalar::from_bytes(Bytes(32, '\0')).has_value());
    CHECK_FALSE(oprf::Scalar::from_bytes(Bytes(32, '\xff')).has_value());
    // RFC 9496 appendix A.2: a field element that is not canonical, one that is negative, and one that is no square.
    for (auto const* bad : {"00ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
                            "0100000000000000000000000000000000000000000000000000000000000000",
                            "26948d35ca62e643e26a83177332e6b6afeb9d08e4268b650f1f5bbd8d81d371"})
        CHECK_FALSE(oprf::Element::from_bytes(hex(bad)).has_value());
    SeededRandom random(9);
    CHECK(oprf::blind(Bytes(65536, 'a'), oprf::Scalar::generate(random), oprf::Mode::Oprf).error().code == "crypto.oprf_input");
    CHECK(oprf::blind(Bytes(65535, 'a'), oprf::Scalar::generate(random), oprf::Mode::Oprf).has_value());
}

}  // namespace sanjal::crypto
