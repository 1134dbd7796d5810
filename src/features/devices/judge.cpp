#include "features/devices/judge.h"

#include <algorithm>
#include <array>
#include <map>

#include "app/submit.h"
#include "base/id.h"
#include "rules/value.h"

namespace sanjal::devices {
namespace {

// Fields that an event may carry, beside those of types.
struct Event {
    std::string_view verb;
    std::array<std::string_view, 4> fields;
};
constexpr Event events[] = {
    {"form.submitted", {"form", "at", "", ""}},
    {"task.done", {"step", "at", "reason", ""}},
    {"task.skipped", {"step", "at", "reason", ""}},
    {"task.assigned", {"step", "at", "reason", "to"}},
    {"task.delayed", {"rule", "reason", "", ""}},
};

bool is_refusal(Error const& error) {
    return error.fault == Fault::Invalid || error.fault == Fault::NotFound || error.fault == Fault::Forbidden || error.fault == Fault::Conflict || error.fault == Fault::Precondition;
}

class Judge {
public:
    Judge(app::Context& context, std::vector<ledger::DeviceEntry>& entries) : context_(context), entries_(entries) {}

    Result<void> run() {
        for (std::size_t i = 0; i < entries_.size(); ++i) {
            where_ = "/entries/" + std::to_string(i);
            SANJAL_DO(one(entries_[i].entry));
            seen_.insert(entries_[i].entry.id);
        }
        return {};
    }

private:
    tl::unexpected<Error> held(std::string code, std::string message, std::string const& field = {}) const {
        return fail(Fault::Invalid, std::move(code), std::move(message), field.empty() ? where_ : where_ + "/" + field);
    }

    Result<void> one(ledger::Entry& entry) {
        auto const& head = entry.head;
        auto const pack = context_.house().packs().find(head.pack);
        if (pack == nullptr) return held("entry.unknown_pack", "This was written under a version of the rules that this node does not have. Load that pack, then try again.");
        if (!is_uuid(head.record)) return held("entry.record", "This is about no record: its id is not one.");
        for (auto const& after : head.after) {
            SANJAL_TRY(bool const known, context_.house().ledger().knows(context_.tx(), head.record, after));
            if (!known && seen_.count(after) == 0) return held("entry.after", "This stands on an entry that has not come here yet. Send that one first.");
        }
        auto const dot = head.verb.find('.');
        std::string const type = head.verb.substr(0, dot);
        std::string const act = dot == std::string::npos ? std::string() : head.verb.substr(dot + 1);
        for (auto const& event : events) {
            if (head.verb == event.verb) return check_event(entry, event, *pack);
        }
        bool const by_hand = pack->type(type) != nullptr && pack->type(type)->text_at("written_by").empty();
        if (!by_hand || (act != "opened" && act != "changed")) return held("entry.verb", "A device does not write this kind of entry.");

        policy::Mask mask;
        if (act == "opened") {
            SANJAL_TRY(auto const there, record::find(context_.tx(), head.record));
            if (there || opened_.count(head.record) > 0) return held("entry.opened_twice", "A record of this id is there already.");
            policy::Relations const none;
            auto const decision = policy::decide({context_.actor(), policy::Action::Create, type, none, false}, context_.pack());
            if (!decision.allowed) return fail(Fault::Forbidden, decision.refusal.code, decision.refusal.message, where_);
            mask = decision.mask;
            opened_[head.record] = {type, mask};
            if (entry.text("unit_of_origin") != context_.actor().unit) return held("entry.unit", "A record that is opened belongs to the unit of its writer, and this one says another or none.", "unit_of_origin");
        } else {
            SANJAL_TRY(mask, may_write(head.record, type));
        }
        for (auto& field : entry.fields) {
            if (act == "opened" && field.name == "unit_of_origin") {
                field.sensitivity = "operational";
                continue;
            }
            SANJAL_DO(check_field(field, type, mask, *pack));
        }
        return {};
    }

    Result<policy::Mask> may_write(std::string const& record, std::string_view type) {
        if (auto const found = opened_.find(record); found != opened_.end()) {
            if (!type.empty() && found->second.type != type) return held("answers.other_type", "This record is of another kind than the entry says.");
            return found->second.mask;
        }
        SANJAL_TRY(auto const state, record::load(context_.tx(), record));
        SANJAL_DO(context_.require(policy::Action::Read, record, state));
        if (!type.empty() && state.type() != type) return held("answers.other_type", "This record is of another kind than the entry says.");
        return context_.require(policy::Action::Write, record, state);
    }

