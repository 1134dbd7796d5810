#include <doctest/doctest.h>

#include <map>

#include "base/id.h"
#include "crypto/sd_jwt.h"
#include "ledger/node_for_test.h"
#include "ledger/verify.h"

namespace {

using namespace sanjal;

using Folder = FolderForTest;
using Node = ledger::NodeForTest;
using ledger::record_id;
auto const master = ledger::master_for_test;

}  // namespace

TEST_CASE("an exported ledger verifies whole, in part, and after an erasure; what was erased cannot be read again") {
    Folder const folder;
    Node node(folder.path, true, master());
    REQUIRE(node.result);
    std::string const record = record_id();
    std::string const other = record_id();
    node.add(record, {{"name", "রীনা", "identity"}, {"phone", "98", "contact"}, {"hurt", "yes", "medical"}});
    for (int i = 0; i < 300; ++i) node.add(other, {{"note", i, "operational"}});

    auto const whole = ledger::verify_export(node.exported({}));
    INFO(whole.why, " ", whole.where);
    CHECK(whole.accepted);
    CHECK(whole.answer.integer_at("entries") == 306);
    auto const part = ledger::verify_export(node.exported({record}));
    INFO(part.why, " ", part.where);
    CHECK(part.accepted);
    CHECK(part.answer.integer_at("entries") == 5);

    ledger::Ledger::Erasure erasure{record, {"name"}, "asked for", {"a", "b"}, Json::object(), record_id(), "test@1#0", record_id()};
    REQUIRE(node.ledger->write([&](store::Transaction& tx) -> Result<void> {
        SANJAL_DO(node.ledger->erase(tx, erasure));
        return {};
    }));
    REQUIRE(node.ledger->destroy_erased());
    REQUIRE(node.main->read([&](store::Transaction& tx) -> Result<void> {
        SANJAL_TRY(auto const positions, node.ledger->positions_of_record(tx, record));
        SANJAL_TRY(auto const entry, node.ledger->read(tx, positions.front()));
        CHECK(entry.field("name") == nullptr);
        CHECK(entry.text("phone") == "98");
        CHECK(entry.text("hurt") == "yes");
        return {};
    }));
    auto const after = ledger::verify_export(node.exported({}));
    INFO(after.why, " ", after.where);
    CHECK(after.accepted);
    REQUIRE(node.main->read([&](store::Transaction& tx) -> Result<void> {
        SANJAL_TRY(auto const live, ledger::verify_live(tx, *node.ledger, 2, {}));
        INFO(live.why, " ", live.where);
        CHECK(live.sound);
        CHECK(live.answer.integer_at("size") == 307);
        return {};
    }));
}

TEST_CASE("a living ledger in which anything was changed or lost is not sound, and the finding names the entry") {
    Folder const folder;
    Node node(folder.path, true, master());
    REQUIRE(node.result);
    for (int i = 0; i < 5; ++i) node.add(record_id(), {{"note", i, "operational"}, {"name", "রীনা", "identity"}});
    auto const verdict = [&] {
        ledger::LiveVerdict found;
        REQUIRE(node.main->read([&](store::Transaction& tx) -> Result<void> {
            SANJAL_TRY(found, ledger::verify_live(tx, *node.ledger, 2, {}));
            return {};
        }));
        return found;
    };
    REQUIRE(verdict().sound);
    auto const in_store = [](store::Store& store, char const* sql) {
        REQUIRE(store.change([&](store::Transaction& tx) -> Result<void> {
            SANJAL_TRY(auto const rows, tx.run(sql));
            CHECK(rows > 0);
            return {};
        }));
    };
    struct Damage {
        char const* what;
        char const* sql;
        char const* mend;
        char const* where;
    };
    for (auto const& [what, sql, mend, where] : {
             Damage{"id", "update ledger_entry set id = id || 'x' where position = 6", "update ledger_entry set id = substr(id, 1, 43) where position = 6", "entry 6"},
             Damage{"order", "update ledger_entry set position = 100 where position = 6", "update ledger_entry set position = 6 where position = 100", "entry 6"},
             Damage{"sealed under another class", "update ledger_disclosure set class = 'contact' where position = 6 and class = 'identity'",
                    "update ledger_disclosure set class = 'identity' where position = 6 and class = 'contact'", "entry 6"},
             Damage{"head lost", "update ledger_disclosure set position = 100 where position = 6 and class = 'head'", "update ledger_disclosure set position = 6 where position = 100", "entry 6"},
             Damage{"last entry lost", "update ledger_entry set position = 100 where position = 9", "update ledger_entry set position = 9 where position = 100", "entry 9"}}) {
        CAPTURE(what);
        in_store(*node.main, sql);
        auto const found = verdict();
        CHECK(!found.sound);
        CHECK(found.where == where);
        CHECK(!found.why.empty());
        in_store(*node.main, mend);
        REQUIRE(verdict().sound);
    }
    // A key that is gone though nothing was erased is no erasure.
    REQUIRE(node.keys->destroy_slots({4}));
    auto const found = verdict();
    CHECK(!found.sound);
    CHECK(found.why.find("keys.db") != std::string::npos);
}

