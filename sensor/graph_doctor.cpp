#include "sensor/graph_doctor.h"

#include <fmt/format.h>

#include <cstdlib>
#include <string_view>

#include "sensor/status_reading.h"

namespace sensor {
namespace {

namespace json = boost::json;
using reading::at;

constexpr auto kSecretAge = std::chrono::hours(24 * 150);  // Entra's default lifetime is 180 days
constexpr double kSkewLimitMs = 60'000;                    // signed assertions suffer from less than messages do

struct Mend {
  std::string_view fault, mend;
};

// The first whose `fault` stands in what `graph::probe` said.
constexpr Mend kMends[] = {
    {"7000222",
     "make a new secret: Entra admin center, App registrations, Certificates & secrets; then write its value "
     "into the file and systemctl restart lurewatch"},
    {"7000215",
     "write the secret's value, not its id, into the file: Entra admin center, App registrations, "
     "Certificates & secrets; then systemctl restart lurewatch"},
    {"700027", "upload the certificate: Entra admin center, App registrations, Certificates & secrets, Certificates"},
    {"himds", "usermod -aG himds lurewatch, then systemctl restart lurewatch"},
    {"this machine's clock", "apt install chrony, or with systemd-timesyncd: timedatectl set-ntp true"},
    {"license", "sign-in logs by Graph need Entra ID P1 or P2 in the tenant"},
    {"licence", "sign-in logs by Graph need Entra ID P1 or P2 in the tenant"},
    {"Premium", "sign-in logs by Graph need Entra ID P1 or P2 in the tenant"},
    {"User.Read.All",
     "grant User.Read.All as an application permission, with admin consent, or set [graph.users] enabled "
     "= false"},
    {"403", "grant SecurityAlert.Read.All and AuditLog.Read.All as application permissions, with admin consent"},
    {"permission", "grant SecurityAlert.Read.All and AuditLog.Read.All as application permissions, with admin consent"},
    {"consent", "grant SecurityAlert.Read.All and AuditLog.Read.All as application permissions, with admin consent"},
    {"proxy", "[graph] proxy and proxy_credentials_file in lurewatch.toml, or HTTPS_PROXY of the service"},
    {"look up",
     "let this machine reach login.microsoftonline.com and graph.microsoft.com on 443, or set [graph] proxy"},
    {"resolve",
     "let this machine reach login.microsoftonline.com and graph.microsoft.com on 443, or set [graph] proxy"},
    {"connect",
     "let this machine reach login.microsoftonline.com and graph.microsoft.com on 443, or set [graph] proxy"},
};

std::string mend_of(std::string_view fault) {
  fault = fault.substr(0, fault.find("(client-request-id"));  // whose digits mean nothing
  for (const Mend& row : kMends)
    if (fault.find(row.fault) != fault.npos) return std::string(row.mend);
  return "lurewatch check --connect";
}

std::string feeds_of(const config::Config& config) {
  std::string feeds = "token";
  if (config.graph.alerts.enabled) feeds += ", alerts";
  if (config.graph.signins.enabled) feeds += ", sign-ins";
  if (config.graph.users.enabled) feeds += ", users";
  return feeds;
}

class GraphExamination {
 public:
  GraphExamination(const config::Config& config, const MachineFacts& machine) : config_(config), machine_(machine) {}

  void ask() {
    for (const std::string& fault : machine_.graph_faults) say("graph", Verdict::wrong, fault, mend_of(fault));
    if (machine_.graph_asked && machine_.graph_faults.empty())
      say("graph", Verdict::fine, "Graph answers: " + feeds_of(config_));
  }

  void secret() {
    if (!machine_.secret_written) return;
    const auto age = machine_.now - *machine_.secret_written;
    const auto days = std::chrono::duration_cast<std::chrono::hours>(age).count() / 24;
    if (age > kSecretAge)
      say("secret", Verdict::doubtful,
          fmt::format("the client secret's file was written {} days ago; Entra's default lifetime is 180", days),
          "see its expiry in the Entra admin center, App registrations, Certificates & secrets");
    else
      say("secret", Verdict::fine, fmt::format("the client secret's file was written {} days ago", days));
  }

  void running(const json::object& graph) {
    for (const auto& [name, feed] : graph)
      if (feed.is_object() && feed.as_object().contains("last_success"))
        examine_feed(std::string(name), feed.as_object());
    const json::object& credential = reading::object(at(graph, "credential"));
    if (const auto& warning = at(credential, "warning"); warning.is_string())
      say("credential", Verdict::doubtful, reading::text(warning),
          "renew it, upload the new certificate to the app registration, then replace the files");
  }

  std::vector<Symptom> take() { return std::move(symptoms_); }

 private:
  void say(const char* check, Verdict verdict, std::string finding, std::string mend = {}) {
    symptoms_.push_back({check, verdict, std::move(finding), std::move(mend)});
  }

  void examine_feed(const std::string& name, const json::object& feed) {
    if (const auto& error = at(feed, "last_error"); error.is_string() && !machine_.graph_asked)
      say("graph", Verdict::wrong, fmt::format("Graph {}: {}", name, reading::text(error)),
          mend_of(reading::text(error)));
    if (const auto& silence = at(feed, "silence"); silence.is_object())
      say("graph-silence", Verdict::doubtful,
          fmt::format("Graph {}: nothing new since {}, though polls succeed; that is longer than is usual at this hour",
                      name, reading::text(at(silence.as_object(), "since"))),
          "see whether the Entra and Defender portals show newer rows");
    if (const auto& overlap = at(reading::object(at(feed, "lateness")), "suggested_overlap"); overlap.is_string())
      say("graph-lateness", Verdict::doubtful,
          fmt::format("Graph {}: rows show up as late as the overlap reaches back; later ones would be missed", name),
          fmt::format("set [graph.{}] overlap = \"{}\"", name, reading::text(overlap)));
    if (const double gaps = reading::number(at(feed, "gaps")); gaps > 0)
      say("graph-gaps", Verdict::doubtful,
          fmt::format("Graph {}: {:.0f} stretches stayed unreadable and were passed over", name, gaps),
          "lurewatch status names them; look at those minutes in the portal");
    if (const double skew = reading::number(at(feed, "clock_skew_ms")); std::abs(skew) > kSkewLimitMs)
      say("clock", Verdict::wrong,
          fmt::format("this machine's clock is {:.0f} s {} Microsoft's", std::abs(skew) / 1000,
                      skew < 0 ? "behind" : "ahead of"),
          "apt install chrony, or with systemd-timesyncd: timedatectl set-ntp true");
  }

  const config::Config& config_;
  const MachineFacts& machine_;
  std::vector<Symptom> symptoms_;
};

}  // namespace

std::vector<Symptom> examine_graph(const config::Config& config, const std::optional<json::object>& status,
                                   const MachineFacts& machine) {
  if (config.graph.tenant_id.empty())
    return {{"graph", Verdict::wrong, "Graph is not configured: no alert and no sign-in is known",
             "lurewatch.toml [graph]; /usr/share/doc/lurewatch/recipes/entra.md makes the application"}};
  GraphExamination examination(config, machine);
  examination.ask();
  examination.secret();
  if (status) examination.running(reading::object(at(*status, "graph")));
  return examination.take();
}

}  // namespace sensor
