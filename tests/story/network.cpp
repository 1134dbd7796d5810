#include "network.h"

#include <cerrno>
#include <filesystem>
#include <stdexcept>

#include "crypto/age.h"
#include "crypto/sd_jwt.h"
#include "ledger/verify_live.h"
#include "pack/pack.h"
#include "policy/agreement.h"
#include "sync/disclosure.h"

namespace sanjal::story {
namespace {

namespace files = std::filesystem;

constexpr char const* passphrase = "seven quiet herons cross the river";
constexpr std::size_t nodes_count = 3;

template <class T>
T must(Result<T> result, char const* what) {
    if (!result) throw std::runtime_error(std::string(what) + ": " + result.error().code + " " + result.error().message + " " + result.error().where);
    if constexpr (!std::is_void_v<T>) return std::move(*result);
}

app::HouseConfig config_of(Node const& node) {
    app::HouseConfig config;
    config.directory = node.folder;
    config.passphrase = passphrase;
    config.kdf_memory_kib = 8;
    config.faults = node.faults.get();
    return config;
}

std::unique_ptr<app::House> open(Node const& node, ClockSource& clock, Randomness& random, Executor& executor) {
    auto house = must(app::House::open(config_of(node), clock, random, executor), "open");
    must(house->store().migrate("network", sync::network_migrations()), "migrate");
    return house;
}

void take_in(app::House& house, Bytes const& bytes) {
    auto const arrived = sync::open_arrived(house, bytes);
    if (!arrived) {
        (void)house.ledger().write([&](store::Transaction& tx) { return sync::set_aside(house, tx, "", arrived.error().code, 0); });
        return;
    }
    auto const taken = house.ledger().write([&](store::Transaction& tx) -> Result<void> {
        SANJAL_DO(sync::take(house, tx, *arrived));
        return {};
    });
    if (!taken) (void)house.ledger().write([&](store::Transaction& tx) { return sync::set_aside(house, tx, arrived->from, taken.error().code, 0); });
    (void)sync::erase_stopped(house);
}

Result<Bytes> bundle_for(app::House& house, std::string const& to) {
    Bytes bytes;
    // What is said now may be sent with the next one: a checkpoint lies between.
    SANJAL_DO(house.ledger().write([&](store::Transaction& tx) { return sync::follow(house, tx); }));
    SANJAL_DO(house.ledger().write([&](store::Transaction& tx) -> Result<void> {
        SANJAL_TRY(auto out, sync::compose(house, tx, to));
        bytes = std::move(out.bundle);
        return {};
    }));
    return bytes;
}

void meet(Node& one, Node& other) {
    auto const card = [](Node& node) {
        std::string text;
        must(node.house->store().read([&](store::Transaction& tx) -> Result<void> {
            SANJAL_TRY(text, sync::own_card(*node.house, tx));
            return {};
        }), "card");
        return text;
    };
    auto const cards = std::pair(card(one), card(other));
    auto const code = must(sync::code_of(cards.first, cards.second), "code");
    for (auto const& [here, there] : {std::pair(&one, cards.second), std::pair(&other, cards.first)}) {
        auto const parsed = must(sync::parse_card(there), "card");
        must(here->house->ledger().write([&, h = here](store::Transaction& tx) -> Result<void> {
            SANJAL_DO(sync::introduce(*h->house, tx, h->officer, parsed));
            return sync::confirm(*h->house, tx, h->officer, parsed.node, code);
        }), "meet");
    }
}

void sign(Node& node, std::string const& record, policy::Agreement const& agreement) {
    must(node.house->ledger().write([&](store::Transaction& tx) -> Result<void> {
        SANJAL_DO(sync::append_one(*node.house, tx, node.officer, "agreement.signed", record,
                                   {{"peer", agreement.peer, "operational"}, {"agreement", agreement.shared, "operational"}, {"name", agreement.name, "operational"}, {"terms", agreement.terms, "operational"},
                                    {"signed_here", policy::digest_of(agreement.terms), "operational"}, {"unit_of_origin", node.unit, "operational"}}));
        return {};
    }), "sign");
}

void agree(Node& one, Node& other, ClockSource& clock) {
    policy::Agreement agreement;
    agreement.peer = other.id;
    agreement.name = "organisations";
    agreement.terms = must(policy::make_terms(*one.house->packs().in_force(), agreement.name, "IN", "IN", clock.now(), std::nullopt), "terms");
    agreement.shared = one.house->new_id();
    sign(one, agreement.shared, agreement);
    for (int round = 0; round < 3; ++round) {
        take_in(*other.house, must(bundle_for(*one.house, other.id), "bundle"));
        take_in(*one.house, must(bundle_for(*other.house, one.id), "bundle"));
        if (round > 0) continue;
        must(other.house->store().read([&](store::Transaction& tx) -> Result<void> {
            SANJAL_TRY(auto const all, policy::agreements(tx));
            for (auto const& offered : all) {
                if (offered.peer == one.id) agreement = offered;
            }
            return {};
        }), "offered");
        sign(other, agreement.record, agreement);
    }
}

struct Subject {
    std::string record;
    casework::Custody custody;
};

// The case, or what stands for a case of another node.
std::vector<Subject> subjects_at(app::House& house) {
    std::vector<Subject> all;
    must(house.store().read([&](store::Transaction& tx) {
        return tx.each("select id, data from record where type = 'case' or type = 'custody' order by id", {}, [&](store::Row const& row) -> Result<void> {
            SANJAL_TRY(auto const state, record::State::parse(row.text(1)));
            all.push_back({std::string(row.text(0)), casework::Custody::from_state(state)});
            return {};
        });
    }), "subjects");
    return all;
}

}  // namespace

Beginning const& beginning() {
    static Beginning const made = [] {
        Beginning first;
        char name[] = "/tmp/sanjal-story-XXXXXX";
        if (mkdtemp(name) == nullptr) throw std::runtime_error("no folder in /tmp");
        first.folder = name;
        SteppedExecutor executor;
        SteppedClock clock(beginning_of_time);
        SeededRandom random(1);
        auto const pack = must(pack::load_pack("packs/common"), "pack").document;
        for (std::size_t i = 0; i < nodes_count; ++i) {
            Node node;
            node.folder = first.folder + "/" + std::to_string(i);
            node.house = must(app::House::found(config_of(node), {"Office " + std::to_string(i), "IN", {}, pack}, clock, random, executor), "found");
            must(node.house->store().migrate("network", sync::network_migrations()), "migrate");
            node.id = node.house->ledger().node();
            node.officer = node.house->new_id();
            must(node.house->ledger().write([&](store::Transaction& tx) -> Result<void> {
                SANJAL_TRY(node.unit, app::register_unit(*node.house, tx, {"U" + std::to_string(i), "Office", "ngo"}, node.officer));
                return {};
            }), "unit");
            first.nodes.push_back(std::move(node));
        }
        for (std::size_t i = 0; i < nodes_count; ++i) {
            for (std::size_t j = i + 1; j < nodes_count; ++j) {
                meet(first.nodes[i], first.nodes[j]);
                agree(first.nodes[i], first.nodes[j], clock);
            }
        }
        for (auto& node : first.nodes) node.house.reset();
        return first;
    }();
    return made;
}

Network::Network(std::string folder, std::uint64_t seed) : folder_(std::move(folder)), seed_(seed), dice_(seed), random_(seed) {
    clock_.pass(std::chrono::hours(24 * 60));  // so that no clock that is put back falls before the agreements
    for (std::size_t i = 0; i < beginning().nodes.size(); ++i) {
        auto const& first = beginning().nodes[i];
        Node node;
        node.folder = folder_ + "/" + std::to_string(i);
        node.id = first.id;
        node.unit = first.unit;
        node.officer = first.officer;
        files::copy(first.folder, node.folder, files::copy_options::recursive);
        node.house = open(node, clock_, random_, executor_);
        nodes_.push_back(std::move(node));
    }
}

void Network::say(std::string what) {
    said_.push_back(std::to_string(steps_) + " " + std::move(what));
    if (said_.size() > 25) said_.pop_front();
}

void Network::broken(std::string const& what) {
    std::string all = "SANJAL_SEED=" + std::to_string(seed_) + ", step " + std::to_string(steps_) + ": " + what;
    for (auto const& one : said_) all += "\n    " + one;
    throw std::runtime_error(all);
}

Result<void> Network::in_office(std::size_t at, std::function<Result<void>(app::Context&)> const& work) {
    auto& node = nodes_[at];
    app::Session session;
    session.actor.id = node.officer;
    session.actor.unit = node.unit;
    session.actor.role = "ngo";
    session.actor.is_nodal = true;
    return node.house->ledger().write([&](store::Transaction& tx) -> Result<void> {
        app::Context context(*node.house, tx, &session, {});
        return work(context);
    });
}

void Network::add_woman(std::size_t at) {
    Woman woman;
    woman.node = at;
    woman.mark = "mark" + to_hex(random_.bytes(8));
    auto& house = *nodes_[at].house;
    must(in_office(at, [&](app::Context& context) -> Result<void> {
        for (auto* id : {&woman.root, &woman.person, &woman.part, &woman.consent}) *id = house.new_record(context.tx());
        auto submission = context.submission();
        ledger::Field const unit{"unit_of_origin", nodes_[at].unit, "operational"};
        submission.entries.push_back({"case.opened", woman.root, {{"danger_now", "no", "operational"}, unit}, std::nullopt, std::nullopt});
        std::string const name = "names/" + to_base64url(random_.bytes(6));
        submission.entries.push_back({"person.opened", woman.person, {{"under_18", "no", "operational"}, {name, woman.mark, "identity"}, {"marks", woman.mark, "identity"}, unit}, std::nullopt, std::nullopt});
        submission.entries.push_back({"part.opened", woman.part, {{"case", woman.root, "operational"}, {"person", woman.person, "operational"}, {"as", "survivor", "operational"}, unit}, std::nullopt, std::nullopt});
        submission.entries.push_back({"consent.opened", woman.consent, {{"person", woman.person, "operational"}, {"C_share_min", "yes", "operational"}, unit}, std::nullopt, std::nullopt});
        SANJAL_DO(house.commit(context.tx(), std::move(submission)));
        return {};
    }), "woman");
    women_.push_back(std::move(woman));
    say("a woman comes to " + std::to_string(at));
}

void Network::disclose(std::size_t which, std::size_t to) {
    auto const& woman = women_[which];
    auto const done = in_office(woman.node, [&](app::Context& context) -> Result<void> {
        SANJAL_TRY(auto const live, policy::live_agreements(context.tx(), nodes_[to].id, context.now()));
        if (live.empty()) return fail(Fault::Conflict, "agreement.not_live", "");
        SANJAL_DO(sync::disclose(context, {woman.part, live.front().record, "care", "consent", {}, {}}));
        return {};
    });
    say("woman " + std::to_string(which) + " is shown to " + std::to_string(to) + ": " + (done ? "yes" : done.error().code));
    if (done && !woman.agrees) broken("somebody was shown who does not agree");
    if (!done && woman.agrees && done.error().code != "disclosure.quota") broken("somebody who agrees was not shown: " + done.error().code);
}

void Network::withdraw(std::size_t which) {
    auto& woman = women_[which];
    must(in_office(woman.node, [&](app::Context& context) -> Result<void> {
        SANJAL_DO(sync::append_one(context.house(), context.tx(), context.actor().id, "consent.changed", woman.consent, {{"C_share_min", "no", "operational"}}));
        return {};
    }), "withdraw");
    woman.agrees = false;
    say("woman " + std::to_string(which) + " takes her yes back");
}

Bytes Network::compose(std::size_t from, std::size_t to) {
    auto bytes = bundle_for(*nodes_[from].house, nodes_[to].id);
    if (!bytes) return {};
    check_bundle(from, to, *bytes);
    return std::move(*bytes);
}

void Network::deliver(std::size_t to, Bytes const& bytes) {
    take_in(*nodes_[to].house, bytes);
    ++delivered_;
}

void Network::reopen(std::size_t at) {
    auto& node = nodes_[at];
    node.house.reset();
    node.faults->heal();
    node.house = open(node, clock_, random_, executor_);
}

std::string Network::copy_of(std::size_t at) {
    nodes_[at].house.reset();
    std::string const copy = folder_ + "/copy" + std::to_string(++copies_);
    files::copy(nodes_[at].folder, copy, files::copy_options::recursive);
    reopen(at);
    return copy;
}

void Network::put_back(std::size_t at, std::string const& copy) {
    nodes_[at].house.reset();
    files::remove_all(nodes_[at].folder);
    files::copy(copy, nodes_[at].folder, files::copy_options::recursive);
    reopen(at);
}

std::string Network::stopped(std::size_t at, std::size_t peer) {
    std::string why;
    must(nodes_[at].house->store().read([&](store::Transaction& tx) -> Result<void> {
        SANJAL_TRY(auto const found, sync::find_peer(tx, nodes_[peer].id));
        if (found) why = found->stopped;
        return {};
    }), "stopped");
    return why;
}

// Anybody who may do something with the custody of a case does it, or does not.
void Network::move_custody() {
    std::size_t const at = below(nodes_.size());
    auto const subjects = subjects_at(*nodes_[at].house);
    if (subjects.empty()) return;
    auto const& subject = subjects[below(subjects.size())];
    auto const& custody = subject.custody;
    std::string verb, peer;
    std::int64_t turn = custody.turn + 1;
    if (!custody.offer_from.empty() && !custody.accepted && !custody.here) {
        verb = below(4) == 0 ? "custody.declined" : "custody.accepted";
        peer = custody.offer_from;
        must(nodes_[at].house->store().read([&](store::Transaction& tx) -> Result<void> {
            SANJAL_TRY(auto const state, record::load(tx, subject.record));
            for (auto const* event : state.events("custody.asked")) turn = std::max(turn, event->integer_at("turn"));
            return {};
        }), "turn");
    } else if (custody.here && custody.offered_to.empty()) {
        verb = "custody.offered";
        peer = nodes_[other_than(at)].id;
    } else if (custody.here && below(3) == 0) {
        verb = "custody.withdrawn";
        peer = custody.offered_to;
    } else {
        return;
    }
    must(in_office(at, [&](app::Context& context) -> Result<void> {
        SANJAL_DO(sync::append_one(context.house(), context.tx(), context.actor().id, verb, subject.record, {{"peer", peer, "operational"}, {"turn", turn, "operational"}}));
        return {};
    }), "custody");
    say(std::to_string(at) + " " + verb + " turn " + std::to_string(turn));
}

// What the line, a stick and bad luck do.
void Network::line_step() {
    std::size_t const from = below(nodes_.size());
    if (line_.size() < 6 && below(2) == 0) {
        std::size_t const to = other_than(from);
        auto bytes = compose(from, to);
        if (bytes.empty()) return;
        if (old_.size() < 20 && below(4) == 0) old_.push_back({from, to, bytes});
        line_.push_back({from, to, std::move(bytes)});
        say("bundle " + std::to_string(from) + " to " + std::to_string(to));
        return;
    }
    if (!old_.empty() && below(6) == 0) {
        auto const& stick = old_[below(old_.size())];
        say("an old stick from " + std::to_string(stick.from) + " to " + std::to_string(stick.to));
        return deliver(stick.to, stick.bytes);
    }
    if (line_.empty()) return;
    std::size_t const at = below(line_.size());  // in any order
    auto one = line_[at];
    auto const fate = below(12);
    if (fate != 0) line_.erase(line_.begin() + static_cast<std::ptrdiff_t>(at));  // 0: it comes again
    if (fate == 1) return say("lost");
    if (fate == 2) one.bytes.resize(below(one.bytes.size()));
    if (fate == 3) one.bytes[below(one.bytes.size())] ^= static_cast<char>(1U << below(8));
    if (fate == 4) one.to = other_than(one.to);
    say("arrives at " + std::to_string(one.to) + (fate >= 2 && fate <= 4 ? " cut, altered or at the wrong door" : ""));
    if (fate == 5) {
        nodes_[one.to].faults->fail(static_cast<std::int64_t>(1 + below(40)), EIO, store::FileFaults::Lasting::ForGood);
        say("while its disk fails");
    }
    deliver(one.to, one.bytes);
    if (fate == 5 || fate == 6) reopen(one.to);
}

void Network::step() {
    ++steps_;
    auto const ms = static_cast<std::int64_t>(below(10) == 0 ? below(3 * 86'400'000) : below(3'600'000));
    clock_.pass(std::chrono::milliseconds(below(30) == 0 ? -ms : ms));
    passed_ms_ += ms;
    auto const what = below(20);
    if (what < 2 || women_.empty()) return add_woman(below(nodes_.size()));
    if (seed_ % 3 == 0 && below(2) == 0) return move_custody();  // some stories are about little else
    auto const woman = below(women_.size());
    if (what < 5) return disclose(woman, other_than(women_[woman].node));
    if (what == 5 && women_[woman].agrees) return withdraw(woman);
    if (what < 9) return move_custody();
    line_step();
}

void Network::check_bundle(std::size_t from, std::size_t to, Bytes const& bytes) {
    auto const key = must(sync::bundle_key(*nodes_[to].house), "key");
    auto const bundle = must(sync::open_bundle(key, bytes), "own bundle");
    for (auto const& message : bundle.messages) {
        auto const* content = message.find("content");
        for (auto const& sent : content != nullptr ? content->items() : Json::List()) {
            auto const entry = must(crypto::parse(sent.text_at("e")), "content");
            for (auto const& shown : entry.disclosures) {
                if (shown.name == "marks") broken("I4: a field went that the agreement does not name");
                for (auto const& woman : women_) {
                    if (!woman.agrees && write_json(shown.value).find(woman.mark) != std::string::npos) broken("I4: " + std::to_string(from) + " sends what is about a woman who took her yes back");
                }
            }
        }
    }
}

// I10: at most one node has a case; where none has, it is on its way to the one that it was handed to.
void Network::check_custody(bool settled) {
    std::vector<std::vector<Subject>> all;
    for (auto& node : nodes_) all.push_back(subjects_at(*node.house));
    std::map<std::string, std::string> root;  // of a record that stands for another
    for (auto& node : nodes_) {
        must(node.house->store().read([&](store::Transaction& tx) {
            return tx.each("select ours, theirs from network_link where kind = 'custody' order by peer, theirs", {}, [&](store::Row const& row) -> Result<void> {
                if (row.text(0) != row.text(1)) root.emplace(row.text(0), row.text(1));
                return {};
            });
        }), "links");
    }
    auto const root_of = [&](std::string id) {
        std::set<std::string> seen;
        auto const is_case = [&](std::string const& one) { return std::any_of(women_.begin(), women_.end(), [&](Woman const& woman) { return woman.root == one; }); };
        while (!is_case(id) && seen.insert(id).second && root.count(id) > 0) id = root.at(id);
        return id;
    };
    for (auto const& woman : women_) {
        int holders = 0;
        std::int64_t handed = 0, taken = 0;
        for (std::size_t at = 0; at < nodes_.size(); ++at) {
            for (auto const& subject : all[at]) {
                if (root_of(subject.record) != woman.root) continue;
                if (subject.custody.here) ++holders;
                (subject.custody.here ? taken : handed) = std::max(subject.custody.here ? taken : handed, subject.custody.turn);
            }
        }
        if (holders > 1) broken("I10: two nodes have one case");
        if (holders == 0 && settled) broken("I10: a case was handed over and taken by nobody");
        if (holders == 0 && handed <= taken) broken("I10: nobody has a case, and it is not on its way");
    }
}

void Network::check() { check_custody(false); }

void Network::heal() {
    line_.clear();
    for (int round = 0; round < 12; ++round) {
        clock_.pass(std::chrono::minutes(1));
        for (std::size_t from = 0; from < nodes_.size(); ++from) {
            for (std::size_t to = 0; to < nodes_.size(); ++to) {
                if (from == to) continue;
                auto const bytes = compose(from, to);
                if (!bytes.empty()) deliver(to, bytes);
            }
        }
    }
}

void Network::check_end() {
    check_custody(true);
    std::map<std::string, std::size_t> by_id;
    for (std::size_t at = 0; at < nodes_.size(); ++at) by_id[nodes_[at].id] = at;
    for (auto& node : nodes_) {
        std::vector<std::pair<std::string, record::State>> made;
        must(node.house->store().read([&](store::Transaction& tx) -> Result<void> {
            SANJAL_DO(tx.each("select id, data from record where type = 'disclosure' order by id", {}, [&](store::Row const& row) -> Result<void> {
                SANJAL_TRY(auto state, record::State::parse(row.text(1)));
                if (state.value("made") != nullptr) made.emplace_back(row.text(0), std::move(state));
                return {};
            }));
            SANJAL_TRY(auto const verdict, ledger::verify_live(tx, node.house->ledger(), 1, {}));
            if (!verdict.sound) broken("I3: a ledger does not verify: " + verdict.why);
            return {};
        }), "end");
        for (auto const& [id, state] : made) {
            auto& there = *nodes_[by_id.at(state.value("peer")->text())].house;
            bool const stopped = state.value("stopped") != nullptr;
            must(there.store().read([&](store::Transaction& tx) -> Result<void> {
                SANJAL_TRY(auto const ours, sync::ours_of(tx, node.id, id, "disclosure"));
                if (!ours) broken(stopped ? "I5: a stop was never heard" : "I6: a disclosure never arrived");
                SANJAL_TRY(auto const received, record::load(tx, *ours));
                bool const erased = !received.events("record.erased").empty() || received.value("received") == nullptr;
                if (stopped != erased) broken(stopped ? "I5: what was called back is still there" : "I6: what may be there was erased");
                if (stopped && state.value("receipt") == nullptr) broken("I5: there is no receipt of an erasure");
                SANJAL_TRY(auto const copies, tx.integer("select count(*) from record where type = 'disclosure' and data like '%' || $1 || '%'", {id}));
                if (copies.value_or(0) > 1) broken("I9: a disclosure is there twice");
                for (auto const& woman : women_) {
                    if (woman.agrees || state.value("about")->text() != woman.part) continue;
                    if (received.serialise().find(woman.mark) != std::string::npos) broken("I5: her name is still in a view");
                }
                return {};
            }), "there");
        }
    }
    for (auto const& woman : women_) {
        if (woman.agrees) continue;
        for (auto& node : nodes_) {
            if (&node == &nodes_[woman.node]) continue;
            must(node.house->store().read([&](store::Transaction& tx) {
                return node.house->ledger().each(tx, 0, [&](ledger::Entry&& entry) -> Result<void> {
                    for (auto const& field : entry.fields) {
                        if (write_json(field.value).find(woman.mark) != std::string::npos) broken("I5: her name can still be read in a ledger");
                    }
                    return {};
                });
            }), "read");
        }
    }
}

}  // namespace sanjal::story
