#include "features/import/import.h"

#include <algorithm>

#include "base/bytes.h"

namespace sanjal::import {
namespace {

constexpr std::size_t records_a_group = 200;
constexpr std::size_t examples_max = 20;

ledger::Submission submission_of(app::House& house, std::string const& actor, std::string const& pack) {
    ledger::Submission made;
    made.id = house.new_id();
    made.actor = actor;
    made.pack = pack;
    return made;
}

ledger::Submission submission_of(app::House& house, std::string const& actor) { return submission_of(house, actor, house.packs().in_force()->reference()); }

Result<void> write_one(app::House& house, std::string const& batch, std::string const& actor, std::string_view verb, std::vector<ledger::Field> fields, InWriter const& after) {
    return house.ledger().write([&](store::Transaction& tx) -> Result<void> {
        auto submission = submission_of(house, actor);
        ledger::NewEntry entry;
        entry.verb = "import." + std::string(verb);
        entry.record = batch;
        entry.fields = fields;
        submission.entries.push_back(std::move(entry));
        SANJAL_TRY(auto const entries, house.commit(tx, std::move(submission)));
        return after ? after(tx, entries) : Result<void>{};
    });
}

// A group of rows on its way into the ledger.
class Group {
public:
    Group(app::House& house, pack::Pack const& pack, Format const& format, ImportRequest const& request) : house_(house), pack_(pack), format_(format), request_(request) {}

    void add(std::vector<Made> row) { rows_.push_back(std::move(row)); }
    [[nodiscard]] bool is_full() const { return rows_.size() * format_.records_a_row() >= records_a_group; }

    Result<void> flush() {
        if (rows_.empty()) return {};
        SANJAL_DO(house_.ledger().write([&](store::Transaction& tx) { return write(tx); }, store::Priority::Low));
        rows_.clear();
        return {};
    }

private:
    Result<void> write(store::Transaction& tx) {
        give_ids(tx);
        auto submission = submission_of(house_, request_.actor, pack_.reference());
        for (auto const& row : rows_) {
            for (auto const& made : row) {
                if (!made.is_new) continue;
                ledger::NewEntry entry;
                entry.verb = made.type + ".opened";
                entry.record = made.id;
                entry.fields = made.fields;
                for (auto const& [name, value] : format_.makes().find(made.alias)->members()) {
                    auto const* field = name == "type" || name == "once" ? nullptr : pack_.field(made.type, name);
                    if (field == nullptr || field->text_at("kind") != "relation") continue;
                    auto const other = std::find_if(row.begin(), row.end(), [&alias = value.text()](Made const& one) { return one.alias == alias; });
                    SANJAL_CHECK(other != row.end());
                    entry.fields.push_back({name, other->id, std::string(field->text_at("class"))});
                }
                entry.fields.push_back({"batch", request_.batch, "operational"});
                entry.fields.push_back({"unit_of_origin", request_.unit, "operational"});
                submission.entries.push_back(std::move(entry));
            }
        }
        SANJAL_DO(house_.commit(tx, std::move(submission)));
        return {};
    }
    // Ids in the order of the rows, so that an export has them in the order of the file.  Drawn within the writer: nothing is
    // read about a record that begins here.
    void give_ids(store::Transaction& tx) {
        std::vector<std::string> ids;
        for (std::size_t i = 0; i < rows_.size() * format_.records_a_row(); ++i) ids.push_back(house_.new_record(tx));
        std::sort(ids.begin(), ids.end());
        auto next = ids.begin();
        for (auto& row : rows_) {
            for (auto& made : row) {
                made.id = *next++;
                name_elements(made);
                if (!format_.makes().find(made.alias)->bool_at("once")) continue;
                auto const& [alias, id] = *once_.emplace(made.alias, made.id).first;
                made.is_new = id == made.id;
                made.id = id;
            }
        }
    }

    // Elements of a field stand in a record in the order of their ids.
    void name_elements(Made& made) {
        auto const count = static_cast<std::size_t>(std::count_if(made.fields.begin(), made.fields.end(), [](ledger::Field const& field) { return field.name.find('/') != std::string::npos; }));
        std::vector<std::string> elements;
        for (std::size_t i = 0; i < count; ++i) elements.push_back(to_base64url(house_.random().bytes(6)));
        std::sort(elements.begin(), elements.end());
        auto next = elements.begin();
        for (auto& field : made.fields) {
            if (auto const slash = field.name.find('/'); slash != std::string::npos) field.name = field.name.substr(0, slash + 1) + *next++;
        }
    }

