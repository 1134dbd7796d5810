#include "features/reports/table.h"

#include <algorithm>
#include <set>

#include "rules/condition.h"
#include "rules/form.h"
#include "rules/value.h"

namespace sanjal::reports {
namespace {

constexpr std::size_t records_max = 50'000;
constexpr std::int64_t day_ms = std::int64_t{24} * 60 * 60 * 1000;

std::string text_of(Json const& json) { return json.is_text() ? json.text() : std::string(); }

Json::List list_of(Json const* json) {
    if (json == nullptr) return {};
    return json->is_list() ? json->items() : Json::List{*json};
}

bool is_known(Json const* value) { return value != nullptr && !value->is_null() && !rules::is_none(*value) && !rules::is_erased(*value); }

// The mask of somebody who sees numbers alone, or who is nobody: classes by which records may be put together.
policy::Mask of_numbers() { return {{"operational", "legal"}, {}, {}}; }

class Reader {
public:
    Reader(app::Context& context, std::string_view name, Json const& report, std::string language, Whose whose)
        : context_(context), pack_(context.pack()), name_(name), report_(report), type_(report.text_at("of")), language_(std::move(language)), whose_(whose) {}

    Result<Table> run(std::string const& about) {
        SANJAL_TRY(auto const all, load(context_.tx(), context_, whose_, type_));
        SANJAL_DO(read_others());
        std::vector<Counted> counted;
        auto const* where = report_.find("where");
        auto const condition = where != nullptr ? rules::Condition::parse(*where) : fail(Fault::NotFound, "", "");
        for (auto const& seen : all) {
            if (!about.empty() && !names(seen, about)) continue;
            Counted one{&seen, {}};
            SANJAL_DO(add_to(one));
            if (where != nullptr && (!condition || rules::evaluate(*condition, facts_of(one)) != rules::Truth::True)) continue;
            counted.push_back(std::move(one));
        }
        Table table;
        bool const grouped = report_.find("by") != nullptr;
        table.columns = columns(grouped);
        if (grouped) put_together(counted, table);
        else SANJAL_DO(put_rows(counted, table));
        sort(table);
        return table;
    }

private:
    struct Counted {
        Seen const* seen;
        std::map<std::string, Json> added;
    };

    [[nodiscard]] Json::Object const& additions() const {
        static Json const none = Json::object();
        auto const* add = report_.find("add");
        return (add != nullptr && add->is_object() ? *add : none).members();
    }

    bool names(Seen const& seen, std::string const& record) const {
        auto const* definition = pack_.type(type_);
        for (auto const& [field, one] : definition->find("fields")->members()) {
            auto const kind = one.text_at("kind");
            if (kind != "relation" && kind != "unit") continue;
            auto const targets = seen.targets(pack_, field);
            if (std::find(targets.begin(), targets.end(), record) != targets.end()) return true;
        }
        return false;
    }

    // Records of other types that are counted, by what they name.
    Result<void> read_others() {
        for (auto const& [word, definition] : additions()) {
            std::string what;
            for (char const* kind : {"count", "sum", "newest"}) what += definition.text_at(kind);
            if (what.empty()) continue;
            std::string const other = what.substr(0, what.find('.'));
            if (loaded_.count(other) == 0) {
                SANJAL_TRY(loaded_[other], load(context_.tx(), context_, whose_, other));
            }
            auto& index = by_target_[word];
            auto const* where = definition.find("where");
            auto const condition = where != nullptr ? rules::Condition::parse(*where) : fail(Fault::NotFound, "", "");
            for (auto const& seen : loaded_[other]) {
                auto const own = [&](std::string_view path) { return seen.value(pack_, path.substr(path.find('.') + 1)); };
                if (where != nullptr && (!condition || rules::evaluate(*condition, own) != rules::Truth::True)) continue;
                if (auto const still = definition.text_at("still"); !still.empty() && is_past(seen.value(pack_, still))) continue;
                for (auto const& target : seen.targets(pack_, definition.text_at("by"))) index[target].push_back(&seen);
            }
        }
        return {};
    }

