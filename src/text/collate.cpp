#include "text/collate.h"

#include <unicode/coll.h>
#include <unicode/unistr.h>

#include <map>
#include <memory>

namespace sanjal::text {

std::string sort_key(std::string_view utf8, std::string_view language) {
    thread_local std::map<std::string, std::unique_ptr<icu::Collator>, std::less<>> collators;
    auto found = collators.find(language);
    if (found == collators.end()) {
        UErrorCode status = U_ZERO_ERROR;
        std::string const name(language);
        std::unique_ptr<icu::Collator> made(icu::Collator::createInstance(icu::Locale(name.c_str()), status));
        found = collators.emplace(name, std::move(made)).first;
    }
    auto const value = icu::UnicodeString::fromUTF8(icu::StringPiece(utf8.data(), static_cast<std::int32_t>(utf8.size())));
    if (!found->second) return std::string(utf8);
    std::int32_t const size = found->second->getSortKey(value, nullptr, 0);
    std::string key(static_cast<std::size_t>(size), '\0');
    found->second->getSortKey(value, reinterpret_cast<std::uint8_t*>(key.data()), size);
    if (!key.empty()) key.pop_back();  // ICU ends a key with a zero byte
    return key;
}

}  // namespace sanjal::text
