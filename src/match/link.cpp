#include "match/link.h"

#include <algorithm>
#include <cmath>
#include <thread>

#include "base/result.h"
#include "match/index.h"
#include "text/normalise.h"

namespace sanjal::match {

namespace {

constexpr std::size_t learned_from = 400000;

// A place or number as one word; what stands in front of it tells the columns apart, so that each counts how rare its own are.
Part text_part(std::string_view text, bool is_number, std::size_t column) {
    Part part;
    part.script = text::Script::Other;
    std::string const key = text::search_key(text);
    std::u32string const letters = is_number ? number_key(text) : text::decode(key);
    if (!letters.empty()) part.letters = static_cast<char32_t>(0xE000 + column) + letters;
    for (char const c : key) {
        if (c >= 'a' && c <= 'z') part.latin.push_back(c);
    }
    return part;
}

}  // namespace

Linker::Linker(std::vector<Column> columns) : columns_(std::move(columns)), weights_(columns_.size()) { SANJAL_CHECK(columns_.size() <= columns_max); }

void Linker::begin_second() { second_from_ = count_; }

void Linker::add(std::vector<std::string> const& cells) {
    for (std::size_t k = 0; k < columns_.size(); ++k) {
        Cell out;
        out.at = static_cast<std::uint32_t>(words_.size());
        std::string const& text = k < cells.size() ? cells[k] : std::string();
        auto const put = [&](Part const& part) {
            if (part.letters.empty()) return;
            WordId const word = dictionary_.put(part);
            dictionary_.use(word);
            words_.push_back(word);
            ++out.count;
        };
        switch (columns_[k].kind) {
            case Kind::Name:
                if (dictionary_.find_plain(text, plain_)) {
                    for (auto const word : plain_) dictionary_.use(word);
                    words_.insert(words_.end(), plain_.begin(), plain_.end());
                    out.count = static_cast<std::uint16_t>(plain_.size());
                    break;
                }
                for (auto const& raw : split_name(text)) {
                    WordId word = 0;
                    if (!dictionary_.put(raw, word)) continue;
                    dictionary_.use(word);
                    words_.push_back(word);
                    ++out.count;
                }
                break;
            case Kind::Text: put(text_part(text, false, k)); break;
            case Kind::Number: put(text_part(text, true, k)); break;
            case Kind::Sex: {
                std::string const key = text::search_key(text);
                out.date = key.empty() ? 0 : static_cast<std::uint32_t>(key[0]);
                break;
            }
            case Kind::Birth: {
                std::string digits;
                for (char const c : text::latin_digits(text)) {
                    if (c >= '0' && c <= '9') digits.push_back(c);
                }
                if (digits.size() == 8) {
                    bool const year_first = !(text.size() == 10 && (text[2] == '/' || text[2] == '-' || text[2] == '.'));
                    if (!year_first) digits = digits.substr(4) + digits.substr(2, 2) + digits.substr(0, 2);
                    for (char const c : digits) out.date = out.date * 10 + static_cast<std::uint32_t>(c - '0');
                    out.year = static_cast<std::uint16_t>(out.date / 10000);
                } else if (Birth const birth = parse_birth(text, 20000); birth.is_known()) {
                    out.year = static_cast<std::uint16_t>(1970 + (birth.from + birth.to) / 2 / 365);
                }
                break;
            }
        }
        cells_.push_back(out);
    }
    ++count_;
}

std::vector<Linked> Linker::run(LinkOptions const& options) {
    flat_ = LinkWords(dictionary_, count_);
    auto const candidates = pairs(options);
    // Some hundred thousand are enough to learn from; where that is all of them, they are not compared twice.
    auto const some = compare_all(candidates, std::max<std::size_t>(1, candidates.size() / learned_from));
    learn(some);
    return score_all(candidates, some, options.least_bits);
}

std::vector<Linked> Linker::score_all(std::vector<Pair> const& pairs, Compared const& some, float least_bits) const {
    std::vector<Linked> parts[2];
    bool const known = some.patterns.size() == pairs.size();
    auto const work = [&](std::size_t half) {
        LikenessCache cache(flat_);
        std::array<float, columns_max> own{};
        std::size_t const to = (half + 1) * pairs.size() / 2;
        for (std::size_t i = half * pairs.size() / 2; i < to; ++i) {
            auto const a = static_cast<std::uint32_t>(pairs[i] >> 32U);
            auto const b = static_cast<std::uint32_t>(pairs[i]);
            float bits = 0;
            if (known) {
                bits = weigh(some.patterns[i], some.rare.data() + i * columns_.size());
            } else {
                fetch_ahead(pairs, i, 1);
                std::uint64_t const pattern = compare(a, b, cache, own.data());
                bits = weigh(pattern, own.data());
            }
            if (bits >= least_bits) parts[half].push_back({a, b, bits});
        }
    };
    std::thread other([&] { work(1); });
    work(0);
    other.join();
    parts[0].insert(parts[0].end(), parts[1].begin(), parts[1].end());
    return std::move(parts[0]);
}

Score Linker::explain(std::uint32_t a, std::uint32_t b) const {
    if (!explaining_) explaining_ = std::make_unique<LikenessCache>(flat_);
    std::array<float, columns_max> rare{};
    std::uint64_t const pattern = compare(a, b, *explaining_, rare.data());
    Score out;
    for (std::size_t k = 0; k < columns_.size(); ++k) {
        std::size_t const level = pattern >> (3 * k) & 7U;
        if (level >= levels_max) continue;
        bool const is_top = level + 1 == levels_of(k);
        Finding const finding = is_top ? Finding::Same : level >= 3 ? Finding::Close : level >= 1 ? Finding::Partly : Finding::Apart;
        out.add(columns_[k].field, finding, bits_of(k, level, rare[k]));
    }
    return out;
}

}  // namespace sanjal::match
