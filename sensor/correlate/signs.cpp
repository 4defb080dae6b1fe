#include "sensor/correlate/signs.h"

#include <algorithm>
#include <bit>
#include <boost/json/parse.hpp>
#include <string_view>
#include <utility>

#include "sensor/correlate/confidence.h"

namespace correlate {

using parsers::SignIn;
using parsers::TimePoint;

namespace {

constexpr int kDaysKept = 60;  // of the 64 bits of Seen::days

// The program and the system, without the version that changes every month.
std::string client_of(const SignIn& sign_in) {
  const std::string_view browser = sign_in.browser;
  std::string client(browser.substr(0, browser.find_first_of("0123456789")));
  while (client.ends_with(' ')) client.pop_back();
  if (client.empty() && sign_in.operating_system.empty()) return {};
  return sign_in.operating_system + '|' + client;
}

struct Level {
  std::string_view word, reason;
};
constexpr Level kLevels[] = {{"high", "risk-high"}, {"medium", "risk-medium"}, {"low", "risk-low"}};

class Signs {
 public:
  Signs(const SignIn& sign_in, TimePoint before, Facts& facts, const AsnLookup& asn_of)
      : sign_in_(sign_in), before_(before), facts_(facts), asn_of_(asn_of) {}

  std::vector<Reason> take() {
    add_risk();
    if (is_scripted_agent(sign_in_.user_agent))
      add("scripted-agent", "a program signed in, no browser: " + sign_in_.user_agent.substr(0, 80));
    for (const TraitValue& value : traits_of(sign_in_, asn_of_)) add_if_new(value);
    if (sign_in_.device_id.empty()) add_missing_device();
    add_session();
    std::ranges::stable_sort(signs_, [](const Reason& a, const Reason& b) { return a.weight > b.weight; });
    return std::move(signs_);
  }

 private:
  void add(std::string_view name, std::string detail) { add_reason(signs_, name, std::move(detail)); }

  void add_risk() {
    const bool is_certain = sign_in_.risk_state == "confirmedCompromised";
    for (const Level& level : kLevels) {
      if (sign_in_.risk_level_during_sign_in != level.word && !(is_certain && level.word == "high")) continue;
      return add(level.reason, "Entra rates the risk of the sign-in: " +
                                   (is_certain ? sign_in_.risk_state : sign_in_.risk_level_during_sign_in));
    }
    if (sign_in_.risk_state == "atRisk") add("risk-low", "Entra says the user is at risk");
  }

  void add_if_new(const TraitValue& value) {
    static constexpr std::pair<Trait, std::string_view> kNew[] = {{Trait::address, "new-address"},
                                                                  {Trait::asn, "new-asn"},
                                                                  {Trait::country, "new-country"},
                                                                  {Trait::client, "new-client"},
                                                                  {Trait::device, "new-device"}};
    static constexpr std::string_view kWords[] = {"address", "network AS", "country", "kind of client", "device"};
    const auto known_since = facts_.first_seen(sign_in_.user_principal_name, value.trait);
    if (!known_since || *known_since >= before_) return;
    const auto seen = facts_.seen(sign_in_.user_principal_name, value.trait, value.value);
    if (seen && seen->first < before_) return;
    const auto row = std::ranges::find(kNew, value.trait, [](const auto& entry) { return entry.first; });
    add(row->second, "never seen of this user: " + std::string(kWords[static_cast<int>(value.trait)]) +
                         (value.trait == Trait::asn ? "" : " ") + value.value);
  }

  void add_missing_device() {
    const auto known_since = facts_.first_seen(sign_in_.user_principal_name, Trait::device);
    if (known_since && *known_since < before_)
      add("device-missing", "the user's registered devices sign in with their identity; this one has none");
    else
      add("no-device", "no registered device signed in");
  }

  void add_session() {
    const std::string network = network_of(sign_in_.address);
    if (sign_in_.session_id.empty() || network.empty()) return;
    for (const std::string& address : facts_.addresses_of_session(sign_in_.user_principal_name, sign_in_.session_id)) {
      const std::string other = network_of(address);
      if (other.empty() || other == network) continue;
      return add("session-two-networks", "the same session is used from " + address + " too");
    }
  }

  const SignIn& sign_in_;
  TimePoint before_;
  Facts& facts_;
  const AsnLookup& asn_of_;
  std::vector<Reason> signs_;
};

}  // namespace

std::uint32_t asn_of_sign_in(const SignIn& sign_in, const AsnLookup& asn_of) {
  if (sign_in.autonomous_system_number > 0) return static_cast<std::uint32_t>(sign_in.autonomous_system_number);
  return asn_of ? asn_of(sign_in.address) : 0;
}

std::vector<TraitValue> traits_of(const SignIn& sign_in, const AsnLookup& asn_of) {
  std::vector<TraitValue> traits;
  const auto add = [&](Trait trait, std::string value) {
    if (!value.empty()) traits.push_back({trait, std::move(value)});
  };
  add(Trait::address, sign_in.address);
  const std::uint32_t asn = asn_of_sign_in(sign_in, asn_of);
  add(Trait::asn, asn == 0 ? "" : std::to_string(asn));
  add(Trait::country, sign_in.country);
  add(Trait::client, client_of(sign_in));
  add(Trait::device, sign_in.device_id);
  return traits;
}

std::vector<Reason> signs_of(const SignIn& sign_in, TimePoint before, Facts& facts, const AsnLookup& asn_of) {
  return Signs(sign_in, before, facts, asn_of).take();
}

namespace {
// Entra knows it by its certificate, which a page that passes passwords on never sees.
bool is_managed(const SignIn& sign_in) {
  if (sign_in.raw.find("\"isManaged\"") == std::string::npos &&
      sign_in.raw.find("\"isCompliant\"") == std::string::npos)
    return false;
  boost::system::error_code failed;
  const boost::json::value record = boost::json::parse(sign_in.raw, failed);
  const boost::json::value* device =
      !failed && record.is_object() ? record.get_object().if_contains("deviceDetail") : nullptr;
  if (!device || !device->is_object()) return false;
  const auto says = [&](std::string_view key) {
    const boost::json::value* value = device->get_object().if_contains(key);
    return value && value->is_bool() && value->get_bool();
  };
  return says("isManaged") || says("isCompliant");
}
}  // namespace

bool is_known_device(const SignIn& sign_in, TimePoint before, Facts& facts) {
  if (sign_in.device_id.empty()) return false;
  if (is_managed(sign_in)) return true;
  const auto seen = facts.seen(sign_in.user_principal_name, Trait::device, sign_in.device_id);
  return seen && seen->first < before;
}

int days_before(const Seen& seen, TimePoint time) {
  const auto today = static_cast<std::uint64_t>(std::chrono::floor<std::chrono::days>(time).time_since_epoch().count());
  int days = 0;
  for (std::uint64_t back = 1; back <= kDaysKept; ++back)
    days += static_cast<int>(seen.days >> ((today - back) % 64) & 1);
  return days;
}

}  // namespace correlate