TEST_CASE("a work that is refused leaves neither rows nor gaps in the signer's count") {
    Folder const folder;
    Node node(folder.path, true, master());
    REQUIRE(node.result);
    auto const refused = node.ledger->write([&](store::Transaction& tx) -> Result<void> {
        ledger::Submission submission{record_id(), record_id(), "test@1#0", {}};
        submission.entries.push_back({"case.opened", record_id(), {{"note", "x", "operational"}}, std::nullopt, std::nullopt});
        SANJAL_DO(node.ledger->append(tx, submission));
        return fail(Fault::Invalid, "test.no", "No.");
    });
    CHECK(!refused);
    std::string const record = record_id();
    node.add(record, {{"note", "y", "operational"}});
    REQUIRE(node.main->read([&](store::Transaction& tx) -> Result<void> {
        SANJAL_TRY(auto const entry, node.ledger->read(tx, 5));
        CHECK(entry.head.record == record);
        CHECK(entry.head.sequence == 6);
        return {};
    }));
}

TEST_CASE("a ledger opens again, and refuses a database that is behind its head file") {
    Folder const folder;
    std::string const record = record_id();
    {
        Node node(folder.path, true, master());
        REQUIRE(node.result);
        node.add(record, {{"note", "1", "operational"}});
        REQUIRE(node.main->forget());
    }
    std::filesystem::copy_file(folder.path + "/ledger.db", folder.path + "/older.db");
    {
        Node node(folder.path, false, master());
        REQUIRE(node.result);
        node.add(record, {{"note", "2", "operational"}});
        REQUIRE(node.main->forget());
    }
    for (char const* rest : {"ledger.db-wal", "ledger.db-shm"}) std::filesystem::remove(folder.path + "/" + rest);
    std::filesystem::rename(folder.path + "/older.db", folder.path + "/ledger.db");
    Node behind(folder.path, false, master());
    REQUIRE(!behind.result);
    CHECK(behind.result.error().code == "ledger.behind_head");
}

