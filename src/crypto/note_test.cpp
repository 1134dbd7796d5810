#include "crypto/note.h"

#include "crypto/vectors_for_test.h"

namespace sanjal::crypto {

using test::vectors;

TEST_CASE("The note of golang.org/x/mod is made byte for byte, and verifies under its printed key") {
    auto const all = vectors("notes.json");
    auto const& peter = *all.find("peter");
    auto const signer = from_base64(peter.text_at("signer")).value();
    auto const key = SigningKey::from_seed(std::string_view(signer).substr(1)).value();
    CHECK(sign_note(peter.text_at("text"), "PeterNeumann", key) == peter.text_at("note"));
    auto const vkey = parse_vkey(peter.text_at("vkey"));
    REQUIRE(vkey.has_value());
    CHECK(vkey->key == key.public_key());
    CHECK(write_vkey("PeterNeumann", key.public_key()) == peter.text_at("vkey"));
    auto const note = parse_note(peter.text_at("note"));
    REQUIRE(note.has_value());
    CHECK(note->text == peter.text_at("text"));
    CHECK(verify_note(*note, vkey->name, vkey->key).has_value());
    CHECK(verify_note(*note, "EnochRoot", vkey->key).error().code == "note.not_signed");
    auto changed = *note;
    changed.text[3] = 'X';
    CHECK(verify_note(changed, vkey->name, vkey->key).error().code == "note.signature");
    changed = *note;
    changed.signatures.push_back(changed.signatures[0]);
    changed.signatures[1].signature[0] ^= 1;
    CHECK_MESSAGE(verify_note(changed, vkey->name, vkey->key).error().code == "note.signature", "one good signature does not excuse a bad one");
}

TEST_CASE("Printed keys of others are read and written back the same") {
    auto const all = vectors("notes.json");
    for (auto const& text : all.find("vkeys")->items()) {
        auto const key = parse_vkey(text.text());
        REQUIRE(key.has_value());
        CHECK(key->kind == NoteKind::Ed25519);
        CHECK(write_vkey(key->name, key->key, key->kind) == text.text());
    }
    for (auto const& text : all.find("cosigner_vkeys")->items()) {
        auto const key = parse_vkey(text.text());
        REQUIRE(key.has_value());
        CHECK(key->kind == NoteKind::Cosignature);
        CHECK(write_vkey(key->name, key->key, key->kind) == text.text());
        for (std::size_t at = 0; at < text.text().size(); ++at) {
            auto changed = text.text();
            changed[at] = changed[at] == 'B' ? 'C' : 'B';
            CHECK_FALSE(parse_vkey(changed).has_value());
        }
    }
    for (auto const* text : {"", "a", "a+b", "a+00000000+", "+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
                             "PeterNeumann+C74F20A3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
                             "PeterNeumann+c74f20a3+AhpcAQcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"}) {
        CHECK_FALSE(parse_vkey(text).has_value());
    }
}

TEST_CASE("The C2SP examples are read, and written back the same") {
    auto const all = vectors("notes.json");
    for (auto const& text : all.find("notes")->items()) {
        auto const note = parse_note(text.text());
        REQUIRE(note.has_value());
        CHECK(write_note(*note) == text.text());
    }
    auto const note = parse_note(all.find("notes")->items()[1].text()).value();
    auto const& expected = *all.find("checkpoint");
    auto const checkpoint = parse_checkpoint(note.text);
    REQUIRE(checkpoint.has_value());
    CHECK(checkpoint->origin == expected.text_at("origin"));
    CHECK(checkpoint->size == 20852163U);
    CHECK(to_base64(checkpoint->root) == expected.text_at("root"));
    CHECK(write_checkpoint(*checkpoint) == note.text);
    CHECK(note.signatures.size() == 2);
    CHECK(note.signatures[1].signature.size() == 72);
    CHECK(to_hex(note.signatures[1].signature.substr(0, 8)) == "00000000641850cb");  // 1679315147
}

TEST_CASE("A cosignature says when, and fails for another text, key, name or second") {
    SeededRandom random(1);
    auto const log = SigningKey::generate(random);
    auto const cosigner = SigningKey::generate(random);
    auto const text = write_checkpoint({"node/1", 42, random.bytes(32), {}});
    Note note{text, {note_signature(text, "node/1", log), cosign(text, "peer", cosigner, 1700000000)}};
    auto const back = parse_note(write_note(note));
    REQUIRE(back.has_value());
    CHECK(verify_note(*back, "node/1", log.public_key()).has_value());
    CHECK(verify_cosignature(*back, "peer", cosigner.public_key()).value() == 1700000000);
    CHECK(verify_cosignature(*back, "other", cosigner.public_key()).error().code == "note.not_signed");
    CHECK(verify_cosignature(*back, "node/1", log.public_key()).error().code == "note.not_signed");
    CHECK_MESSAGE(!verify_note(*back, "peer", cosigner.public_key()), "a cosignature is not a signature of the log");
    auto changed = note;
    changed.signatures[1].signature[7] ^= 1;
    CHECK(verify_cosignature(changed, "peer", cosigner.public_key()).error().code == "note.signature");
    changed = note;
    changed.text = write_checkpoint({"node/1", 43, random.bytes(32), {}});
    CHECK(verify_cosignature(changed, "peer", cosigner.public_key()).error().code == "note.signature");
    changed = note;
    changed.signatures[1].signature.pop_back();
    CHECK_FALSE(verify_cosignature(changed, "peer", cosigner.public_key()).has_value());
    changed = note;
    changed.signatures.push_back(cosign(text, "peer", cosigner, 1700000600));
    CHECK_MESSAGE(verify_cosignature(changed, "peer", cosigner.public_key()).value() == 1700000600, "the newest counts");
}

TEST_CASE("What is not a signed note is refused") {
    std::string const sig = "\xE2\x80\x94 name AAAAAAECAwQ=\n";
    REQUIRE(parse_note("text\n\n" + sig).has_value());
    REQUIRE(parse_note("two\n\nparts\n\n" + sig + sig).has_value());
    std::string many = "text\n\n";
    for (int i = 0; i < 101; ++i) many += sig;
    for (auto const& bytes : std::vector<std::string>{
             "", "\n", "text", "text\n", "text\n\n", "text\n" + sig, "text\n\n" + sig.substr(0, sig.size() - 1), "text\r\n\n" + sig,
             std::string("te\0xt\n\n", 7) + sig, "te\x01xt\n\n" + sig, "te\xFFxt\n\n" + sig, "text\n\n- name AAAAAAECAwQ=\n",
             "text\n\n\xE2\x80\x94name AAAAAAECAwQ=\n", "text\n\n\xE2\x80\x94 name\n", "text\n\n\xE2\x80\x94 name \n",
             "text\n\n\xE2\x80\x94  AAAAAAECAwQ=\n", "text\n\n\xE2\x80\x94 na me AAAAAAECAwQ=\n", "text\n\n\xE2\x80\x94 na+me AAAAAAECAwQ=\n",
             "text\n\n\xE2\x80\x94 na\xC2\xA0me AAAAAAECAwQ=\n", "text\n\n\xE2\x80\x94 name AAAAAA==\n", "text\n\n\xE2\x80\x94 name AAAAAAECAwQ\n",
             "text\n\n\xE2\x80\x94 name AAAAAAECAwR=\n", "text\n\n\xE2\x80\x94 name AAAAAAECAwQ= \n", "text\n\n" + sig + "\n", "text\n\n" + sig + "more\n",
             many, "text\n\n" + std::string(2000000, 'a') + "\n"}) {
        CHECK_FALSE_MESSAGE(parse_note(bytes).has_value(), bytes.substr(0, 60));
    }
}

TEST_CASE("What is not a checkpoint is refused") {
    std::string const root = to_base64(Bytes(32, 'r'));
    REQUIRE(parse_checkpoint("o\n0\n" + root + "\n").has_value());
    REQUIRE(parse_checkpoint("o\n9223372036854775807\n" + root + "\nmore\n").value().extensions.size() == 1);
    for (auto const& text : std::vector<std::string>{
             "", "o\n", "o\n1\n", "o\n1\n" + root, "\n1\n" + root + "\n", "o\n01\n" + root + "\n", "o\n-1\n" + root + "\n", "o\n+1\n" + root + "\n",
             "o\n1 \n" + root + "\n", "o\n\n" + root + "\n", "o\n9223372036854775808\n" + root + "\n", "o\n18446744073709551616\n" + root + "\n",
             "o\n0x1\n" + root + "\n", "o\n1\n" + root.substr(0, 40) + "\n", "o\n1\n" + root.substr(0, 43) + "\n", "o\n1\n" + root + "\n\n",
             "o\r\n1\n" + root + "\n", "o\n1\n" + root + "\nx\n\n", "\xFF\n1\n" + root + "\n"}) {
        CHECK_FALSE_MESSAGE(parse_checkpoint(text).has_value(), text);
    }
}

}  // namespace sanjal::crypto
