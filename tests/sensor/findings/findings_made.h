// Findings as the engine makes them from facts in memory.
#pragma once

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "sensor/correlate/engine.h"
#include "tests/support/facts_made.h"
#include "tests/support/memory_facts.h"

namespace support {

inline constexpr parsers::TimePoint kMadeAt = kNoon + std::chrono::minutes(5);

inline correlate::Finding make_finding(const std::vector<parsers::Alert>& alerts,
                                       const std::vector<correlate::Click>& clicks,
                                       const std::vector<parsers::SignIn>& sign_ins) {
  MemoryFacts facts;
  for (const auto& alert : alerts) facts.put(alert);
  for (const auto& click : clicks) facts.put(click);
  for (const auto& sign_in : sign_ins) facts.put(sign_in);
  correlate::Engine engine({}, facts);
  const auto findings = engine.on_sign_in(sign_ins.front());
  REQUIRE(findings.size() == 1);
  return findings.front();
}

inline correlate::Finding make_finding() { return make_finding({make_alert()}, {make_click()}, {make_sign_in()}); }

// Two of each kind, weak in every edge.
inline correlate::Finding make_weak_finding() {
  using namespace std::chrono_literals;
  parsers::Alert second = make_alert("alert-2", kNoon + 1h, "https://login.example.com/");
  second.users = {"eve@contoso.com"};
  second.network_message_ids.clear();
  correlate::Click host_only = make_click(1, kNoon + 2h, "login.example.com");
  host_only.event.vendor = parsers::Vendor::checkpoint;
  host_only.event.product = "Application Control";
  host_only.event.user = "";
  host_only.event.user_raw = "BOB";
  host_only.event.outcome = parsers::Outcome::unknown;
  host_only.event.action = "";
  host_only.event.flags.set(parsers::Flag::url_host_only);
  host_only.event.flags.set(parsers::Flag::user_unmapped);
  correlate::Click later = host_only;
  later.event_id = 2;
  later.event.time += 1min;
  return make_finding({make_alert(), second}, {host_only, later},
                      {make_sign_in("sign-in-1", kNoon + 1h), make_sign_in("sign-in-2", kNoon + 90min)});
}

// Whatever a field may hold, hostile.
inline correlate::Finding make_hostile_finding() {
  const std::string text =
      "a\"b\\c\n{\"id\":\"forged\"}\r\x1b[2J\x7f\xc2\x85 \xe2\x80\xae"
      "txt \xff\xc0\xaf \xed\xa0\x80 \xf3\xa0\x81\x81 \xe4\xb8\xad";
  parsers::Alert alert = make_alert(text);
  alert.service_source = text;
  alert.users = {text};
  alert.network_message_ids = {text};
  correlate::Click click = make_click();
  click.event.product = click.event.user_raw = click.event.url_raw = click.event.action = text;
  click.input = click.raw = text;
  parsers::SignIn sign_in = make_sign_in(text);
  sign_in.app_display_name = sign_in.user_agent = sign_in.city = text;
  return make_finding({alert}, {click}, {sign_in});
}

}  // namespace support
