#pragma once
// One client: reads requests, one after the other, hands them over and writes the answers.  A state machine that is driven
// by its Wire, by handlers' answers and by sweep(); it lives on one Loop and never waits.

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "http/events.h"
#include "http/message.h"
#include "http/server.h"
#include "http/upload.h"
#include "http/wire.h"

namespace sanjal::http {

// What all connections of a server share.
struct Shared {
    Shared(ServerConfig given, Dispatcher& to, Executor& on);
    ServerConfig const config;
    Dispatcher& dispatcher;
    Executor& workers;
    Metrics metrics;
    RateLimiter limiter;
    ConnectionLimiter connections;
    std::string const fixed_headers;  // of every answer
    std::string const bare_headers;   // of those to who came without TLS
    std::atomic<bool> stopping{false};
    std::atomic<std::size_t> uploads{0};
};

class Connection final : public WireUser, public std::enable_shared_from_this<Connection> {
public:
    using Time = std::chrono::steady_clock::time_point;
    Connection(std::shared_ptr<Loop> const& loop, Shared& shared, std::unique_ptr<Wire> wire, std::string peer);
    ~Connection() override;

    void start();
    void sweep(Time now);  // deadlines
    void wind_down();      // the server stops: close now if idle, else after this answer
    void close();
    void deliver(std::uint64_t sequence, app::Response response);  // the handler's answer
    void flush_events();
    void resume_upload();
    void piece_read(std::uint64_t sequence, Result<std::string> piece);  // of a download

    void on_open(bool ok) override;
    void on_read(std::size_t size) override;
    void on_progress(std::size_t size) override;
    void on_written(bool ok) override;

private:
    enum class State { Opening, Idle, Head, Body, Waiting, Writing, Piping, Streaming, Lingering, Closed };

    void next_request();
    void process();
    void want_read();
    void use(std::size_t size);  // of what was read
    // Looks at a whole head: what to answer at once, or nothing where the request may go on.
    std::optional<app::Response> open_request(Head const& head);
    [[nodiscard]] app::Response answer_bare() const;
    std::optional<app::Response> open_body(Head const& head);
    void begin_body();
    bool take_body();  // false: more must come, or room be made
    void hand_over();
    void respond(app::Response response);
    void answer_failure(int status, std::string_view code, std::string_view detail);
    void write(std::string_view body);
    void go_on();  // after a write
    void pump();
    void write_chunk(std::string text);
    void open_events();
    void finish_response();
    void linger();
    void release_upload(Error why);
    void set_deadline(std::chrono::milliseconds after) { deadline_ = shared_.config.now() + after; }
    void no_deadline() { deadline_ = Time::max(); }

    std::weak_ptr<Loop> const loop_;
    Loop& home_;
    Shared& shared_;
    Limits const& limits_;
    std::unique_ptr<Wire> const wire_;
    std::string const peer_;

    State state_ = State::Opening;
    Time deadline_ = Time::max();
    bool reading_ = false;
    bool writing_ = false;
    std::size_t write_size_ = 0;
    std::string scratch_;
    std::string input_;   // read, not yet used
    std::string output_;  // being written, then piece_ or the response's body
    std::string piece_;

    // Of the request under way.
    std::uint64_t sequence_ = 0;
    MessageReader reader_;
    BodyPlan plan_;
    app::Request request_;
    std::uint64_t body_bytes_ = 0;
    std::shared_ptr<Upload> upload_;
    bool interim_ = false;  // "100 Continue" is being written
    bool paused_ = false;   // the upload's reader is slower than its sender
    bool head_only_ = false;
    bool close_after_ = false;
    Time began_{};

    // Of its answer.
    app::Response response_;
    std::shared_ptr<app::BodyReader> download_;
    std::optional<std::uint64_t> left_;  // of a download with a length
    bool chunked_ = false;
    bool last_piece_ = false;
    std::shared_ptr<Events> events_;
    std::uint64_t ignored_ = 0;
};

}  // namespace sanjal::http
