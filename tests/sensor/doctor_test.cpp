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

AlertFileFacts alert_file(parsers::Duration written_ago, parsers::Duration read_ago) {
  AlertFileFacts file;
  file.path = "/a/alerts.jsonl";
  file.size = 10;
  file.modified = kNow - written_ago;
  file.read = kNow - read_ago;
  return file;
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

TEST_CASE("doctor: quota and disk are reckoned at the rate since the start, or over what is held when that is less") {
  const auto disk = [](const std::string& input, const char* store) {
    const auto symptoms =
        examine(config_of(), status(R"({"name": "fw", "last_event": "2026-11-24T11:59:59Z", )" + input + "}", store),
                healthy());
    const auto found = std::ranges::find(symptoms, "disk", &Symptom::check);
    return found == symptoms.end() ? Symptom{} : *found;
  };
  const std::string room = R"("disk_total": 1000000000000, "quota": 50000000000, "disk_free": 900000000000, )";
  const auto held = [&](const char* bytes) {  // a store that began after the start
    return disk(R"("received": 0)",
                ("{" + room + R"("oldest": "2026-11-24T06:00:00Z", "bytes": )" + bytes + "}").c_str());
  };
  CHECK(held("250000000").verdict == Verdict::fine);
  CHECK(held("1250000000").verdict == Verdict::doubtful);
  CHECK(held("2500000000").verdict == Verdict::wrong);
  CHECK(held("2500000000").mend.find("quota = \"308GiB\"") != std::string::npos);

  // Ten days of nearly nothing, and 12 hours of a flood: the flood counts.
  const std::string before =
      "{" + room + R"("oldest": "2026-11-14T12:00:00Z", "bytes": 10000000000, "events": 100000000})";
  CHECK(disk(R"("received": 100000, "dropped": 0)", before.c_str()).verdict == Verdict::fine);
  CHECK(disk(R"("received": 99000000, "dropped": 0)", before.c_str()).verdict == Verdict::wrong);
  CHECK(disk(R"("received": 99000000, "dropped": 98900000)", before.c_str()).verdict == Verdict::fine);

  // What neither disk nor quota can hold wants a disk.
  const auto small =
      disk(R"("received": 0)", R"({"disk_total": 20000000000, "quota": 10000000000, "disk_free": 15000000000,
      "oldest": "2026-11-24T06:00:00Z", "bytes": 2500000000})");
  CHECK(small.verdict == Verdict::wrong);
  CHECK(small.mend.find("a disk with") != std::string::npos);
  // And without ten minutes of messages nothing is reckoned.
  CHECK(disk(R"("received": 0)", ("{" + room + R"("oldest": "2026-11-24T11:55:00Z", "bytes": 900000000})").c_str())
            .check.empty());
}

TEST_CASE("doctor: findings that nobody has read for a day are wrong, and noatime can't tell") {
  const auto judge = [](AlertFileFacts file) {
    MachineFacts machine = healthy();
    machine.alert_files = {std::move(file)};
    return verdict(examine(config_of(), status(R"({"name": "fw"})"), machine), "alert-file");
  };
  CHECK(judge(alert_file(25h, 26h)) == Verdict::wrong);
  CHECK(judge(alert_file(23h, 26h)) == Verdict::fine);
  CHECK(judge(alert_file(25h, 1h)) == Verdict::fine);
  // A finding an hour: the file is never a day old, its oldest unread line is.
  AlertFileFacts busy = alert_file(1h, 49h);
  busy.unread_since = kNow - 48h;
  CHECK(judge(busy) == Verdict::wrong);
  busy.unread_since = kNow - 1h;
  CHECK(judge(busy) == Verdict::fine);
  AlertFileFacts noatime = alert_file(25h, 26h);
  noatime.times_reads = false;
  CHECK(judge(noatime) == Verdict::unknown);
}

TEST_CASE("doctor: each alert file is looked at, and one that can't be looked at is unknown") {
  MachineFacts machine = healthy();
  machine.alert_files = {alert_file(25h, 26h), alert_file(25h, 26h), alert_file(25h, 26h)};
  machine.alert_files[0].path = "/a/alerts.ecs.jsonl";
  machine.alert_files[1].path = "/a/alerts.cef";
  machine.alert_files[1].error = "Permission denied";
  machine.alert_files[2].size = 0;
  const auto symptoms = examine(config_of(), status(R"({"name": "fw"})"), machine);
  std::string told;
  for (const Symptom& symptom : symptoms)
    if (symptom.check == "alert-file") told += std::string(to_string(symptom.verdict)) + " " + symptom.finding + "\n";
  CHECK(told ==
        "wrong /a/alerts.ecs.jsonl: nobody has read the findings of more than a day ago\n"
        "unknown /a/alerts.cef: Permission denied\n");
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
