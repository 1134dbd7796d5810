#include "pack/words.h"

#include "base/result.h"
#include "rules/form.h"

namespace sanjal::pack {

std::map<std::string, std::string, std::less<>> const& alert_words() {
    static std::map<std::string, std::string, std::less<>> const all = {
        {"nobody", "Nobody has anything to do in this case. Say who acts next, or close it."},
        {"declined", "The unit that you asked has said no. Ask another one, or take this back."},
        {"unanswered", "Nobody has answered in time. Call them, ask another unit, or take this back."},
        {"break_glass", "Somebody opened this record in an emergency. Why stands in its history."},
        {"warning", "The time for this ends soon."},
        {"late", "The time for this is over. Do it now, and say what held it up."},
        {"late_unit", "This is late in your unit. Ask what holds it up, and help."},
        {"late_other", "The time for this is over, and it is not done yet."},
        {"late_supervised", "In a unit that you watch over a time limit is over."},
        {"same_person", "Two files may be of one person. Look at both."},
        {"another_unit", "Another unit in the network may know this person. Call them before anything else."},
        {"second_officer", "An officer says that two files are of one person. A second officer decides."},
        {"erasure", "The time for which this is kept is over. Two people decide whether it is erased."},
        {"reads", "Somebody opened as many people's files as one person does here in a day or a week, and opens no new ones. Ask why; let that person go on if it is work."},
        {"canary", "Somebody opened a case that is made up and that nobody has a reason to open. Speak with somebody above that person first."},
        {"table", "Somebody took out a table of cases. What for stands in the access log."},
    };
    return all;
}

std::string alert_says(Json const& pack, std::string_view language, std::string_view word) {
    auto const found = alert_words().find(word);
    SANJAL_CHECK(found != alert_words().end());
    return rules::label(pack, language, "alert." + found->first, found->second);
}

}  // namespace sanjal::pack
