#pragma once
// For tests: one node's ledger over files in a folder of its own.

#include <doctest/doctest.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/folder_for_test.h"
#include "base/id.h"
#include "base/random.h"
#include "ledger/export.h"
#include "ledger/verify_live.h"
#include "ledger/ledger.h"
#include "ledger/schema.h"

namespace sanjal::ledger {

// One node's ledger over files in a folder; opened again by making another one over the same folder.
struct NodeForTest {
    explicit NodeForTest(std::string const& folder, bool fresh, crypto::Secret master) : executor(1) {
        auto opened = store::Store::open({"sqlite:" + folder + "/ledger.db", Bytes(32, 'k'), nullptr});
        REQUIRE(opened);
        main = std::move(*opened);
        opened = store::Store::open({"sqlite:" + folder + "/keys.db", Bytes(32, 'l'), nullptr});
        REQUIRE(opened);
        secret = std::move(*opened);
        REQUIRE(main->migrate("ledger", ledger_migrations()));
        REQUIRE(secret->migrate("keys", key_migrations()));
        keys = std::make_unique<Keys>(*secret, std::move(master), random);
        head = open_head_file(folder + "/head");
        writer = std::make_unique<store::Writer>(*main, executor);
        ledger = std::make_unique<Ledger>(LedgerParts{*main, *writer, *keys, *head, clock, random});
        writer->set_hooks(ledger.get());
        result = fresh ? ledger->found({{"name", "Test", "public"}}, "test@1#0") : ledger->open();
    }
    ~NodeForTest() { writer.reset(); }

    std::string add(std::string const& record, std::vector<Field> fields) {
        std::string id;
        auto const written = ledger->write([&](store::Transaction& tx) -> Result<void> {
            Submission submission{new_uuid(clock.now(), random), new_uuid(clock.now(), random), "test@1#0", {}};
            submission.entries.push_back({"case.opened", record, std::move(fields), std::nullopt, std::nullopt});
            SANJAL_TRY(auto const entries, ledger->append(tx, submission));
            id = entries.front().id;
            return {};
        });
        REQUIRE(written);
        return id;
    }

    std::string exported(std::vector<std::string> records) {
        std::string out;
        ExportRequest request;
        request.records = std::move(records);
        request.by = "tester";
        request.purpose = "test";
        request.may_show = [](Entry const&, std::string_view, std::string_view sensitivity) { return sensitivity != "medical"; };
        auto const done = main->read([&](store::Transaction& tx) {
            return write_export(tx, *ledger, request, [&](std::string_view bytes) -> Result<void> {
                out += bytes;
                return {};
            });
        });
        REQUIRE(done);
        return out;
    }

    ThreadExecutor executor;
    SystemClock clock;
    SystemRandom random;
    std::unique_ptr<store::Store> main, secret;
    std::unique_ptr<Keys> keys;
    std::unique_ptr<HeadFile> head;
    std::unique_ptr<store::Writer> writer;
    std::unique_ptr<Ledger> ledger;
    Result<void> result;
};

inline crypto::Secret master_for_test() {
    auto secret = crypto::Secret::from_bytes(std::string(32, 'm'));
    REQUIRE(secret);
    return std::move(*secret);
}

inline std::string record_id() {
    SystemRandom random;
    return new_uuid(SystemClock().now(), random);
}

}  // namespace sanjal::ledger
