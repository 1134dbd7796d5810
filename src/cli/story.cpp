#include "cli/story.h"

#include <charconv>
#include <future>

#include "app/account.h"
#include "cli/house.h"
#include "node/dispatch.h"
#include "node/node.h"
#include "pack/pack.h"

namespace sanjal::cli {
namespace {

class Player {
public:
    Player(app::House& house, SteppedClock& clock, Executor& workers, Instant end) : house_(house), clock_(clock), dispatch_(house, workers), end_(end) {}

    Result<void> cast(Json const& story, Cast& cast) {
        cast.accounts = Json::list();
        for (auto const& unit : list(story, "units")) {
            SANJAL_TRY(auto const id, add_unit(house_, {std::string(unit.text_at("code")), std::string(unit.text_at("title")), std::string(unit.text_at("kind"))}, house_.operator_id()));
            units_.set(std::string(unit.text_at("code")), id);
            clock_.move_to(clock_.now() + std::chrono::seconds(1));  // ids are in the order of time
            titles_.set(std::string(unit.text_at("code")), unit.text_at("title"));
        }
        for (auto const& one : list(story, "accounts")) {
            std::string const code(one.text_at("unit"));
            auto const* unit = units_.find(code);
            if (unit == nullptr) return fail(Fault::Invalid, "story.unit", "An account belongs to a unit that the story has.", code);
            std::string const user(one.text_at("user"));
            std::string const password = new_password(house_.random());
            SANJAL_TRY(auto const actor, app::add_account(house_, {user, password, std::string(one.text_at("role")), unit->text(), one.bool_at("nodal"), one.bool_at("head")}, ""));
            SANJAL_TRY(auto proven, app::prove(house_, user, password));
            clock_.move_to(clock_.now() + std::chrono::seconds(1));
            people_.emplace(user, std::move(proven));
            actors_.set(user, actor);
            cast.accounts.push_back(Json::object({{"user", user}, {"password", password}, {"name", one.text_at("name")}, {"role", one.text_at("role")}, {"unit", unit->text()},
                                                  {"unit_title", titles_.text_at(code)}}));
        }
        return {};
    }

    Result<void> act(Json const& one) {
        SANJAL_TRY(auto const ago, minutes_of(one.text_at("ago")));
        Instant const at = end_ - std::chrono::minutes(ago);
        if (at < clock_.now()) return fail(Fault::Invalid, "story.order", "What happened stands in the order in which it happened.");
        clock_.move_to(at);
        SANJAL_TRY(auto request, request_of(one));
        auto const response = answer(std::move(request));
        if (response.status != one.integer_at("gives", 200)) return fail(Fault::Invalid, "story.refused", "This was answered with " + std::to_string(response.status) + ": " + response.body);
        if (auto const name = one.text_at("as"); !name.empty()) {
            SANJAL_TRY(auto given, parse_json(response.body));
            answers_.set(std::string(name), std::move(given));
        }
        return {};
    }

private:
    static Json::List const& list(Json const& json, std::string_view name) {
        static Json::List const none;
        auto const* found = json.find(name);
        return found != nullptr && found->is_list() ? found->items() : none;
    }

    Result<app::Request> request_of(Json const& one) {
        std::string const words(one.text_at("do"));
        auto const space = words.find(' ');
        app::Request request;
        std::string const method = words.substr(0, space);
        if (space == std::string::npos || (method != "POST" && method != "PATCH")) return fail(Fault::Invalid, "story.do", "What is done is POST or PATCH and a path.", words);
        request.method = method == "POST" ? app::Method::Post : app::Method::Patch;
        SANJAL_TRY(auto const path, filled(words.substr(space + 1)));
        request.path = "/api/v1" + path;
        Json const nothing = Json::object();
        auto const* send = one.find("send");
        SANJAL_TRY(auto const body, filled_json(send != nullptr ? *send : nothing));
        request.body = write_json(body);
        std::string const by(one.text_at("by"));
        auto const person = people_.find(by);
        if (person == people_.end()) return fail(Fault::Invalid, "story.by", "Nobody of this name has an account in the story.", by);
        app::Opened opened;
        SANJAL_DO(house_.ledger().write([&](store::Transaction& tx) -> Result<void> {
            SANJAL_TRY(opened, app::open_session(house_, tx, person->second));
            return {};
        }));
        request.token = opened.token;
        request.headers = {{"content-type", "application/json"}, {"x-csrf-token", opened.csrf}};
        return request;
    }

    app::Response answer(app::Request request) {
        std::promise<app::Response> promise;
        auto future = promise.get_future();
        dispatch_.handle(std::move(request), [&](app::Response response) { promise.set_value(std::move(response)); });
        return future.get();
    }