    app::House& house_;
    pack::Pack const& pack_;
    Format const& format_;
    ImportRequest const& request_;
    std::vector<std::vector<Made>> rows_;
    std::map<std::string, std::string> once_;  // alias -> the one record of the whole file
};

// What the actor's role does not write stands beside alone.
void withhold(Format const& format, ImportRequest const& request, std::vector<Made>& row, std::set<std::string>& withheld) {
    if (!request.may_write) return;
    for (auto& made : row) {
        if (made.alias == format.keep()) continue;
        made.fields.erase(std::remove_if(made.fields.begin(), made.fields.end(),
                                         [&](ledger::Field const& field) {
                                             std::string const name = field.name.substr(0, field.name.find('/'));
                                             if (request.may_write(made.type, name, field.sensitivity)) return false;
                                             withheld.insert(made.type + "." + name);
                                             return true;
                                         }),
                          made.fields.end());
    }
}

}  // namespace

Result<std::string> unit_for(app::House& house, std::string const& wanted) {
    std::string unit = wanted;
    SANJAL_DO(house.store().read([&](store::Transaction& tx) -> Result<void> {
        if (!wanted.empty()) {
            SANJAL_TRY(auto const state, record::find(tx, wanted));
            if (!state || state->type() != "unit") return fail(Fault::NotFound, "unit.none", "There is no such unit at this node.", "--unit");
            return {};
        }
        return tx.each("select id from record where type = 'unit' order by id limit 1", {}, [&](store::Row const& row) -> Result<void> {
            unit = row.text(0);
            return {};
        });
    }));
    if (unit.empty()) return fail(Fault::Invalid, "import.no_unit", "No unit is registered at this node, so the records would be nobody's. Add one with `sanjal unit add`.");
    return unit;
}

Result<ImportResult> import_rows(app::House& house, pack::Pack const& pack, Format const& format, table::Source& source, ReadOptions const& options, ImportRequest const& request) {
    SANJAL_TRY(auto const rows, Rows::open(source, format, options));
    ImportResult result;
    bool const dry = request.batch.empty();
    if (!dry) {
        std::vector<ledger::Field> fields = {{"format", format.name(), "operational"}, {"unit", request.unit, "operational"}};
        if (!request.file.empty()) fields.push_back({"of", request.file, "operational"});
        SANJAL_DO(write_one(house, request.batch, request.actor, "begun", std::move(fields), {}));
    }
    Group group(house, pack, format, request);
    std::set<std::string> withheld;
    while (true) {
        SANJAL_TRY(auto const row, rows->next());
        if (!row) break;
        std::string reason = row->wrong;
        if (reason.empty()) {
            auto made = format.records(rows->header(), *row, result.missed);
            if (made && made->empty()) continue;  // nothing but separators
            ++result.rows;
            if (made) {
                ++result.imported;
                withhold(format, request, *made, withheld);
                if (dry) continue;
                group.add(std::move(*made));
                if (!group.is_full()) continue;
                if (request.should_stop && request.should_stop()) return fail(Fault::Busy, "import.stopped", "The node was stopped in the middle of this import. Nothing of it is shown; start it again.");
                SANJAL_DO(group.flush());
                if (request.progress) request.progress(source.position(), source.size(), result.rows);
                continue;
            }
            reason = made.error().message;
        } else {
            ++result.rows;
        }
        ++result.refused;
        if (result.examples.size() < examples_max) result.examples.emplace_back(row->line, reason);
        if (!dry) SANJAL_DO(request.refused->add(row->line, reason, row->raw));
    }
    SANJAL_DO(group.flush());
    result.notes = rows->notes();
    for (auto const& field : withheld) result.notes.push_back("Your role does not write " + field + "; those cells are kept as they stood and go into no field.");
    return result;
}

Result<void> complete_import(app::House& house, ImportRequest const& request, ImportResult const& result, std::vector<ledger::Field> more, InWriter const& after) {
    std::vector<ledger::Field> fields = {{"imported", result.imported, "operational"}, {"refused", result.refused, "operational"}, {"rows", result.rows, "operational"}};
    fields.insert(fields.end(), more.begin(), more.end());
    return write_one(house, request.batch, request.actor, "completed", std::move(fields), after);
}

Result<void> fail_import(app::House& house, ImportRequest const& request, Error const& why) {
    bool begun = false;
    SANJAL_DO(house.store().read([&](store::Transaction& tx) -> Result<void> {
        SANJAL_TRY(auto const state, record::find(tx, request.batch));
        begun = state.has_value();
        return {};
    }));
    if (!begun) return {};
    return write_one(house, request.batch, request.actor, "failed", {{"code", why.code, "operational"}, {"detail", why.message, "operational"}}, {});
}

Result<void> undo_in(app::House& house, store::Transaction& tx, std::string const& batch, std::string const& actor) {
    SANJAL_TRY(auto const state, record::find(tx, batch));
    if (!state || state->type() != "import") return fail(Fault::NotFound, "import.none", "There is no import of that number.", "--undo");
    if (state->condition() == "undone") return fail(Fault::Conflict, "import.undone", "This import is undone already.", "--undo");
    auto submission = submission_of(house, actor);
    ledger::NewEntry entry;
    entry.verb = "import.undone";
    entry.record = batch;
    submission.entries.push_back(std::move(entry));
    SANJAL_DO(house.commit(tx, std::move(submission)));
    return {};
}

Result<void> undo_import(app::House& house, std::string const& batch, std::string const& actor) {
    return house.ledger().write([&](store::Transaction& tx) { return undo_in(house, tx, batch, actor); });
}

}  // namespace sanjal::import
