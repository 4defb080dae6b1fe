#include "sensor/exclusions/fields.h"

#include <algorithm>
#include <array>

#include "parsers/columns.h"
#include "parsers/normalise.h"

namespace exclusions {
namespace {

using correlate::Click;
using parsers::SignIn;

template <class Row>
struct Field {
  std::string_view name;
  FieldKind kind;
  std::string (*value)(const Row&);
};

constexpr auto kText = FieldKind::text;
constexpr auto kAddress = FieldKind::address;

constexpr std::array kEventFields = std::to_array<Field<Click>>({
    {"vendor", kText, [](const Click& c) { return std::string(parsers::to_string(c.event.vendor)); }},
    {"product", kText, [](const Click& c) { return c.event.product; }},
    {"input", kText, [](const Click& c) { return c.input; }},
    {"user", kText, [](const Click& c) { return c.event.user; }},
    {"account", kText, [](const Click& c) { return c.event.account; }},
    {"user_raw", kText, [](const Click& c) { return c.event.user_raw; }},
    {"url", kText, [](const Click& c) { return c.event.has_url ? c.event.url.canonical() : std::string(); }},
    {"url_raw", kText, [](const Click& c) { return c.event.url_raw; }},
    {"host", kText, [](const Click& c) { return c.event.url.host; }},
    {"source_address", kAddress, [](const Click& c) { return c.event.source_address; }},
    {"destination_address", kAddress, [](const Click& c) { return c.event.destination_address; }},
    {"action", kText, [](const Click& c) { return c.event.action; }},
    {"outcome", kText, [](const Click& c) { return std::string(parsers::to_string(c.event.outcome)); }},
});

constexpr std::array kSignInFields = std::to_array<Field<SignIn>>({
    {"user", kText, [](const SignIn& s) { return s.user_principal_name; }},
    {"user_id", kText, [](const SignIn& s) { return s.user_id; }},
    {"address", kAddress, [](const SignIn& s) { return s.address; }},
    {"app_display_name", kText, [](const SignIn& s) { return s.app_display_name; }},
    {"client_app_used", kText, [](const SignIn& s) { return s.client_app_used; }},
    {"user_agent", kText, [](const SignIn& s) { return s.user_agent; }},
    {"resource_display_name", kText, [](const SignIn& s) { return s.resource_display_name; }},
    {"device_id", kText, [](const SignIn& s) { return s.device_id; }},
    {"operating_system", kText, [](const SignIn& s) { return s.operating_system; }},
    {"browser", kText, [](const SignIn& s) { return s.browser; }},
    {"city", kText, [](const SignIn& s) { return s.city; }},
    {"state", kText, [](const SignIn& s) { return s.state; }},
    {"country", kText, [](const SignIn& s) { return s.country; }},
    {"is_interactive", kText, [](const SignIn& s) { return std::string(s.is_interactive ? "true" : "false"); }},
    {"risk_level_during_sign_in", kText, [](const SignIn& s) { return s.risk_level_during_sign_in; }},
    {"risk_state", kText, [](const SignIn& s) { return s.risk_state; }},
    {"session_id", kText, [](const SignIn& s) { return s.session_id; }},
    {"authentication_requirement", kText, [](const SignIn& s) { return s.authentication_requirement; }},
    {"autonomous_system_number", kText,
     [](const SignIn& s) {
       return s.autonomous_system_number == 0 ? std::string() : std::to_string(s.autonomous_system_number);
     }},
});

constexpr std::array<std::string_view, 12> kAddressColumns{"SourceIP",
                                                           "DestinationIP",
                                                           "DeviceAddress",
                                                           "SourceTranslatedAddress",
                                                           "DeviceTranslatedAddress",
                                                           "DestinationTranslatedAddress",
                                                           "RemoteIP",
                                                           "MaliciousIP",
                                                           "DeviceCustomIPv6Address1",
                                                           "DeviceCustomIPv6Address2",
                                                           "DeviceCustomIPv6Address3",
                                                           "DeviceCustomIPv6Address4"};

template <class Fields>
auto find_in(const Fields& fields, std::string_view name) {
  return std::ranges::find_if(fields, [&](const auto& field) { return field.name == name; });
}

template <class Fields>
std::optional<FieldKind> kind_in(const Fields& fields, std::string_view name) {
  const auto field = find_in(fields, name);
  return field == fields.end() ? std::nullopt : std::optional(field->kind);
}

template <class Fields>
std::vector<std::string_view> names_of(const Fields& fields) {
  std::vector<std::string_view> names;
  for (const auto& field : fields) names.push_back(field.name);
  return names;
}

}  // namespace

std::optional<FieldKind> find_field(Side side, std::string_view name) {
  if (side == Side::sign_in) return kind_in(kSignInFields, name);
  if (const auto kind = kind_in(kEventFields, name)) return kind;
  if (parsers::find_column(name) == nullptr) return std::nullopt;
  return std::ranges::find(kAddressColumns, name) == kAddressColumns.end() ? kText : kAddress;
}

std::vector<std::string_view> field_names(Side side) {
  return side == Side::event ? names_of(kEventFields) : names_of(kSignInFields);
}

std::string ClickFields::value(std::string_view name) {
  if (const auto field = find_in(kEventFields, name); field != kEventFields.end()) return field->value(click_);
  if (!columns_) {
    columns_.emplace();
    parsers::Normalised read;
    parsers::normalise(click_.raw, {click_.received, cctz::utc_time_zone(), nullptr}, read);
    if (read.has_cef) {
      for (parsers::Column& column : parsers::common_security_log(read.syslog, read.cef, click_.received))
        columns_->emplace(column.name, std::move(column.value));
    }
  }
  const auto column = columns_->find(name);
  return column == columns_->end() ? std::string() : column->second;
}

std::string value_of(const SignIn& sign_in, std::string_view name) {
  const auto field = find_in(kSignInFields, name);
  return field == kSignInFields.end() ? std::string() : field->value(sign_in);
}

}  // namespace exclusions
