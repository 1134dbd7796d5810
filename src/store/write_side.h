#pragma once
// The write side of a store, held by one thread from begin to commit.  For Writer, change() and migrate(); nobody else.

#include "store/store.h"

namespace sanjal::store {

class WriteSide {
public:
    // Waits until nobody else in this process writes.  A thread that already writes to this store is a defect.
    explicit WriteSide(Store& store);
    ~WriteSide();  // undoes what was begun and not committed
    WriteSide(WriteSide const&) = delete;
    WriteSide& operator=(WriteSide const&) = delete;

    Result<Transaction*> begin();
    Result<void> savepoint() { return store_.savepoint(); }
    Result<void> release() { return store_.release(); }
    Result<void> rollback_to();
    Result<void> commit();
    void rollback();
    Result<void> run_script(std::string const& sql) { return store_.run_script(sql); }
    void schema_changed() { store_.schema_changed(); }

private:
    void remember_nothing() {
        if (transaction_ != nullptr) transaction_->memory_.reset();
        transaction_ = nullptr;
    }
    Store& store_;
    Transaction* transaction_ = nullptr;
    bool begun_ = false;
};

}  // namespace sanjal::store
