#include "table/encoding.h"

#include <algorithm>
#include <cstring>
#include <memory>

namespace sanjal::table {
namespace {

constexpr char not_utf8 = '\xFF';

// Windows-1252 from 0x80 to 0x9F (WHATWG Encoding); 0: no character.
constexpr char16_t high_1252[32] = {0x20AC, 0,      0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0, 0x017D, 0,
                                    0,      0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0, 0x017E, 0x0178};

void append(std::string& out, char32_t c) {
    auto const put = [&](char32_t bits) { out += static_cast<char>(static_cast<unsigned char>(bits)); };
    if (c < 0x80) {
        put(c);
    } else if (c < 0x800) {
        put(0xC0 | (c >> 6U));
        put(0x80 | (c & 0x3FU));
    } else if (c < 0x10000) {
        put(0xE0 | (c >> 12U));
        put(0x80 | ((c >> 6U) & 0x3FU));
        put(0x80 | (c & 0x3FU));
    } else {
        put(0xF0 | (c >> 18U));
        put(0x80 | ((c >> 12U) & 0x3FU));
        put(0x80 | ((c >> 6U) & 0x3FU));
        put(0x80 | (c & 0x3FU));
    }
}

class Decoder {
public:
    Decoder(ReadSome from, Encoding encoding) : from_(std::move(from)), encoding_(encoding) {}

    Result<std::size_t> read(char* buffer, std::size_t size) {
        while (at_ == out_.size() && !ended_) SANJAL_DO(fill());
        auto const take = std::min(size, out_.size() - at_);
        std::memcpy(buffer, out_.data() + at_, take);
        at_ += take;
        return take;
    }

private:
    Result<void> fill() {
        out_.clear();
        at_ = 0;
        char piece[16384];
        SANJAL_TRY(auto const count, from_(piece, sizeof piece));
        ended_ = count == 0;
        in_.append(piece, count);
        if (encoding_ == Encoding::Detect) {
            if (in_.size() < 2 && !ended_) return {};
            if (in_.compare(0, 2, "\xFF\xFE") == 0) encoding_ = Encoding::Utf16Little;
            else if (in_.compare(0, 2, "\xFE\xFF") == 0) encoding_ = Encoding::Utf16Big;
            else encoding_ = Encoding::Utf8;
        }
        switch (encoding_) {
            case Encoding::Windows1252: take_1252(); break;
            case Encoding::Utf16Little:
            case Encoding::Utf16Big: take_utf16(); break;
            default: out_.swap(in_);
        }
        return {};
    }
    void take_1252() {
        for (char const c : in_) {
            auto const byte = static_cast<unsigned char>(c);
            char32_t const is = byte >= 0x80 && byte < 0xA0 ? high_1252[byte - 0x80] : byte;
            if (is == 0 && byte != 0) out_ += not_utf8;
            else append(out_, is);
        }
        in_.clear();
    }
    void take_utf16() {
        std::size_t i = 0;
        auto const unit = [&](std::size_t where) {
            auto const first = static_cast<unsigned char>(in_[where]);
            auto const second = static_cast<unsigned char>(in_[where + 1]);
            return static_cast<char32_t>(encoding_ == Encoding::Utf16Little ? first | second << 8U : first << 8U | second);
        };
        while (i + 1 < in_.size()) {
            char32_t const first = unit(i);
            if (first >= 0xD800 && first < 0xDC00) {
                if (i + 3 >= in_.size() && !ended_) break;
                char32_t const second = i + 3 < in_.size() ? unit(i + 2) : 0;
                if (second >= 0xDC00 && second < 0xE000) {
                    append(out_, 0x10000 + ((first - 0xD800) << 10U) + (second - 0xDC00));
                    i += 4;
                    continue;
                }
                out_ += not_utf8;
            } else if (first >= 0xDC00 && first < 0xE000) {
                out_ += not_utf8;
            } else {
                append(out_, first);
            }
            i += 2;
        }
        in_.erase(0, i);
        if (ended_ && !in_.empty()) out_ += not_utf8;  // half a character at the end
        if (ended_) in_.clear();
    }

    ReadSome from_;
    Encoding encoding_;
    std::string in_;
    std::string out_;
    std::size_t at_ = 0;
    bool ended_ = false;
};

}  // namespace

std::optional<Encoding> encoding_of(std::string_view name) {
    if (name.empty()) return Encoding::Detect;
    if (name == "utf-8") return Encoding::Utf8;
    if (name == "utf-16le") return Encoding::Utf16Little;
    if (name == "utf-16be") return Encoding::Utf16Big;
    if (name == "windows-1252") return Encoding::Windows1252;
    return std::nullopt;
}

ReadSome as_utf8(ReadSome from, Encoding encoding) {
    auto decoder = std::make_shared<Decoder>(std::move(from), encoding);
    return [decoder](char* buffer, std::size_t size) { return decoder->read(buffer, size); };
}

}  // namespace sanjal::table
