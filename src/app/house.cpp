#include "app/house.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <fstream>
#include <sstream>

#include "app/account.h"
#include "app/receipt.h"
#include "app/views.h"
#include "base/id.h"
#include "base/log.h"
#include "base/spoken.h"
#include "casework/custody.h"
#include "casework/derive.h"
#include "casework/notice.h"
#include "casework/retention.h"
#include "crypto/hash.h"
#include "crypto/password.h"
#include "crypto/seal.h"
#include "ledger/schema.h"

namespace sanjal::app {
namespace {

Result<std::string> read_text(std::string const& path) {
    std::ifstream in(path, std::ios::binary);
    if (!in) return fail(Fault::NotFound, "node.none", "There is no node in this directory. Create one with `sanjal init`.", "node.json");
    std::ostringstream out;
    out << in.rdbuf();
    return out.str();
}

// Whole or not at all, and durable: a new file beside it, synced, then renamed.
Result<void> write_text(std::string const& path, std::string const& text) {
    std::string const fresh = path + ".new";
    int const file = ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    auto const give_up = [&]() {
        Fault const fault = errno == ENOSPC ? Fault::Full : Fault::Io;
        if (file >= 0) ::close(file);
        ::unlink(fresh.c_str());
        return fail(fault, fault == Fault::Full ? "node.disk_full" : "node.io", std::string("node.json could not be written: ") + std::strerror(errno) + ".", path);
    };
    if (file < 0) return give_up();
    if (::write(file, text.data(), text.size()) != static_cast<ssize_t>(text.size()) || ::fsync(file) != 0) return give_up();
    ::close(file);
    if (::rename(fresh.c_str(), path.c_str()) != 0) return give_up();
    std::string const folder = path.substr(0, path.rfind('/'));
    int const directory = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (directory >= 0) {
        ::fsync(directory);
        ::close(directory);
    }
    return {};
}

std::vector<std::pair<char const*, std::span<store::Migration const>>> migration_sets() {
    return {{"ledger", ledger::ledger_migrations()}, {"record", record::view_migrations()}, {"casework", casework::view_migrations()},
            {"notices", casework::notice_migrations()}, {"retention", casework::retention_migrations()}, {"house", house_migrations()}};
}

constexpr char const* master_context = "sanjal/master";
constexpr char const* recovery_context = "sanjal/master/recovery";

Result<Json> read_description(std::string const& directory) {
    SANJAL_TRY(auto const text, read_text(directory + "/node.json"));
    auto description = parse_json(text);
    if (!description || description->text_at("sanjal") != "node/1") {
        return fail(Fault::Corrupt, "node.description", "node.json is damaged. Restore it from a backup.", "node.json");
    }
    return std::move(*description);
}

Result<crypto::Secret> open_master(Json const& description, std::string const& secret, House::By by) {
    bool const sheet = by == House::By::Recovery;
    auto const text = description.text_at(sheet ? "recovery" : "passphrase");
    if (sheet && text.empty()) return fail(Fault::NotFound, "node.no_recovery", "This node has no recovery sheet. Its passphrase alone opens it.");
    SANJAL_TRY(auto const record, crypto::PasswordRecord::parse(text));
    auto key = crypto::check_password(sheet ? spoken_as_typed(secret) : secret, record);
    if (!key) {
        if (key.error().fault != Fault::Unsigned) return fail(key.error());
        if (sheet) return fail(Fault::Unsigned, "node.recovery", "These are not the words of this node's recovery sheet. Nothing was changed. Read them once more, one by one.");
        return fail(Fault::Unsigned, "node.passphrase", "The passphrase is not the one of this node. Nothing was opened.");
    }
    SANJAL_TRY(auto const wrapped, from_base64url(description.text_at(sheet ? "recovery_master" : "master")));
    return crypto::unwrap_key(*key, wrapped, sheet ? recovery_context : master_context);
}

// Counts up when the same entries would be folded or derived differently: a node whose views an older program made rebuilds
// them when it is opened.
constexpr char const* views_version = "12";

Result<void> remember_views(store::Transaction& tx) {
    return tx.put("insert into house_state (name, value) values ('views', $1) on conflict (name) do update set value = excluded.value", {views_version});
}

int year_of(Instant instant, int offset_minutes) {
    auto const day = std::chrono::floor<std::chrono::days>(instant + std::chrono::minutes(offset_minutes));
    return static_cast<int>(std::chrono::year_month_day(day).year());
}

}  // namespace

House::House(HouseConfig const& config, ClockSource& clock, Randomness& random)
    : directory_(config.directory), clock_(clock), random_(random), kdf_memory_kib_(config.kdf_memory_kib), session_idle_ms_(config.session_idle_ms), limits_(config.limits) {}

House::~House() = default;

void House::announce(Json doors) {
    std::lock_guard const lock(doors_mutex_);
    doors_ = std::move(doors);
}

Json House::announced() const {
    std::lock_guard const lock(doors_mutex_);
    return doors_;
}

std::string House::new_id() { return new_uuid(clock_.now(), random_); }

std::string House::new_record(store::Transaction& tx) {
    std::string id = new_id();
    ledger::Ledger::begins(tx, id);
    record::begins(tx, id);
    return id;
}

Result<void> House::assemble(Json const& description, crypto::Secret master, store::FileFaults* faults, Executor& executor) {
    description_ = description;
    auto const derived = [&](std::string_view purpose) {
        return crypto::hkdf_sha256(master.view(), "", "sanjal/" + std::string(purpose), 32);
    };
    std::string const url(description.text_at("store"));
    store::StoreConfig main;
    main.url = url.empty() ? "sqlite:" + path("ledger.db") : url;
    main.key = derived("ledger.db");
    main.faults = faults;
    SANJAL_TRY(store_, store::Store::open(main));
    store::StoreConfig secret;
    std::string const key_url(description.text_at("keys"));
    secret.url = key_url.empty() ? "sqlite:" + path("keys.db") : key_url;
    secret.key = derived("keys.db");
    secret.faults = faults;
    SANJAL_TRY(key_store_, store::Store::open(secret));
    for (auto const& [name, migrations] : migration_sets()) SANJAL_DO(store_->migrate(name, migrations));
    SANJAL_DO(key_store_->migrate("keys", ledger::key_migrations()));
    SANJAL_DO(key_store_->migrate("canaries", canary_migrations()));
    keys_ = std::make_unique<ledger::Keys>(*key_store_, std::move(master), random_);
    SANJAL_TRY(auto blobs, store::Blobs::open(path("blobs"), random_, faults));
    blobs_.emplace(std::move(blobs));
    head_ = ledger::open_head_file(path("head"));
    writer_ = std::make_unique<store::Writer>(*store_, executor);
    ledger_ = std::make_unique<ledger::Ledger>(ledger::LedgerParts{*store_, *writer_, *keys_, *head_, clock_, random_});
    writer_->set_hooks(ledger_.get());
    return {};
}

Result<std::unique_ptr<House>> House::found(HouseConfig const& config, FoundConfig const& first, ClockSource& clock, Randomness& random, Executor& executor) {
    std::string const description_path = config.directory + "/node.json";
    if (::access(description_path.c_str(), F_OK) == 0) {
        return fail(Fault::Conflict, "node.exists", "There is a node in this directory already. Choose an empty one.", config.directory);
    }
    if (::mkdir(config.directory.c_str(), 0700) != 0 && errno != EEXIST) {
        return fail(Fault::Io, "node.directory", std::string("The directory could not be made: ") + std::strerror(errno) + ".", config.directory);
    }
    std::unique_ptr<House> house(new House(config, clock, random));
    for (char const* folder : {"blobs", "log"}) ::mkdir(house->path(folder).c_str(), 0700);

    SANJAL_TRY(auto passphrase, crypto::make_password(config.passphrase, {config.kdf_memory_kib, 3}, random));
    auto master = crypto::Secret::generate(random);
    Json description = Json::object({{"sanjal", "node/1"}, {"name", first.name}, {"country", first.country}, {"store", first.store},
                                     {"operator", house->new_id()},
                                     {"passphrase", passphrase.record.to_text()},
                                     {"master", to_base64url(crypto::wrap_key(passphrase.key, master, master_context, random))}});
    if (!first.recovery.empty()) {
        SANJAL_TRY(auto const recovery, crypto::make_password(spoken_as_typed(first.recovery), {config.kdf_memory_kib, 3}, random));
        description.set("recovery", recovery.record.to_text()).set("recovery_master", to_base64url(crypto::wrap_key(recovery.key, master, recovery_context, random)));
    }
    if (!first.store.empty()) description.set("keys", "");
    SANJAL_DO(house->assemble(description, std::move(master), config.faults, executor));
    SANJAL_TRY(auto pack, pack::Pack::from_json(first.pack));
    SANJAL_DO(house->ledger_->found({{"country", first.country, "public"}, {"name", first.name, "public"}}, pack.reference()));
    SANJAL_DO(house->ledger_->write([&](store::Transaction& tx) -> Result<void> {
        std::vector<ledger::Entry> founding;
        SANJAL_DO(house->ledger_->each(tx, 0, [&](ledger::Entry&& entry) -> Result<void> {
            founding.push_back(std::move(entry));
            return {};
        }));
        SANJAL_DO(house->fold(tx, founding));
        ledger::Submission load;
        load.id = house->new_id();
        load.actor = house->operator_id();
        load.pack = pack.reference();
        ledger::NewEntry entry;
        entry.verb = "pack.loaded";
        entry.record = house->new_id();
        SANJAL_TRY(entry.fields, record::loading_fields(pack));
        load.entries.push_back(std::move(entry));
        SANJAL_DO(house->commit(tx, std::move(load)));
        return remember_views(tx);
    }));
    description.set("node", house->ledger_->node());
    house->description_ = description;
    // Last: a directory without node.json is not a node, and may be used again.
    SANJAL_DO(write_text(description_path, write_json(description) + "\n"));
    return house;
}

Result<std::unique_ptr<House>> House::open(HouseConfig const& config, ClockSource& clock, Randomness& random, Executor& executor) {
    std::unique_ptr<House> house(new House(config, clock, random));
    SANJAL_TRY(auto const description, read_description(config.directory));
    SANJAL_TRY(auto master, open_master(description, config.passphrase, By::Passphrase));
    SANJAL_DO(house->assemble(description, std::move(master), config.faults, executor));
    SANJAL_DO(config.restored ? house->ledger_->open_restored() : house->ledger_->open());
    if (auto const node = description.text_at("node"); house->ledger_->node() != node) {
        return fail(Fault::Conflict, "ledger.foreign", "This database belongs to another node. Put the right ledger.db and keys.db into the directory.", "ledger.db");
    }
    SANJAL_DO(house->store_->read([&](store::Transaction& tx) { return house->packs_.open(tx, *house->ledger_); }));
    std::optional<std::string> made_by;
    SANJAL_DO(house->store_->read([&](store::Transaction& tx) -> Result<void> {
        SANJAL_TRY(made_by, tx.text("select value from house_state where name = 'views'"));
        return {};
    }));
    if (made_by != views_version) {
        log::write(log::Level::Info, "views.rebuilding");
        SANJAL_DO(house->rebuild({}));
    }
    if (config.restored) SANJAL_DO(house->erase_again());
    SANJAL_DO(house->sweep_blobs());
    return house;
}

Result<void> House::change_passphrase(HouseConfig const& config, By by, std::string const& fresh, Randomness& random) {
    SANJAL_TRY(auto description, read_description(config.directory));
    SANJAL_TRY(auto const master, open_master(description, config.passphrase, by));
    SANJAL_TRY(auto const made, crypto::make_password(fresh, {config.kdf_memory_kib, 3}, random));
    description.set("passphrase", made.record.to_text()).set("master", to_base64url(crypto::wrap_key(made.key, master, master_context, random)));
    // Before the old one goes: what is written opens with the new one.
    SANJAL_TRY(auto const again, open_master(description, fresh, By::Passphrase));
    SANJAL_CHECK(again.view() == master.view());
    return write_text(config.directory + "/node.json", write_json(description) + "\n");
}

Result<void> House::number_cases(store::Transaction& tx, std::string const& actor, std::vector<ledger::Entry>& entries) {
    auto const pack = packs_.in_force();
    if (pack == nullptr) return {};
    ledger::Submission numbering;
    numbering.id = new_id();
    numbering.actor = actor;
    numbering.pack = pack->reference();
    std::map<std::string, std::int64_t> last;
    for (auto const& entry : entries) {
        std::string const type = entry.head.verb.substr(0, entry.head.verb.find('.'));
        if (entry.head.verb != type + ".opened" || entry.field("batch") != nullptr) continue;
        auto const* definition = pack->type(type);
        if (definition == nullptr || definition->text_at("number").empty()) continue;
        std::string code = "NODE";
        if (auto const unit = entry.text("unit_of_origin"); !unit.empty()) {
            SANJAL_TRY(auto const state, record::find(tx, unit));
            if (state && state->value("code") != nullptr) code = state->value("code")->text();
        }
        std::string const series = code + "/" + std::to_string(year_of(clock_.now(), pack->offset_minutes(clock_.now())));
        if (last.count(series) == 0) {
            SANJAL_TRY(last[series], record::last_serial(tx, series));
        }
        std::int64_t const serial = ++last[series];
        ledger::NewEntry numbered;
        numbered.verb = type + ".numbered";
        numbered.record = entry.head.record;
        numbered.fields = {{"number", series + "/" + std::to_string(serial), "operational"}, {"serial", serial, "operational"}, {"series", series, "operational"}};
        numbering.entries.push_back(std::move(numbered));
    }
    if (numbering.entries.empty()) return {};
    SANJAL_TRY(auto numbered, ledger_->append(tx, numbering));
    entries.insert(entries.end(), std::make_move_iterator(numbered.begin()), std::make_move_iterator(numbered.end()));
    return {};
}

namespace {

// A case that has gone to another node is written there: who had it open here, on a screen or a phone, is told so.  What the people
// themselves say (consent), what is erased, who may look and how it moves goes on everywhere.
bool is_written_everywhere(std::string_view verb) {
    constexpr std::string_view nouns[] = {"custody", "consent", "record", "access", "disclosure", "referral", "key", "node", "unit", "actor", "peer", "agreement"};
    return std::find(std::begin(nouns), std::end(nouns), verb.substr(0, verb.find('.'))) != std::end(nouns);
}

// The record itself, and what a new one names: a person who is added to a case belongs to it.
void add_written(std::set<std::string>& written, std::string_view verb, std::string const& record, std::vector<ledger::Field> const& fields) {
    if (is_written_everywhere(verb)) return;
    written.insert(record);
    for (auto const& field : fields) {
        if (field.value.is_text() && is_uuid(field.value.text())) written.insert(field.value.text());
    }
}

Result<void> check_custody(store::Transaction& tx, std::set<std::string> const& written) {
    if (written.empty()) return {};
    SANJAL_TRY(bool const elsewhere, casework::is_elsewhere(tx, written));
    if (!elsewhere) return {};
    return fail(Fault::Conflict, "custody.elsewhere", "This case is with another node now, so it is written there. What you know can be sent to them; nothing was changed here.");
}

}  // namespace

namespace {

void note_appended(store::Transaction& tx, std::vector<ledger::Entry> const& entries) {
    auto* const memory = tx.memory();
    if (memory == nullptr || entries.empty()) return;
    auto& appended = memory->of<Appended>();
    if (appended.submission.empty()) appended.submission = entries.front().head.submission;
    appended.entries += static_cast<std::int64_t>(entries.size());
}

}  // namespace

Result<std::vector<ledger::Entry>> House::commit(store::Transaction& tx, ledger::Submission submission) {
    std::set<std::string> written;
    for (auto const& entry : submission.entries) add_written(written, entry.verb, entry.record, entry.fields);
    SANJAL_DO(check_custody(tx, written));
    SANJAL_TRY(auto entries, ledger_->append(tx, submission));
    SANJAL_DO(number_cases(tx, submission.actor, entries));
    SANJAL_DO(fold(tx, entries));
    note_appended(tx, entries);
    return entries;
}

Result<std::vector<ledger::Entry>> House::accept(store::Transaction& tx, std::vector<ledger::DeviceEntry> arrived) {
    SANJAL_CHECK(!arrived.empty());
    std::string const actor = arrived.front().entry.head.actor;
    std::set<std::string> written;
    for (auto const& one : arrived) add_written(written, one.entry.head.verb, one.entry.head.record, one.entry.fields);
    SANJAL_DO(check_custody(tx, written));
    SANJAL_TRY(auto entries, ledger_->accept(tx, std::move(arrived)));
    SANJAL_DO(number_cases(tx, actor, entries));
    SANJAL_DO(fold(tx, entries));
    note_appended(tx, entries);
    return entries;
}

Result<void> House::fold(store::Transaction& tx, std::vector<ledger::Entry> const& entries) {
    SANJAL_TRY(auto const touched, record::fold(tx, *ledger_, packs_, entries));
    return casework::derive_touched(tx, packs_, touched);
}

Result<ledger::Entry> House::erase(ledger::Ledger::Erasure erasure) {
    std::optional<ledger::Entry> entry;
    SANJAL_DO(ledger_->write([&](store::Transaction& tx) -> Result<void> {
        SANJAL_TRY(auto const roots, record::roots_of(tx, erasure.record));
        // What clocks had settled before goes into the entry: an erased field does not undo what a step had settled.
        Json clocks = Json::list();
        for (auto const& root : roots) {
            SANJAL_TRY(auto const running, casework::clocks_of_root(tx, root));
            for (auto const& clock : running) {
                Json one = Json::object({{"part", clock.part}, {"rule", clock.rule}, {"pack", clock.pack}});
                if (clock.started) one.set("started", *clock.started);
                if (clock.due) one.set("due", *clock.due);
                clocks.push_back(std::move(one));
            }
        }
        erasure.settled = Json::object({{"clocks", std::move(clocks)}});
        SANJAL_TRY(auto erased, ledger_->erase(tx, erasure));
        SANJAL_TRY(auto const touched, record::refold(tx, *ledger_, packs_, erasure.record));
        SANJAL_DO(casework::derive_touched(tx, packs_, touched));
        entry = std::move(erased);
        return {};
    }));
    SANJAL_DO(remember_erased(erasure, entry->id));
    SANJAL_DO(ledger_->destroy_erased());
    SANJAL_DO(sweep_blobs());
    SANJAL_DO(store_->forget());
    return std::move(*entry);
}

Result<void> House::remember_erased(ledger::Ledger::Erasure const& erasure, std::string const& entry) {
    Json fields = Json::list();
    for (auto const& field : erasure.fields) fields.push_back(field);
    Json approvals = Json::list();
    for (auto const& approval : erasure.approvals) approvals.push_back(approval);
    Json line = Json::object({{"record", erasure.record}, {"reason", erasure.reason}, {"entry", entry}});
    line.set("fields", std::move(fields)).set("approvals", std::move(approvals));
    std::string const text = write_json(line) + "\n";
    int const file = ::open(path("erased").c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    bool const kept = file >= 0 && ::write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size()) && ::fsync(file) == 0;
    if (file >= 0) ::close(file);
    if (!kept) return fail(Fault::Io, "erase.list", "What was erased is erased, but the list of erasures could not be written. Make room and erase again.", path("erased"));
    return {};
}

Result<void> House::erase_again() {
    std::ifstream in(path("erased"));
    std::string text;
    for (std::int64_t number = 1; std::getline(in, text); ++number) {
        auto const line = parse_json(text);
        if (!line) return fail(Fault::Corrupt, "erase.list_damaged", "The list of erasures is damaged. Take a whole copy of it.", "erased:" + std::to_string(number));
        bool known = false;
        SANJAL_DO(store_->read([&](store::Transaction& tx) -> Result<void> {
            SANJAL_TRY(auto const position, ledger_->position_of(tx, line->text_at("entry")));
            known = position.has_value();
            return {};
        }));
        if (known) continue;
        ledger::Ledger::Erasure erasure;
        erasure.record = line->text_at("record");
        erasure.reason = line->text_at("reason");
        for (auto const& [from, to] : {std::pair("fields", &erasure.fields), std::pair("approvals", &erasure.approvals)}) {
            auto const* list = line->find(from);
            for (auto const& one : list != nullptr && list->is_list() ? list->items() : Json::List()) to->push_back(one.is_text() ? one.text() : std::string());
        }
        erasure.actor = operator_id();
        erasure.pack = packs_.in_force()->reference();
        erasure.submission = new_id();
        auto const erased = erase(erasure);
        if (!erased && erased.error().fault != Fault::NotFound) return fail(erased.error());
    }
    return {};
}

Result<void> House::sweep_blobs() {
    std::vector<std::string> gone;
    SANJAL_DO(store_->read([&](store::Transaction& tx) -> Result<void> {
        SANJAL_TRY(gone, ledger_->blobs_gone(tx));
        SANJAL_TRY(auto const idle, blobs_->older_than(std::chrono::hours(24)));
        for (auto const& blob : idle) {
            SANJAL_TRY(auto const attached, ledger_->find_blob(tx, blob));
            if (!attached) gone.push_back(blob);
        }
        return {};
    }));
    if (gone.empty()) return {};
    for (auto const& blob : gone) SANJAL_DO(blobs_->remove(blob));
    return ledger_->write([&](store::Transaction& tx) -> Result<void> {
        for (auto const& blob : gone) SANJAL_DO(tx.run("delete from ledger_blob_gone where blob = $1", {blob}));
        return {};
    });
}

Result<std::int64_t> House::rebuild(std::function<void(std::int64_t, std::int64_t)> const& progress) {
    std::int64_t done = 0;
    SANJAL_DO(ledger_->write([&](store::Transaction& tx) -> Result<void> {
        SANJAL_TRY(done, make_views(tx, progress));
        return remember_views(tx);
    }));
    return done;
}

Result<std::int64_t> House::make_views(store::Transaction& tx, std::function<void(std::int64_t, std::int64_t)> const& progress) {
    std::int64_t done = 0;
    for (auto const& view : views()) SANJAL_DO(tx.run("delete from " + std::string(view.name), {}));
    record::forget_known(tx);
    SANJAL_TRY(auto const frontier, ledger_->frontier(tx));
    auto const size = static_cast<std::int64_t>(frontier.size());
    std::vector<ledger::Entry> page;
    auto const flush = [&]() -> Result<void> {
        SANJAL_DO(record::fold(tx, *ledger_, packs_, page));
        done += static_cast<std::int64_t>(page.size());
        page.clear();
        if (progress) progress(done, size);
        return {};
    };
    SANJAL_DO(ledger_->each(tx, 0, [&](ledger::Entry&& entry) -> Result<void> {
        page.push_back(std::move(entry));
        return page.size() >= 256 ? flush() : Result<void>{};
    }));
    SANJAL_DO(flush());
    record::Touched all;
    SANJAL_DO(tx.each("select id from record", {}, [&](store::Row const& row) -> Result<void> {
        all.records.insert(std::string(row.text(0)));
        return {};
    }));
    SANJAL_DO(casework::derive_touched(tx, packs_, all));
    return done;
}

Result<std::vector<std::string>> House::views_unlike_entries(std::function<void(std::int64_t, std::int64_t)> const& progress) {
    std::vector<std::string> unlike;
    constexpr char const* compared = "views.compared";
    // Made anew beside nothing: in a work of the writer that is then refused, so that whatever it did is undone.
    auto const done = ledger_->write([&](store::Transaction& tx) -> Result<void> {
        std::vector<ViewSum> living;
        for (auto const& view : views()) {
            SANJAL_TRY(living.emplace_back(), sum_of(tx, view));
        }
        SANJAL_DO(make_views(tx, progress));
        for (std::size_t i = 0; i < living.size(); ++i) {
            auto const& view = views()[i];
            SANJAL_TRY(auto const anew, sum_of(tx, view));
            if (anew == living[i]) continue;
            unlike.push_back(std::string(view.name) + " (" + std::to_string(living[i].rows) + " rows, by the entries " + std::to_string(anew.rows) + ")");
        }
        return fail(Fault::Internal, compared, "The views were compared; nothing is kept of it.");
    });
    SANJAL_CHECK(!done);
    if (done.error().code != compared) return fail(done.error());
    return unlike;
}

}  // namespace sanjal::app
