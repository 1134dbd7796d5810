// What is new for whoever asks: by position, or as server-sent events.  A stream lives ten minutes and is begun again with
// Last-Event-ID by the browser itself; it ends with its session.
#include <algorithm>
#include <charconv>
#include <mutex>
#include <optional>
#include <set>

#include "app/alerts.h"
#include "app/changes.h"
#include "app/context.h"
#include "app/feature.h"
#include "policy/matches.h"

namespace sanjal::changes {
namespace {

constexpr std::int64_t stream_ms = 10 * 60 * 1000;
constexpr std::int64_t alerts_every_ms = 5000;  // where nothing else is new
constexpr std::size_t streams_max = 512;
constexpr std::size_t streams_per_session_max = 4;

struct Listener {
    app::House* house;
    std::shared_ptr<app::EventStream> stream;
    Bytes token_hash;
    std::int64_t position;
    std::int64_t opened;
    std::string language;
    std::int64_t looked = 0;  // when alerts were last looked at
    std::optional<std::set<std::string>> known;  // the alerts that were there when they were last looked at
};

// The streams that are open, of every house in this process.
class Listeners {
public:
    void add(Listener listener) {
        std::lock_guard const lock(mutex_);
        all_.erase(std::remove_if(all_.begin(), all_.end(), [](Listener const& one) { return !one.stream->is_open(); }), all_.end());
        auto const is_same = [&](Listener const& one) { return one.token_hash == listener.token_hash; };
        if (all_.size() >= streams_max) return listener.stream->close();
        if (std::count_if(all_.begin(), all_.end(), is_same) >= static_cast<std::ptrdiff_t>(streams_per_session_max)) {
            auto const oldest = std::find_if(all_.begin(), all_.end(), is_same);
            oldest->stream->close();
            all_.erase(oldest);
        }
        all_.push_back(std::move(listener));
    }
    // Takes those of a house out, to put back what is still open: nobody waits for the store with the lock held.
    std::vector<Listener> take(app::House const& house) {
        std::lock_guard const lock(mutex_);
        std::vector<Listener> taken;
        auto const mine = std::stable_partition(all_.begin(), all_.end(), [&](Listener const& one) { return one.house != &house; });
        std::move(mine, all_.end(), std::back_inserter(taken));
        all_.erase(mine, all_.end());
        return taken;
    }

private:
    std::mutex mutex_;
    std::vector<Listener> all_;
};

Listeners& listeners() {
    static Listeners all;
    return all;
}

Result<std::int64_t> position_of(std::string_view text) {
    std::int64_t position = 0;
    auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), position);
    if (error != std::errc() || end != text.data() + text.size() || position < 0) {
        return fail(Fault::Invalid, "changes.since", "A position is a whole number that an earlier answer gave as \"next\".", "since");
    }
    return position;
}

// Where to begin: Last-Event-ID, ?since=, or from now on.
Result<std::int64_t> beginning(app::Context& context, app::Request const& request) {
    for (auto const& [name, value] : request.queries) {
        if (name != "since") return fail(Fault::Invalid, "request.unknown_query", "There is no such filter.", name);
    }
    if (auto const last = request.header("last-event-id"); last && !last->empty()) return position_of(*last);
    if (auto const since = request.query("since")) return position_of(*since);
    SANJAL_TRY(auto const frontier, context.house().ledger().frontier(context.tx()));
    return static_cast<std::int64_t>(frontier.size());
}

Result<app::Response> list(app::Context& context, app::Request const& request) {
    SANJAL_TRY(auto const since, beginning(context, request));
    SANJAL_TRY(auto const changes, app::changes_for(context.house(), context.tx(), context.actor(), since));
    SANJAL_TRY(auto alerts, app::alerts_for(context.house(), context.tx(), context.actor(), context.language_of(request)));
    Json all = Json::list();
    for (auto const& one : changes.all) all.push_back(app::to_json(one));
    Json answer = Json::object({{"changes", std::move(all)}, {"next", changes.next}, {"more", changes.more}});
    if (changes.begun_anew) answer.set("begun_anew", true);
    answer.set("alerts", std::move(alerts));
    context.note_access("list", "changes");
    return app::json(200, std::move(answer));
}

