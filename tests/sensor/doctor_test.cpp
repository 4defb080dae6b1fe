#include "sensor/doctor.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <boost/json/parse.hpp>

#include "sensor/config/load.h"

using namespace sensor;
using namespace std::chrono_literals;

namespace {

const parsers::TimePoint kNow = *parsers::parse_rfc3339("2026-11-24T12:00:00Z");

config::Config config_of(const std::string& more = "") {
  return config::load_text("[[listen]]\nname = \"fw\"\n" + more, "").config;
}

MachineFacts healthy() {
  MachineFacts machine;
  machine.now = kNow;
  machine.receive_buffer_max = 64u << 20;
  machine.clock_synchronised = true;
  return machine;
}

std::optional<boost::json::object> status(const std::string& input, const std::string& store = "{}") {
  return boost::json::parse(R"({"version": "1", "started": "2026-11-24T00:00:00Z", "trouble": null, "inputs": [)" +
                            input + R"(], "store": )" + store + "}")
      .as_object();
}

// The verdict of a check; nothing when it wasn't made.
std::optional<Verdict> verdict(const std::vector<Symptom>& symptoms, std::string_view check) {
  const auto found = std::ranges::find(symptoms, check, &Symptom::check);
  return found == symptoms.end() ? std::nullopt : std::optional(found->verdict);
}

std::optional<Verdict> verdict_of_input(const std::string& input, std::string_view check) {
  return verdict(
      examine(config_of(), status(R"({"name": "fw", "last_event": "2026-11-24T11:59:59Z", )" + input + "}"), healthy()),
      check);
}

}  // namespace

TEST_CASE("doctor: without a running sensor that is the first thing wrong, and it says how to start it") {
  const auto symptoms = examine(config_of(), std::nullopt, healthy());
  REQUIRE_FALSE(symptoms.empty());
  CHECK(symptoms[0].check == "service");
  CHECK(symptoms[0].mend == "systemctl start lurewatch");
}

TEST_CASE("doctor: everything wrong has something that mends it, and stands before what is fine") {
  MachineFacts machine = healthy();
  machine.clock_synchronised = false;
  machine.kernel_drops = 3;
  machine.receive_buffer_max = 212'992;
  const auto symptoms = examine(
      config_of(),
      status(
          R"({"name": "fw", "last_event": null, "dropped": 2, "native": {"Fortinet": {"received": 1, "advice": "set format cef"}}})"),
      machine);
  for (const Symptom& symptom : symptoms)
    if (symptom.verdict == Verdict::wrong) CHECK_FALSE(symptom.mend.empty());
  CHECK(std::ranges::is_sorted(symptoms, {}, &Symptom::verdict));
  for (const char* check : {"clock", "kernel-drops", "silence", "drops", "format"})
    CHECK(verdict(symptoms, check) == Verdict::wrong);
  CHECK(verdict(symptoms, "receive-buffer") == Verdict::doubtful);
}