    // {{...}} in a text.
    Result<std::string> filled(std::string const& text) {
        std::string out;
        for (std::size_t at = 0;;) {
            auto const open = text.find("{{", at);
            out += text.substr(at, open - at);
            if (open == std::string::npos) return out;
            auto const close = text.find("}}", open);
            if (close == std::string::npos) return fail(Fault::Invalid, "story.braces", "Two braces open and do not close.", text);
            SANJAL_TRY(auto const value, value_of(text.substr(open + 2, close - open - 2)));
            out += value;
            at = close + 2;
        }
    }

    Result<std::string> value_of(std::string const& name) {
        bool const ahead = name.rfind("in ", 0) == 0;
        if (ahead || name.rfind("ago ", 0) == 0) {
            SANJAL_TRY(auto const minutes, minutes_of(std::string_view(name).substr(name.find(' ') + 1)));
            Instant const at = std::chrono::floor<std::chrono::minutes>(end_ + std::chrono::minutes(ahead ? minutes : -minutes));
            return format_instant(at, house_.packs().in_force()->offset_minutes(at));
        }
        auto const dot = name.find('.');
        std::string const head = name.substr(0, dot);
        Json const* found = head == "unit" ? &units_ : head == "actor" ? &actors_ : answers_.find(head);
        for (std::size_t at = dot; found != nullptr && at != std::string::npos;) {
            auto const next = name.find('.', at + 1);
            std::string const step = name.substr(at + 1, next == std::string::npos ? next : next - at - 1);
            std::size_t index = 0;
            bool const is_index = std::from_chars(step.data(), step.data() + step.size(), index).ec == std::errc();
            if (found->is_list()) found = is_index && index < found->items().size() ? &found->items()[index] : nullptr;
            else found = found->find(step);
            at = next;
        }
        if (found == nullptr || !found->is_text()) return fail(Fault::Invalid, "story.unknown", "Nothing of this name was answered before.", name);
        return found->text();
    }

    Result<Json> filled_json(Json const& json) {
        if (json.is_text()) {
            SANJAL_TRY(auto text, filled(json.text()));
            return Json(std::move(text));
        }
        if (json.is_list()) {
            Json all = Json::list();
            for (auto const& item : json.items()) {
                SANJAL_TRY(auto one, filled_json(item));
                all.push_back(std::move(one));
            }
            return all;
        }
        if (!json.is_object()) return json;
        Json all = Json::object();
        for (auto const& [name, value] : json.members()) {
            SANJAL_TRY(auto one, filled_json(value));
            all.set(name, std::move(one));
        }
        return all;
    }

    app::House& house_;
    SteppedClock& clock_;
    node::Dispatch dispatch_;
    Instant end_;
    std::map<std::string, app::Proven> people_;
    Json units_ = Json::object();
    Json titles_ = Json::object();
    Json actors_ = Json::object();
    Json answers_ = Json::object();
};

}  // namespace

Result<std::int64_t> minutes_of(std::string_view text) {
    std::int64_t minutes = 0;
    std::int64_t number = -1;
    while (!text.empty()) {
        auto const end = std::min(text.find(' '), text.size());
        std::string_view const word = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        if (word.empty()) continue;
        if (number < 0) {
            if (std::from_chars(word.data(), word.data() + word.size(), number).ec != std::errc()) break;
            continue;
        }
        std::int64_t const unit = word.rfind("day", 0) == 0 ? 24 * 60 : word.rfind("hour", 0) == 0 ? 60 : word.rfind("minute", 0) == 0 ? 1 : 0;
        if (unit == 0) break;
        minutes += number * unit;
        number = -1;
        if (text.empty()) return minutes;
    }
    return fail(Fault::Invalid, "story.time", "How long ago is written like 3 days 2 hours 5 minutes.");
}

Result<Cast> play_story(app::House& house, SteppedClock& clock, Executor& workers, Json const& story, Instant end, std::function<void(std::string const&)> const& says) {
    SANJAL_DO(node::prepare(house));
    Player player(house, clock, workers, end);
    Cast cast;
    SANJAL_DO(player.cast(story, cast));
    auto const* acts = story.find("acts");
    std::size_t number = 0;
    for (auto const& act : acts != nullptr && acts->is_list() ? acts->items() : Json::List()) {
        ++number;
        auto const done = player.act(act);
        if (!done) return fail(done.error().fault, done.error().code, done.error().message, "act " + std::to_string(number) + ", " + std::string(act.text_at("do")));
        if (number % 25 == 0) says(std::to_string(number) + " of " + std::to_string(acts->items().size()));
    }
    clock.move_to(end);
    return cast;
}

}  // namespace sanjal::cli