Result<app::Response> stream(app::Context& context, app::Request const& request) {
    SANJAL_TRY(auto const since, beginning(context, request));
    context.note_access("list", "changes");
    std::int64_t const now = milliseconds_of(context.now());
    return app::event_stream([house = &context.house(), hash = context.session().token_hash, language = context.language_of(request), since, now](std::shared_ptr<app::EventStream> const& opened) {
        opened->send("open", "{}", std::to_string(since));
        listeners().add({house, opened, hash, since, now, language, 0, std::nullopt});
    });
}

// Alerts that were not there the last time; at first those that came about since the stream was opened.
Result<bool> tell_alerts(app::House& house, store::Transaction& tx, policy::Actor const& actor, Listener& one) {
    SANJAL_TRY(auto const alerts, app::alerts_for(house, tx, actor, one.language));
    std::set<std::string> there;
    for (auto const& alert : alerts.items()) {
        std::string key;
        for (char const* name : {"alert", "record", "by", "unit", "rule", "told", "since"}) key += std::string(alert.text_at(name)) + " ";
        auto const made = parse_instant(alert.text_at("made", alert.text_at("since")));
        bool const is_new = one.known ? one.known->count(key) == 0 : made && milliseconds_of(*made) >= one.opened / 1000 * 1000;
        there.insert(std::move(key));
        if (is_new && !one.stream->send("alert", write_json(alert), std::to_string(one.position))) return false;
    }
    one.known = std::move(there);
    return true;
}

// One stream: what is new since the last time.  False where it ends.
Result<bool> tell(app::House& house, store::Transaction& tx, Listener& one) {
    std::int64_t const now = milliseconds_of(house.clock().now());
    SANJAL_TRY(auto const session, app::find_session_by_hash(house, tx, one.token_hash));
    if (!session || now - one.opened > stream_ms) {
        one.stream->send(session ? "again" : "ended", "{}", std::to_string(one.position));
        return false;
    }
    SANJAL_TRY(auto const changes, app::changes_for(house, tx, session->actor, one.position));
    if (changes.begun_anew && !one.stream->send("begun_anew", "{}", std::to_string(changes.next))) return false;
    for (auto const& changed : changes.all) {
        if (!one.stream->send("change", write_json(app::to_json(changed)), std::to_string(changed.position + 1))) return false;
    }
    one.position = changes.next;
    if (changes.all.empty() && now - one.looked < alerts_every_ms) return true;
    one.looked = now;
    return tell_alerts(house, tx, session->actor, one);
}

void tick(app::House& house, app::Outbound&) {
    auto mine = listeners().take(house);
    if (mine.empty()) return;
    std::vector<Listener> kept;
    auto const told = house.store().read([&](store::Transaction& tx) -> Result<void> {
        for (auto& one : mine) {
            if (!one.stream->is_open()) continue;
            SANJAL_TRY(bool const goes_on, tell(house, tx, one));
            if (goes_on) kept.push_back(one);
            else one.stream->close();
        }
        return {};
    });
    if (!told) {
        for (auto& one : mine) one.stream->close();  // they come again and lose nothing
        return;
    }
    for (auto& one : kept) listeners().add(std::move(one));
}

constexpr app::Route routes[] = {
    {app::Method::Get, "/api/v1/changes", "changes.read", app::Needs::Session, app::Run::Read, app::answered<list>},
    {app::Method::Get, "/api/v1/changes/stream", "changes.read", app::Needs::Session, app::Run::Read, app::answered<stream>},
};

}  // namespace

extern app::Feature const feature;
app::Feature const feature{.name = "changes", .routes = routes, .migrations = {}, .tick = tick};

}  // namespace sanjal::changes
