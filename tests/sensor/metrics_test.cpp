#include "sensor/metrics.h"

#include <doctest/doctest.h>

#include <boost/json/parse.hpp>

using namespace sensor;
using namespace std::chrono_literals;

namespace {

const parsers::TimePoint kNow = *parsers::parse_rfc3339("2026-11-24T12:00:00Z");

boost::json::object status(std::string_view changes = "{}") {
  boost::json::object made = boost::json::parse(R"({
    "version": "1.0", "started": "2026-11-24T08:00:00Z", "trouble": null,
    "inputs": [{"name": "a\"b\\c\nd", "transport": "udp", "received": 7, "parsed": 5, "quarantined": 1, "reasons": {"not_cef": 1}, "dropped": 1, "refused": 0,
                "native": {}, "last_event": "2026-11-24T11:59:00Z", "longest_gap_s": 3, "clock_skew_ms": -1500,
                "gaps": {"Zscaler": {"events": 5, "without_url": 1, "without_user": 0, "user_unmapped": 2}}}],
    "graph": {"alerts": {"last_success": "2026-11-24T11:59:30Z", "last_error": null, "records": 3, "polls": 9},
              "signins": {"last_success": "2026-11-24T11:59:30Z", "last_error": "no", "records": 4, "polls": 9}},
    "store": {"events": 7, "bytes": 100, "oldest": null, "disk_free": 50000000000, "disk_total": 100000000000},
    "correlation": {"findings": 2}})")
                                 .as_object();
  const boost::json::object changed = boost::json::parse(changes).as_object();
  for (const auto& [key, value] : changed) made[key] = value;
  return made;
}

std::vector<std::string> ailments_of(std::string_view changes) {
  return ailments(status(changes), {15min, 15min, 1h}, kNow);
}

bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("metrics: each family has HELP and TYPE once, before all of its samples") {
  const std::string text = metrics_text(status());
  CHECK(has(text,
            "# TYPE lurewatch_graph_records_total counter\nlurewatch_graph_records_total{feed=\"alerts\"} 3\n"
            "lurewatch_graph_records_total{feed=\"signins\"} 4\n"));
  CHECK(has(text, "lurewatch_build_info{version=\"1.0\"} 1\n"));
  CHECK(text.find("# HELP lurewatch_findings ") == text.rfind("# HELP lurewatch_findings "));
}

TEST_CASE("metrics: a name that an attacker could choose can't end its label") {
  CHECK(has(metrics_text(status()),
            "lurewatch_input_received_messages_total{input=\"a\\\"b\\\\c\\nd\",transport=\"udp\"} 7\n"));
}

TEST_CASE("metrics: what is in quarantine is counted by reason, each reason from the start on") {
  const std::string text = metrics_text(status());
  const std::string sample =
      "lurewatch_input_quarantined_messages_total{input=\"a\\\"b\\\\c\\nd\",transport=\"udp\",reason=";
  CHECK(has(text, "# TYPE lurewatch_input_quarantined_messages_total counter\n" + sample + "\"empty\"} 0\n" + sample +
                      "\"not_cef\"} 1\n"));
  CHECK(has(text, sample + "\"tls_on_plain_port\"} 0\n"));
  CHECK(has(text, sample + "\"other\"} 0\n"));
}

TEST_CASE("metrics: times are seconds, milliseconds become seconds, and what is not known has no sample") {
  const std::string text = metrics_text(status());
  CHECK(has(
      text,
      "lurewatch_input_last_event_timestamp_seconds{input=\"a\\\"b\\\\c\\nd\",transport=\"udp\"} 1795521540.000\n"));
  CHECK(has(text, "transport=\"udp\"} -1.500\n"));
  CHECK_FALSE(has(text, "lurewatch_store_oldest_timestamp_seconds"));
  CHECK(has(text, "lurewatch_graph_up{feed=\"alerts\"} 1\n"));
  CHECK(has(text, "lurewatch_graph_up{feed=\"signins\"} 0\n"));
  CHECK(has(text, "vendor=\"Zscaler\"} 2\n"));
}

TEST_CASE("metrics: Graph's feeds tell of silence, lateness and gaps, and the credential is no feed") {
  const std::string text = metrics_text(status(R"({"graph": {
    "signins": {"last_error": null, "silence": {"since": "2026-11-24T08:00:00Z", "usual_s": 600}, "gaps": 2,
                "clock_skew_ms": 90000, "lateness": {"rows": 9, "p50_s": 120, "p99_s": 900}},
    "alerts": {"last_error": null, "silence": null, "gaps": 0, "clock_skew_ms": null, "lateness": null},
    "credential": {"kind": "certificate", "expires": "2026-12-24T12:00:00Z", "warning": null}}})"));
  CHECK(has(text, "lurewatch_graph_silent{feed=\"signins\"} 1\nlurewatch_graph_silent{feed=\"alerts\"} 0\n"));
  CHECK(has(text, "lurewatch_graph_gaps_total{feed=\"signins\"} 2\n"));
  CHECK(has(text, "lurewatch_graph_clock_skew_seconds{feed=\"signins\"} 90.000\n"));
  CHECK_FALSE(has(text, "lurewatch_graph_clock_skew_seconds{feed=\"alerts\"}"));
  CHECK(has(text, "lurewatch_graph_lateness_p99_seconds{feed=\"signins\"} 900\n"));
  CHECK_FALSE(has(text, "lurewatch_graph_lateness_p99_seconds{feed=\"alerts\"}"));
  CHECK(has(text, "lurewatch_graph_certificate_expiry_timestamp_seconds 1798113600.000\n"));
  CHECK_FALSE(has(text, "feed=\"credential\""));
}

TEST_CASE("health: a feed that is switched off is no ailment") {
  CHECK(ailments_of(R"({"graph": {"alerts": {"enabled": false, "last_success": null},
                                  "signins": {"enabled": true, "last_success": "2026-11-24T11:59:30Z"}}})")
            .empty());
}

TEST_CASE("health: a sensor whose data flows, feeds are fresh and disk has room is well") {
  CHECK(ailments_of("{}").empty());
}

TEST_CASE("health: each thing that would make it miss something is an ailment of its own") {
  CHECK(ailments_of(R"({"trouble": "storing messages fails: disk full"})").size() == 1);
  CHECK(ailments_of(R"({"graph": null})").size() == 1);
  CHECK(ailments_of(
            R"({"graph": {"alerts": {"last_success": "2026-11-24T11:40:00Z"}, "signins": {"last_success": null}}})")
            .size() == 2);
  CHECK(ailments_of(R"({"inputs": []})").size() == 1);
  CHECK(ailments_of(R"({"inputs": [{"name": "a", "last_event": "2026-11-24T10:59:59Z"}]})").size() == 1);
  CHECK(ailments_of(R"({"store": {"disk_free": 1000000, "disk_total": 100000000000}})").size() == 1);
}

TEST_CASE("health: one input that still receives is data that flows, and a fresh start has its time") {
  CHECK(ailments_of(R"({"inputs": [{"last_event": null}, {"last_event": "2026-11-24T11:30:00Z"}]})").empty());
  CHECK(ailments_of(R"({"started": "2026-11-24T11:50:00Z", "inputs": [{"last_event": null}],
                        "graph": {"alerts": {"last_success": null}, "signins": {"last_success": null}}})")
            .empty());
}
