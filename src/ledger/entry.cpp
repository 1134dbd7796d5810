#include "ledger/entry.h"

#include "base/bytes.h"
#include "base/id.h"

namespace sanjal::ledger {

Json to_json(Head const& head) {
    Json after = Json::list();
    for (auto const& id : head.after) after.push_back(id);
    return Json::object({{"do", head.verb},
                         {"rec", head.record},
                         {"by", head.actor},
                         {"aft", std::move(after)},
                         {"pck", head.pack},
                         {"txn", head.submission},
                         {"of", head.of},
                         {"seq", head.sequence}});
}

Result<Head> head_from_json(Json const& json) {
    auto const refuse = [] { return fail(Fault::Invalid, "entry.head", "The head of this entry is not one: see docs/formats/entry.md."); };
    if (!json.is_object() || json.members().size() != 8) return refuse();
    Head head;
    head.verb = json.text_at("do");
    head.record = json.text_at("rec");
    head.actor = json.text_at("by");
    head.pack = json.text_at("pck");
    head.submission = json.text_at("txn");
    head.of = json.integer_at("of");
    head.sequence = json.integer_at("seq");
    auto const* after = json.find("aft");
    if (after == nullptr || !after->is_list() || after->items().size() > 64) return refuse();
    for (auto const& id : after->items()) {
        if (!id.is_text() || id.text().size() != 43) return refuse();
        head.after.push_back(id.text());
    }
    if (head.verb.find('.') == std::string::npos || head.verb.size() > 80 || !is_uuid(head.record) || !is_uuid(head.actor) ||
        !is_uuid(head.submission) || head.of < 1 || head.sequence < 1 || json.find("pck") == nullptr) {
        return refuse();
    }
    return head;
}

Result<Statement> parse_disclosure(std::string_view encoded) {
    SANJAL_TRY(auto const bytes, from_base64url(encoded));
    SANJAL_TRY(auto json, parse_json(bytes));
    if (!json.is_list() || json.items().size() != 3 || !json.items()[1].is_text()) {
        return fail(Fault::Invalid, "entry.disclosure", "A disclosure of this entry is not one.");
    }
    return Statement{json.items()[1].text(), std::move(json.items()[2])};
}

}  // namespace sanjal::ledger