    // A day holds to its end.  What is not known is not past.
    [[nodiscard]] bool is_past(Json const* value) const {
        if (!is_known(value)) return false;
        auto const at = rules::moment_of(*value, pack_.calendar());
        return at && milliseconds_of(*at) + (value->text().size() <= 10 ? day_ms : 0) <= milliseconds_of(context_.now());
    }

    Result<void> add_to(Counted& one) {
        for (auto const& [word, definition] : additions()) {
            SANJAL_TRY(one.added[word], added(word, definition, one));
        }
        for (auto const& [word, definition] : additions()) put_derived(word, definition, one.added);
        return {};
    }

    Result<Json> added(std::string const& word, Json const& definition, Counted const& one) {
        auto const& seen = *one.seen;
        if (auto const field = definition.text_at("number"); !field.empty()) {
            auto const* value = seen.value(pack_, field);
            return value != nullptr && value->is_integer() ? *value : Json();
        }
        if (auto const field = definition.text_at("days"); !field.empty()) {
            auto const* value = seen.value(pack_, field);
            auto const at = is_known(value) ? rules::moment_of(*value, pack_.calendar()) : std::nullopt;
            return at ? Json((milliseconds_of(context_.now()) - milliseconds_of(*at)) / day_ms) : Json();
        }
        if (auto const what = definition.text_at("work"); !what.empty()) return work(what, seen.targets(pack_, definition.text_at("of")));
        if (definition.find("less") != nullptr || definition.find("percent") != nullptr) return Json();
        return of_others(word, definition, seen);
    }

    Result<Json> of_others(std::string const& word, Json const& definition, Seen const& seen) {
        auto const& index = by_target_[word];
        auto const on = definition.text_at("on");
        auto const targets = on.empty() ? std::vector<std::string>{seen.id} : seen.targets(pack_, on);
        std::set<Seen const*> others;
        for (auto const& target : targets) {
            if (auto const found = index.find(target); found != index.end()) others.insert(found->second.begin(), found->second.end());
        }
        if (definition.find("count") != nullptr) {
            auto const each = definition.text_at("each");
            if (each.empty()) return Json(static_cast<std::int64_t>(others.size()));
            std::set<std::string> different;
            for (auto const* other : others) {
                if (auto const* value = other->value(pack_, each); is_known(value)) different.insert(write_json(*value));
            }
            return Json(static_cast<std::int64_t>(different.size()));
        }
        bool const sums = definition.find("sum") != nullptr;
        auto const what = definition.text_at(sums ? "sum" : "newest");
        auto const field = what.substr(what.find('.') + 1);
        std::int64_t sum = 0;
        std::string newest;
        for (auto const* other : others) {
            auto const* value = other->value(pack_, field);
            if (!is_known(value)) continue;
            if (value->is_integer()) sum += value->integer();
            if (value->is_text()) newest = std::max(newest, value->text());
        }
        if (sums) return Json(sum);
        return newest.empty() ? Json() : Json(newest);
    }

    // Cases in which this person has something to do, the tasks themselves, or those that are late.
    Result<Json> work(std::string_view what, std::vector<std::string> const& people) {
        std::int64_t sum = 0;
        for (auto const& person : people) {
            std::string const select = what == "cases" ? "count(distinct root)" : "count(distinct part || '.' || step)";
            store::Args args{person};
            if (what == "late") args.emplace_back(milliseconds_of(context_.now()));
            SANJAL_TRY(auto const count, context_.tx().integer("select " + select + " from casework_task where owner = $1 and state in ('open', 'approving')" + (what == "late" ? " and due < $2" : ""), args));
            sum += count.value_or(0);
        }
        return Json(sum);
    }

