// Facts to begin a test with: together they are the strongest chain there is. A test changes what it is about.
#pragma once

#include <string>
#include <string_view>

#include "parsers/url.h"
#include "sensor/correlate/facts.h"

namespace support {

inline constexpr parsers::TimePoint kNoon =
    std::chrono::sys_days(std::chrono::year(2026) / 3 / 10) + std::chrono::hours(12);
inline constexpr const char* kTitle = "A potentially malicious URL click was detected";
inline constexpr const char* kLure = "https://login.example.com/portal/verify?id=7";

inline parsers::Alert make_alert(std::string id = "alert-1", parsers::TimePoint created = kNoon,
                                 std::string url = kLure) {
  parsers::Alert alert;
  alert.id = std::move(id);
  alert.title = kTitle;
  alert.service_source = "microsoftDefenderForOffice365";
  alert.severity = "high";
  alert.created = alert.last_update = alert.first_activity = alert.last_activity = created;
  alert.urls = {std::move(url)};
  alert.users = {"bob@contoso.com"};
  alert.network_message_ids = {"11111111-2222-3333-4444-555555555555"};
  return alert;
}

inline void set_url(correlate::Click& click, std::string_view url) {
  click.event.has_url = parsers::parse_url(url, "https", click.event.url).has_value();
  click.event.url_raw = url;
}

inline correlate::Click make_click(std::uint64_t id = 1, parsers::TimePoint time = kNoon + std::chrono::minutes(1),
                                   std::string_view url = kLure) {
  correlate::Click click;
  click.event_id = id;
  click.event.time = time;
  click.event.vendor = parsers::Vendor::paloalto;
  click.event.product = "PAN-OS";
  click.event.user = "bob@contoso.com";
  click.event.account = "bob";
  click.event.user_raw = "bob@contoso.com";
  click.event.user_match = parsers::UserMatch::upn;
  set_url(click, url);
  click.event.source_address = "10.1.2.3";
  click.event.destination_address = "203.0.113.7";
  click.event.action = "alert";
  click.event.outcome = parsers::Outcome::allowed;
  click.received = time + std::chrono::seconds(1);
  click.input = "firewalls";
  click.raw =
      "<14>Mar 10 12:01:00 fw1 CEF:0|Palo Alto Networks|PAN-OS|10.2|url|THREAT|1|suser=bob id=" + std::to_string(id);
  return click;
}

inline parsers::SignIn make_sign_in(std::string id = "sign-in-1",
                                    parsers::TimePoint created = kNoon + std::chrono::minutes(3)) {
  parsers::SignIn sign_in;
  sign_in.id = std::move(id);
  sign_in.created = created;
  sign_in.user_principal_name = "bob@contoso.com";
  sign_in.address = "203.0.113.7";
  sign_in.error_code = 0;
  sign_in.app_display_name = "OfficeHome";
  sign_in.client_app_used = "Browser";
  sign_in.user_agent = "Mozilla/5.0";
  sign_in.city = "Amsterdam";
  sign_in.country = "NL";
  sign_in.session_id = "session-1";
  return sign_in;
}

}  // namespace support
