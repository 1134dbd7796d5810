#include "http/connection.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "app/problem.h"
#include "base/log.h"
#include "http/cookie.h"
#include "http/origin.h"
#include "http/response_head.h"
#include "http/target.h"

namespace sanjal::http {
namespace {

constexpr std::size_t read_bytes = 16U << 10U;
constexpr std::size_t piece_bytes = 64U << 10U;
constexpr std::uint64_t ignored_bytes_max = 4U << 20U;

// The handlers' way back.  A handler that is dropped without an answer is our mistake, but no reason to let a client wait.
class Answer {
public:
    Answer(std::weak_ptr<Loop> loop, std::weak_ptr<Connection> connection, std::uint64_t sequence)
        : loop_(std::move(loop)), connection_(std::move(connection)), sequence_(sequence) {}
    ~Answer() {
        if (!given_) give(app::problem(Error{Fault::Internal, "http.unanswered", "This request was lost inside the node. Try again, and report it.", {}}));
    }
    Answer(Answer const&) = delete;
    Answer& operator=(Answer const&) = delete;

    void give(app::Response response) {
        if (given_.exchange(true)) return;
        auto const loop = loop_.lock();
        if (loop == nullptr) return;
        loop->post([connection = connection_, sequence = sequence_, response = std::move(response)]() mutable {
            if (auto const alive = connection.lock()) alive->deliver(sequence, std::move(response));
        });
    }

private:
    std::weak_ptr<Loop> const loop_;
    std::weak_ptr<Connection> const connection_;
    std::uint64_t const sequence_;
    std::atomic<bool> given_{false};
};

std::optional<app::Method> method_of(std::string_view name) {
    if (name == "GET" || name == "HEAD") return app::Method::Get;
    if (name == "POST") return app::Method::Post;
    if (name == "PATCH") return app::Method::Patch;
    if (name == "DELETE") return app::Method::Delete;
    return std::nullopt;
}

bool is_json(std::string_view content_type) {
    auto type = content_type.substr(0, content_type.find(';'));
    while (type.ends_with(' ') || type.ends_with('\t')) type.remove_suffix(1);
    std::string lower(type);
    for (auto& c : lower) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return lower == "application/json" || (lower.starts_with("application/") && lower.ends_with("+json"));
}

std::string allow_of(std::vector<std::string_view> const& methods) {
    std::string list;
    for (auto const method : methods) {
        list.append(method).append(", ");
        if (method == "GET") list += "HEAD, ";
    }
    return list + "OPTIONS";
}

constexpr std::array<std::string_view, 11> headers_for_handlers = {"accept", "accept-encoding", "accept-language", "content-type", "idempotency-key", "if-match",
                                                                  "if-none-match", "last-event-id", "range", "x-csrf-token", "x-purpose"};

}  // namespace

Shared::Shared(ServerConfig given, Dispatcher& to, Executor& on)
    : config(std::move(given)), dispatcher(to), workers(on), limiter(config.limits.requests_per_second, config.limits.requests_burst),
      connections(config.limits), fixed_headers(make_fixed_headers(config.content_security_policy, config.credentials.has_value())),
      bare_headers(make_fixed_headers(config.content_security_policy, false)) {}

Connection::Connection(std::shared_ptr<Loop> const& loop, Shared& shared, std::unique_ptr<Wire> wire, std::string peer)
    : loop_(loop), home_(*loop), shared_(shared), limits_(shared.config.limits), wire_(std::move(wire)), peer_(std::move(peer)), reader_(limits_) {}

Connection::~Connection() = default;

void Connection::start() {
    home_.connections.insert(shared_from_this());
    shared_.metrics.connections.fetch_add(1);
    shared_.metrics.connections_open.fetch_add(1);
    scratch_.resize(read_bytes);
    set_deadline(limits_.head);
    wire_->open(shared_from_this());
}

void Connection::close() {
    if (state_ == State::Closed) return;
    state_ = State::Closed;
    auto const self = shared_from_this();  // the set may hold the last one
    release_upload(Error{Fault::Io, "request.cut", "The sender went away before all had arrived. Nothing was kept; send it again.", {}});
    if (events_ != nullptr) {
        events_->gone();
        shared_.metrics.event_streams_open.fetch_sub(1);
    }
    wire_->close();
    home_.connections.erase(self);
    shared_.connections.leave(peer_);
    shared_.metrics.connections_open.fetch_sub(1);
}

void Connection::on_open(bool ok) {
    if (state_ != State::Opening) return;
    if (!ok) return close();
    next_request();
}

// ---- reading ----

void Connection::next_request() {
    ++sequence_;
    reader_ = MessageReader(limits_);
    request_ = {};
    response_ = {};
    download_.reset();
    left_.reset();
    body_bytes_ = 0;
    paused_ = head_only_ = chunked_ = last_piece_ = false;
    close_after_ = shared_.stopping;
    state_ = State::Head;
    set_deadline(limits_.head);
    process();
}

void Connection::want_read() {
    if (reading_ || state_ == State::Closed) return;
    reading_ = true;
    wire_->read(shared_from_this(), scratch_.data(), scratch_.size());
}

// Counted last: who sees the count finds the bytes used and the deadline set.
void Connection::on_read(std::size_t size) {
    reading_ = false;
    if (state_ == State::Closed) return;
    use(size);
    shared_.metrics.bytes_in.fetch_add(size);
}

void Connection::use(std::size_t size) {
    if (state_ == State::Lingering || state_ == State::Streaming) {
        // Nobody wants it; it is read so that the client's kernel lets it see our answer, or that we see it leave.
        ignored_ += size;
        if (size == 0 || ignored_ > ignored_bytes_max) return close();
        return want_read();
    }
    if (size == 0) {
        if (state_ != State::Waiting && state_ != State::Writing && state_ != State::Piping) close();
        return;
    }
    input_.append(scratch_.data(), size);
    if (state_ == State::Idle) {
        state_ = State::Head;
        set_deadline(limits_.head);
    }
    if (upload_ != nullptr && state_ == State::Body) set_deadline(limits_.stall);
    process();
}

void Connection::process() {
    while ((state_ == State::Head || state_ == State::Body) && !interim_) {
        if (state_ == State::Body) {
            if (!take_body()) return;
            continue;
        }
        auto const used = reader_.feed(input_);
        if (!used) {
            shared_.metrics.malformed.fetch_add(1);
            return answer_failure(status_in(used.error()), "request.malformed", used.error().message);
        }
        input_.erase(0, *used);
        if (!reader_.has_head()) {
            if (input_.empty()) {
                state_ = State::Idle;
                if (shared_.stopping) return close();
                set_deadline(limits_.idle);
            }
            return want_read();
        }
        began_ = shared_.config.now();
        auto const& head = reader_.head();
        head_only_ = head.method == "HEAD";
        close_after_ = close_after_ || !head.keep_alive;
        auto refused = open_request(head);
        if (!refused) refused = open_body(head);
        if (refused) {
            if (!reader_.is_done()) close_after_ = true;
            return respond(std::move(*refused));
        }
        state_ = State::Body;
        set_deadline(plan_.streamed ? limits_.stall : limits_.body);
        if (head.expects_continue && !reader_.is_done() && input_.empty()) {
            interim_ = true;
            output_ = "HTTP/1.1 100 Continue\r\n\r\n";
            write({});
        } else {
            begin_body();
        }
    }
}

std::optional<app::Response> Connection::open_request(Head const& head) {
    if ((limits_.limit_loopback || !is_loopback(peer_)) && !shared_.limiter.take(peer_, began_)) {
        shared_.metrics.rate_limited.fetch_add(1);
        return app::problem(429, "request.too_many", "Too many requests came from this address. Wait a few seconds.");
    }
    auto const method = method_of(head.method);
    bool const asks_options = head.method == "OPTIONS";
    bool const known = method || asks_options || head.method == "PUT" || head.method == "TRACE" || head.method == "CONNECT";
    if (!known) return app::problem(501, "request.method", "This method is not known here.");
    Target target;
    if (head.target == "*") {
        target.path = "*";
    } else {
        auto parsed = parse_target(head.target);
        if (!parsed) return app::problem(400, parsed.error().code, parsed.error().message);
        target = std::move(*parsed);
    }
    bool const writes = method != app::Method::Get && !asks_options;
    if (auto sent = check_sender({head.header("host").value_or(""), head.header("origin"), head.header("sec-fetch-site"), writes}, shared_.config.hosts); !sent) {
        if (sent.error().code == "request.host") return app::problem(421, sent.error().code, sent.error().message);
        return app::problem(sent.error());
    }
    if (!method) {
        auto const methods = shared_.dispatcher.methods(target.path);
        if (methods.empty() && target.path != "*") return app::problem(404, "request.no_such_path", "There is nothing at this address.");
        auto response = asks_options ? app::empty(204) : app::problem(405, "request.method", "This address does not take that method.");
        response.headers.emplace_back("Allow", allow_of(methods));
        return response;
    }
    request_.method = *method;
    request_.path = std::move(target.path);
    request_.queries = std::move(target.queries);
    request_.peer = peer_;
    for (auto const name : headers_for_handlers) {
        if (auto const value = head.header(name)) request_.headers.emplace_back(std::string(name), std::string(*value));
    }
    if (wire_->is_bare()) return answer_bare();
    if (auto const cookie = head.header("cookie")) request_.token = read_cookie(*cookie, shared_.config.cookie_name);
    if (shared_.config.pages.has_pages() && *method == app::Method::Get && shared_.dispatcher.methods(request_.path).empty()) {
        return shared_.config.pages.find(request_);
    }
    return std::nullopt;
}

// Who reads along may read this: no cookie is looked at, and no handler asked.
app::Response Connection::answer_bare() const {
    if (shared_.dispatcher.methods(request_.path).empty()) {
        if (auto page = shared_.config.bare_pages.find(request_)) return std::move(*page);
    }
    return app::problem(426, "request.no_tls", "This address speaks HTTPS. Write https:// before it; a phone that comes for the first time opens /trust.");
}

std::optional<app::Response> Connection::open_body(Head const& head) {
    plan_ = shared_.dispatcher.plan(request_.method, request_.path);
    if (head.length.value_or(0) > plan_.bytes_max) return app::problem(413, "request.too_large", "The body is larger than this address takes.");
    if (plan_.streamed) {
        if (shared_.uploads.fetch_add(1) >= limits_.uploads_max) {
            shared_.uploads.fetch_sub(1);
            return app::problem(503, "request.uploads", "Too many files are being sent at this moment. Try again in a minute.");
        }
        upload_ = std::make_shared<Upload>(limits_.upload_ahead_bytes, [loop = loop_, connection = weak_from_this()] {
            auto const home = loop.lock();
            if (home == nullptr) return;
            home->post([connection] {
                if (auto const alive = connection.lock()) alive->resume_upload();
            });
        });
        return std::nullopt;
    }
    auto const type = head.header("content-type");
    if (reader_.has_body() && type && !is_json(*type)) return app::problem(415, "request.content_type", "Send JSON, with Content-Type: application/json.");
    return std::nullopt;
}

void Connection::begin_body() {
    if (upload_ == nullptr) return;
    request_.source = upload_;
    hand_over();
}

bool Connection::take_body() {
    while (!reader_.is_done()) {
        if (paused_) {
            no_deadline();
            return false;
        }
        auto const used = reader_.feed(input_);
        if (!used) {
            shared_.metrics.malformed.fetch_add(1);
            if (upload_ == nullptr) {
                answer_failure(400, "request.malformed", used.error().message);
                return false;
            }
            release_upload(Error{Fault::Invalid, "request.malformed", used.error().message, {}});
            close_after_ = true;
            state_ = State::Waiting;
            no_deadline();
            return false;
        }
        input_.erase(0, *used);
        auto piece = reader_.take_body();
        body_bytes_ += piece.size();
        if (body_bytes_ > plan_.bytes_max) {
            constexpr char const* message = "The body is larger than this address takes.";
            if (upload_ == nullptr) {
                answer_failure(413, "request.too_large", message);
                return false;
            }
            release_upload(Error{Fault::TooLarge, "request.too_large", message, {}});
            close_after_ = true;
            state_ = State::Waiting;
            no_deadline();
            return false;
        }
        if (upload_ != nullptr) {
            paused_ = !upload_->push(std::move(piece));
        } else {
            request_.body += piece;
        }
        if (*used == 0 && !reader_.is_done() && !paused_) {
            want_read();
            return false;
        }
    }
    state_ = State::Waiting;
    no_deadline();
    if (upload_ != nullptr) {
        upload_->end();
    } else {
        hand_over();
    }
    return true;
}

void Connection::resume_upload() {
    if (state_ != State::Body || upload_ == nullptr || !paused_) return;
    paused_ = false;
    set_deadline(limits_.stall);
    process();
}

void Connection::release_upload(Error why) {
    if (upload_ == nullptr) return;
    upload_->cut(std::move(why));
    upload_.reset();
    shared_.uploads.fetch_sub(1);
}

void Connection::hand_over() {
    auto const answer = std::make_shared<Answer>(loop_, weak_from_this(), sequence_);
    shared_.dispatcher.dispatch(std::move(request_), [answer](app::Response response) { answer->give(std::move(response)); });
    request_ = {};
}

void Connection::deliver(std::uint64_t sequence, app::Response response) {
    if (sequence != sequence_ || (state_ != State::Waiting && state_ != State::Body)) return;
    if (!reader_.is_done()) close_after_ = true;
    release_upload(Error{Fault::Io, "request.answered", "This upload was answered already.", {}});
    respond(std::move(response));
}

// ---- writing ----

void Connection::answer_failure(int status, std::string_view code, std::string_view detail) {
    if (!reader_.has_head()) began_ = shared_.config.now();
    close_after_ = true;
    respond(app::problem(status, code, detail));
}

void Connection::respond(app::Response response) {
    response_ = std::move(response);
    state_ = State::Writing;
    bool const old = reader_.has_head() && reader_.head().version == 10;
    bool const has_body = response_.status >= 200 && response_.status != 204 && response_.status != 304;
    close_after_ = close_after_ || shared_.stopping;
    Framing framing;
    if (response_.events || (response_.reader && !response_.length)) {
        if (old) close_after_ = true;
        framing.chunked = chunked_ = has_body && !old && !head_only_;
        if (response_.events) close_after_ = true;
    } else if (has_body) {
        framing.length = response_.reader ? *response_.length : response_.body.size();
    }
    framing.close = close_after_;
    framing.says_keep_alive = old;
    if (head_only_ || !has_body) {
        response_.body.clear();
        response_.reader = {};
        response_.events = {};
    }
    if (response_.reader) {
        download_ = std::make_shared<app::BodyReader>(std::move(response_.reader));
        left_ = response_.length;
        response_.body.clear();
    }
    if (response_.events) response_.body.clear();
    output_ = write_response_head(response_, framing, wire_->is_bare() ? shared_.bare_headers : shared_.fixed_headers, shared_.config.cookie_name);
    shared_.metrics.answered(response_.status);
    write(response_.body);
}

void Connection::write(std::string_view body) {
    SANJAL_CHECK(!writing_);
    writing_ = true;
    write_size_ = output_.size() + body.size();
    if (!interim_) set_deadline(limits_.stall);
    wire_->write(shared_from_this(), output_, body);
}

void Connection::on_progress(std::size_t) {
    if (state_ == State::Writing || state_ == State::Piping || state_ == State::Streaming) set_deadline(limits_.stall);
}

void Connection::on_written(bool ok) {
    writing_ = false;
    if (state_ == State::Closed) return;
    if (!ok) return close();
    auto const size = write_size_;
    go_on();
    shared_.metrics.bytes_out.fetch_add(size);
}

void Connection::go_on() {
    if (interim_) {
        interim_ = false;
        begin_body();
        return process();
    }
    if (last_piece_) return finish_response();
    if (state_ == State::Streaming) {
        set_deadline(limits_.event_beat);
        return flush_events();
    }
    if (response_.events) return open_events();
    if (download_ != nullptr) {
        if (left_ == 0) return finish_response();
        return pump();
    }
    finish_response();
}

// A chunk where the answer is chunked, else the bytes alone.
void Connection::write_chunk(std::string text) {
    output_.clear();
    piece_ = std::move(text);
    if (chunked_) {
        std::array<char, 16> size{};
        auto const end = std::to_chars(size.data(), size.data() + size.size(), piece_.size(), 16).ptr;
        output_.append(size.data(), end).append("\r\n");
        piece_ += "\r\n";
    }
    write(piece_);
}

void Connection::pump() {
    state_ = State::Piping;
    no_deadline();
    auto const want = static_cast<std::size_t>(std::min<std::uint64_t>(left_.value_or(piece_bytes), piece_bytes));
    shared_.workers.post([download = download_, want, loop = loop_, connection = weak_from_this(), sequence = sequence_] {
        std::string piece(want, '\0');
        auto const size = (*download)(piece.data(), want);
        Result<std::string> given;
        if (size) {
            piece.resize(std::min(*size, want));
            given = std::move(piece);
        } else {
            given = fail(size.error());
        }
        auto const home = loop.lock();
        if (home == nullptr) return;
        home->post([connection, sequence, given = std::move(given)]() mutable {
            if (auto const alive = connection.lock()) alive->piece_read(sequence, std::move(given));
        });
    });
}

void Connection::piece_read(std::uint64_t sequence, Result<std::string> piece) {
    if (state_ != State::Piping || sequence != sequence_) return;
    if (!piece || (piece->empty() && left_.value_or(0) > 0)) {
        log::write(log::Level::Warning, "http.download_cut", {{"code", log::Safe::id(piece ? "http.short" : piece.error().code)}});
        return close();
    }
    if (left_) *left_ -= piece->size();
    if (!piece->empty()) return write_chunk(std::move(*piece));
    if (!chunked_) return finish_response();
    last_piece_ = true;
    output_ = "0\r\n\r\n";
    write({});
}

void Connection::open_events() {
    state_ = State::Streaming;
    events_ = std::make_shared<Events>(loop_, weak_from_this(), limits_.event_backlog_bytes);
    shared_.metrics.event_streams_open.fetch_add(1);
    set_deadline(limits_.event_beat);
    shared_.workers.post([opened = std::move(response_.events), events = events_] { opened(events); });
    response_.events = {};
    want_read();
}

void Connection::flush_events() {
    if (state_ != State::Streaming || writing_) return;
    auto text = events_->take();
    if (!text.empty()) return write_chunk(std::move(text));
    if (events_->is_open()) return;
    if (!chunked_) return finish_response();
    last_piece_ = true;
    output_ = "0\r\n\r\n";
    write({});
}

void Connection::finish_response() {
    if (events_ != nullptr) {
        events_->gone();
        events_.reset();
        shared_.metrics.event_streams_open.fetch_sub(1);
    } else {
        shared_.metrics.took(shared_.config.now() - began_);
    }
    if (close_after_) return linger();
    next_request();
}

// A socket closed with unread bytes in it is reset, and the client may never see why: our side first, then what it still sends.
void Connection::linger() {
    if (shared_.stopping && reader_.is_done() && input_.empty()) return close();
    state_ = State::Lingering;
    input_.clear();
    wire_->finish();
    set_deadline(limits_.linger);
    want_read();
}

// ---- time ----

void Connection::sweep(Time now) {
    if (now < deadline_) return;
    switch (state_) {
        case State::Opening:
        case State::Idle:
        case State::Lingering: return close();
        case State::Writing:
        case State::Piping: shared_.metrics.timed_out.fetch_add(1); return close();
        case State::Streaming:
            if (writing_) return close();
            return write_chunk(":\n\n");
        case State::Head:
            shared_.metrics.timed_out.fetch_add(1);
            return answer_failure(408, "request.slow", "The request did not arrive in time.");
        case State::Body: {
            shared_.metrics.timed_out.fetch_add(1);
            if (interim_) return close();
            if (upload_ == nullptr) return answer_failure(408, "request.slow", "The request did not arrive in time.");
            // Its handler is waiting for bytes: it hears of it and answers.
            release_upload(Error{Fault::Io, "request.slow", "The sender stopped sending. Nothing was kept; send it again.", {}});
            close_after_ = true;
            state_ = State::Waiting;
            return no_deadline();
        }
        case State::Waiting:
        case State::Closed: return;
    }
}

void Connection::wind_down() {
    close_after_ = true;
    if (state_ == State::Opening || state_ == State::Idle || state_ == State::Lingering) return close();
    if (state_ == State::Head && input_.empty()) return close();
    if (state_ == State::Streaming) events_->close();
}

}  // namespace sanjal::http
