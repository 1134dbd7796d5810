#pragma once
// What a connection stands on: one client's bytes (Wire) and the thread that it lives on (Loop).  server.cpp makes them of
// Asio sockets, plain or TLS; tests and the fuzzer of strings.

#include <functional>
#include <memory>
#include <set>
#include <string_view>

namespace sanjal::http {

class Connection;

// Told on the loop's thread, never from within the call that asked.
class WireUser {
public:
    virtual ~WireUser() = default;
    virtual void on_open(bool ok) = 0;          // the TLS handshake, where there is one
    virtual void on_read(std::size_t size) = 0; // 0: the client has gone, or half-closed
    virtual void on_progress(std::size_t size) = 0;  // some of a write has left
    virtual void on_written(bool ok) = 0;
};

class Wire {
public:
    virtual ~Wire() = default;
    virtual void open(std::shared_ptr<WireUser> user) = 0;
    // At most one read and one write at a time.  The bytes stay where they are until the answer comes.
    virtual void read(std::shared_ptr<WireUser> user, char* buffer, std::size_t size) = 0;
    virtual void write(std::shared_ptr<WireUser> user, std::string_view first, std::string_view second) = 0;
    virtual void finish() = 0;  // nothing more comes from us
    virtual void close() = 0;   // pending reads and writes are answered as failed
    // Came without TLS where TLS is spoken: hears that, and nothing of the node.  Known once it is open.
    [[nodiscard]] virtual bool is_bare() const { return false; }
};

// One thread with its connections; everything of a connection happens there.
class Loop {
public:
    virtual ~Loop() = default;
    virtual void post(std::function<void()> work) = 0;  // any thread
    std::set<std::shared_ptr<Connection>> connections;  // loop's thread only
};

}  // namespace sanjal::http
