#pragma once
// The rules as one function, JSON in and JSON out: how a browser (as WebAssembly), a test or another language asks them.
// Native code calls the functions themselves.  Total: whatever comes in, an answer comes out, and nothing is kept.
//
//   {"do":"value","definition":{...},"codes":{...},"value":v}                      -> {"value":v} in its normal form
//   {"do":"years","age":a}                                                        -> {"from":n,"to":n}
//   {"do":"condition","condition":{...},"facts":{"person.under_18":"yes"}}         -> {"truth":"true|false|unknown"}
//   {"do":"clock","rule":{...},"calendar":{...},"started":t,"now":t,"stopped"?:t,"not_counting_minutes"?:n,
//    "extended"?:bool,"done"?:[t]}
//                                                    -> {"state":"not_started|running|stopped|late|no_limit","due"?:t}
//   {"do":"doubt","definition":{...},"value":t,"written":t,"calendar":{...}}       -> {"doubtful":bool}
//   {"do":"holds","rule":{"from"?:d,"to"?:d},"day":d or t,"calendar":{...}}       -> {"holds":bool}
//   {"do":"moment","value":d or t,"calendar":{...}}                               -> {"at":t}
//   {"do":"notices","rule":{...},"due":t}                                         -> {"notices":[{who,at,late}]}
//   {"do":"submission","pack":{...},"form":f,"answers":{...},"existing"?:[alias]}  -> {"faults":[{pointer,code,message}],"records":[...]}
//   {"do":"plan","pack":{...},"form":f,"answers":{...},"existing":{alias:id},"ids":[id]}
//                      -> the same faults, or {"records":[{alias,record,type,is_new,fields,links}],"bearers":[id],"happened"?:t,"made":{alias:id or [id]}}
//   {"do":"form","pack":{...},"form":f,"language":l}                               -> the form as GET /forms/{form} gives it
//
// Times come in as RFC 3339 and go out in UTC.  An error: {"error":{"code":c,"message":m}}.

#include <string>
#include <string_view>

namespace sanjal::rules {

std::string call(std::string_view request);

}  // namespace sanjal::rules
