// One mistake is planted at a time into the packs that ship; the checker must say what it is and where, by file and line.
#include "pack/check.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "pack/begin.h"
#include "pack/diff.h"
#include "pack/pack.h"

using namespace sanjal;
namespace files = std::filesystem;

namespace {

struct Copy {
    std::string path;
    Copy() {
        char name[] = "/tmp/sanjal-pack-XXXXXX";
        REQUIRE(mkdtemp(name) != nullptr);
        path = name;
        files::copy("packs", path, files::copy_options::recursive);
    }
    ~Copy() { files::remove_all(path); }
    Copy(Copy const&) = delete;
};

std::string read(std::string const& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

struct Planted {
    char const* file;
    char const* from;  // the first place where this stands; empty: at the end
    char const* to;
    char const* says;  // part of the sentence
};

constexpr Planted mistakes[] = {
    // Slips of typing, anywhere.
    {"in/procedures/in_child.yaml", "stands_on: part", "stand_on: part", "A procedure has no \"stand_on\""},
    {"in/procedures/in_child.yaml", "after: [produce_before_cwc]", "afer: [produce_before_cwc]", "A step has no \"afer\""},
    {"in/clocks.yaml", "not_counting: case.journey_minutes", "notcounting: case.journey_minutes", "A clock has no \"notcounting\""},
    {"common/types/case.yaml", "doubt: 1 year", "doubts: 1 year", "A field has no \"doubts\""},
    {"common/types/case.yaml", "must: {from: 0,", "must: {form: 0,", "A bound has no \"form\""},
    {"common/forms/rescue_report.yaml", "enough:", "enuogh:", "A form has no \"enuogh\""},
    {"common/forms/rescue_report.yaml", "show_when:", "show_if:", "A page has no \"show_if\""},
    {"common/roles.yaml", "read: [operational", "reads: [operational", "What a role may do has no \"reads\""},
    {"common/codes.yaml", "values: {female", "value: {female", "A list of codes has no \"value\""},
    {"common/imports/ctdc-k11.yaml", "by: ctdc", "bye: ctdc", "A column has no \"bye\""},
    {"common/calendars.yaml", "holidays: []", "holiday: []", "A calendar has no \"holiday\""},
    // Sources.
    {"in/procedures/in_child.yaml", "    source: {act: BNSS 2023, section: \"105\", confidence: known}\n", "", "This rule has no source"},
    {"in/procedures/in_child.yaml", "confidence: known", "confidence: sure", "verified, known or proposal"},
    {"in/procedures/in_child.yaml", "{act: BNSS 2023, section: \"105\", confidence: known}", "{confidence: known}", "names no Act, order, scheme or practice"},
    {"in/procedures/in_child.yaml", "act: BNSS 2023", "law: BNSS 2023", "A source has no \"law\""},
    {"in/clocks.yaml", "  source: {practice: practice P24, confidence: proposal}\n", "", "This rule has no source"},
    // Signatures, and types that are not written by hand.
    {"in/procedures/in_child.yaml", "      who: cwc\n      number: 3", "      who: abbot\n      number: 3", "Nobody can hold the role \"abbot\""},
    {"in/procedures/in_child.yaml", "      number: 3", "      number: 0", "How many people sign is a number from 1 to 20"},
    {"in/procedures/in_child.yaml", "      number: 3", "      count: 3", "What signatures a step needs has no \"count\""},
    {"in/procedures/in_child.yaml", "      says: A final order is made by at least three members of the committee.\n", "", "in words what is missing while signatures are"},
    {"common/forms/rescue_report.yaml", "consent: {type: consent, for_each: person, person: person, case: case, part: part, if_answered: true}", "consent: {type: referral, for_each: person}",
     "This type is not written through a form"},
    // Procedures beside each other; steps that stand on a condition, come again, or end elsewhere.
    {"in/procedures/in_child.yaml", "if_unknown: start ", "line: mercy\nif_unknown: start ", "A procedure is of one line"},
    {"in/procedures/in_accused.yaml", "stands_on: part", "stands_on: trial", "or on another type of record"},
    {"in/procedures/in_prosecution.yaml", "{case.found_at: {known: true}}", "{person.under_18: \"yes\"}", "There is no \"person\" here"},
    {"in/procedures/in_adult.yaml", "  safety_plan:", "  consider_appeal:", "has a step of this name, too"},
    {"in/procedures/in_child.yaml", "    when: {case.offence_kind: {has: child_sexual}}\n    if_unknown: wait\n", "    when: {case.offence_kind: {has: child_sexual}}\n", "A step that stands on a condition says what happens"},
    {"in/procedures/in_child.yaml", "    when: {case.offence_kind: {has: child_sexual}}\n    if_unknown: wait\n", "    if_unknown: wait\n", "nothing is unknown: say when"},
    {"in/procedures/in_child.yaml", "when: {person.under_18: not_sure}", "when: {person.urgent_hurt: \"yes\"}", "No rule can read \"person.urgent_hurt\""},
    {"in/procedures/in_child.yaml", "when: {person.under_18: not_sure}", "when: {weather.rain: \"yes\"}", "There is no \"weather\" here"},
    {"in/procedures/in_child.yaml", "again: true\n    until: {case.judgment_at: {known: true}}", "until: {case.judgment_at: {known: true}}", "Only a step that is done again and again says until when"},
    {"in/procedures/in_child.yaml", "    again: true\n    consents: [C_followup]\n    clock: default.followup", "    clock: default.followup", "so the step can be done again"},
    {"in/procedures/in_child.yaml", "again: true", "again: often", "\"again\" is true or false"},
    {"in/procedures/in_child.yaml", "until: {case.judgment_at: {known: true}}", "until: {case.verdict_at: {known: true}}", "has no field \"verdict_at\""},
    {"in/procedures/in_accused.yaml", "done_at: case.charge_sheet_at", "done_at: case.narrative", "When another record tells that it was done is a time"},
    {"in/procedures/in_accused.yaml", "done_at: case.charge_sheet_at", "done_at: case.charge_sheet", "has no field \"charge_sheet\""},
    {"in/procedures/in_child.yaml", "consents: [C_medical]", "consents: [C_anything]", "There is no consent of the name \"C_anything\""},
    {"in/procedures/in_adult.yaml", "{consent.C_shelter: \"yes\"}", "{consent.C_hiv: \"yes\"}", "No rule can read \"consent.C_hiv\""},
    // Clocks: what starts them, what they count, for what they run.
    {"in/clocks.yaml", "starts: {step: missing_fir}", "starts: {step: fir_of_missing}", "It starts with a step that does not exist"},
    {"in/clocks.yaml", "starts: {at: order.made_at, where:", "starts: {at: order.made_at, if:", "A start has no \"if\""},
    {"in/clocks.yaml", "{at: order.made_at,", "{at: order.says,", "A clock starts at a time"},
    {"in/clocks.yaml", "where: {order.kind: inquiry}", "where: {order.sort: inquiry}", "has no field \"sort\""},
    {"in/clocks.yaml", "  starts: case.found_at\n", "", "A clock says what starts it"},
    {"in/clocks.yaml", "offences: [child_sexual]", "offences: [child_abuse]", "There is no kind of offence \"child_abuse\""},
    {"in/clocks.yaml", "offences: [child_sexual]", "offences: []", "are a list of codes"},
    {"in/clocks.yaml", "series: [1 month,", "series: [a month,", "written like 24 hours"},
    {"in/clocks.yaml", "series: [1 month,", "series: [at once,", "A series is a list of times"},
    {"in/clocks.yaml", "every: 90 days", "every: at once", "comes every so many days or months"},
    {"in/clocks.yaml", "every: 90 days", "every: 90 days\n  within: 90 days", "has one of within, series, every"},
    {"in/clocks.yaml", "quota: {at_most: 2, of: adjourn}", "quota: {at_most: two, of: adjourn}", "A quota says at_most or at_least, and a number"},
    {"in/clocks.yaml", "quota: {at_most: 2, of: adjourn}", "quota: {at_most: 2, of: adjournments}", "A quota counts how often a step was done"},
    {"in/clocks.yaml", "of: committee_month.days_sat", "of: committee_month.institution", "A quota counts a number, or times"},
    {"in/clocks.yaml", "quota: {at_most: 2, of: adjourn}", "quota: {at_most: 2, per: trial, of: adjourn}", "A quota has no \"per\""},
    {"in/clocks.yaml", "extension: {within: 45 days, when: {case.judgment_extended: \"yes\"}}", "extension: {within: 45 days}", "more time is never taken for granted"},
    {"in/clocks.yaml", "extension: {within: 45 days, when:", "extension: {to: 45 days, when:", "An extension says within what time then"},
    {"in/clocks.yaml", "within: 30 minutes before", "within: at once before", "is not before anything"},
    {"in/clocks.yaml", "first_day: counted", "first_day: maybe", "The first day is counted or not_counted"},
    {"in/clocks.yaml", "last_day: working_day", "last_day: monday", "The last day is any, or a working_day"},
    {"in/clocks.yaml", "calendar: court", "calendar: moon", "There is no calendar of the name \"moon\""},
    {"in/clocks.yaml", "  from: 2016-01-15\n", "  from: 2016-01-15\n  dated_by: case.narrative\n", "The law is chosen by a day"},
    {"in/clocks.yaml", "  warn: [6 hours, 1 hour]\n", "  warn: [6 hours, 1 month]\n", "A warning is given a time before"},
    {"in/clocks.yaml", "commission: after 72 hours", "commission: at once", "The first hours of lateness tell only the officer and the head of the unit"},
    {"in/clocks.yaml", "commission: after 72 hours", "press: after 72 hours", "Nobody can hold the role \"press\""},
    {"in/clocks.yaml", "commission: after 72 hours", "commission: 72 hours", "is at once, or after 12 hours"},
    {"in/clocks.yaml", "when_late: {ask:", "when_late: {asks:", "What happens when it is late has no \"asks\""},
    {"in/clocks.yaml", "on_breach: \"Contempt.\"", "on_breach: \"\"", "What follows on breach is said in words"},
    {"in/clocks.yaml", "stops: [child_medical, offer_doctor]", "stops: [child_medical, offer_doctor, statement]", "should stop this clock and does not name it"},
    // Keeping time (P31), and columns of other standards.
    {"common/retention.yaml", "medical:\n", "medicine:\n", "Nothing is said about how long what is medical is kept"},
    {"common/retention.yaml", "answers: The nodal officer", "answers: \"\"", "who answers for it"},
    {"common/retention.yaml", "ground: Treatment, ", "", "the ground on which it is kept"},
    {"common/retention.yaml", "keep: null", "keep: a while", "A retention says how long it is kept"},
    {"common/retention.yaml", "starts: case.closed_at", "starts: case.narrative", "A retention counts from a time or a day"},
    {"common/retention.yaml", ", source: {practice: practice P31, confidence: proposal}", "", "This rule has no source"},
    {"common/types/person.yaml", "htcds: prs_Gender", "htcds: per_Gender", "The standard htcds has no column \"per_Gender\""},
    {"common/types/case.yaml", "ncrb: fir_number", "ncrb: fir_no", "The standard ncrb has no column \"fir_no\""},
    {"common/codes.yaml", "ForcedLabour: [forced_labour, bonded_labour]", "ForcedLabour: [forced_labour, bond_labour]", "is mapped to, and is not in the list"},
    {"common/standards.yaml", "columns: [org_Name", "column: [org_Name", "A standard has no \"column\""},
    {"in/calendars.yaml", "holidays: [2026-01-26,", "holidays: [2026-02-30,", "There is no such day"},
    // Types and fields.
    {"common/types/case.yaml", "kind: place", "kind: spot", "This kind of field does not exist"},
    {"common/types/case.yaml", "class: legal, index", "class: private, index", "A field has a class"},
    {"common/types/case.yaml", "{ask: \"FIR number\",                        kind", "{kind", "A field says what is asked"},
    {"common/types/case.yaml", "from: exploitation_type", "from: exploitation_kind", "There is no list of codes of that name"},
    {"common/types/case.yaml", "kind: place,", "kind: place, from: sex,", "Only a choice is taken from a list of codes"},
    {"common/types/part.yaml", "to: case,", "to: caze,", "no type of the name that this relation points to"},
    {"common/types/case.yaml", "kind: place,", "kind: place, to: person,", "Only a relation points to a type"},
    {"common/types/part.yaml", "reach: referred", "reach: own", "Only a unit is given reach"},
    {"common/types/case.yaml", "index: search", "index: fast", "An index is for search"},
    {"common/types/person.yaml", "kind: age, claims: true", "kind: age, claims: true, many: true", "claims or many elements, not both"},
    {"common/types/person.yaml", "claims: true", "claims: sure", "is true or false"},
    {"common/types/case.yaml", "doubt: 1 year", "doubt: soon", "From when on a time is doubted"},
    {"common/types/case.yaml", "must: {from: 0, to: 20160}", "must: {from: 9, to: 3}", "No number lies between these bounds"},
    {"common/types/case.yaml", "must: {from: 0,", "must: {from: zero,", "A bound is a whole number"},
    {"common/types/case.yaml", "  found_at:", "  head:", "A field cannot have this name"},
    {"common/types/case.yaml", "{unit}/{year}/{serial}", "{unit}/{year}", "it holds {serial}"},
    {"common/types/part.yaml", "title: Part in a case", "note: no title", "A type has a title"},
    // Codes.
    {"common/codes.yaml", "Male: male,", "Male: mail,", "is mapped to, and is not in the list"},
    {"common/codes.yaml", "male: Man or boy", "male: \"\"", "A code has a label"},
    // Forms.
    {"common/forms/rescue_report.yaml", "{type: case}", "{type: caze}", "There is no type of that name"},
    {"common/forms/rescue_report.yaml", "for_each: person, case: case", "for_each: people, case: case", "one for each of something"},
    {"common/forms/rescue_report.yaml", "as: survivor", "as: hero", "The code \"hero\" is not in its list"},
    {"common/forms/rescue_report.yaml", "case: case, person", "kase: case, person", "has no field \"kase\""},
    {"common/forms/rescue_report.yaml", "case: case, person: person, as", "case: person, person: person, as", "This relation points to another type"},
    {"common/forms/rescue_report.yaml", "case: case, person: person, as", "case: nothing, person: person, as", "A relation leads to something else"},
    {"common/forms/rescue_report.yaml", "[case.danger_now,", "[case.danger,", "bound to no field"},
    {"common/forms/rescue_report.yaml", "[case.danger_now, case.can_talk_alone", "[case.danger_now, case.danger_now", "Nothing is asked twice"},
    {"common/forms/rescue_report.yaml", "enough: [person.under_18,", "enough: [person.urgent,", "What is enough is never asked"},
    {"common/forms/rescue_report.yaml", "show_when: {person.under_18", "show_when: {person.under18", "has no field \"under18\""},
    {"common/forms/rescue_report.yaml", "show_when: {person.under_18: \"no\"}", "show_when: {dog.under_18: \"no\"}", "There is no \"dog\" here"},
    {"common/forms/rescue_report.yaml", "  - title: Safe now?\n    ask", "  - ask", "A page has a title"},
    {"common/forms/rescue_report.yaml", "title: Somebody was found\n", "", "A form has a title"},
    {"in/forms/cwc_production.yaml", "happened: part.produced_at", "happened: part.why_late", "When it happened is one of the form's own questions"},
    {"in/forms/cwc_production.yaml", "paper: F05", "paper: F01", "Two forms have the same number on paper"},
    // Procedures.
    {"in/procedures/in_child.yaml", "stands_on: part", "stands_on: person", "stands on a part or on a case"},
    {"in/procedures/in_child.yaml", "if_unknown: start  ", "if_unknown: guess  ", "start or wait"},
    {"in/procedures/in_child.yaml", "person.under_18: {is: [\"yes\", not_sure]}", "person.under18: \"yes\"", "has no field \"under18\""},
    {"in/procedures/in_child.yaml", "person.under_18: {is: [\"yes\", not_sure]}", "person.under_18: {like: \"yes\"}", "A comparison has a value"},
    {"in/procedures/in_child.yaml", "    who: police\n", "", "A step says who does it"},
    {"in/procedures/in_child.yaml", "    who: police\n", "    who: sheriff\n", "Nobody can hold the role \"sheriff\""},
    {"in/procedures/in_child.yaml", "form: rescue_memo", "form: rescue_memory", "There is no form of that name"},
    {"in/procedures/in_child.yaml", "form: rescue_memo", "form: cwc_production", "The same form ends two steps"},
    {"in/procedures/in_child.yaml", "after: [produce_before_cwc]", "after: [produce_before_court]", "after a step that does not exist"},
    {"in/procedures/in_child.yaml", "form: social_investigation\n    after: [produce_before_cwc]", "form: social_investigation\n    after: [social_investigation]", "A step cannot come after itself"},
    {"in/procedures/in_child.yaml", "    form: cwc_production\n", "    form: cwc_production\n    after: [social_investigation]\n", "can never be reached"},
    {"in/procedures/in_child.yaml", "clock: [in.jj.s31.produce_cwc,", "clock: [in.jj.s31.produce,", "There is no clock of that name"},
    {"in/procedures/in_child.yaml", "clock: [in.jj.s31.produce_cwc,", "clock: [in.jj.s32.report_child,", "This clock is not stopped by this step"},
    {"in/procedures/in_child.yaml", "clock: [in.jj.s31.produce_cwc, in.pocso.r4.produce_cwc]", "clock: {use: in.jj.s31.produce_cwc}", "A clock that does not always run says when"},
    {"in/procedures/in_child.yaml", "stage: rescue", "stage: raid", "A step belongs to a stage"},
    {"in/procedures/in_child.yaml", "    title: Record the rescue\n", "", "A step has a title"},
    {"in/procedures/in_child.yaml", "before: [final_order]", "before: [nothing]", "before a step that does not exist"},
    {"in/procedures/in_child.yaml", "    before: [final_order]\n", "", "A gate stands before a step"},
    {"in/procedures/in_child.yaml", "    says: A child is not given back to a home that nobody has seen, nor to a suspect.\n", "", "says in words why it is closed"},
    {"in/procedures/in_child.yaml", "    needs:\n      all:\n        - {part.home_checked: \"yes\"}\n        - {part.home_suspect: \"no\"}\n", "", "A gate says what it needs"},
    {"in/procedures/in_child.yaml", "part.home_checked: \"yes\"", "part.home_visited: \"yes\"", "has no field \"home_visited\""},
    // Clocks.
    {"in/clocks.yaml", "within: 24 hours", "within: a day", "written like 24 hours"},
    {"in/clocks.yaml", "within: 24 hours", "within: 300 years", "at most 200 years"},
    {"in/clocks.yaml", "starts: case.found_at", "starts: case.place_found", "A clock starts at a time"},
    {"in/clocks.yaml", "starts: case.found_at", "starts: case.found", "has no field \"found\""},
    {"in/clocks.yaml", "not_counting: case.journey_minutes", "not_counting: case.place_found", "What does not count is a number of minutes"},
    {"in/clocks.yaml", "stops: produce_before_cwc", "stops: produce", "No step stops this clock"},
    {"in/clocks.yaml", "nature: statute", "nature: law", "A clock says what it is"},
    {"in/clocks.yaml", "who: [police, ngo]", "who: [police, sheriff]", "Nobody can hold the role \"sheriff\""},
    {"in/clocks.yaml", "warn: [6 hours", "warn: [six hours", "A warning is given a time before"},
    {"in/clocks.yaml", "ask: reason_for_delay", "ask: reasons", "The reasons for delay are a list of codes"},
    {"in/clocks.yaml", "from: 2016-01-15", "from: 2016-02-30", "is a day: 2016-01-15"},
    {"in/clocks.yaml", "from: 2016-01-15", "from: 2016-01-15\n  to: 2015-01-01", "ends before it begins"},
    // Roles, calendars, languages, strings.
    {"common/roles.yaml", "read: [operational,", "read: [sealed, operational,", "What is sealed is opened by its named holders"},
    {"common/roles.yaml", "read: [operational,", "read: [secret, operational,", "There is no such class of field"},
    {"common/roles.yaml", "  own:", "  mine:", "There is no such relation"},
    {"common/roles.yaml", "{types: [person], read", "{types: [persons], read", "There is no type \"persons\""},
    {"common/roles.yaml", "minutes: 60", "minutes: 6000", "open for 1 to 1440 minutes"},
    {"common/roles.yaml", "purposes: [inspection", "purposes: [\"To look\"", "A purpose is one word"},
    {"common/roles.yaml", "{counts: true", "{read: [operational], counts: true", "Who supervises sees numbers"},
    {"common/roles.yaml", "read: [operational,", "read: [person.nothing, operational,", "nor field"},
    {"common/roles.yaml", "write: [counselling]}", "write: [counselling], opens: [case.found_at]}", "What a role opens is a sealed field"},
    {"common/calendars.yaml", "offset_minutes: 330", "offset_minutes: 3300", "An offset of a zone is in minutes"},
    {"common/calendars.yaml", "week: [mon,", "week: [monday,", "A day of the week is"},
    {"common/calendars.yaml", "holidays: []", "holidays: [2026-02-30]", "There is no such day"},
    {"in/pack.yaml", "languages: [en, as, bn, hi, ne]", "languages: [en, as, bn, ne]", "does not say that it speaks \"hi\""},
    {"in/pack.yaml", "languages: [en, as, bn, hi, ne]", "languages: [as, bn, hi, ne]", "English stands in the files"},
    {"common/strings/bn.json", "\"case.danger_now.ask\"", "\"case.danger.ask\"", "translates nothing that there is"},
    // Agreements.
    {"common/agreements.yaml", "channel: ngo", "chanel: ngo", "An agreement has no \"chanel\""},
    {"common/agreements.yaml", "channel: ngo", "channel: phone", "The channel of an agreement is ngo, or official"},
    {"common/agreements.yaml", "channel: ngo", "channel: official", "sends nothing without a sanction number"},
    {"common/agreements.yaml", "channel: ngo", "channel: official\n  sanction: true", "An official channel names its desks"},
    {"common/agreements.yaml", "channel: ngo", "between: [IN]\n  channel: ngo", "between two countries"},
    {"common/agreements.yaml", "    care: Care and shelter", "    Care!: Care and shelter", "A purpose is one word of small letters"},
    {"common/agreements.yaml", "    care: Care and shelter", "    care: \"\"", "A purpose says what it is called"},
    {"common/agreements.yaml", "case: [danger_now,", "kase: [danger_now,", "There is no type of that name"},
    {"common/agreements.yaml", "case: [danger_now,", "case: [danger,", "has no field \"danger\""},
    {"common/agreements.yaml", "case: [danger_now,", "case: [told_by,", "What is sealed, or told to a counsellor, never goes"},
    {"common/agreements.yaml", "person: [under_18,", "person: [not_to_know,", "Who must not know is never told to others"},
    {"common/agreements.yaml", "consents: [C_share_min]", "consents: [C_share]", "There is no consent of the name \"C_share\""},
    {"common/agreements.yaml", "bases: [court_order,", "bases: [order,", "is one of the list \"referral_basis\""},
    {"common/agreements.yaml", "  consents: [C_share_min]      # across a border C_share_cross is asked as well, whatever stands here\n  bases: [court_order, danger_now]\n", "", "An agreement says which consents it stands on"},
    {"common/agreements.yaml", "blocked: []", "blocked: [sheriff]", "Nobody can hold the role \"sheriff\""},
    {"common/agreements.yaml", "from: \"00:00\"", "from: \"25:00\"", "Hours are written like"},
    {"common/agreements.yaml", "quota: {disclosures: 100}", "quota: {disclosures: 0}", "how many disclosures go in a day"},
    {"common/agreements.yaml", "lasts: 1 year", "lasts: long", "An agreement says how long it lasts"},
    {"common/agreements.yaml", "  source: {practice: \"practice P12, P14, P18\", confidence: proposal}\n", "", "This rule has no source"},
    // Imports.
    {"common/imports/ctdc-k11.yaml", "row: source_row", "row: source", "keeps each row as it stood"},
    {"common/imports/ctdc-k11.yaml", "{field: year,", "{field: years,", "goes into a field that the type does not have"},
    {"common/imports/ctdc-k11.yaml", "as: year", "as: number", "A column is read as"},
    {"common/imports/ctdc-k11.yaml", "code: forced_labour", "code: forced_labor", "The list of codes has no such code"},
    {"common/imports/htcds-csv.yaml", "into: person.sex", "into: person.gender", "has no field \"gender\""},
    {"common/imports/htcds-csv.yaml", "Feminine: female", "Feminine: woman", "The list of codes has no such code"},
    {"common/imports/htcds-csv.yaml", "keep: row", "keep: rows", "keeps the cells as they stood"},
    {"common/imports/htcds-csv.yaml", "as: suspect", "as: suspects", "is not a value of that field"},
    {"common/imports/htcds-csv.yaml", "not_known: [consent]", "not_known: [consents]", "A row makes nothing of this name"},
    {"common/imports/htcds-csv.yaml", "as: yes_no, class: operational", "as: maybe, class: operational", "A column is read as"},
    {"common/imports/htcds-csv.yaml", "class: contact", "class: secret", "has a class"},
    {"common/imports/htcds-csv.yaml", "label: Salutation", "labels: Salutation", "A column has no \"labels\""},
    {"common/imports/htcds-xlsx.yaml", "like: htcds-csv", "like: htcds", "There is no import of that name"},
    // Documents.
    {"in/documents/form_17.yaml", "stands_on: part", "stand_on: part", "A document has no \"stand_on\""},
    {"in/documents/form_17.yaml", "stands_on: part", "stands_on: person", "stands on a case or on a part"},
    {"in/documents/form_17.yaml", "title: Report on production of a child before the Child Welfare Committee\n", "", "A document has a title"},
    {"in/documents/form_17.yaml", "who: [police, ngo, cwc]", "who: [police, sheriff]", "Nobody can hold a role that is to print this"},
    {"in/documents/form_17.yaml", "who: [police, ngo, cwc]\n", "", "A document says who prints it"},
    {"in/documents/form_17.yaml", "source: {rule: Juvenile Justice Model Rules 2016 Form 17, confidence: known}\n", "", "This document has no source"},
    {"in/documents/form_17.yaml", "field: part.produced_at", "field: part.produced", "has no field \"produced\""},
    {"in/documents/form_17.yaml", "field: part.produced_at", "field: anonymous_case.year", "There is no \"anonymous_case\" here"},
    {"in/documents/form_17.yaml", "field: part.produced_at", "field: produced_at", "A field is named like"},
    {"in/documents/form_17.yaml", "{label: Place of production, lines: 1}", "{lines: 1}", "A row has a label"},
    {"in/documents/form_17.yaml", "{label: Place of production, lines: 1}", "{label: Place of production, lines: 0}", "whole number from 1 to 40"},
    {"in/documents/form_17.yaml", "{label: Place of production, lines: 1}", "{label: Place, line: 1}", "A row has no \"line\""},
    {"in/documents/form_17.yaml", "lines: [name, rank, date_time], thumb", "lines: [name, shoe], thumb", "one of the words of every paper"},
    {"in/documents/form_17.yaml", "{label: The child, lines: [name, date], thumb: true}", "{lines: [name, date], thumb: true}", "A place to sign says whose"},
    {"in/documents/form_17.yaml", "lines: [name, date], thumb: true", "lines: [name, date], thumb: print", "is true or false"},
    {"in/documents/fir_draft.yaml", "size: legal", "size: letter", "a4, legal or foolscap"},
    {"in/documents/fir_draft.yaml", "{label: District, lines: 1}", "{label: District, field: person.age}", "names people only in a table"},
    {"in/documents/fir_draft.yaml", "each: part", "each: people", "there is no type of that name"},
    {"in/documents/fir_draft.yaml", "each: part", "each: anonymous_case", "belong to no case"},
    {"in/documents/fir_draft.yaml", "{label: Present address, weight: 5}", "{label: Present address, field: person.names}", "only in a table that has a row for each"},
    {"in/documents/fir_draft.yaml", "      blank: 4\n", "      blank: 400\n", "whole number from 1 to 60"},
    {"in/documents/gd_entry.yaml", "{case.brought_at}", "{case.brought_at", "A brace is opened and never closed"},
    {"in/documents/gd_entry.yaml", "{case.brought_at}", "{case.brought}", "has no field \"brought\""},
    {"in/documents/gd_entry.yaml", "{label: FIR number, field: case.fir_number}", "{label: FIR number, field: case.fir_number, sealed: Told}", "only for a sealed field"},
    {"in/documents/gd_entry.yaml", "{label: FIR number, field: case.fir_number}", "{label: FIR number, field: case.fir_number, value: x}", "a field or a value, not both"},
    {"in/documents/first_day.yaml", "seizure_list,", "seizure_lists,", "holds a document that does not exist"},
    {"in/documents/first_day.yaml", "seizure_list,", "first_day,", "not other sets"},
    {"in/documents/first_day.yaml", "stands_on: case", "stands_on: part", "cannot hold a document that stands on a case"},
    {"in/documents/first_day.yaml", "holds: [gd_entry, fir_draft, form_17, medical_request, seizure_list, evidence_certificate]\n", "", "either has sections or holds"},
    {"in/strings/bn.documents.json", "\"document.form_17.title\"", "\"document.form_17.titel\"", "translates nothing that there is"},
    {"in/strings/bn.json", "\"in_child.health_check.title\"", "\"in_child.health_check.titel\"", "\"in_child.health_check.title\" is not said in \"bn\""},
    {"in/procedures/in_child.yaml", "    title: Record the rescue\n", "    title: Record the rescue\n    note: Ask first.\n", "\"in_child.rescue_record.note\" is not said in \"ne\": Ask first."},
    {"common/strings/bn.border.json", "\"tracing.title\"", "\"consent.title\"", "\"consent.title\" is said twice in \"bn\""},
    {"in/strings/bn.json", "{\n", "{\n  \"in_child.health_check.titel\": \"x\",\n", "\"in_child.health_check.titel\" translates nothing that there is"},
    {"common/strings/bn.json", "\"print.yes\"", "\"print.yess\"", "translates nothing that there is"},
    {"in/strings/bn.documents.json", "{case.brought_at}", "{case.found_at}", "names the same fields as the English text"},
    // What holds in one country only.
    {"in+bd/procedures/in_bd.yaml", "place: IN\n", "place: India\n", "two capital letters"},
    {"in+bd/clocks.yaml", "  place: IN\n", "  place: BD\n", "There is no clock of that name"},
    // P2: somebody would be reported, and nobody would have to do anything.
    {"in/procedures/in_adult.yaml", "person.under_18: \"no\"", "person.under_18: never", "start no procedure"},
    {"in/procedures/in_child.yaml", "{is: [\"yes\", not_sure]}", "\"yes\"", "start no procedure"},
};

}  // namespace

TEST_CASE("the packs that ship have no fault") {
    for (char const* name : {"packs/common", "packs/in", "packs/bd", "packs/np", "packs/in+bd", "packs/in+np"}) {
        auto const loaded = pack::load_pack(name);
        REQUIRE(loaded);
        for (auto const& finding : loaded->findings) FAIL_CHECK(finding.where << ": " << finding.message);
    }
}

TEST_CASE("an agreement between two countries gives each the steps and clocks of its own side") {
    auto const india = pack::load_pack("packs/in");
    auto const bangladesh = pack::load_pack("packs/bd");
    REQUIRE(india);
    REQUIRE(bangladesh);
    CHECK(india->document.find("procedures")->find("in_bd") != nullptr);
    CHECK(india->document.find("procedures")->find("bd_return") == nullptr);
    CHECK(india->document.find("clocks")->find("bd.vc.ready") == nullptr);
    CHECK(bangladesh->document.find("procedures")->find("bd_return") != nullptr);
    CHECK(bangladesh->document.find("procedures")->find("in_bd") == nullptr);
    CHECK(bangladesh->document.find("clocks")->find("in-bd.sop.total") == nullptr);
    for (auto const& [path, text] : bangladesh->document.find("strings")->find("bn")->members()) CHECK_FALSE(path.starts_with("in_bd."));
}

TEST_CASE("a language in drafts may lack texts, and English stands there; one in languages may not") {
    auto const faults_with = [](char const* languages) {
        Copy const copy;
        auto const put = [](std::string const& path, std::string const& from, std::string const& to) {
            std::string text = read(path);
            REQUIRE(text.find(from) != std::string::npos);
            text.replace(text.find(from), from.size(), to);
            std::ofstream(path, std::ios::binary | std::ios::trunc) << text;
        };
        put(copy.path + "/in/pack.yaml", "languages: [en, as, bn, hi, ne]", languages);
        put(copy.path + "/in/procedures/in_child.yaml", "    title: Record the rescue\n", "    title: Record the rescue\n    note: Ask first.\n");
        auto const loaded = pack::load_pack(copy.path + "/in");
        REQUIRE(loaded);
        std::string all;
        for (auto const& finding : loaded->findings) all += finding.message + "\n";
        auto const* languages_now = loaded->document.find("languages");
        CHECK(languages_now->items().size() == 5);
        CHECK(loaded->document.find("strings")->find("as") != nullptr);
        return all;
    };
    CHECK(faults_with("languages: [en]\ndrafts: [as, bn, hi, ne]") == "");
    CHECK(faults_with("languages: [en, bn]\ndrafts: [as, hi, ne]") == "\"in_child.rescue_record.note\" is not said in \"bn\": Ask first.\n");
    CHECK(faults_with("languages: [en, as, bn, hi, ne]\ndrafts: as").find("is a list") != std::string::npos);
}

TEST_CASE("each planted mistake is found, with its file and line and a sentence") {
    static_assert(std::size(mistakes) >= 60);
    for (auto const& planted : mistakes) {
        CAPTURE(std::string(planted.file));
        CAPTURE(std::string(planted.to));
        Copy const copy;
        std::string const path = copy.path + "/" + planted.file;
        std::string text = read(path);
        std::string const from = planted.from;
        if (from.empty()) {
            text += planted.to;
        } else {
            auto const at = text.find(from);
            REQUIRE(at != std::string::npos);
            text.replace(at, from.size(), planted.to);
        }
        std::ofstream(path, std::ios::binary | std::ios::trunc) << text;
        auto const loaded = pack::load_pack(copy.path + "/in");
        REQUIRE(loaded);
        std::string all;
        for (auto const& finding : loaded->findings) all += finding.where + ": " + finding.message + "\n";
        INFO(all);
        auto const found = std::find_if(loaded->findings.begin(), loaded->findings.end(), [&](auto const& finding) { return finding.message.find(planted.says) != std::string::npos; });
        REQUIRE(found != loaded->findings.end());
        CHECK(found->where.find(':') != std::string::npos);
        CHECK(found->message.size() > 15);
    }
}

TEST_CASE("what changed between two versions is said in sentences, and nothing where nothing did") {
    Copy const copy;
    auto const before = pack::load_pack(copy.path + "/in");
    REQUIRE(before);
    CHECK(pack::diff(before->document, before->document).empty());
    auto const replace = [&](char const* file, std::string const& from, std::string const& to) {
        std::string text = read(copy.path + "/" + file);
        auto const at = text.find(from);
        REQUIRE(at != std::string::npos);
        std::ofstream(copy.path + "/" + file, std::ios::binary | std::ios::trunc) << text.replace(at, from.size(), to);
    };
    replace("in/pack.yaml", "version: 1", "version: 2");
    replace("in/clocks.yaml", "within: 24 hours", "within: 12 hours");
    replace("in/clocks.yaml", "starts: case.found_at\n  within: null", "starts: case.found_at\n  within: 3 days");
    replace("in/procedures/in_child.yaml", "  health_check:", "  doctor:");
    replace("in/clocks.yaml", "stops: health_check", "stops: doctor");
    replace("in/procedures/in_child.yaml", "who: [police, ngo, shelter]", "who: [police, ngo]");
    replace("in/documents/form_17.yaml", "label: Place of production", "label: Place and room of production");
    replace("in/documents/gd_entry.yaml", "mark: Draft\n", "");
    auto const after = pack::load_pack(copy.path + "/in");
    REQUIRE(after);
    std::string all;
    for (auto const& sentence : pack::diff(before->document, after->document)) all += sentence + "\n";
    INFO(all);
    for (char const* wanted : {"The pack: version was 1 and is 2.", "The clock in.jj.s31.produce_cwc: within was \"24 hours\" and is \"12 hours\".",
                               "The clock in.good.health_check: within was nothing on record and is \"3 days\".", "The procedure in_child: health_check is gone.", "The procedure in_child: doctor is new.",
                               "The procedure in_child: report_child, who was police, ngo, shelter and is police, ngo.",
                               "The document form_17: sections, 1, rows, 4, label was \"Place of production\" and is \"Place and room of production\".", "The document gd_entry: mark is gone; it was \"Draft\"."}) {
        CAPTURE(wanted);
        CHECK(all.find(wanted) != std::string::npos);
    }
}

TEST_CASE("of a few texts of a language each change is said, of hundreds only how many") {
    auto const loaded = pack::load_pack("packs/in");
    REQUIRE(loaded);
    auto const english = [&] {
        Json without = loaded->document;
        without.find("strings")->find("as")->erase("case.title");
        return without;
    }();
    CHECK(pack::diff(english, loaded->document) == std::vector<std::string>{"The language as: case.title is new: " + write_json(*loaded->document.find("strings")->find("as")->find("case.title")) + "."});
    Json emptied = loaded->document;
    auto const count = emptied.find("strings")->find("as")->members().size();
    emptied.find("strings")->set("as", Json::object({{"case.title", "x"}, {"gone.title", "y"}}));
    CHECK(pack::diff(emptied, loaded->document) ==
          std::vector<std::string>{"The language as: " + std::to_string(count - 1) + " texts are new, 1 say something else and 1 are gone. The files strings/as.json hold them."});
    Json draft = loaded->document;
    Json as = Json::list();
    as.push_back("as");
    draft.set("drafts", std::move(as));
    CHECK(pack::diff(draft, loaded->document) == std::vector<std::string>{"The pack: drafts was as and is nothing."});
    draft.erase("drafts");
    CHECK(pack::diff(draft, loaded->document).empty());
}

TEST_CASE("a pack that was begun is sound, and one is begun only where it can be") {
    Copy const copy;
    REQUIRE(pack::begin_pack(copy.path + "/xy", "A place"));
    auto const loaded = pack::load_pack(copy.path + "/xy/");
    REQUIRE(loaded);
    for (auto const& finding : loaded->findings) FAIL_CHECK(finding.where << ": " << finding.message);
    CHECK(pack::begin_pack(copy.path + "/xy", "Again").error().code == "pack.exists");
    CHECK(pack::begin_pack(copy.path + "/X Y", "Name").error().code == "pack.name");
    CHECK(pack::begin_pack(copy.path + "/yz", "").error().code == "pack.title");
    CHECK(pack::begin_pack(copy.path + "/nowhere/yz", "Title").error().code == "pack.no_common");
}