    Result<void> check_event(ledger::Entry& entry, Event const& event, pack::Pack const& pack) {
        SANJAL_DO(may_write(entry.head.record, {}));
        for (auto& field : entry.fields) {
            bool const known = std::find(event.fields.begin(), event.fields.end(), field.name) != event.fields.end();
            if (!known || !field.value.is_text() || field.value.text().size() > 2000) return held("entry.field", "This kind of entry has no such field.", field.name);
            if (field.name == "form" && pack.form(field.value.text()) == nullptr) return held("form.none", "There is no such form in the pack.", field.name);
            if (field.name == "at" && !parse_instant(field.value.text())) return held("value.not_time", "Write a time as 2026-11-21T16:05+05:30.", field.name);
            field.sensitivity = "operational";
        }
        char const* const needed = event.verb == "form.submitted" ? "form" : event.verb == "task.delayed" ? "rule" : "step";
        if (entry.text(needed).empty()) return held("entry.incomplete_event", "This entry does not say what was done.", needed);
        if (event.verb == "task.skipped" && entry.text("reason").empty()) return held("task.reason_missing", "Say why this step is skipped.", "reason");
        return {};
    }

    Result<void> check_field(ledger::Field& field, std::string const& type, policy::Mask const& mask, pack::Pack const& pack) {
        auto const slash = field.name.find('/');
        std::string const base = field.name.substr(0, slash);
        auto const* definition = pack.field(type, base);
        if (definition == nullptr) return held("answers.unknown_field", "There is no such field in the pack.", field.name);
        bool const many = definition->bool_at("many");
        if ((slash != std::string::npos) != many) return held("entry.element", "A repeated field is written element by element, and another one as a whole.", field.name);
        field.sensitivity = definition->text_at("class");
        bool const sealed = field.sensitivity == "sealed";
        if (!mask.allows(type, base, field.sensitivity) && !(sealed && mask.classes.count("sealed") > 0)) return fail(Fault::Forbidden, "policy.field", "The writer's role does not write this here.", where_ + "/" + field.name);
        if (field.value.is_null() && many) return {};  // the element is taken away
        if (sealed) {
            if (field.value.find("sealed_to") == nullptr) return held("sealed.open", "A sealed answer must be sealed before it is sent.", field.name);
            return {};
        }
        static Json const no_codes = Json::object();
        auto const* codes = pack.document.find("codes");
        auto checked = rules::check_value(*definition, codes != nullptr ? *codes : no_codes, field.value);
        if (!checked) return held(checked.error().code, checked.error().message, field.name);
        // A time may be written with or without seconds; everything else has one normal form, which is what views compare.
        if (definition->text_at("kind") != "time" && *checked != field.value) return held("value.not_normal", "This value is not written in its normal form.", field.name);
        return check_relation(*definition, field);
    }

    Result<void> check_relation(Json const& definition, ledger::Field const& field) {
        if (field.value.is_text()) {
            if (auto const found = opened_.find(field.value.text()); found != opened_.end()) {
                auto const to = definition.text_at("to");
                return to.empty() || found->second.type == to ? Result<void>{} : held("answers.other_type", "This record is of another kind than is asked for here.", field.name);
            }
            // A record of the same submission may be named before it is opened.
            for (auto const& other : entries_) {
                if (other.entry.head.record == field.value.text() && other.entry.head.verb.ends_with(".opened")) return {};
            }
        }
        std::vector<app::FieldFault> faults;
        SANJAL_DO(app::check_target(context_, definition, field.value, where_ + "/" + field.name, faults));
        if (!faults.empty()) return fail(Fault::Invalid, faults.front().code, faults.front().detail, faults.front().pointer);
        return {};
    }

    struct Opened {
        std::string type;
        policy::Mask mask;
    };
    app::Context& context_;
    std::vector<ledger::DeviceEntry>& entries_;
    std::map<std::string, Opened> opened_;
    std::set<std::string> seen_;
    std::string where_;
};

}  // namespace

Result<std::optional<Held>> judge(app::Context& context, std::vector<ledger::DeviceEntry>& entries) {
    auto const judged = Judge(context, entries).run();
    if (judged) return std::optional<Held>();
    auto const& error = judged.error();
    if (!is_refusal(error)) return fail(error);
    return std::optional(Held{error.code, error.message, error.where});
}

}  // namespace sanjal::devices
