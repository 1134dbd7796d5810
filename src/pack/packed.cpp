#include "pack/packed.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <limits>
#include <memory>

namespace sanjal::pack {
namespace {

constexpr std::size_t depth_max = 64;
constexpr std::size_t step_bytes = std::size_t{64} << 10U;

tl::unexpected<Error> not_whole() {
    return fail(Fault::Corrupt, "pack.compressed", "The entry that loaded a pack does not hold it as one whole compressed text. Take the ledger from where it is whole: a backup, or the node that wrote it.");
}

}  // namespace

Result<Bytes> inflate(std::string_view bytes, std::size_t most) {
    if (bytes.size() > std::numeric_limits<uInt>::max()) return not_whole();
    z_stream stream{};
    if (inflateInit(&stream) != Z_OK) return fail(Fault::Internal, "pack.memory", "There is not enough memory to read a pack. Close other programs and try again.");
    std::unique_ptr<z_stream, decltype(&inflateEnd)> const guard(&stream, inflateEnd);
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
    stream.avail_in = static_cast<uInt>(bytes.size());
    Bytes all;
    std::array<char, step_bytes> step{};
    for (int state = Z_OK; state != Z_STREAM_END;) {
        stream.next_out = reinterpret_cast<Bytef*>(step.data());
        stream.avail_out = static_cast<uInt>(step.size());
        state = ::inflate(&stream, Z_NO_FLUSH);
        // Cut short: no input is left and nothing can come of it any more (Z_BUF_ERROR).  A dictionary nobody has: Z_NEED_DICT.
        if (state != Z_OK && state != Z_STREAM_END) return not_whole();
        std::size_t const got = step.size() - stream.avail_out;
        if (got > most - all.size()) return fail(Fault::Corrupt, "pack.swells", "The entry that loaded a pack swells to more than 16 MiB, which no pack has. It was not read.");
        all.append(step.data(), got);
    }
    if (stream.avail_in != 0) return not_whole();
    return all;
}

Result<std::string> compress(Pack const& pack) {
    std::string const text = write_json(pack.document);
    if (text.size() > document_bytes_max) return fail(Fault::TooLarge, "pack.too_large", "A compiled pack has at most 16 MiB.");
    auto size = compressBound(static_cast<uLong>(text.size()));
    Bytes bytes(size, '\0');
    if (compress2(reinterpret_cast<Bytef*>(bytes.data()), &size, reinterpret_cast<Bytef const*>(text.data()), static_cast<uLong>(text.size()), Z_BEST_COMPRESSION) != Z_OK) {
        return fail(Fault::Internal, "pack.memory", "There is not enough memory to compress a pack. Close other programs and try again.");
    }
    bytes.resize(size);
    return to_base64url(bytes);
}

Result<Pack> decompress(std::string_view text, std::string_view reference) {
    auto const bytes = from_base64url(text);
    if (!bytes) return not_whole();
    SANJAL_TRY(auto const whole, inflate(*bytes, document_bytes_max));
    auto document = parse_json(whole, {document_bytes_max, depth_max});
    if (!document) return not_whole();
    SANJAL_TRY(auto pack, Pack::from_json(std::move(*document)));
    if (pack.reference() != reference) return fail(Fault::Corrupt, "pack.other_hash", "The entry that loaded a pack holds another one than it names. Take the ledger from where it is whole: a backup, or the node that wrote it.");
    return pack;
}

}  // namespace sanjal::pack
