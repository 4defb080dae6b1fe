#include "sensor/findings/ecs_line.h"

#include <algorithm>
#include <array>
#include <boost/json/object.hpp>
#include <cmath>

#include "parsers/url.h"
#include "sensor/findings/finding_json.h"
#include "sensor/findings/json_writer.h"
#include "sensor/findings/line_reader.h"
#include "sensor/findings/severity.h"

namespace findings {
namespace {

using boost::json::object;
using Texts = std::vector<std::string_view>;

// How much is told; the first that fits is taken.
struct Measure {
  std::size_t text_bytes, rows;
};
constexpr std::array kMeasures{Measure{8192, 20}, Measure{2048, 20}, Measure{512, 20}, Measure{256, 5}, Measure{64, 1}};

void add(Texts& texts, std::string_view text) {
  if (!text.empty() && std::ranges::find(texts, text) == texts.end()) texts.push_back(text);
}

class Line {
 public:
  Line(const object& finding, const Measure& measure)
      : finding_(finding), measure_(measure), json_(measure.text_bytes, kMaxLineBytes) {}

  std::string write() {
    json_.text("@timestamp", text_of(finding_, "time"));
    json_.object("ecs", [&] { json_.text("version", kEcsVersion); });
    json_.text("message", text_of(finding_, "title"));
    if (truth_of(finding_, "test")) json_.texts("tags", std::array{std::string_view("test")});
    write_event();
    write_rule();
    write_threat();
    write_subjects();
    write_related();
    json_.object("observer", [&] {
      for (const char* key : {"vendor", "product"}) json_.text(key, "Lurewatch");
      json_.text("type", "sensor");
      json_.text("version", LUREWATCH_VERSION);
    });
    write_own();
    return json_.finish();
  }

 private:
  void write_event() {
    json_.object("event", [&] {
      json_.text("id", std::string(text_of(finding_, "id")) + '-' + std::to_string(revision()));
      json_.text("kind", "alert");
      json_.texts("category", std::array<std::string_view, 2>{"authentication", "web"});
      json_.texts("type", std::array<std::string_view, 1>{"info"});
      json_.text("action", "phished-user-signed-in");
      json_.text("module", "lurewatch");
      json_.text("dataset", "lurewatch.alerts");
      json_.text("provider", "lurewatch");
      json_.whole("severity", severity_scale(text_of(finding_, "severity")).ecs);
      json_.two_decimals("risk_score", number_of(finding_, "confidence") * 100);
      json_.text("created", text_of(finding_, "time"));
      json_.text("start", text_of(finding_, "first_seen"));
      json_.text("end", text_of(finding_, "last_seen"));
      json_.text("reason", text_of(finding_, "description"));
    });
  }

  std::int64_t revision() const { return static_cast<std::int64_t>(number_of(finding_, "revision")); }

  void write_rule() {
    const object& rule = child_of(finding_, "rule");
    json_.object("rule", [&] {
      for (const char* key : {"id", "name", "version"}) json_.text(key, text_of(rule, key));
    });
  }

  void write_threat() {
    Texts tactic_ids, tactic_names, technique_ids, technique_names, sub_ids, sub_names;
    for (const std::string_view tactic : texts_of(finding_, "tactics")) {
      add(tactic_ids, tactic_name(tactic).id);
      add(tactic_names, tactic_name(tactic).name);
    }
    for (const std::string_view technique : texts_of(finding_, "techniques")) {
      const AttackName parent = technique_name(technique.substr(0, technique.find('.')));
      add(technique_ids, parent.id);
      add(technique_names, parent.name);
      if (technique.find('.') == std::string_view::npos) continue;
      add(sub_ids, technique);
      add(sub_names, technique_name(technique).name);
    }
    json_.object("threat", [&] {
      json_.text("framework", "MITRE ATT&CK");
      json_.object("tactic", [&] {
        json_.texts("id", tactic_ids);
        json_.texts("name", tactic_names);
      });
      json_.object("technique", [&] {
        json_.texts("id", technique_ids);
        json_.texts("name", technique_names);
        if (sub_ids.empty()) return;
        json_.object("subtechnique", [&] {
          json_.texts("id", sub_ids);
          json_.texts("name", sub_names);
        });
      });
    });
  }

