#pragma once
// An entry as the rest of the house sees it: one signed statement about one record, with those of its fields that are
// still there.  Its bytes are an SD-JWT (RFC 9901; docs/formats/entry.md); this struct is what they say, never the proof.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/time.h"

namespace sanjal::ledger {

// One disclosed statement of an entry.  `name` is a field of the record's type, or `field/element` for one element of a
// repeated field.
struct Field {
    std::string name;
    Json value;               // {"erased":true} where it was erased
    std::string sensitivity;  // the class of design.md section 2: operational, identity, contact, medical, ...
};

// The `head` disclosure: what every entry says of itself.
struct Head {
    std::string verb;                // "case.opened"
    std::string record;              // UUIDv7
    std::string actor;               // who wrote it, pseudonymous UUIDv7
    std::vector<std::string> after;  // ids of the newest entries about this record that the author had seen
    std::string pack;                // name@version#sha256
    std::string submission;          // UUIDv7 of the submission
    std::int64_t of = 1;             // how many entries the submission has
    std::int64_t sequence = 0;       // the signer's own count, from 1
};

struct Entry {
    std::int64_t position = 0;  // leaf index in this node's tree, from 0
    std::string id;             // base64url SHA-256 of the signed part
    std::string signer;         // iss: node or device
    std::string key;            // kid: thumbprint of the key that signed
    std::int64_t signed_at = 0; // iat, seconds, the signer's claim
    Instant received;           // when this node had it
    Head head;
    std::vector<Field> fields;  // sorted by name

    [[nodiscard]] Json const* field(std::string_view name) const {
        for (auto const& one : fields) {
            if (one.name == name) return &one.value;
        }
        return nullptr;
    }
    [[nodiscard]] std::string_view text(std::string_view name) const {
        auto const* json = field(name);
        return json != nullptr && json->is_text() ? std::string_view(json->text()) : std::string_view();
    }
};

// The class under which heads are sealed: they name no person and are never erased.
inline constexpr std::string_view head_class = "head";

Json to_json(Head const& head);
Result<Head> head_from_json(Json const& json);
// A disclosure that this node stored: [salt, name, value].
struct Statement {
    std::string name;
    Json value;
};
Result<Statement> parse_disclosure(std::string_view encoded);

}  // namespace sanjal::ledger
