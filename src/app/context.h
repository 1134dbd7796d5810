#pragma once
// What a handler is given beside its request: the house, the transaction that it runs in (the writer's for writing methods,
// a snapshot for reading ones), and who is asking.  It lives for one request.

#include <optional>
#include <string>

#include "app/account.h"
#include "app/house.h"
#include "app/problem.h"
#include "app/request.h"

namespace sanjal::app {

class Context {
public:
    Context(House& house, store::Transaction& tx, Session const* session, std::string_view token)
        : house_(house), tx_(tx), session_(session), token_(token), pack_(house.packs().in_force()) {}

    House& house() { return house_; }
    store::Transaction& tx() { return tx_; }
    // Routes that need a session are not called without one.
    [[nodiscard]] Session const& session() const { SANJAL_CHECK(session_ != nullptr); return *session_; }
    [[nodiscard]] policy::Actor const& actor() const { return session().actor; }
    [[nodiscard]] pack::Pack const& pack() const { SANJAL_CHECK(pack_ != nullptr); return *pack_; }
    [[nodiscard]] Instant now() const { return house_.clock().now(); }

    // What the records of this request are opened for, one of the purposes that the pack knows; empty where it was not said.
    std::string purpose;

    // A request that only reads: what is beyond the budget of files is refused (app/reads.h).  One that writes is counted alone.
    bool may_refuse_reads = false;

    // What `prepare` made on a worker thread (the proof of a password, say).
    std::optional<Proven> proven;

    // Who read what, for the access log; one row per record, list or search.
    void note_access(std::string_view record, std::string_view action, std::string_view what_for = {});

    // What is said where a moment lies further before it was written down than the pack expects.
    static constexpr char const* long_ago = "This lies long before it was written down, or after. Is the day right? If it is, nothing needs to be done.";

    // Something was opened whose reading must be durable before it is answered.
    [[nodiscard]] bool must_log_first() const { return must_log_first_; }

    // The record as the actor may see it, decided and noted; NotFound outside its reach.  Sealed::Closed opens no box: on paper
    // what is sealed stays sealed, also for its holders.
    enum class Sealed { Opened, Closed };
    Result<Json> show(std::string_view record, Sealed sealed = Sealed::Opened);
    // Opens a cell that is kept out of the views: from the ledger, or from the actor's box.
    Result<Json> open_kept(Json const& cell, std::string_view field);
    // decide() for an action on a record that exists.
    Result<policy::Mask> require(policy::Action action, std::string_view record, record::State const& state);

    // The first language of Accept-Language in which the pack speaks; "en" otherwise.
    [[nodiscard]] std::string language_of(Request const& request) const;

    // The actor's own key, as a holder of sealed fields and of halves of others' keys.
    Result<crypto::BoxKey> own_key() { return box_key(session(), token_); }

    // A submission in this actor's name under the pack in force.
    [[nodiscard]] ledger::Submission submission();

private:
    House& house_;
    store::Transaction& tx_;
    Session const* session_;
    std::string_view token_;
    bool must_log_first_ = false;
    std::shared_ptr<pack::Pack const> pack_;
};

// A handler that gives a Result, as one that gives a Response.
template <auto handler>
Response answered(Context& context, Request const& request) {
    auto response = handler(context, request);
    return response ? std::move(*response) : problem(response.error());
}

}  // namespace sanjal::app
