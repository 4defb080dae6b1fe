#include "sensor/findings/ocsf_line.h"

#include <algorithm>
#include <array>
#include <boost/json/object.hpp>
#include <cmath>

#include "sensor/findings/finding_json.h"
#include "sensor/findings/json_writer.h"
#include "sensor/findings/line_reader.h"
#include "sensor/findings/severity.h"

namespace findings {
namespace {

using boost::json::object;

constexpr std::int64_t kHttpActivity = 400'299, kLogon = 300'201, kDetectionCreated = 200'401;  // type_uid
constexpr double kHighConfidence = 0.8, kMediumConfidence = 0.65;

// How much of the evidence is told; the first that fits is taken.
struct Measure {
  std::size_t text_bytes, rows;
};
constexpr std::array kMeasures{Measure{8192, 20}, Measure{2048, 20}, Measure{512, 20}, Measure{256, 5}, Measure{64, 1}};

class Line {
 public:
  Line(const object& finding, const Measure& measure)
      : finding_(finding), measure_(measure), json_(measure.text_bytes, kMaxLineBytes) {}

  std::string write() {
    write_class();
    write_severity();
    json_.text("message", text_of(finding_, "title"));
    json_.whole("start_time", millis_of(finding_, "first_seen"));
    json_.whole("end_time", millis_of(finding_, "last_seen"));
    write_metadata();
    write_finding_info();
    write_evidences();
    json_.objects("resources", std::array{0}, [&](int) {
      json_.text("type", "User account");
      json_.text("uid", text_of(finding_, "user"));
      json_.text("name", text_of(finding_, "user"));
    });
    write_observables();
    write_unmapped();
    return json_.finish();
  }

 private:
  std::int64_t revision() const { return static_cast<std::int64_t>(number_of(finding_, "revision")); }

  void write_class() {
    const bool is_first = revision() <= 1;
    json_.whole("time", millis_of(finding_, "time"));
    json_.whole("activity_id", is_first ? 1 : 2);
    json_.text("activity_name", is_first ? "Create" : "Update");
    json_.whole("category_uid", 2);
    json_.text("category_name", "Findings");
    json_.whole("class_uid", 2004);
    json_.text("class_name", "Detection Finding");
    json_.whole("type_uid", is_first ? kDetectionCreated : kDetectionCreated + 1);
    json_.text("type_name", is_first ? "Detection Finding: Create" : "Detection Finding: Update");
    json_.whole("status_id", 1);
    json_.text("status", "New");
    json_.truth("is_alert", true);
  }

  void write_severity() {
    const SeverityScale& severity = severity_scale(text_of(finding_, "severity"));
    json_.whole("severity_id", severity.ocsf);
    json_.text("severity", severity.name);
    const double confidence = number_of(finding_, "confidence");
    const int grade = confidence >= kHighConfidence ? 3 : confidence >= kMediumConfidence ? 2 : 1;
    constexpr std::array kNames{"Unknown", "Low", "Medium", "High"};
    json_.whole("confidence_id", grade);
    json_.text("confidence", kNames[static_cast<std::size_t>(grade)]);
    json_.whole("confidence_score", std::lround(confidence * 100));
  }

  void write_metadata() {
    json_.object("metadata", [&] {
      json_.text("version", kOcsfVersion);
      json_.object("product", [&] {
        json_.text("name", "Lurewatch");
        json_.text("vendor_name", "Lurewatch");
        json_.text("version", LUREWATCH_VERSION);
      });
      json_.text("uid", std::string(text_of(finding_, "id")) + '-' + std::to_string(revision()));
      json_.text("correlation_uid", text_of(finding_, "id"));
      json_.whole("sequence", revision());
      json_.text("log_name", "alerts");
      if (truth_of(finding_, "test")) json_.texts("labels", std::array{std::string_view("test")});
    });
  }

  void write_finding_info() {
    json_.object("finding_info", [&] {
      json_.text("uid", text_of(finding_, "id"));
      json_.text("title", text_of(finding_, "title"));
      json_.text("desc", text_of(finding_, "description"));
      json_.texts("types", std::array{std::string_view("Adversary-in-the-middle phishing")});
      json_.whole("first_seen_time", millis_of(finding_, "first_seen"));
      json_.whole("last_seen_time", millis_of(finding_, "last_seen"));
      json_.whole("modified_time", millis_of(finding_, "time"));
      json_.texts("data_sources", data_sources());
      const object& rule = child_of(finding_, "rule");
      json_.object("analytic", [&] {
        json_.text("uid", text_of(rule, "id"));
        json_.text("name", text_of(rule, "name"));
        json_.text("version", text_of(rule, "version"));
        json_.whole("type_id", 1);
        json_.text("type", "Rule");
      });
      write_attacks();
      json_.objects("related_events", related(), [&](const Related& row) {
        json_.text("uid", text_of(*row.row, "id"));
        json_.text("type", row.type);
        json_.whole("type_uid", row.type_uid);
      });
    });
  }

  std::vector<std::string_view> data_sources() const {
    std::vector<std::string_view> sources{"Microsoft Defender alerts", "Microsoft Entra sign-ins"};
    for (const object* event : rows_of(child_of(finding_, "evidence"), "events")) {
      const std::string_view vendor = text_of(*event, "vendor");
      if (std::find(sources.begin(), sources.end(), vendor) == sources.end()) sources.push_back(vendor);
    }
    return sources;
  }

