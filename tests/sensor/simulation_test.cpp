#include "sensor/simulation.h"

#include <doctest/doctest.h>

#include "parsers/normalise.h"
#include "parsers/url.h"
#include "sensor/correlate/engine.h"
#include "tests/support/memory_facts.h"

using namespace sensor;

namespace {

const parsers::TimePoint kNow = *parsers::parse_rfc3339("2026-11-24T12:00:00Z");

correlate::Click click_of(const std::string& message) {
  parsers::Normalised normalised;
  const parsers::IdentityMap identity;
  parsers::normalise(message, {kNow, cctz::utc_time_zone(), &identity}, normalised);
  REQUIRE(normalised.has_event);
  correlate::Click click;
  click.event_id = 1;
  click.event = normalised.event;
  click.received = kNow;
  click.input = "in";
  click.raw = message;
  return click;
}

}  // namespace

TEST_CASE("simulate: its message, alert and sign-in give one finding that is marked as a test") {
  const Simulation made = simulate(kNow, parsers::shipped_titles().front());
  const correlate::Click click = click_of(made.message);
  CHECK(parsers::host_key(click.event.url.host) == made.host_key);
  support::MemoryFacts facts;
  facts.put(made.alert);
  facts.put(made.sign_in);
  facts.put(click);
  const auto findings = correlate::Engine({}, facts).on_click(click);
  REQUIRE(findings.size() == 1);
  CHECK(findings[0].test);
  CHECK(findings[0].user == made.label + "@lurewatch.invalid");
  CHECK(findings[0].url_match == parsers::UrlMatch::exact);
}

TEST_CASE("simulate: a real alert in the evidence makes the finding a real one") {
  const Simulation made = simulate(kNow, parsers::shipped_titles().front());
  parsers::Alert real = made.alert;
  real.id = "da637551227677560813_-961444813";
  const correlate::Click click = click_of(made.message);
  support::MemoryFacts facts;
  facts.put(made.alert);
  facts.put(real);
  facts.put(made.sign_in);
  facts.put(click);
  const auto findings = correlate::Engine({}, facts).on_click(click);
  REQUIRE(findings.size() == 1);
  CHECK_FALSE(findings[0].test);
}

TEST_CASE("trace: hops are marked once and in order, and a new run forgets the old one") {
  Trace trace;
  trace.begin(7);
  trace.correlated(kNow);
  trace.written(kNow);
  CHECK(trace.to_json().at("correlated").is_null());
  trace.facts_stored(kNow);
  trace.received(kNow, kNow + std::chrono::milliseconds(1));
  trace.correlated(kNow + std::chrono::milliseconds(2));
  trace.correlated(kNow + std::chrono::milliseconds(9));
  trace.written(kNow + std::chrono::milliseconds(3));
  CHECK(trace.to_json().at("correlated").as_int64() == parsers::to_micros(kNow) + 2000);
  CHECK(trace.to_json().at("written").as_int64() == parsers::to_micros(kNow) + 3000);
  trace.begin(8);
  CHECK(trace.to_json().at("stored").is_null());
}
