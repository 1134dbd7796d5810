#include "pack/pack.h"

#include "crypto/hash.h"

namespace sanjal::pack {

Result<Pack> Pack::from_json(Json document) {
    auto const damaged = [] { return fail(Fault::Corrupt, "pack.damaged", "A compiled pack is not what it was when it was loaded."); };
    if (!document.is_object() || document.find("sha256") == nullptr || !document.find("sha256")->is_text()) return damaged();
    std::string const claimed = document.find("sha256")->text();
    Json content = document;
    content.erase("sha256");
    std::string const hash = to_hex(crypto::sha256(write_json_sorted(content)));
    if (hash != claimed) return damaged();
    Pack pack;
    auto const* calendars = document.find("calendars");
    pack.own_ = std::string(document.text_at("calendar", "default"));
    if (calendars == nullptr || calendars->find(pack.own_) == nullptr) return fail(Fault::Invalid, "pack.calendar", "This pack names no calendar.");
    for (auto const& [name, one] : calendars->members()) {
        SANJAL_TRY(pack.written_[name], rules::Calendar::parse(one));
    }
    pack.observe({});
    pack.reference_ = std::string(document.text_at("name")) + "@" + std::to_string(document.integer_at("version")) + "#" + hash;
    pack.document = std::move(document);
    return pack;
}

Json const* Pack::field(std::string_view type_name, std::string_view field_name) const {
    auto const* found = type(type_name);
    auto const* fields = found != nullptr ? found->find("fields") : nullptr;
    return fields != nullptr ? fields->find(field_name) : nullptr;
}

void Pack::observe(Holidays const& listed) {
    calendars_ = written_;
    for (auto& [name, calendar] : calendars_) {
        auto const days = listed.find(name);
        if (days != listed.end()) calendar.holidays.insert(days->second.begin(), days->second.end());
    }
}

rules::Calendar const& Pack::calendar(std::string_view name) const {
    auto const found = calendars_.find(name);
    return found != calendars_.end() ? found->second : calendar();
}

}  // namespace sanjal::pack