TEST_CASE("a device's entries are leaves as they came, and only under its own key and actor") {
    Folder const folder;
    Node node(folder.path, true, master());
    REQUIRE(node.result);
    auto const key = crypto::SigningKey::generate(node.random);
    std::string const kid = crypto::thumbprint(key.public_key());
    std::string const actor = record_id();
    REQUIRE(node.ledger->write([&](store::Transaction& tx) -> Result<void> {
        ledger::Submission submission{record_id(), actor, "test@1#0", {}};
        submission.entries.push_back({"key.introduced", record_id(), {{"actor", actor, "operational"}, {"use", "device", "operational"}}, std::nullopt, crypto::to_jwk(key.public_key())});
        SANJAL_DO(node.ledger->append(tx, submission));
        return {};
    }));
    ledger::Head const head{"case.opened", record_id(), actor, {}, "test@1#0", record_id(), 1, 1};
    auto const issued = crypto::issue({kid, 1700000000, kid, std::nullopt}, {{"head", ledger::to_json(head)}, {"note", "typed offline"}}, key, node.random);
    REQUIRE(issued);
    std::string const compact = crypto::compact(issued->signed_part, issued->disclosures);
    auto const send = [&](std::string const& text, std::string const& by) {
        std::size_t count = 0;
        auto const sent = node.ledger->write([&](store::Transaction& tx) -> Result<void> {
            SANJAL_TRY(auto arrived, node.ledger->inspect(tx, text, by));
            SANJAL_TRY(auto const known, node.ledger->position_of(tx, arrived.entry.id));
            if (known) return {};
            for (auto& field : arrived.entry.fields) field.sensitivity = "operational";
            SANJAL_TRY(auto const entries, node.ledger->accept(tx, {std::move(arrived)}));
            count = entries.size();
            return {};
        });
        return std::pair(sent, count);
    };
    CHECK(!send(compact, record_id()).first);
    std::string tampered = compact;
    tampered[tampered.find('.') + 20] = tampered[tampered.find('.') + 20] == 'A' ? 'B' : 'A';
    CHECK(!send(tampered, actor).first);
    auto const first = send(compact, actor);
    CHECK(first.first);
    CHECK(first.second == 1);
    auto const again = send(compact, actor);
    CHECK(again.first);
    CHECK(again.second == 0);
    auto const verdict = ledger::verify_export(node.exported({}));
    INFO(verdict.why, " ", verdict.where);
    CHECK(verdict.accepted);
    CHECK(node.exported({}).find(issued->signed_part) != std::string::npos);
}

TEST_CASE("who read what becomes one row a quarter of an hour and one entry of many rows") {
    Folder const folder;
    Node node(folder.path, true, master());
    REQUIRE(node.result);
    std::string const actor = record_id();
    for (int i = 0; i < 7; ++i) node.ledger->note_access({actor, "r1", "work", "read"});
    node.ledger->note_access({actor, "list", "work", "list"});
    REQUIRE(node.ledger->flush_access(true));
    REQUIRE(node.ledger->flush_access(true));  // nothing new: no second entry
    REQUIRE(node.main->read([&](store::Transaction& tx) -> Result<void> {
        SANJAL_TRY(auto const entry, node.ledger->read(tx, 5));
        CHECK(entry.head.verb == "access.logged");
        REQUIRE(entry.field("rows") != nullptr);
        CHECK(entry.field("rows")->items().size() == 2);
        auto const none = node.ledger->read(tx, 6);
        CHECK(!none);
        return {};
    }));
}

TEST_CASE("keys rotate; a crash before the new ones are in their place is mended at the next start, and what was signed before stays right") {
    Folder const folder;
    std::string const record = record_id();
    auto const rows = [](Node& node) {
        std::map<std::string, Bytes> all;
        REQUIRE(node.secret->read([&](store::Transaction& tx) {
            return tx.each("select name, wrapped from secret", {}, [&](store::Row const& row) -> Result<void> {
                all[std::string(row.text(0))] = Bytes(row.bytes(1));
                return {};
            });
        }));
        return all;
    };
    {
        Node node(folder.path, true, master());
        REQUIRE(node.result);
        node.add(record, {{"note", "before", "operational"}});
        auto const before = rows(node);
        REQUIRE(node.ledger->rotate_keys(record_id(), "test@1#0"));
        auto const after = rows(node);
        CHECK(before.at("entry") != after.at("entry"));
        CHECK(after.count("entry.next") == 0);
        // As a crash would have left it: the ledger knows the new keys, keys.db still has the old ones in their place.
        REQUIRE(node.secret->change([&](store::Transaction& tx) -> Result<void> {
            for (std::string const name : {"entry", "checkpoint"}) {
                SANJAL_DO(tx.put("update secret set wrapped = $1 where name = $2", {store::Blob{before.at(name)}, name}));
                SANJAL_DO(tx.put("insert into secret (name, wrapped) values ($1, $2)", {name + ".next", store::Blob{after.at(name)}}));
            }
            return {};
        }));
    }
    Node node(folder.path, false, master());
    INFO((node.result ? std::string() : node.result.error().message));
    REQUIRE(node.result);
    CHECK(rows(node).count("entry.next") == 0);
    node.add(record, {{"note", "after", "operational"}});
    auto const verdict = ledger::verify_export(node.exported({}));
    INFO(verdict.why, " ", verdict.where);
    CHECK(verdict.accepted);
}
