// `sanjal match pairs|rank|search`: comparing names and persons in files, to measure matching from outside; no node is opened.
// `match link` stands in match_link.cpp.
#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdio>

#include "cli/ahead.h"
#include "cli/command.h"
#include "cli/match_map.h"
#include "cli/table.h"
#include "match/explain.h"
#include "match/index.h"
#include "match/name_score.h"

namespace sanjal::cli {

namespace {

using Clock = std::chrono::steady_clock;

double milliseconds_since(Clock::time_point from) { return std::chrono::duration<double, std::milli>(Clock::now() - from).count(); }

Result<std::size_t> count_of(Arguments const& arguments, char const* name, std::size_t otherwise) {
    std::string const text = arguments.get(name);
    if (text.empty()) return otherwise;
    std::size_t value = 0;
    auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || value == 0 || value > 10000) {
        return fail(Fault::Invalid, "match.count", "Give a whole number from 1 to 10000.", std::string("--") + name);
    }
    return value;
}

Result<void> pairs(Arguments const& arguments) {
    SANJAL_TRY(auto table, Table::open(arguments.words[2], Table::Form::Tsv));
    SANJAL_TRY(auto const id, table.column(arguments.get("id")));
    SANJAL_TRY(auto const a, table.column(arguments.get("a")));
    SANJAL_TRY(auto const b, table.column(arguments.get("b")));
    Progress progress("pairs");
    std::int64_t count = 0;
    while (true) {
        SANJAL_TRY(auto const row, table.next());
        if (!row) return {};
        auto const evidence = match::compare_names(match::parse_name((*row)[a]), match::parse_name((*row)[b]));
        std::printf("%s\t%.4f", (*row)[id].c_str(), static_cast<double>(match::name_bits(evidence)));
        if (arguments.has("explain")) std::printf("\t%s", match::explain_names(evidence, arguments.get("language", "en")).c_str());
        std::printf("\n");
        progress.step(++count);
    }
}

Result<void> rank(Arguments const& arguments) {
    SANJAL_TRY(auto const top, count_of(arguments, "top", 10));
    match::Index index;
    std::vector<std::string> ids, names;
    // The file may have no header: what looks like one is a document that nobody asks for.
    SANJAL_TRY(auto corpus, Table::open(arguments.get("corpus"), Table::Form::Tsv));
    auto const put = [&](std::vector<std::string> const& row) {
        match::Person person;
        person.key = ids.size();
        person.names = {row.back()};
        index.put(person);
        ids.push_back(row.front());
        names.push_back(row.back());
    };
    put(corpus.header());
    while (true) {
        SANJAL_TRY(auto const row, corpus.next());
        if (!row) break;
        put(*row);
    }
    index.settle();
    SANJAL_TRY(auto queries, Table::open(arguments.get("queries"), Table::Form::Tsv));
    Progress progress("queries");
    std::int64_t count = 0;
    std::vector<double> taken;
    auto const ask = [&](std::vector<std::string> const& row) {
        auto const from = Clock::now();
        match::Person wanted;
        wanted.names = {row.back()};
        auto const name = match::parse_name(row.back());
        std::vector<std::pair<float, match::PersonKey>> scored;
        for (auto const& found : index.search(wanted, std::max<std::size_t>(250, top))) {
            scored.emplace_back(match::name_bits(name, match::parse_name(names[found.key])) + 0.02F * found.score.bits, found.key);
        }
        std::sort(scored.begin(), scored.end(), [](auto const& x, auto const& y) { return x.first > y.first || (x.first == y.first && x.second < y.second); });
        taken.push_back(milliseconds_since(from));
        for (std::size_t i = 0; i < scored.size() && i < top; ++i) std::printf("%s\t%s\t%.4f\n", row.front().c_str(), ids[scored[i].second].c_str(), static_cast<double>(scored[i].first));
        progress.step(++count);
    };
    ask(queries.header());
    while (true) {
        SANJAL_TRY(auto const row, queries.next());
        if (!row) break;
        ask(*row);
    }
    std::sort(taken.begin(), taken.end());
    if (!taken.empty()) std::fprintf(stderr, "%zu queries over %zu names: p50 %.2f ms, p95 %.2f ms\n", taken.size(), ids.size(), taken[taken.size() / 2], taken[taken.size() * 95 / 100]);
    return {};
}

Result<void> search(Arguments const& arguments) {
    SANJAL_TRY(auto const top, count_of(arguments, "top", 10));
    auto const begun = Clock::now();
    match::Index index;
    std::vector<std::string> ids;
    {
        SANJAL_TRY(auto table, Table::open(arguments.get("register"), Table::Form::Csv));
        SANJAL_TRY(auto const id, table.column(arguments.get("id", "id")));
        SANJAL_TRY(auto const map, ColumnMap::parse(arguments.get("map"), table));
        Progress progress("persons");
        using Said = std::pair<std::string, match::Person>;
        Ahead<Said> persons([&]() -> Result<std::optional<Said>> {
            SANJAL_TRY(auto const row, table.next());
            if (!row) return std::optional<Said>();
            return std::optional(Said((*row)[id], map.person(*row)));
        });
        while (true) {
            SANJAL_TRY(auto said, persons.next());
            if (!said) break;
            said->second.key = ids.size();
            index.put(said->second);
            ids.push_back(std::move(said->first));
            progress.step(static_cast<std::int64_t>(ids.size()));
        }
        index.settle();
    }
    double const built = milliseconds_since(begun);
    SANJAL_TRY(auto table, Table::open(arguments.get("queries"), Table::Form::Csv));
    SANJAL_TRY(auto const id, table.column(arguments.has("query-id") ? arguments.get("query-id") : std::find(table.header().begin(), table.header().end(), "qid") != table.header().end() ? "qid" : arguments.get("id", "id")));
    SANJAL_TRY(auto const map, ColumnMap::parse(arguments.get("map"), table));
    std::vector<double> taken;
    while (true) {
        SANJAL_TRY(auto const row, table.next());
        if (!row) break;
        auto const from = Clock::now();
        auto const found = index.search(map.person(*row), top);
        taken.push_back(milliseconds_since(from));
        for (std::size_t i = 0; i < found.size(); ++i) {
            std::printf("%s\t%s\t%.4f\t%zu", (*row)[id].c_str(), ids[found[i].key].c_str(), static_cast<double>(found[i].score.bits), i + 1);
            if (arguments.has("explain")) std::printf("\t%s", match::explain(found[i].score, arguments.get("language", "en")).c_str());
            std::printf("\n");
        }
    }
    std::sort(taken.begin(), taken.end());
    if (taken.empty()) return {};
    std::fprintf(stderr, "%zu persons, built in %.2f s, %.0f bytes each; %zu queries: p50 %.2f ms, p95 %.2f ms\n", ids.size(), built / 1000,
                 static_cast<double>(index.bytes()) / static_cast<double>(std::max<std::size_t>(1, ids.size())),
                 taken.size(), taken[taken.size() / 2], taken[taken.size() * 95 / 100]);
    return {};
}

}  // namespace

int match_command(Arguments const& arguments) {
    std::string const what = arguments.words.size() > 1 ? arguments.words[1] : "";
    Result<void> done;
    if (what == "pairs" && arguments.words.size() == 3 && arguments.has("id") && arguments.has("a") && arguments.has("b")) done = pairs(arguments);
    else if (what == "rank" && arguments.has("corpus") && arguments.has("queries")) done = rank(arguments);
    else if (what == "search" && arguments.has("register") && arguments.has("queries") && arguments.has("map")) done = search(arguments);
    else if (what == "link" && (arguments.words.size() == 3 || arguments.words.size() == 4) && arguments.has("id") && arguments.has("map")) done = match_link(arguments);
    else return wrong_usage();
    return done ? 0 : failed(done.error(), arguments.has("json"));
}

}  // namespace sanjal::cli