    // What is worked out of two other numbers: of each record, and again of what was put together.
    static void put_derived(std::string const& word, Json const& definition, std::map<std::string, Json>& values) {
        for (char const* kind : {"less", "percent"}) {
            auto const* of = definition.find(kind);
            if (of == nullptr || !of->is_list() || of->items().size() != 2) continue;
            auto const& first = values[text_of(of->items()[0])];
            auto const& second = values[text_of(of->items()[1])];
            if (!first.is_integer() || !second.is_integer()) values[word] = Json();
            else if (std::string_view(kind) == "less") values[word] = Json(first.integer() - second.integer());
            else values[word] = second.integer() == 0 ? Json() : Json((100 * first.integer() + second.integer() / 2) / second.integer());
        }
    }

    rules::Facts facts_of(Counted const& one) const {
        return [this, &one](std::string_view path) -> Json const* {
            auto const dot = path.find('.');
            if (path.substr(0, dot) != "report") return one.seen->value(pack_, path.substr(dot + 1));
            auto const found = one.added.find(std::string(path.substr(dot + 1)));
            return found != one.added.end() && !found->second.is_null() ? &found->second : nullptr;
        };
    }

    Json columns(bool grouped) const {
        Json list = Json::list();
        std::vector<std::string> named;
        for (auto const& column : list_of(report_.find(grouped ? "by" : "columns"))) named.push_back(text_of(column));
        if (grouped) {
            named.emplace_back("count");
            for (auto const& [word, definition] : additions()) named.push_back(word);
        }
        for (auto const& column : named) {
            auto const* definition = find_addition(column);
            auto const* field = definition == nullptr ? pack_.field(type_, column) : nullptr;
            Json one = Json::object({{"name", column}});
            if (definition != nullptr) {
                one.set("title", rules::label(pack_.document, language_, "report." + std::string(name_) + "." + column + ".title", definition->text_at("title")));
                one.set("kind", definition->find("newest") != nullptr ? "date" : definition->find("percent") != nullptr ? "percent" : "number");
            } else if (field == nullptr) {
                one.set("kind", "number");  // how many there are: the reader's own words say it
            } else {
                one.set("title", rules::label(pack_.document, language_, std::string(type_) + "." + column + ".ask", field->text_at("ask"))).set("kind", field->text_at("kind"));
                if (auto const from = field->text_at("from"); !from.empty()) one.set("choices", rules::choices(pack_.document, language_, from));
                if (field->bool_at("many")) one.set("many", true);
            }
            list.push_back(std::move(one));
        }
        return list;
    }

    [[nodiscard]] Json const* find_addition(std::string_view word) const {
        auto const* add = report_.find("add");
        // A title of its own: `count` of a grouped report stands under no word.
        auto const* found = add != nullptr ? add->find(word) : nullptr;
        return found != nullptr ? (found->find("title") != nullptr ? found : nullptr) : nullptr;
    }

    Result<void> put_rows(std::vector<Counted> const& counted, Table& table) {
        auto const columns = list_of(report_.find("columns"));
        for (auto const& one : counted) {
            Table::Row row;
            row.record = one.seen->id;
            row.values = one.added;
            for (auto const& column : columns) {
                std::string const field = text_of(column);
                if (row.values.count(field) > 0) continue;
                auto const* value = one.seen->value(pack_, field);
                if (value == nullptr) continue;
                SANJAL_TRY(row.values[field], shown(*pack_.field(type_, field), *value));
            }
            if (auto const sort = sort_field(); !sort.empty() && row.values.count(sort) == 0) {
                if (auto const* value = one.seen->value(pack_, sort)) row.values[sort] = *value;
            }
            table.rows.push_back(std::move(row));
        }
        return {};
    }

    // A record that is named is called by what its type says, if the reader may know that; units and people by the client.
    Result<Json> shown(Json const& definition, Json const& value) {
        if (definition.text_at("kind") != "relation" || definition.text_at("to") == "actor") return value;
        Json list = Json::list();
        for (auto const& one : list_of(&value)) {
            Json named = Json::object({{"record", text_of(one)}});
            SANJAL_TRY(auto const state, record::find(context_.tx(), text_of(one)));
            auto const* type = state ? pack_.type(state->type()) : nullptr;
            auto const called = type != nullptr ? type->text_at("called") : std::string_view();
            if (!called.empty()) {
                SANJAL_TRY(auto const mask, mask_on(text_of(one), *state));
                Seen const seen{text_of(one), *state, mask};
                if (auto const* name = seen.value(pack_, called); name != nullptr && name->is_text()) named.set("called", *name);
            }
            list.push_back(std::move(named));
        }
        return value.is_list() ? list : list.items().empty() ? Json() : list.items().front();
    }

