#include "http/upload.h"

#include <algorithm>

namespace sanjal::http {

bool Upload::push(std::string piece) {
    if (piece.empty()) return true;
    std::lock_guard const lock(mutex_);
    waiting_ += piece.size();
    pieces_.push_back(std::move(piece));
    full_ = waiting_ >= ahead_bytes_;
    wake_.notify_one();
    return !full_;
}

void Upload::end() {
    std::lock_guard const lock(mutex_);
    ended_ = true;
    wake_.notify_one();
}

void Upload::cut(Error error) {
    std::lock_guard const lock(mutex_);
    if (ended_ || cut_) return;
    cut_ = std::move(error);
    pieces_.clear();
    wake_.notify_one();
}

Result<std::size_t> Upload::read(char* buffer, std::size_t size) {
    bool has_room = false;
    std::size_t taken = 0;
    {
        std::unique_lock lock(mutex_);
        wake_.wait(lock, [&] { return cut_ || ended_ || !pieces_.empty(); });
        if (cut_) return fail(*cut_);
        while (taken < size && !pieces_.empty()) {
            auto const& piece = pieces_.front();
            auto const part = std::min(size - taken, piece.size() - offset_);
            std::copy_n(piece.data() + offset_, part, buffer + taken);
            taken += part;
            offset_ += part;
            if (offset_ == piece.size()) {
                pieces_.pop_front();
                offset_ = 0;
            }
        }
        waiting_ -= taken;
        if (full_ && waiting_ <= ahead_bytes_ / 2) {
            full_ = false;
            has_room = true;
        }
    }
    if (has_room) drained_();
    return taken;
}

}  // namespace sanjal::http
