#include "match/title.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "text/normalise.h"

namespace sanjal::match {

namespace {

struct Row {
    std::u32string_view word;
    Title title;
};

constexpr Title plain{};
constexpr Title woman{Sex::Female};
constexpr Title man{Sex::Male};
constexpr Title late{Sex::Unknown, true};
constexpr Title child{Sex::Unknown, false, Relation::ChildOf};
constexpr Title daughter{Sex::Female, false, Relation::ChildOf};
constexpr Title son{Sex::Male, false, Relation::ChildOf};
constexpr Title wife{Sex::Female, false, Relation::SpouseOf};
constexpr Title care{Sex::Unknown, false, Relation::CareOf};
constexpr Title woman_or_name{Sex::Female, false, Relation::None, true};
constexpr Title man_or_name{Sex::Male, false, Relation::None, true};
constexpr Title or_name{Sex::Unknown, false, Relation::None, true};
constexpr Title mohammad{Sex::Male, false, Relation::None, true, "mohammad"};
constexpr Title mosammat{Sex::Female, false, Relation::None, false, "mosammat"};

// Folded as text::fold gives them; relation words as their letters without strokes (d/o is "d", "o": see name.cpp).
constexpr Row rows[] = {
    {U"mr", man}, {U"mrs", wife}, {U"ms", woman}, {U"miss", woman}, {U"dr", plain}, {U"prof", plain}, {U"er", plain}, {U"adv", plain}, {U"capt", plain},
    {U"shri", man}, {U"shree", man}, {U"sri", or_name}, {U"shrimati", woman}, {U"smt", woman}, {U"sushri", woman}, {U"kum", woman}, {U"km", woman}, {U"late", late}, {U"lt", late},
    {U"md", mohammad}, {U"mohd", mohammad}, {U"mohammad", mohammad}, {U"mohammed", mohammad}, {U"muhammad", mohammad}, {U"muhammed", mohammad}, {U"mohamed", mohammad}, {U"mohammod", mohammad},
    {U"mohamad", mohammad},
    {U"mst", mosammat}, {U"most", mosammat}, {U"mosammat", mosammat}, {U"mosa", mosammat}, {U"mosamat", mosammat}, {U"musammat", mosammat},
    {U"alhaj", man}, {U"alhajj", man}, {U"haji", man}, {U"hazi", man}, {U"hajji", man}, {U"hajee", man}, {U"maulana", man}, {U"moulana", man}, {U"mawlana", man}, {U"kazi", or_name}, {U"hafez", man},
    {U"hon", plain}, {U"honorable", plain},
    {U"sir", man}, {U"u", man_or_name}, {U"daw", woman_or_name}, {U"ko", man_or_name}, {U"ma", woman_or_name}, {U"maung", man_or_name}, {U"naw", woman_or_name}, {U"saw", man_or_name},
    {U"nang", woman_or_name}, {U"nan", woman_or_name}, {U"sai", man_or_name}, {U"mi", woman_or_name}, {U"salai", man_or_name}, {U"mahn", man_or_name}, {U"ashin", man}, {U"sayadaw", man},
    {U"shaikh", or_name}, {U"sheikh", or_name}, {U"dasho", man}, {U"lyonpo", plain}, {U"aum", woman}, {U"ap", man},
    {U"daughter", daughter}, {U"son", son}, {U"wife", wife}, {U"alias", plain},
    {U"श्री", man}, {U"श्रीमती", woman}, {U"श्रीमति", woman}, {U"सुश्री", woman}, {U"कु", woman}, {U"स्व", late}, {U"स्वर्गीय", late}, {U"डा", plain}, {U"डॉ", plain}, {U"डॉक्टर", plain},
    {U"मा", plain}, {U"माननीय", plain}, {U"प्रा", plain}, {U"ई", plain}, {U"इ", plain},
    {U"मो", mohammad}, {U"मोहम्मद", mohammad}, {U"मोहमद", mohammad}, {U"मुहम्मद", mohammad}, {U"मोहम्मद", mohammad}, {U"मु", mohammad}, {U"मोसम्मात", mosammat}, {U"मुसम्मात", mosammat},
    {U"मोस्मात", mosammat}, {U"हाजी", man}, {U"स्वः", late}, {U"लेफ्टिनेन्ट", plain},
    {U"শ্রী", man}, {U"শ্রীমতী", woman}, {U"শ্রীমতি", woman}, {U"মোঃ", mohammad}, {U"মো", mohammad}, {U"মোহাম্মদ", mohammad}, {U"মোহাম্মাদ", mohammad}, {U"মুহাম্মদ", mohammad},
    {U"মুহাম্মাদ", mohammad}, {U"মহম্মদ", mohammad}, {U"মহঃ", mohammad}, {U"মুঃ", mohammad},
    {U"মোছাঃ", mosammat}, {U"মোসাঃ", mosammat}, {U"মোছা", mosammat}, {U"মোসা", mosammat}, {U"মোসাম্মৎ", mosammat}, {U"মোছাম্মৎ", mosammat}, {U"মোসাম্মত", mosammat}, {U"মোছাম্মত", mosammat},
    {U"মৃত", late}, {U"স্বৰ্গীয়", late}, {U"প্রয়াত", late}, {U"ডাঃ", plain}, {U"ড", plain}, {U"আলহাজ", man}, {U"আলহাজ্ব", man}, {U"হাজী", man}, {U"ডঃ", plain}, {U"শ্ৰী", man}, {U"শ্ৰীমতী", woman},
    {U"ဦး", man_or_name}, {U"ဒေါ်", woman_or_name}, {U"ကို", man_or_name}, {U"မ", woman_or_name}, {U"မောင်", man_or_name}, {U"နော်", woman_or_name}, {U"စော", man_or_name}, {U"နန်း", woman_or_name},
    {U"စိုင်း", man_or_name}, {U"မိ", woman_or_name}, {U"ဆလိုင်း", man_or_name}, {U"ဒေါက်တာ", plain}, {U"ဆရာတော်", man}, {U"အရှင်", man},
    {U"so", son}, {U"do", daughter}, {U"wo", wife}, {U"co", care},
    // "bin Salman" belongs to the name itself.
    {U"bin", man}, {U"ibn", man}, {U"binti", woman}, {U"bint", woman}, {U"binte", woman},
    {U"पुत्री", daughter}, {U"पुत्र", son}, {U"पत्नी", wife}, {U"স্বামী", wife}, {U"পিতা", child}, {U"পিং", child},
};

using Entry = std::pair<std::u32string, Title>;

// Folded as names are, and sorted once, for a search by halves.
std::vector<Entry> const& sorted() {
    static auto const table = [] {
        std::vector<Entry> out;
        for (auto const& row : rows) out.emplace_back(text::fold(text::encode(row.word)), row.title);
        std::sort(out.begin(), out.end(), [](auto const& a, auto const& b) { return a.first < b.first; });
        return out;
    }();
    return table;
}

}  // namespace

Title const* title_of(std::u32string_view word) {
    auto const& table = sorted();
    auto const found = std::lower_bound(table.begin(), table.end(), word, [](Entry const& row, std::u32string_view w) { return row.first < w; });
    return found != table.end() && found->first == word ? &found->second : nullptr;
}

}  // namespace sanjal::match
