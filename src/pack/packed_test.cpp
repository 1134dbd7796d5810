#include "pack/packed.h"

#include <doctest/doctest.h>
#include <zlib.h>

#include "crypto/hash.h"

using namespace sanjal;

namespace {

// A pack of nearly nothing, whose hash is right whatever it says.
Json hashed(Json document) {
    document.erase("sha256");
    document.set("sha256", to_hex(crypto::sha256(write_json_sorted(document))));
    return document;
}

Json small(std::string title) {
    Json zone = Json::list();
    zone.push_back(Json::object({{"offset_minutes", 330}}));
    Json week = Json::list();
    week.push_back("mon");
    Json const calendar = Json::object({{"zone", std::move(zone)}, {"week", std::move(week)}});
    return hashed(Json::object({{"name", "small"}, {"version", 1}, {"title", std::move(title)}, {"steps", Json::object({{"z_first", 1}, {"a_second", 2}})},
                                {"calendars", Json::object({{"default", calendar}})}}));
}

pack::Pack made(Json document) {
    auto pack = pack::Pack::from_json(std::move(document));
    INFO((pack ? std::string() : pack.error().message));
    REQUIRE(pack);
    return std::move(*pack);
}

std::string compressed(pack::Pack const& pack) {
    auto text = pack::compress(pack);
    REQUIRE(text);
    return std::move(*text);
}

// The code with which it is refused.
std::string refusal(std::string_view text, std::string_view reference) {
    auto const read = pack::decompress(text, reference);
    if (read) return "taken";
    CHECK(read.error().fault == Fault::Corrupt);
    CHECK(!read.error().message.empty());
    return read.error().code;
}

// A stream of zlib by hand: stored blocks, so that no compressor is needed to say what this is (RFC 1950, RFC 1951 section 3.2.4).
Bytes stored(std::string_view content, bool right_sum = true) {
    Bytes bytes = "\x78\x01";
    std::uint32_t a = 1, b = 0;
    for (unsigned char const c : content) {
        a = (a + c) % 65521U;
        b = (b + a) % 65521U;
    }
    REQUIRE(content.size() < 65536);
    auto const size = static_cast<std::uint16_t>(content.size());
    auto const put = [&](unsigned value) { bytes.push_back(static_cast<char>(static_cast<unsigned char>(value & 0xffU))); };
    put(1);
    put(size);
    put(size >> 8U);
    put(static_cast<unsigned>(~size));
    put(static_cast<unsigned>(~size) >> 8U);
    bytes += content;
    std::uint32_t const sum = (b << 16U | a) + (right_sum ? 0U : 1U);
    for (unsigned shift = 32; shift > 0; shift -= 8) put(sum >> (shift - 8U));
    return bytes;
}

}  // namespace

TEST_CASE("a pack comes out of its entry as it went in, its steps in their order") {
    auto const pack = made(small("Small"));
    auto const read = pack::decompress(compressed(pack), pack.reference());
    REQUIRE(read);
    CHECK(read->reference() == pack.reference());
    CHECK(write_json(read->document) == write_json(pack.document));
}

TEST_CASE("India's pack in five languages fits an entry three times over") {
    auto loaded = pack::load_pack("packs/in");
    REQUIRE(loaded);
    auto const pack = made(std::move(loaded->document));
    auto const text = compressed(pack);
    MESSAGE("plain " << write_json(pack.document).size() << " bytes, in the entry " << text.size());
    CHECK(text.size() * 3 < (std::size_t{1} << 20U));
    CHECK(pack::decompress(text, pack.reference()).has_value());
}

TEST_CASE("whoever compressed it: what counts is the document") {
    auto const pack = made(small("Small"));
    CHECK(pack::decompress(to_base64url(stored(write_json(pack.document))), pack.reference()).has_value());
}

TEST_CASE("a compressed pack that was cut short, altered or lengthened is refused at every byte") {
    auto const pack = made(small("Small"));
    auto const whole = *from_base64url(compressed(pack));
    for (std::size_t size = 0; size < whole.size(); ++size) {
        CAPTURE(size);
        CHECK(refusal(to_base64url(std::string_view(whole).substr(0, size)), pack.reference()) == "pack.compressed");
    }
    CHECK(refusal(to_base64url(whole + '\0'), pack.reference()) == "pack.compressed");
    CHECK(refusal(to_base64url(whole + whole), pack.reference()) == "pack.compressed");
    CHECK(refusal(to_base64url(stored(write_json(pack.document), false)), pack.reference()) == "pack.compressed");
    CHECK(refusal(to_base64url(write_json(pack.document)), pack.reference()) == "pack.compressed");
    CHECK(refusal("not base64url!", pack.reference()) == "pack.compressed");
    // A stream that needs a dictionary (RFC 1950: FDICT).
    CHECK(refusal(to_base64url(Bytes("\x78\xbb\x00\x00\x00\x01", 6) + whole.substr(2)), pack.reference()) == "pack.compressed");
}

TEST_CASE("what swells beyond 16 MiB is refused before it is there, and one byte less is read") {
    auto const zeros = made(small(std::string(std::size_t{1} << 20U, '0')));
    auto const bytes = *from_base64url(compressed(zeros));
    auto const size = write_json(zeros.document).size();
    CHECK(bytes.size() * 500 < size);
    CHECK(pack::inflate(bytes, size).has_value());
    auto const over = pack::inflate(bytes, size - 1);
    REQUIRE(!over);
    CHECK(over.error().code == "pack.swells");
    std::string const zero(pack::document_bytes_max + 1, '0');
    auto room = compressBound(static_cast<uLong>(zero.size()));
    Bytes bomb(room, '\0');
    REQUIRE(compress2(reinterpret_cast<Bytef*>(bomb.data()), &room, reinterpret_cast<Bytef const*>(zero.data()), static_cast<uLong>(zero.size()), 9) == Z_OK);
    bomb.resize(room);
    CHECK(bomb.size() < 20000);
    CHECK(refusal(to_base64url(bomb), zeros.reference()) == "pack.swells");
    Json big = small("Small");
    big.set("title", std::string(pack::document_bytes_max, '0'));
    auto const too_large = pack::compress(made(hashed(std::move(big))));
    REQUIRE(!too_large);
    CHECK(too_large.error().fault == Fault::TooLarge);
}

TEST_CASE("a document that is not the one its hash or the entry names is refused") {
    auto const pack = made(small("Small"));
    auto const other = made(small("Other"));
    CHECK(refusal(compressed(other), pack.reference()) == "pack.other_hash");
    CHECK(refusal(compressed(pack), "small@2#" + std::string(pack.document.text_at("sha256"))) == "pack.other_hash");
    CHECK(refusal(compressed(pack), "") == "pack.other_hash");
    Json altered = pack.document;
    altered.set("title", "Altered");
    CHECK(refusal(to_base64url(stored(write_json(altered))), pack.reference()) == "pack.damaged");
    CHECK(refusal(to_base64url(stored("[]")), pack.reference()) == "pack.damaged");
    CHECK(refusal(to_base64url(stored("{\"name\":")), pack.reference()) == "pack.compressed");
    CHECK(refusal(to_base64url(stored("")), pack.reference()) == "pack.compressed");
}
