#pragma once
// A network of nodes in one process: real houses, a clock that a story moves, bundles that a story may lose, double, delay, cut, alter or
// bring to the wrong door, nodes that die and whose disks fail, and invariants that are looked at after every step.
//
// What it is not: the HTTP server and the courier's sockets are not in it (tests/api/test_network.py has them).

#include <deque>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "app/context.h"
#include "app/house.h"
#include "base/random.h"
#include "casework/custody.h"
#include "store/faults.h"
#include "sync/exchange.h"

namespace sanjal::story {

inline constexpr Instant beginning_of_time = Instant(std::chrono::milliseconds(1'780'000'000'000));

// A woman whose case a node wrote down, as the story remembers it.
struct Woman {
    std::size_t node = 0;
    std::string person, part, root, consent, mark;
    bool agrees = true;
};

struct Travelling {
    std::size_t from = 0, to = 0;
    Bytes bytes;
};

struct Node {
    std::string folder, id, unit, officer;
    std::unique_ptr<store::FileFaults> faults = std::make_unique<store::FileFaults>();
    std::unique_ptr<app::House> house;
};

// Nodes that have met and agreed, each with each; made once and copied for every seed.
struct Beginning {
    std::string folder;
    std::vector<Node> nodes;
};
Beginning const& beginning();

class Network {
public:
    Network(std::string folder, std::uint64_t seed);

    void step();  // one thing that people, the line or bad luck do
    void heal();  // what still waits is brought, until nobody has anything to say
    // Each throws std::runtime_error with the seed, the step and what does not hold.
    void check();
    void check_end();

    void add_woman(std::size_t node);
    void disclose(std::size_t woman, std::size_t to);
    void withdraw(std::size_t woman);
    Bytes compose(std::size_t from, std::size_t to);
    void deliver(std::size_t to, Bytes const& bytes);
    void reopen(std::size_t node);
    void put_back(std::size_t node, std::string const& copy);  // an older copy of its directory
    [[nodiscard]] std::string copy_of(std::size_t node);
    [[nodiscard]] std::string stopped(std::size_t at, std::size_t peer);
    Node& node(std::size_t at) { return nodes_[at]; }
    [[nodiscard]] std::int64_t days() const { return passed_ms_ / 86'400'000; }
    [[nodiscard]] std::int64_t delivered() const { return delivered_; }

private:
    std::size_t below(std::size_t limit) { return static_cast<std::size_t>(dice_() % limit); }
    std::size_t other_than(std::size_t node) { return (node + 1 + below(nodes_.size() - 1)) % nodes_.size(); }
    void say(std::string what);
    [[noreturn]] void broken(std::string const& what);
    Result<void> in_office(std::size_t node, std::function<Result<void>(app::Context&)> const& work);
    void move_custody();
    void line_step();
    void check_bundle(std::size_t from, std::size_t to, Bytes const& bytes);
    void check_custody(bool settled);  // settled: nothing is on its way any more

    std::string folder_;
    std::uint64_t seed_;
    std::mt19937_64 dice_;
    SeededRandom random_;
    SteppedClock clock_{beginning_of_time};
    SteppedExecutor executor_;
    std::vector<Node> nodes_;
    std::vector<Woman> women_;
    std::deque<Travelling> line_;
    std::vector<Travelling> old_;  // sticks that lie about
    std::deque<std::string> said_;
    int steps_ = 0, copies_ = 0;
    std::int64_t passed_ms_ = 0, delivered_ = 0;
};

}  // namespace sanjal::story