TEST_CASE("doctor: whole and quarter hours of skew are a time zone, other skew is a clock") {
  const auto mend = [](int skew_ms) {
    const auto symptoms = examine(config_of(),
                                  status(R"({"name": "fw", "last_event": "2026-11-24T11:59:59Z", "clock_skew_ms": )" +
                                         std::to_string(skew_ms) + "}"),
                                  healthy());
    const auto found = std::ranges::find(symptoms, "time", &Symptom::check);
    return found == symptoms.end() ? std::string() : found->mend;
  };
  CHECK(mend(3'600'000 + 900).find("timezone") != std::string::npos);
  CHECK(mend(-19'800'000).find("timezone") != std::string::npos);
  CHECK(mend(1'300'000).find("NTP") != std::string::npos);
  CHECK(mend(119'000).empty());
}

TEST_CASE("doctor: an input is silent against its own habit, not against a fixed time") {
  const auto quiet = [](const char* last, int habit) {
    return verdict(examine(config_of(),
                           status(std::string(R"({"name": "fw", "last_event": ")") + last + R"(", "longest_gap_s": )" +
                                  std::to_string(habit) + "}"),
                           healthy()),
                   "silence");
  };
  CHECK(quiet("2026-11-24T11:45:00Z", 60) == Verdict::wrong);
  CHECK(quiet("2026-11-24T11:45:00Z", 3600) == Verdict::fine);
  CHECK(quiet("2026-11-24T11:55:00Z", 1) == Verdict::fine);
}

TEST_CASE("doctor: a vendor whose rows lack user or URL is named once there are enough rows to tell") {
  CHECK(verdict_of_input(R"("gaps": {"Zscaler": {"events": 200, "without_url": 150}})", "url") == Verdict::wrong);
  CHECK(verdict_of_input(R"("gaps": {"Zscaler": {"events": 200, "without_user": 150}})", "user") == Verdict::wrong);
  CHECK(verdict_of_input(R"("gaps": {"Zscaler": {"events": 200, "user_unmapped": 150}})", "user-map") ==
        Verdict::wrong);
  CHECK(verdict_of_input(R"("gaps": {"Zscaler": {"events": 99, "without_url": 99}})", "url") == std::nullopt);
  CHECK(verdict_of_input(R"("gaps": {"Zscaler": {"events": 200, "without_url": 100}})", "rows") == Verdict::fine);
}

TEST_CASE("doctor: quota and disk are reckoned at the present rate") {
  const auto disk = [](const char* store) {
    return verdict(
        examine(config_of(), status(R"({"name": "fw", "last_event": "2026-11-24T11:59:59Z"})", store), healthy()),
        "disk");
  };
  const std::string day = R"("oldest": "2026-11-23T12:00:00Z", "disk_total": 1000000000000)";
  CHECK(disk(("{" + day + R"(, "bytes": 1000000000, "quota": 50000000000, "disk_free": 900000000000})").c_str()) ==
        Verdict::fine);
  CHECK(disk(("{" + day + R"(, "bytes": 5000000000, "quota": 50000000000, "disk_free": 900000000000})").c_str()) ==
        Verdict::doubtful);
  CHECK(disk(("{" + day + R"(, "bytes": 10000000000, "quota": 50000000000, "disk_free": 900000000000})").c_str()) ==
        Verdict::wrong);
}

TEST_CASE("doctor: findings that nobody has read for a day are wrong, and noatime can't tell") {
  const auto read = [](AlertFileFacts file) {
    MachineFacts machine = healthy();
    machine.alert_file = file;
    return verdict(examine(config_of(), status(R"({"name": "fw"})"), machine), "alert-file");
  };
  CHECK(read({10, kNow - 25h, kNow - 26h, true}) == Verdict::wrong);
  CHECK(read({10, kNow - 23h, kNow - 26h, true}) == Verdict::fine);
  CHECK(read({10, kNow - 25h, kNow - 1h, true}) == Verdict::fine);
  CHECK(read({10, kNow - 25h, kNow - 26h, false}) == Verdict::unknown);
  CHECK(read({0, kNow - 25h, kNow - 26h, true}) == std::nullopt);
}

TEST_CASE("doctor: Graph's refusals are told with what mends them, and so are old secrets and certificates") {
  const config::Config config =
      config_of("[graph]\ntenant_id = \"t\"\nclient_id = \"c\"\nclient_secret_file = \"/s\"\n");
  MachineFacts machine = healthy();
  machine.graph_asked = true;
  machine.graph_faults = {"AADSTS7000222: the secret is expired", "403: needs permission"};
  machine.secret_written = kNow - 24h * 151;
  machine.certificates = {
      {"/a.pem", "", kNow + 24h * 10}, {"/b.pem", "", kNow - 1h * 30}, {"/c.pem", "No such file", {}}};
  const auto symptoms = examine(config, std::nullopt, machine);
  CHECK(std::ranges::count(symptoms, "graph", &Symptom::check) == 2);
  CHECK(verdict(symptoms, "secret") == Verdict::doubtful);
  CHECK(std::ranges::count_if(
            symptoms, [](const Symptom& s) { return s.check == "certificate" && s.verdict == Verdict::wrong; }) == 2);
  for (const Symptom& symptom : symptoms)
    if (symptom.finding.starts_with("403")) CHECK(symptom.mend.find("SecurityAlert.Read.All") != std::string::npos);
}

TEST_CASE("doctor: what the running sensor says of Graph's feeds becomes a symptom, and healthy feeds none") {
  const config::Config config =
      config_of("[graph]\ntenant_id = \"t\"\nclient_id = \"c\"\nclient_secret_file = \"/s\"\n");
  const auto symptoms_of = [&](const std::string& feed) {
    auto running = status(R"({"name": "fw", "last_event": "2026-11-24T11:59:59Z"})");
    (*running)["graph"] = boost::json::parse(
        R"({"signins": {"last_success": null, )" + feed +
        R"(}, "credential": {"kind": "certificate", "expires": "2026-12-01T00:00:00Z", "warning": "it ends soon"}})");
    return examine(config, running, healthy());
  };
  const auto ill = symptoms_of(R"("last_error": null, "gaps": 1, "clock_skew_ms": -90000,
      "silence": {"since": "2026-11-24T08:00:00Z", "usual_s": 600}, "lateness": {"suggested_overlap": "4h"})");
  for (const char* check : {"graph-gaps", "graph-silence", "graph-lateness", "credential"})
    CHECK_MESSAGE(verdict(ill, check) == Verdict::doubtful, check);
  CHECK(verdict(ill, "clock") == Verdict::wrong);
  const auto late = std::ranges::find(ill, "graph-lateness", &Symptom::check);
  REQUIRE(late != ill.end());
  CHECK(late->mend == "set [graph.signins] overlap = \"4h\"");
  const auto well = symptoms_of(R"("last_error": null, "gaps": 0, "clock_skew_ms": 900, "silence": null,
      "lateness": {"suggested_overlap": null})");
  for (const char* check : {"graph", "graph-gaps", "graph-silence", "graph-lateness"})
    CHECK_MESSAGE(verdict(well, check) == std::nullopt, check);
}

TEST_CASE("doctor: a permission for users, the group of Azure Arc and a proxy have a mend of their own") {
  const config::Config config = config_of("[graph]\ntenant_id = \"t\"\nmanaged_identity = true\n");
  const auto mend_of = [&](const char* fault) {
    MachineFacts machine = healthy();
    machine.graph_asked = true;
    machine.graph_faults = {fault};
    const auto symptoms = examine(config, std::nullopt, machine);
    const auto found = std::ranges::find(symptoms, "graph", &Symptom::check);
    return found == symptoms.end() ? std::string() : found->mend;
  };
  CHECK(mend_of("Graph answered 503 to security/alerts_v2. (client-request-id 5d6cfc80-403e-49e7-81ee-c88db0b552e2)") ==
        "lurewatch check --connect");
  CHECK(mend_of("Graph answered 403 to users/delta. Grant the application permission User.Read.All.")
            .find("User.Read.All") != std::string::npos);
  CHECK(mend_of("Only the group himds may ask Azure Arc's agent").starts_with("usermod -aG himds lurewatch"));
  CHECK(mend_of("The proxy wants a user and a password.").find("proxy_credentials_file") != std::string::npos);
}

TEST_CASE(
    "doctor: a tap that reads nothing is told with the command that mends it, and its silence with its own filter") {
  const config::Config config =
      config::load_text("[[tap]]\nname = \"fw\"\ninterface = \"ens5\"\nfilter = \"udp port 5514\"\n", "").config;
  const auto ask = [&](const std::string& state, const std::string& more = "") {
    return examine(
        config,
        status(R"({"name": "fw", "address": "ens5", "last_event": null, "capture": ")" + state + "\"" + more + "}"),
        healthy());
  };
  const auto mend = [](const std::vector<Symptom>& symptoms, std::string_view check) {
    return std::ranges::find(symptoms, check, &Symptom::check)->mend;
  };
  CHECK(verdict(ask("reads"), "interface") == Verdict::fine);
  CHECK(verdict(ask("down"), "interface") == Verdict::wrong);
  CHECK(mend(ask("down"), "interface") == "ip link set ens5 up");
  CHECK(verdict(ask("no such interface"), "interface") == Verdict::wrong);
  CHECK(verdict(ask("unreadable"), "interface") == Verdict::wrong);
  CHECK(mend(ask("reads"), "silence") == "tcpdump -ni ens5 'udp port 5514'");
  CHECK(verdict(ask("reads", ", \"stream_gaps\": 3"), "capture-gaps") == Verdict::doubtful);
  CHECK_FALSE(verdict(ask("reads"), "capture-gaps"));
}
