#include "match/meaning.h"

#include <algorithm>

#include "text/normalise.h"

namespace sanjal::match {

namespace {

struct Row {
    std::u32string_view word;
    std::u32string_view means;  // Latin words with spaces
};

constexpr Row rows[] = {
    {U"गाउँपालिका", U"rural municipality"}, {U"गाउपालिका", U"rural municipality"}, {U"गाउंपालिका", U"rural municipality"}, {U"गापा", U"rural municipality"},
    {U"नगरपालिका", U"municipality"}, {U"नपा", U"municipality"}, {U"महानगरपालिका", U"metropolitan city"}, {U"उपमहानगरपालिका", U"sub metropolitan city"},
    {U"प्रदेश", U"province"}, {U"जिल्ला", U"district"}, {U"जिला", U"district"}, {U"পৌরসভা", U"municipality"}, {U"সিটি", U"city"}, {U"কর্পোরেশন", U"corporation"},
    {U"জেলা", U"district"}, {U"জিলা", U"district"}, {U"ইউনিয়ন", U"union"}, {U"উত্তর", U"north"}, {U"দক্ষিণ", U"south"}, {U"দক্ষিন", U"south"}, {U"পূর্ব", U"east"}, {U"পশ্চিম", U"west"},
    {U"মধ্য", U"middle"}, {U"উত্তৰ", U"north"}, {U"পূব", U"east"}, {U"সদর", U"sadar"}, {U"पूर्वी", U"east"}, {U"पश्चिमी", U"west"},
};

using Entry = std::pair<std::u32string, std::vector<std::u32string>>;

std::vector<Entry> const& sorted() {
    static auto const table = [] {
        std::vector<Entry> out;
        for (auto const& row : rows) {
            std::vector<std::u32string> words(1);
            for (char32_t const c : row.means) {
                if (c == U' ') words.emplace_back();
                else words.back().push_back(c);
            }
            out.emplace_back(text::fold(text::encode(row.word)), std::move(words));
        }
        std::sort(out.begin(), out.end());
        return out;
    }();
    return table;
}

}  // namespace

std::vector<std::u32string> const& meanings_of(std::u32string_view word) {
    static std::vector<std::u32string> const none;
    if (word.size() < 3 || word[0] < 0x80) return none;
    auto const& table = sorted();
    auto const found = std::lower_bound(table.begin(), table.end(), word, [](Entry const& entry, std::u32string_view w) { return entry.first < w; });
    return found != table.end() && found->first == word ? found->second : none;
}

}  // namespace sanjal::match