  // The finding's tactics are those of its techniques together; each technique is told with all of them.
  void write_attacks() {
    json_.objects("attacks", texts_of(finding_, "techniques"), [&](std::string_view technique) {
      const std::size_t dot = technique.find('.');
      const AttackName parent = technique_name(technique.substr(0, dot));
      json_.objects("tactics", texts_of(finding_, "tactics"), [&](std::string_view tactic) {
        const AttackName name = tactic_name(tactic);
        if (!name.id.empty()) json_.text("uid", name.id);
        json_.text("name", name.name);
      });
      json_.object("technique", [&] { write_attack(parent); });
      if (dot != std::string_view::npos)
        json_.object("sub_technique", [&] { write_attack(technique_name(technique)); });
    });
  }
  void write_attack(const AttackName& attack) {
    json_.text("uid", attack.id);
    if (!attack.name.empty()) json_.text("name", attack.name);
  }

  struct Related {
    const object* row;
    std::string_view type;
    std::int64_t type_uid;
  };
  std::vector<Related> related() const {
    std::vector<Related> rows;
    const object& evidence = child_of(finding_, "evidence");
    const auto add = [&](std::string_view kind, std::string_view type, std::int64_t type_uid) {
      std::size_t count = 0;
      for (const object* row : rows_of(evidence, kind))
        if (count++ < measure_.rows) rows.push_back({row, type, type_uid});
    };
    add("alerts", "Detection Finding: Create", kDetectionCreated);
    add("events", "HTTP Activity: Other", kHttpActivity);
    add("signins", "Authentication: Logon", kLogon);
    return rows;
  }

  void write_evidences() {
    std::vector<Related> rows = related();
    std::erase_if(rows, [](const Related& row) { return row.type_uid == kDetectionCreated; });
    json_.objects("evidences", rows, [&](const Related& row) {
      const bool is_click = row.type_uid == kHttpActivity;
      json_.text("uid", text_of(*row.row, "id"));
      json_.text("name", is_click ? "web log row" : "sign-in");
      write_user(text_of(*row.row, "user").empty() && is_click ? text_of(*row.row, "user_raw")
                                                               : text_of(*row.row, "user"));
      if (is_click) return write_click(*row.row);
      write_endpoint("src_endpoint", text_of(*row.row, "address"), {});
      json_.object("data", [&] {
        for (const char* key :
             {"time", "app_display_name", "client_app_used", "user_agent", "city", "country", "session_id"})
          json_.text(key, text_of(*row.row, key));
      });
    });
  }

  void write_user(std::string_view name) {
    if (name.empty()) return;
    json_.object("user", [&] {
      json_.text("name", name);
      if (name.find('@') != std::string_view::npos) json_.text("email_addr", name);
    });
  }

  void write_endpoint(std::string_view key, std::string_view address, std::string_view host) {
    if (address.empty() && host.empty()) return;
    json_.object(key, [&] {
      if (!address.empty()) json_.text("ip", address);
      if (!host.empty()) json_.text("hostname", host);
    });
  }

  void write_click(const object& row) {
    write_endpoint("src_endpoint", text_of(row, "source_address"), {});
    write_endpoint("dst_endpoint", text_of(row, "destination_address"), text_of(row, "host"));
    json_.object("url", [&] {
      json_.text("url_string", text_of(row, "url"));
      json_.text("hostname", text_of(row, "host"));
    });
    json_.object("data", [&] {
      for (const char* key : {"time", "vendor", "product", "input", "action", "outcome", "raw"})
        json_.text(key, text_of(row, key));
    });
  }

  struct Observable {
    std::string_view name;
    std::int64_t type_id;
    std::string_view type, key;
  };
  void write_observables() {
    constexpr std::array kObservables =
        std::to_array<Observable>({{"resources.name", 4, "User Name", "user"},
                                   {"evidences.url.url_string", 6, "URL String", "url"},
                                   {"evidences.dst_endpoint.hostname", 1, "Hostname", "host"},
                                   {"evidences.src_endpoint.ip", 2, "IP Address", "ip"}});
    json_.objects("observables", kObservables, [&](const Observable& observable) {
      json_.text("name", observable.name);
      json_.whole("type_id", observable.type_id);
      json_.text("type", observable.type);
      json_.text("value", text_of(finding_, observable.key));
    });
  }

  void write_unmapped() {
    json_.object("unmapped", [&] {
      json_.text("mode", text_of(finding_, "mode"));
      json_.object("match", [&] {
        for (const char* key : {"url", "user", "ip", "order"})
          json_.text(key, text_of(child_of(finding_, "match"), key));
      });
      json_.objects("reasons", rows_of(finding_, "reasons"), [&](const object* reason) {
        json_.text("name", text_of(*reason, "name"));
        json_.two_decimals("weight", number_of(*reason, "weight"));
        json_.text("detail", text_of(*reason, "detail"));
      });
    });
  }

  const object& finding_;
  const Measure& measure_;
  JsonWriter json_;
};

}  // namespace

std::string to_ocsf_line(std::string_view finding_line) {
  const object finding = parse_line(finding_line);
  return first_that_fits(kMeasures, [&](const Measure& measure) { return Line(finding, measure).write(); });
}

}  // namespace findings