    Result<policy::Mask> mask_on(std::string const& record, record::State const& state) {
        if (whose_ == Whose::Public) return policy::Mask();
        SANJAL_TRY(auto const stands, policy::standing(context_.tx(), context_.actor(), record, context_.now()));
        if (stands.relations.empty() || stands.blocked) return policy::Mask();
        return policy::decide({context_.actor(), policy::Action::Read, state.type(), stands.relations, false, context_.purpose}, pack_).mask;
    }

    void put_together(std::vector<Counted> const& counted, Table& table) {
        auto const by = list_of(report_.find("by"));
        std::int64_t const small = report_.integer_at("small", 0);
        std::map<std::vector<std::string>, std::pair<Table::Row, std::int64_t>> groups;
        for (auto const& one : counted) {
            std::vector<std::string> key;
            std::map<std::string, Json> named;
            for (auto const& field : by) {
                auto const* value = one.seen->value(pack_, text_of(field));
                Json const known = is_known(value) ? *value : Json();
                key.push_back(write_json(known));
                named[text_of(field)] = known;
            }
            auto& [row, count] = groups[key];
            ++count;
            for (auto& [field, value] : named) row.values[field] = std::move(value);
            for (auto const& [word, value] : one.added) join(row.values[word], value, find_addition(word));
        }
        for (auto& [key, group] : groups) {
            auto& [row, count] = group;
            for (auto const& [word, definition] : additions()) put_derived(word, definition, row.values);
            row.values["count"] = Json(count);
            if (count < small) {
                row.few = true;
                row.values["count"] = Json();
                for (auto const& [word, definition] : additions()) row.values[word] = Json();
            }
            table.rows.push_back(std::move(row));
        }
    }

    // Numbers are added up; of days and dates the most stands.
    static void join(Json& into, Json const& value, Json const* definition) {
        if (value.is_null()) return;
        bool const most = definition != nullptr && (definition->find("days") != nullptr || definition->find("newest") != nullptr);
        if (into.is_null()) into = value;
        else if (most && value.is_integer()) into = Json(std::max(into.integer(), value.integer()));
        else if (most && value.is_text()) into = Json(std::max(into.text(), value.text()));
        else if (value.is_integer() && into.is_integer()) into = Json(into.integer() + value.integer());
    }

    [[nodiscard]] std::string sort_field() const {
        std::string sort(report_.text_at("sort"));
        if (!sort.empty() && sort.front() == '-') sort.erase(0, 1);
        return sort;
    }

    // By what the pack says, else the newest first; records that were put together by their names.
    void sort(Table& table) const {
        std::string const field = sort_field();
        bool const falling = report_.text_at("sort").starts_with("-");
        if (field.empty()) {
            if (report_.find("by") == nullptr) std::sort(table.rows.begin(), table.rows.end(), [](auto const& a, auto const& b) { return a.record > b.record; });
            return;
        }
        auto const key = [&](Table::Row const& row) -> Json const* {
            auto const found = row.values.find(field);
            return found != row.values.end() && is_known(&found->second) ? &found->second : nullptr;
        };
        std::stable_sort(table.rows.begin(), table.rows.end(), [&](auto const& a, auto const& b) {
            auto const* first = key(a);
            auto const* second = key(b);
            if (first == nullptr || second == nullptr) return first != nullptr && second == nullptr;  // what is not known stands last
            if (falling) std::swap(first, second);
            if (first->is_integer() && second->is_integer()) return first->integer() < second->integer();
            return first->is_text() && second->is_text() && first->text() < second->text();
        });
    }

