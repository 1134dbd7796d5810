#include "record/packs.h"

#include <doctest/doctest.h>

#include "pack/packed.h"

using namespace sanjal;

namespace {

pack::Pack bangladesh() {
    auto loaded = pack::load_pack("packs/bd");
    REQUIRE(loaded);
    auto made = pack::Pack::from_json(std::move(loaded->document));
    REQUIRE(made);
    return std::move(*made);
}

ledger::Entry loading(std::vector<ledger::Field> fields) {
    ledger::Entry entry;
    entry.fields = std::move(fields);
    return entry;
}

std::string learned(std::vector<ledger::Field> fields) {
    record::Packs packs;
    auto const learned = packs.learn(loading(std::move(fields)));
    if (!learned) return learned.error().code;
    CHECK(packs.in_force() == *learned);
    CHECK(packs.find((*learned)->reference()) == *learned);
    return "taken";
}

}  // namespace

TEST_CASE("the entry that loads a pack holds it compressed, and gives it back") {
    auto const pack = bangladesh();
    auto const fields = record::loading_fields(pack);
    REQUIRE(fields);
    std::size_t size = 0;
    for (auto const& field : *fields) size += write_json(field.value).size();
    CHECK(size * 3 < write_json(pack.document).size());
    CHECK(learned(*fields) == "taken");
}

TEST_CASE("an entry written before packs were compressed holds the document as it is, and is read for ever") {
    auto const pack = bangladesh();
    CHECK(learned({{"document", pack.document, "public"}, {"reference", pack.reference(), "public"}}) == "taken");
    Json altered = pack.document;
    altered.set("title", "Altered");
    CHECK(learned({{"document", altered, "public"}, {"reference", pack.reference(), "public"}}) == "pack.damaged");
}

TEST_CASE("an entry without its pack, with two, or with another than it names loads none") {
    auto const pack = bangladesh();
    auto const compressed = *pack::compress(pack);
    CHECK(learned({}) == "pack.lost");
    CHECK(learned({{"reference", pack.reference(), "public"}}) == "pack.lost");
    CHECK(learned({{"compressed", compressed, "public"}}) == "pack.lost");
    CHECK(learned({{"compressed", Json::list(), "public"}, {"reference", pack.reference(), "public"}}) == "pack.lost");
    CHECK(learned({{"compressed", compressed, "public"}, {"document", pack.document, "public"}, {"reference", pack.reference(), "public"}}) == "pack.lost");
    CHECK(learned({{"compressed", compressed, "public"}, {"reference", "bd@2#" + std::string(pack.document.text_at("sha256")), "public"}}) == "pack.other_hash");
}
