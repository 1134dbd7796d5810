#include "app/problem.h"

#include <algorithm>

#include "app/request.h"

namespace sanjal::app {
namespace {

struct Kind {
    int status;
    char const* title;
};

Kind kind_of(Fault fault) {
    switch (fault) {
        case Fault::Invalid: return {422, "Something in this request is not right"};
        case Fault::NotFound: return {404, "There is nothing here"};
        case Fault::Conflict: return {409, "This is in another state already"};
        case Fault::Forbidden: return {403, "This is not allowed"};
        case Fault::Unsigned: return {401, "Sign in first"};
        case Fault::TooLarge: return {413, "This is too large"};
        case Fault::TooMany: return {429, "Too many; try again later"};
        case Fault::Precondition: return {412, "That version never was"};
        case Fault::Full: return {507, "The disk is full"};
        case Fault::Io: return {503, "The store does not answer"};
        case Fault::Corrupt: return {500, "Stored data is damaged"};
        case Fault::Busy: return {503, "Busy; try again"};
        case Fault::Internal: break;
    }
    return {500, "A defect in the program"};
}

char const* title_of(int status) {
    switch (status) {
        case 400: return "This request cannot be read";
        case 403: return "This is not allowed";
        case 404: return "There is nothing here";
        case 405: return "This address does not take that method";
        case 408: return "The request took too long";
        case 411: return "The length is missing";
        case 413: return "This is too large";
        case 414: return "The address is too long";
        case 415: return "This kind of content is not taken here";
        case 417: return "This expectation cannot be met";
        case 421: return "This is not the node you asked for";
        case 429: return "Too many; try again later";
        case 431: return "The header is too large";
        case 501: return "This method is not known";
        case 503: return "Busy; try again";
        case 505: return "This version of HTTP is not spoken here";
        default: return status < 500 ? "Something in this request is not right" : "A defect in the program";
    }
}

Response document(int status, char const* title, std::string_view code, std::string_view detail, std::string_view where,
                  std::vector<FieldFault> const& faults, Json const& source) {
    Json made = Json::object({{"type", "urn:sanjal:problem:" + std::string(code)}, {"title", title}, {"status", status},
                              {"detail", detail}, {"code", code}});
    if (!source.is_null()) made.set("source", source);
    if (code == "policy.purpose_missing") {  // what can be chosen, with spaces between
        Json choices = Json::list();
        for (std::size_t at = 0; at < where.size();) {
            auto const end = std::min(where.find(' ', at), where.size());
            choices.push_back(where.substr(at, end - at));
            at = end + 1;
        }
        made.set("choices", std::move(choices));
    } else if (!where.empty() && !code.starts_with("rate.")) {
        made.set("where", where);
    }
    if (!faults.empty()) {
        Json list = Json::list();
        for (auto const& fault : faults) {
            list.push_back(Json::object({{"pointer", fault.pointer}, {"code", fault.code}, {"detail", fault.detail}}));
        }
        made.set("errors", std::move(list));
    }
    Response response = json(status, made);
    response.content_type = "application/problem+json";
    bool const says_when = code.starts_with("rate.") && !where.empty();
    if (status == 429 || status == 503) response.headers.emplace_back("Retry-After", says_when ? std::string(where) : "5");
    // RFC 9110 11.6.1 wants a challenge; a scheme that no browser knows opens no dialogue of its own.
    if (status == 401) response.headers.emplace_back("WWW-Authenticate", "Session");
    return response;
}

}  // namespace

std::string_view name_of(Method method) {
    switch (method) {
        case Method::Get: return "GET";
        case Method::Post: return "POST";
        case Method::Patch: return "PATCH";
        case Method::Delete: break;
    }
    return "DELETE";
}

int status_of(Error const& error) {
    if (error.fault == Fault::Invalid && error.code.starts_with("json.")) return 400;
    return kind_of(error.fault).status;
}

Response problem(Error const& error) {
    std::vector<FieldFault> faults;
    if (error.where.starts_with('/')) faults.push_back({error.where, error.code, error.message});
    return problem(error, faults);
}

Response problem(Error const& error, std::vector<FieldFault> const& faults, Json const& source) {
    int const status = status_of(error);
    char const* title = status == 400 ? title_of(400) : kind_of(error.fault).title;
    return document(status, title, error.code, error.message, error.where, faults, source);
}

Response problem(Refusal const& refusal) {
    return problem(Error{refusal.fault, refusal.code, refusal.message, {}}, refusal.errors, refusal.source);
}

Response problem(int status, std::string_view code, std::string_view detail) {
    return document(status, title_of(status), code, detail, {}, {}, {});
}

}  // namespace sanjal::app