  // source: who signed in; destination and url: what the user reached.
  void write_subjects() {
    const std::string_view user = text_of(finding_, "user"), ip = text_of(finding_, "ip");
    const std::size_t at = user.find('@');
    json_.object("user", [&] {
      json_.text("name", user.substr(0, at));
      if (at == std::string_view::npos) return;
      json_.text("domain", user.substr(at + 1));
      json_.text("email", user);
    });
    if (!ip.empty()) {
      json_.object("source", [&] {
        json_.text("address", ip);
        json_.text("ip", ip);
      });
    }
    parsers::Url url;
    const bool is_url = parsers::parse_url(text_of(finding_, "url"), "https", url).has_value();
    json_.object("url", [&] {
      json_.text("full", text_of(finding_, "url"));
      json_.text("domain", text_of(finding_, "host"));
      if (!is_url) return;
      json_.text("scheme", url.scheme);
      json_.text("path", url.path);
      if (!url.query.empty()) json_.text("query", url.query);
    });
  }

  void write_related() {
    Texts users, addresses, hosts;
    add(users, text_of(finding_, "user"));
    add(addresses, text_of(finding_, "ip"));
    add(hosts, text_of(finding_, "host"));
    const object& evidence = child_of(finding_, "evidence");
    for (const object* event : rows_of(evidence, "events")) {
      for (const char* key : {"user", "user_raw"}) add(users, text_of(*event, key));
      for (const char* key : {"source_address", "destination_address"}) add(addresses, text_of(*event, key));
      add(hosts, text_of(*event, "host"));
    }
    for (const object* sign_in : rows_of(evidence, "signins")) add(addresses, text_of(*sign_in, "address"));
    json_.object("related", [&] {
      json_.texts("user", first_of(users));
      json_.texts("ip", first_of(addresses));
      json_.texts("hosts", first_of(hosts));
    });
  }

  Texts first_of(Texts texts) const {
    texts.resize(std::min(texts.size(), measure_.rows));
    return texts;
  }

  void write_own() {
    json_.object("lurewatch", [&] {
      json_.text("id", text_of(finding_, "id"));
      json_.whole("revision", revision());
      json_.text("mode", text_of(finding_, "mode"));
      json_.text("severity", text_of(finding_, "severity"));
      json_.two_decimals("confidence", number_of(finding_, "confidence"));
      json_.object("match", [&] {
        for (const char* key : {"url", "user", "ip", "order"})
          json_.text(key, text_of(child_of(finding_, "match"), key));
      });
      json_.objects("reasons", rows_of(finding_, "reasons"), [&](const object* reason) {
        json_.text("name", text_of(*reason, "name"));
        json_.two_decimals("weight", number_of(*reason, "weight"));
        json_.text("detail", text_of(*reason, "detail"));
      });
      const object& evidence = child_of(finding_, "evidence");
      json_.object("evidence", [&] {
        write_rows(evidence, "alerts", {"id", "time", "title"});
        write_rows(evidence, "events",
                   {"id", "time", "vendor", "product", "input", "user_raw", "url", "destination_address", "action",
                    "outcome", "raw"});
        write_rows(evidence, "signins", {"id", "time", "user", "address", "app_display_name", "user_agent", "country"});
      });
    });
  }

  void write_rows(const object& evidence, std::string_view kind, std::initializer_list<const char*> keys) {
    std::vector<const object*> rows = rows_of(evidence, kind);
    rows.resize(std::min(rows.size(), measure_.rows));
    json_.objects(kind, rows, [&](const object* row) {
      for (const char* key : keys) json_.text(key, text_of(*row, key));
    });
  }

  const object& finding_;
  const Measure& measure_;
  JsonWriter json_;
};

}  // namespace

std::string to_ecs_line(std::string_view finding_line) {
  const object finding = parse_line(finding_line);
  return first_that_fits(kMeasures, [&](const Measure& measure) { return Line(finding, measure).write(); });
}

}  // namespace findings
