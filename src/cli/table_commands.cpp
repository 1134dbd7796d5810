// `sanjal import`, `sanjal map`, and `sanjal export --format`: tables in and out.  The house is open already.
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <set>
#include <sstream>

#include "cli/command.h"
#include "features/import/export.h"
#include "features/import/import.h"
#include "features/import/maps.h"

namespace sanjal::cli {
namespace {

constexpr std::size_t map_bytes_max = 1U << 20U;

int year_now(app::House& house) { return static_cast<int>(std::chrono::year_month_day(std::chrono::floor<std::chrono::days>(house.clock().now())).year()); }

Result<Json> map_of_file(std::string const& path) {
    std::ifstream in(path, std::ios::binary);
    std::ostringstream text;
    text << in.rdbuf();
    if (!in || text.str().size() > map_bytes_max) return fail(Fault::NotFound, "map.file", "The column map cannot be read.", path);
    auto json = parse_json(text.str());
    if (!json) return fail(Fault::Invalid, "map.json", "The column map is not JSON.", path + ":" + json.error().where);
    return json;
}

// By --format of the pack, or by --map: a file, else the name of a saved one.
Result<import::Format> format_of(app::House& house, pack::Pack const& pack, Arguments const& arguments) {
    if (!arguments.has("map")) return import::Format::of_pack(pack, arguments.get("format"), year_now(house));
    std::string const given = arguments.get("map");
    if (access(given.c_str(), F_OK) == 0) {
        SANJAL_TRY(auto const document, map_of_file(given));
        return import::Format::of_document(pack, "map", document, year_now(house));
    }
    Json document;
    SANJAL_DO(house.store().read([&](store::Transaction& tx) -> Result<void> {
        SANJAL_TRY(auto map, import::find_map(tx, given));
        document = std::move(map.document);
        return {};
    }));
    return import::Format::of_document(pack, given, document, year_now(house));
}

Json texts(std::vector<std::string> const& all) {
    Json list = Json::list();
    for (auto const& one : all) list.push_back(one);
    return list;
}

Json answer_of(import::ImportResult const& done, double seconds) {
    Json out = Json::object({{"rows", done.rows}, {"imported", done.imported}, {"refused", done.refused}, {"seconds", seconds}});
    if (!done.notes.empty()) out.set("notes", texts(done.notes));
    Json missed = Json::object();
    for (auto const& [column, count] : done.missed) missed.set(column, count);
    if (!done.missed.empty()) out.set("not_understood", std::move(missed));
    Json first = Json::list();
    for (auto const& [line, reason] : done.examples) first.push_back(Json::object({{"line", line}, {"reason", reason}}));
    if (!done.examples.empty()) out.set("first_refused", std::move(first));
    return out;
}

Result<Json> run_import(app::House& house, Arguments const& arguments) {
    auto const started = std::chrono::steady_clock::now();
    auto const pack = house.packs().in_force();
    SANJAL_TRY(auto const format, format_of(house, *pack, arguments));
    SANJAL_TRY(auto const source, table::open_file(arguments.words[2]));
    auto options = import::options_of(format.options());
    if (arguments.has("encoding")) options.encoding = arguments.get("encoding");
    if (arguments.has("sheet")) options.sheet = arguments.get("sheet");
    import::ImportRequest request;
    request.actor = house.operator_id();
    bool const dry = arguments.has("dry-run");
    if (!dry) {
        SANJAL_TRY(request.unit, import::unit_for(house, arguments.get("unit")));
        request.batch = house.new_id();
        ::mkdir(house.path("imports").c_str(), 0700);
    }
    bool const terminal = isatty(2) != 0;
    request.progress = [&](std::int64_t bytes, std::int64_t of, std::int64_t rows) {
        if (terminal) std::fprintf(stderr, "\r%3lld %%, %lld rows", static_cast<long long>(of > 0 ? bytes * 100 / of : 100), static_cast<long long>(rows));
    };
    import::RefusedFile refused(house.path("imports/" + request.batch + ".refused.csv"));
    request.refused = &refused;
    SANJAL_TRY(auto const done, import::import_rows(house, *pack, format, *source, options, request));
    if (!dry) {
        SANJAL_DO(refused.finish());
        SANJAL_DO(import::complete_import(house, request, done, {}, {}));
    }
    if (terminal) std::fputs("\n", stderr);
    Json out = answer_of(done, std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count());
    if (!dry) out.set("batch", request.batch);
    if (auto const path = refused.path(); !path.empty()) out.set("refused_file", path);
    return out;
}

// Written beside and put in place whole.
Result<Json> run_export(app::House& house, Arguments const& arguments) {
    auto const pack = house.packs().in_force();
    SANJAL_TRY(auto format, format_of(house, *pack, arguments));
    import::ExportRequest request;
    request.pack = pack;
    request.purpose = arguments.get("purpose");
    request.kind = import::kind_for(arguments.get("format", "csv"));
    request.clinical = arguments.has("clinical");
    SANJAL_TRY(auto const table, import::TableExport::start(house, std::move(format), std::move(request)));
    std::string const out = arguments.get("out");
    std::string const fresh = out + ".new";
    house.ledger().note_access({"node", "list", arguments.get("purpose"), "export"});
    auto const write = [&]() -> Result<void> {
        std::ofstream file(fresh, std::ios::binary | std::ios::trunc);
        std::string buffer(64U << 10U, '\0');
        while (true) {
            SANJAL_TRY(auto const count, table->read(buffer.data(), buffer.size()));
            if (count == 0) break;
            file.write(buffer.data(), static_cast<std::streamsize>(count));
            if (!file) break;
        }
        file.close();
        if (!file || std::rename(fresh.c_str(), out.c_str()) != 0) return fail(Fault::Io, "export.io", "The export could not be written. Is the disk full?", out);
        return {};
    };
    if (auto const written = write(); !written) {
        std::remove(fresh.c_str());
        return fail(written.error());
    }
    SANJAL_DO(house.ledger().flush_access(true));
    return Json::object({{"out", out}, {"rows", table->rows()}});
}

Result<Json> run_map(app::House& house, Arguments const& arguments) {
    std::string const& what = arguments.words[1];
    if (what == "save") {
        SANJAL_TRY(auto const document, map_of_file(arguments.words[3]));
        std::string record;
        SANJAL_DO(house.ledger().write([&](store::Transaction& tx) -> Result<void> {
            SANJAL_TRY(record, import::save_map(house, tx, arguments.get("name"), document, house.operator_id(), ""));
            return {};
        }));
        return Json::object({{"map", arguments.get("name")}, {"record", record}});
    }
    Json out = Json::object();
    SANJAL_DO(house.store().read([&](store::Transaction& tx) -> Result<void> {
        if (what == "show") {
            SANJAL_TRY(auto map, import::find_map(tx, arguments.get("name")));
            out = std::move(map.document);
            return {};
        }
        SANJAL_TRY(auto const all, import::list_maps(tx));
        Json names = Json::list();
        for (auto const& one : all) names.push_back(one.name);
        out.set("maps", std::move(names));
        return {};
    }));
    return out;
}

int said(Result<Json> const& done, bool json) {
    if (!done) return failed(done.error(), json);
    print(*done, json);
    return 0;
}

}  // namespace

int import_table(app::House& house, Arguments const& arguments) {
    bool const json = arguments.has("json");
    if (!arguments.has("undo")) return said(run_import(house, arguments), json);
    if (auto const undone = import::undo_import(house, arguments.get("undo"), house.operator_id()); !undone) return failed(undone.error(), json);
    print(Json::object({{"undone", arguments.get("undo")}}), json);
    return 0;
}

Result<Json> also_to_erase(app::House& house, std::string const& record) {
    Json all = Json::list();
    SANJAL_DO(house.store().read([&](store::Transaction& tx) -> Result<void> {
        // A row is about a part, which names a case and a person; or about the record itself.
        SANJAL_TRY(auto const rows, tx.texts("select r.id from record r join record_link l on l.origin = r.id and l.field = 'about' where r.type = 'imported_row' and (l.target = $1"
                                             " or exists (select 1 from record_link p where p.origin = l.target and p.target = $1)) order by r.id",
                                             {record}));
        std::set<std::string> files;
        for (auto const& row : rows) {
            all.push_back(row);
            SANJAL_TRY(auto const state, record::load(tx, row));
            SANJAL_TRY(auto const batch, record::find(tx, state.data().text_at("batch")));
            for (auto const* begun : batch ? batch->events("import.begun") : std::vector<Json const*>()) {
                if (auto const file = begun->text_at("of"); !file.empty()) files.emplace(file);
            }
        }
        for (auto const& file : files) all.push_back(file);
        return {};
    }));
    return all;
}

int export_table(app::House& house, Arguments const& arguments) { return said(run_export(house, arguments), arguments.has("json")); }

// A map is printed as JSON always: that file is what another node takes.
int column_map(app::House& house, Arguments const& arguments) { return said(run_map(house, arguments), arguments.has("json") || arguments.words[1] == "show"); }

}  // namespace sanjal::cli