    app::Context& context_;
    pack::Pack const& pack_;
    std::string_view name_;
    Json const& report_;
    std::string type_;
    std::string language_;
    Whose whose_;
    std::map<std::string, std::vector<Seen>> loaded_;
    std::map<std::string, std::map<std::string, std::vector<Seen const*>>> by_target_;
};

}  // namespace

Json const* Seen::value(pack::Pack const& pack, std::string_view field) const {
    if (auto const found = read.find(field); found != read.end()) return found->second.is_null() ? nullptr : &found->second;
    auto const* definition = pack.field(state.type(), field);
    Json value;
    if (definition != nullptr && mask.allows(state.type(), field, definition->text_at("class"))) {
        if (definition->bool_at("many")) {
            value = Json::list();
            for (auto const* cell : state.cells(field)) {
                if (auto const* one = cell->find("v")) value.push_back(*one);
            }
            if (value.items().empty()) value = Json();
        } else if (auto const* one = state.value(field)) {
            value = *one;
        }
    }
    auto const& kept = read.emplace(std::string(field), std::move(value)).first->second;
    return kept.is_null() ? nullptr : &kept;
}

std::vector<std::string> Seen::targets(pack::Pack const& pack, std::string_view field) const {
    std::vector<std::string> all;
    for (auto const& one : list_of(value(pack, field))) {
        if (one.is_text()) all.push_back(one.text());
    }
    return all;
}

Result<std::vector<Seen>> load(store::Transaction& tx, app::Context& context, Whose whose, std::string_view type) {
    std::vector<Seen> all;
    std::map<std::string, policy::Relations> relations;
    std::map<std::string, std::string> data;
    auto const learn = [&](store::Row const& row) -> Result<void> {
        std::string const id(row.text(0));
        relations[id].emplace(row.text(1));
        if (data.emplace(id, row.text(2)).second && data.size() > records_max) return fail(Fault::TooLarge, "report.too_large", "These are more records than one report can hold.");
        return {};
    };
    constexpr char const* complete = " and (r.batch = '' or b.state = 'complete')";
    std::string const from = " from record_reach h join record r on r.id = h.record left join record b on b.id = r.batch where h.type = $1";
    if (whose == Whose::Supervised) {
        SANJAL_DO(tx.each(std::string("select r.id, 'supervised', r.data from record r left join record b on b.id = r.batch where r.type = $1") + complete, {std::string(type)}, [&](store::Row const& row) -> Result<void> {
            SANJAL_TRY(auto const state, record::State::parse(row.text(2)));
            SANJAL_TRY(auto const unit, record::find(tx, state.unit()));
            auto const* by = unit ? unit->value("supervised_by") : nullptr;
            return by != nullptr && by->is_text() && by->text() == context.actor().unit ? learn(row) : Result<void>{};
        }));
    } else if (whose == Whose::Public) {
        SANJAL_DO(tx.each("select h.record, h.relation, r.data" + from + " and h.holder = $2" + complete, {std::string(type), std::string(record::everyone)}, learn));
    } else {
        auto const& actor = context.actor();
        SANJAL_DO(tx.each("select h.record, h.relation, r.data" + from + " and h.holder in ($2, $3, $4)" + complete + " and not exists (select 1 from record_block x where x.record = h.record and x.holder in ($2, $3))",
                          {std::string(type), actor.unit, actor.id, std::string(record::everyone)}, learn));
    }
    for (auto const& [id, text] : data) {
        SANJAL_TRY(auto state, record::State::parse(text));
        policy::Mask mask;
        if (whose == Whose::Supervised) mask = of_numbers();
        if (whose == Whose::Reader) {
            auto decision = policy::decide({context.actor(), policy::Action::Read, state.type(), relations[id], false, context.purpose}, context.pack());
            if (!decision.allowed) continue;
            mask = std::move(decision.mask);
        }
        all.push_back({id, std::move(state), std::move(mask)});
    }
    return all;
}

Result<Table> work_out(app::Context& context, std::string_view name, Json const& report, std::string const& language, std::string const& about, Whose whose) {
    return Reader(context, name, report, language, whose).run(about);
}

}  // namespace sanjal::reports
