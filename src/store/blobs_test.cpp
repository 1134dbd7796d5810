#include "store/blobs.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "base/folder_for_test.h"

using namespace sanjal;
using namespace sanjal::store;
namespace files = std::filesystem;

namespace {

using Folder = FolderForTest;

std::string pattern(std::size_t size) {
    std::string text(size, '\0');
    for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>(i * 31 + i / 997);
    return text;
}

Result<std::string> whole(Blobs& blobs, std::string_view id, crypto::Secret const& key) {
    SANJAL_TRY(auto reader, blobs.read(id, key));
    std::string all;
    while (true) {
        SANJAL_TRY(auto const piece, reader.next());
        if (piece.empty()) return all;
        all += piece;
    }
}

Result<BlobWritten> keep(Blobs& blobs, crypto::Secret const& key, std::string_view text, std::size_t piece) {
    SANJAL_TRY(auto writer, blobs.write(key));
    for (std::size_t at = 0; at < text.size(); at += piece) SANJAL_DO(writer.append(text.substr(at, piece)));
    return writer.finish();
}

}  // namespace

TEST_CASE("a blob comes back as it went in, whatever its size and the pieces it came in") {
    Folder const folder;
    SystemRandom random;
    auto blobs = Blobs::open(folder.path + "/blobs", random);
    REQUIRE(blobs);
    auto const key = crypto::Secret::generate(random);
    for (std::size_t const size : {std::size_t{0}, std::size_t{1}, crypto::stream_chunk_size - 1, crypto::stream_chunk_size, crypto::stream_chunk_size + 1, 3 * crypto::stream_chunk_size,
                                   std::size_t{700'001}}) {
        for (std::size_t const piece : {std::size_t{1000}, std::size_t{65536}, std::size_t{1'000'000}}) {
            CAPTURE(size);
            CAPTURE(piece);
            std::string const text = pattern(size);
            auto const written = keep(*blobs, key, text, piece);
            REQUIRE(written);
            CHECK(written->size == static_cast<std::int64_t>(size));
            CHECK(written->sha256 == crypto::sha256(text));
            auto const back = whole(*blobs, written->id, key);
            REQUIRE(back);
            CHECK(*back == text);
        }
    }
}

TEST_CASE("a blob that was changed, cut short, lengthened or opened with another key is never shown as whole") {
    Folder const folder;
    SystemRandom random;
    auto blobs = Blobs::open(folder.path, random);
    REQUIRE(blobs);
    auto const key = crypto::Secret::generate(random);
    auto const written = keep(*blobs, key, pattern(200'000), 4096);
    REQUIRE(written);
    std::string const path = folder.path + "/" + written->id;
    std::string sealed;
    {
        std::ifstream in(path, std::ios::binary);
        sealed.assign(std::istreambuf_iterator<char>(in), {});
    }
    CHECK(sealed.find(pattern(200'000).substr(1000, 64)) == std::string::npos);
    auto const put = [&](std::string const& bytes) { std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes; };
    CHECK(!whole(*blobs, written->id, crypto::Secret::generate(random)));
    for (std::size_t const at : {std::size_t{0}, std::size_t{30}, sealed.size() / 2, sealed.size() - 1}) {
        auto changed = sealed;
        changed[at] = static_cast<char>(changed[at] ^ 1);
        put(changed);
        CHECK(!whole(*blobs, written->id, key));
    }
    std::size_t const chunk = crypto::stream_chunk_size + crypto::stream_overhead;
    for (std::size_t const size : {std::size_t{0}, std::size_t{10}, crypto::stream_header_size, crypto::stream_header_size + chunk, crypto::stream_header_size + 2 * chunk, sealed.size() - 1}) {
        put(sealed.substr(0, size));
        CHECK(!whole(*blobs, written->id, key));
    }
    put(sealed + "x");
    CHECK(!whole(*blobs, written->id, key));
    put(sealed);
    CHECK(whole(*blobs, written->id, key));
}

TEST_CASE("whichever operation on the files fails, once or for good, there is a clear answer, nothing half, and no leftover") {
    SystemRandom random;
    auto const key = crypto::Secret::generate(random);
    std::string const text = pattern(150'000);
    for (int const error : {ENOSPC, EIO}) {
        for (auto const lasting : {FileFaults::Lasting::Once, FileFaults::Lasting::ForGood}) {
            bool reached_end = false;
            for (std::int64_t nth = 1; !reached_end; ++nth) {
                Folder const folder;
                FileFaults faults;
                auto blobs = Blobs::open(folder.path, random, &faults);
                REQUIRE(blobs);
                faults.fail(nth, error, lasting);
                auto const written = keep(*blobs, key, text, 10'000);
                reached_end = faults.failed() == 0;
                CAPTURE(nth);
                CHECK(written.has_value() == reached_end);
                if (!written) {
                    CHECK(written.error().fault == (error == ENOSPC ? Fault::Full : Fault::Io));
                    CHECK(folder.count() == 0);
                }
                faults.heal();
                auto const again = keep(*blobs, key, text, 10'000);
                REQUIRE(again);
                CHECK(*whole(*blobs, again->id, key) == text);
            }
        }
    }
}

TEST_CASE("what a crash left half-written is gone at the next start, and only that") {
    Folder const folder;
    SystemRandom random;
    auto const key = crypto::Secret::generate(random);
    std::string id;
    {
        auto blobs = Blobs::open(folder.path, random);
        REQUIRE(blobs);
        id = keep(*blobs, key, "whole", 10)->id;
    }
    std::ofstream(folder.path + "/" + std::string(32, 'a') + ".new") << "half";
    std::ofstream(folder.path + "/notes.txt") << "somebody's";
    auto blobs = Blobs::open(folder.path, random);
    REQUIRE(blobs);
    CHECK(folder.count() == 2);
    CHECK(*whole(*blobs, id, key) == "whole");
    CHECK(blobs->remove(id));
    CHECK(blobs->remove(id));
    CHECK(whole(*blobs, id, key).error().code == "blob.none");
    CHECK(blobs->read("../../etc/passwd", key).error().code == "blob.none");
}
