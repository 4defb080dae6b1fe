#include "sensor/graph/answer.h"

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <charconv>

namespace graph {
namespace {

constexpr std::chrono::milliseconds kLongestRetryAfter = std::chrono::hours(1);

constexpr std::string_view name_of(Resource resource) {
  constexpr std::array<std::string_view, 5> kNames = {"the token request", "security/alerts_v2", "auditLogs/signIns",
                                                      "beta auditLogs/signIns", "users/delta"};
  return kNames[static_cast<std::size_t>(resource)];
}

// A row applies when the status fits (0: any), and the error's code or message holds `text`. The first one counts.
struct Advice {
  int status;
  std::string_view text;
  std::string_view sentence;
};

constexpr std::string_view kConditionalAccess =
    "A Conditional Access policy for workload identities stops this application: add this machine's public address to "
    "the policy's trusted locations, or exclude the application from it.";

constexpr Advice kSigninAdvice[] = {
    {403, "RequestFromNonPremiumTenant",
     "Sign-in logs need Microsoft Entra ID P1 or P2 in this tenant; in a licensed tenant this answer passes by "
     "itself."},
    {403, "premium license",
     "Grant the application permission Directory.Read.All beside AuditLog.Read.All, with admin consent, so that Graph "
     "can check the tenant's licence."},
    {403, "NoDirectoryReadAccess",
     "Grant the application permission Directory.Read.All beside AuditLog.Read.All, with admin consent."},
    {403, "insufficient_claims", kConditionalAccess},
    {403, "",
     "Grant the application permission AuditLog.Read.All (App registrations > API permissions > Microsoft Graph > "
     "Application permissions) and have an administrator consent to it."},
    {404, "", "This cloud does not offer sign-ins there: check [graph] cloud and endpoint."},
    {400, "Resource not found for the segment",
     "This cloud does not offer sign-ins through Graph: set [graph.signins] enabled = false, or check cloud."},
};

constexpr Advice kUserAdvice[] = {
    {403, "",
     "Grant the application permission User.Read.All (App registrations > API permissions > Microsoft Graph > "
     "Application permissions) and have an administrator consent to it, or set [graph.users] enabled = false."},
};

constexpr Advice kAlertAdvice[] = {
    {403, "insufficient_claims", kConditionalAccess},
    {403, "",
     "Grant the application permission SecurityAlert.Read.All (App registrations > API permissions > Microsoft Graph > "
     "Application permissions) and have an administrator consent to it."},
    {404, "", "This cloud does not offer Defender alerts there: check [graph] cloud and endpoint."},
    {400, "Resource not found for the segment",
     "This cloud does not offer Defender alerts through Graph: set [graph.alerts] enabled = false, or check cloud."},
};

constexpr Advice kAnyAdvice[] = {
    {401, "", "Graph does not accept a new token: check that [graph] authority and endpoint belong to the same cloud."},
    {407, "", "The proxy wants a user and a password."},
    {429, "", "Graph throttles this application; it is asked again after the pause it wants."},
    {400, "interaction_required", kConditionalAccess},
};

constexpr Advice kTokenAdvice[] = {
    {0, "AADSTS7000215", "Paste the secret's value into client_secret_file, not its id."},
    {0, "AADSTS7000222",
     "The secret has expired: create a new one in Entra and put its value into client_secret_file."},
    {0, "AADSTS700016", "This tenant knows no such application: check client_id, tenant_id and cloud."},
    {0, "AADSTS90002", "There is no such tenant in this cloud: check tenant_id and cloud."},
    {0, "AADSTS900023", "tenant_id is neither a tenant's GUID nor one of its domains."},
    {0, "AADSTS7000112", "The application is disabled in this tenant: enable it under Enterprise applications."},
    {0, "AADSTS700027",
     "The certificate is not registered with this application: upload it under Certificates & secrets of the app "
     "registration, and check client_id."},
    {0, "AADSTS50012",
     "The certificate is not registered with this application: upload it under Certificates & secrets of the app "
     "registration, and check client_id."},
    {0, "AADSTS700024", "The signed assertion is outside its time: check this machine's clock."},
    {0, "AADSTS500133", "The signed assertion is outside its time: check this machine's clock."},
    {0, "AADSTS50013",
     "The signed assertion is outside its time or for another place: check this machine's clock, "
     "tenant_id and authority."},
    {0, "AADSTS50034", "The account does not exist in this tenant: check tenant_id and cloud."},
    {0, "AADSTS500021", "A proxy restricts which tenants may be reached: allow this one."},
    {0, "AADSTS90033", "Entra is busy and is asked again: nothing to do unless this lasts for hours."},
    {0, "AADSTS90024", "Entra is busy and is asked again: nothing to do unless this lasts for hours."},
    {0, "AADSTS90090", "Entra is busy and is asked again: nothing to do unless this lasts for hours."},
    {0, "AADSTS90055",
     "Entra throttles this tenant and is asked again later: see which other applications ask for tokens often."},
    {0, "AADSTS70011", "The endpoint does not belong to this cloud: check [graph] cloud, authority and endpoint."},
    {0, "AADSTS500011", "The endpoint does not belong to this cloud: check [graph] cloud, authority and endpoint."},
    {0, "AADSTS28002", "The endpoint does not belong to this cloud: check [graph] cloud, authority and endpoint."},
    {0, "AADSTS50002", "A proxy restricts which tenants may be reached: allow this one."},
    {0, "AADSTS53003", kConditionalAccess},
    {0, "AADSTS530032", kConditionalAccess},
    {0, "AADSTS900382", "The tenant belongs to another national cloud: check [graph] cloud."},
    {0, "AADSTS900432", "The tenant belongs to another national cloud: check [graph] cloud."},
    {0, "AADSTS90038", "The tenant belongs to another national cloud: check [graph] cloud."},
    {429, "", "Entra throttles this tenant and is asked again after the pause it wants."},
    {404, "", "Check [graph] authority and tenant_id."},
};

constexpr Advice kIdentityAdvice[] = {
    {400, "Identity not found",
     "This machine has no such identity: turn on its managed identity, and set client_id only for a user-assigned "
     "one."},
    {400, "Multiple user assigned identities", "Say which one with client_id."},
    {403, "", "Only the group himds may ask Azure Arc's agent: add the service's user to it."},
};

constexpr std::chrono::milliseconds kTellingSkew = std::chrono::seconds(60);

template <std::size_t N>
std::string_view advice_in(const Advice (&table)[N], int status, std::string_view text) {
  const auto row = std::find_if(std::begin(table), std::end(table), [&](const Advice& advice) {
    if (advice.status != 0 && advice.status != status) return false;
    const auto at = text.find(advice.text);
    if (at == std::string_view::npos) return false;
    const auto end = at + advice.text.size();  // AADSTS50002 must not answer for AADSTS500021
    return advice.status != 0 || end == text.size() || text[end] < '0' || text[end] > '9';
  });
  return row == std::end(table) ? std::string_view{} : row->sentence;
}

const boost::json::object* object_at(const boost::json::object& object, std::string_view key) {
  const auto* value = object.if_contains(key);
  return value == nullptr ? nullptr : value->if_object();
}

std::string string_at(const boost::json::object& object, std::string_view key) {
  const auto* value = object.if_contains(key);
  const auto* text = value == nullptr ? nullptr : value->if_string();
  return text == nullptr ? std::string{} : printable({text->data(), text->size()}, 500);
}

boost::json::object body_object(const HttpResponse& response) {
  boost::system::error_code error;
  auto value = boost::json::parse(response.body, error);
  if (error || !value.is_object()) return {};
  return std::move(value.as_object());
}

// Nothing follows a redirect: it could carry a token to another host.
std::string redirect_advice(const HttpResponse& response) {
  if (response.status < 300 || response.status >= 400) return {};
  const auto place = response.header("Location");
  return "It was not followed" + (place.empty() ? std::string() : " to '" + printable(place, 200) + "'") +
         ", so that no secret goes there: check [graph] authority, endpoint and proxy.";
}

std::string sentence(std::string_view who, std::string_view what, int status, const std::string& message,
                     std::string_view advice, const std::string& ids) {
  std::string out = std::string(who) + " answered " + std::to_string(status) + " to " + std::string(what);
  if (!message.empty()) out += ": " + message;
  if (!out.ends_with('.')) out += '.';
  if (!advice.empty()) out += " " + std::string(advice);
  return out + " (" + ids + ")";
}

std::int64_t whole_number(const boost::json::value& value) {
  boost::system::error_code error;
  const auto number = value.to_number<std::int64_t>(error);
  return error ? 0 : number;
}

bool digits(std::string_view text, int& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return !text.empty() && error == std::errc{} && end == text.data() + text.size();
}

}  // namespace

Verdict judge(const HttpResponse& response) {
  const int status = response.status;
  if (status == 200) return response.cut.empty() ? Verdict::ok : Verdict::cut;
  if (status == 206) return response.cut.empty() ? Verdict::partial : Verdict::cut;
  if (status == 401) return Verdict::unauthorized;
  if (status == 429) return Verdict::throttled;
  if (status == 408 || status >= 500) return Verdict::transient;
  return Verdict::refused;
}

std::string graph_error(Resource resource, const HttpResponse& response, std::string_view client_request_id) {
  const auto body = body_object(response);
  const auto* error = object_at(body, "error");
  std::string code, message, request_id(printable(response.header("request-id"), 64));
  if (error != nullptr) {
    code = string_at(*error, "code");
    message = string_at(*error, "message");
    const auto* inner = object_at(*error, "innerError");
    if (inner != nullptr && request_id.empty()) request_id = string_at(*inner, "request-id");
  }
  const std::string text = code + " " + message;
  auto advice = advice_in(kAnyAdvice, response.status, text);
  if (advice.empty()) {
    advice = resource == Resource::alerts  ? advice_in(kAlertAdvice, response.status, text)
             : resource == Resource::users ? advice_in(kUserAdvice, response.status, text)
                                           : advice_in(kSigninAdvice, response.status, text);
  }
  const std::string redirect = redirect_advice(response);
  if (advice.empty()) advice = redirect;
  std::string ids = "client-request-id " + std::string(client_request_id);
  if (!request_id.empty()) ids += ", request-id " + request_id;
  const std::string shown = message.empty() ? code : (code.empty() ? message : code + ", " + message);
  return sentence("Graph", name_of(resource), response.status, shown, advice, ids);
}

std::string token_error(Issuer issuer, const HttpResponse& response, std::string_view client_request_id,
                        parsers::TimePoint now) {
  const auto body = body_object(response);
  std::string description = string_at(body, "error_description");
  // A description without its number is still known by the list of numbers.
  std::string known = description;
  if (const auto* codes = body.if_contains("error_codes"); codes != nullptr && codes->is_array()) {
    for (const auto& code : codes->get_array()) known += " AADSTS" + std::to_string(whole_number(code));
  }
  std::string advice(issuer == Issuer::entra ? advice_in(kTokenAdvice, response.status, known)
                                             : advice_in(kIdentityAdvice, response.status, description));
  if (advice.empty()) advice = redirect_advice(response);
  const auto ahead = clock_ahead(response, now);
  if (ahead && (*ahead > kTellingSkew || *ahead < -kTellingSkew)) {
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(*ahead).count();
    advice += (advice.empty() ? "" : " ") + std::string("This machine's clock is ") +
              std::to_string(seconds < 0 ? -seconds : seconds) + " s " + (seconds < 0 ? "behind" : "ahead of") +
              " the server's.";
  }
  // Entra repeats its ids at the end of the description, in older answers on lines of their own; they stand in brackets
  // anyway.
  description = description.substr(0, description.find("Trace ID:"));
  while (description.ends_with(' ') || description.ends_with('?')) description.pop_back();
  const std::string error = string_at(body, "error");
  const std::string message = description.empty() ? error : (error.empty() ? description : error + ", " + description);
  std::string ids = "client-request-id " + std::string(client_request_id);
  if (const auto trace = string_at(body, "trace_id"); !trace.empty()) ids += ", trace id " + trace;
  if (const auto correlation = string_at(body, "correlation_id");
      !correlation.empty() && correlation != client_request_id)
    ids += ", correlation id " + correlation;
  if (const auto time = string_at(body, "timestamp"); !time.empty()) ids += ", " + time;
  return sentence(issuer == Issuer::entra ? "Entra" : "The managed identity service", name_of(Resource::token),
                  response.status, message, advice, ids);
}

std::optional<parsers::TimePoint> parse_http_date(std::string_view text) {
  constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                        "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  if (text.size() != 29 || !text.ends_with(" GMT")) return std::nullopt;
  int day = 0, year = 0, hour = 0, minute = 0, second = 0;
  const auto month = std::find(kMonths.begin(), kMonths.end(), text.substr(8, 3));
  if (month == kMonths.end() || !digits(text.substr(5, 2), day) || !digits(text.substr(12, 4), year) ||
      !digits(text.substr(17, 2), hour) || !digits(text.substr(20, 2), minute) || !digits(text.substr(23, 2), second)) {
    return std::nullopt;
  }
  using namespace std::chrono;
  const year_month_day date{std::chrono::year(year),
                            std::chrono::month(static_cast<unsigned>(month - kMonths.begin()) + 1),
                            std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok() || hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60)
    return std::nullopt;
  return parsers::TimePoint{sys_days(date)} + hours(hour) + minutes(minute) + seconds(second);
}

std::optional<std::chrono::milliseconds> clock_ahead(const HttpResponse& response, parsers::TimePoint now) {
  const auto sent = parse_http_date(response.header("Date"));
  if (!sent) return std::nullopt;
  return std::chrono::duration_cast<std::chrono::milliseconds>(now - *sent);
}

std::optional<std::chrono::milliseconds> retry_after(const HttpResponse& response, parsers::TimePoint now) {
  const auto text = response.header("Retry-After");
  int seconds = 0;
  std::chrono::milliseconds wait{0};
  if (digits(text, seconds)) {
    wait = std::chrono::seconds(seconds);
  } else if (const auto date = parse_http_date(text)) {
    const auto sent = parse_http_date(response.header("Date"));
    wait = std::chrono::duration_cast<std::chrono::milliseconds>(*date - sent.value_or(now));
  } else {
    return std::nullopt;
  }
  return std::clamp(wait, std::chrono::milliseconds(0), kLongestRetryAfter);
}

}  // namespace graph
