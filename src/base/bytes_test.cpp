#include "base/bytes.h"

#include <doctest/doctest.h>

#include "base/id.h"
#include "base/random.h"
#include "base/time.h"

using namespace sanjal;

TEST_CASE("base64url gives back what it was given, and refuses everything that is not its one form") {
    SeededRandom random(7);
    for (std::size_t size = 0; size < 70; ++size) {
        Bytes const bytes = random.bytes(size);
        CHECK(from_base64url(to_base64url(bytes)).value() == bytes);
        CHECK(from_base64(to_base64(bytes)).value() == bytes);
        CHECK(from_hex(to_hex(bytes)).value() == bytes);
    }
    CHECK(to_base64url("\xfb\xff") == "-_8");
    for (std::string_view const wrong : {"A", "AA=", "AB", "A+AA", "AA==", "AAA\n"}) CHECK_MESSAGE(!from_base64url(wrong), wrong);
    for (std::string_view const wrong : {"0", "0G", "AB"}) CHECK_MESSAGE(!from_hex(wrong), wrong);
}

TEST_CASE("text is UTF-8 or it is refused") {
    CHECK(is_utf8("রীনা দাস 王秀英"));
    for (std::string_view const wrong : {"\x80", "\xc0\x80", "\xe0\x80\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xf0\x80\x80\x80", "\xc2"}) CHECK(!is_utf8(wrong));
    CHECK(!is_utf8(std::string_view("a\0b", 3)));
}

TEST_CASE("a time has a day that exists and an offset, and is written as it was meant") {
    int offset = 0;
    auto const moment = parse_instant("2026-11-21T16:05+05:30", &offset);
    REQUIRE(moment);
    CHECK(offset == 330);
    CHECK(format_instant(*moment) == "2026-11-21T10:35:00Z");
    CHECK(format_instant(*moment, 330) == "2026-11-21T16:05:00+05:30");
    CHECK(format_instant(*parse_instant("2026-11-21T16:05:07.25Z")) == "2026-11-21T16:05:07.250Z");
    for (std::string_view const wrong : {"2026-02-30T10:00Z", "2026-13-01T10:00Z", "2026-11-21T24:00Z", "2026-11-21T10:00", "2026-11-21 10:00Z", "2026-11-21T10:00Zx",
                                         "2026-11-21T10:00:60Z", "2026-11-21T10:00+5:30", "0000-00-00T00:00Z", ""}) {
        CHECK_MESSAGE(!parse_instant(wrong), wrong);
    }
}

TEST_CASE("a new id is a UUIDv7 that sorts by its time") {
    SeededRandom random(1);
    std::string const early = new_uuid(instant_of(1700000000000), random);
    std::string const late = new_uuid(instant_of(1700000000001), random);
    CHECK(is_uuid(early));
    CHECK(early < late);
    CHECK(!is_uuid("0192f000-0000-4000-8000-000000000000"));
    CHECK(!is_uuid("0192F000-0000-7000-8000-000000000000"));
    CHECK(!is_uuid("x"));
}
