#include "store/store.h"

namespace sanjal::store {

std::string in_dialect(std::string_view sql, bool postgres) {
    struct Word {
        std::string_view from, sqlite, postgres;
    };
    constexpr Word words[] = {
        {"{text}", "text", "text collate \"C\""}, {"{int}", "integer", "bigint"}, {"{real}", "real", "double precision"}, {"{blob}", "blob", "bytea"}};
    std::string out;
    while (!sql.empty()) {
        bool replaced = false;
        for (auto const& word : words) {
            if (sql.substr(0, word.from.size()) == word.from) {
                out += postgres ? word.postgres : word.sqlite;
                sql.remove_prefix(word.from.size());
                replaced = true;
                break;
            }
        }
        if (replaced) continue;
        out.push_back(sql.front());
        sql.remove_prefix(1);
    }
    return out;
}

Result<std::unique_ptr<Store>> Store::open(StoreConfig const& config) {
    if (config.url.rfind("sqlite:", 0) == 0) return open_sqlite(config);
    if (config.url.rfind("postgres:", 0) == 0) return open_postgres(config);
    return fail(Fault::Invalid, "store.url", "A store is named sqlite:FILE or postgres:CONNECTION.");
}

}  // namespace sanjal::store
