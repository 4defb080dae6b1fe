#include "sensor/correlate/judgement.h"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "sensor/correlate/compromises.h"
#include "sensor/correlate/confidence.h"
#include "sensor/correlate/engine.h"
#include "sensor/correlate/lures.h"
#include "sensor/correlate/scanners.h"
#include "sensor/correlate/signs.h"

namespace correlate {

using parsers::Alert;
using parsers::SignIn;
using parsers::TimePoint;

namespace {

// An address that others used before the lure was first seen is the company's, or a provider's.
constexpr std::size_t kOthersLongBefore = 3, kOthersJustBefore = 8;
// And so is one beside the lure's from which others sign in whom the lure did not lead there.
constexpr std::size_t kStrangersNear = 3, kStrangersUntied = 8;
constexpr std::size_t kResidents = 5;  // whom nobody ever saw sign in elsewhere first
constexpr auto kLongBefore = std::chrono::hours(24), kJustBefore = std::chrono::hours(1);
// What a click without a tie of addresses adds up to at the most, before signs.
constexpr int kBestWithoutTie = 35 + 20 + 15;

// A host that so many reached around that time, or that was there so long before, is no phisher's alone.
constexpr std::size_t kKnownTo = 20;
constexpr auto kKnownAround = std::chrono::hours(48), kKnownFor = std::chrono::hours(72);

// Alerts that were closed as no attack count only where no other tells the same, and then they refute it.
std::vector<Alert> take_dismissed(std::vector<Alert>& alerts) {
  const auto dismissed =
      std::ranges::stable_partition(alerts, [](const Alert& alert) { return dismissal_of(alert).empty(); });
  std::vector<Alert> taken(std::make_move_iterator(dismissed.begin()), std::make_move_iterator(dismissed.end()));
  alerts.erase(dismissed.begin(), dismissed.end());
  return taken;
}

// The first refutation stands.
void set_refutation(Suspect& suspect, const char* name, std::string detail) {
  if (!suspect.refutation.empty()) return;
  suspect.refutation = name;
  suspect.refutation_detail = std::move(detail);
}

// The same message twice (a resend, a pair of firewalls, two paths from one device) is one click: that with the lower
// id.
std::vector<Approach> without_repeats(std::vector<Approach> rows) {
  std::set<std::pair<TimePoint, std::string>> seen;
  std::erase_if(rows, [&](const Approach& row) {
    const std::string identity = identity_of(row.click);
    return !identity.empty() && !seen.emplace(row.click.event.time, identity).second;
  });
  return rows;
}

}  // namespace

std::vector<Finding> Judgement::take() {
  refs_ = premises_.facts.clicks_of(user_);
  if (refs_.empty()) return {};
  std::vector<Span> spans;
  for (const ClickRef& ref : refs_) spans.push_back(around(ref.time, premises_.windows.window));
  const auto told = premises_.facts.told(user_);
  std::vector<Finding> chains;
  for (Place& place : premises_.facts.places(user_, merge(std::move(spans)))) {
    Case of;
    of.place = std::move(place);
    for (const ClickRef& ref : refs_)
      if (ref.time >= of.place.first - premises_.windows.window && ref.time <= of.place.last + premises_.windows.window)
        of.near.push_back(&ref);
    if (of.near.empty()) continue;
    of.begin = of.near.front()->time;
    of.was_told = std::ranges::find(told, of.place.address, &ToldFinding::address) != told.end();
    judge(of, chains);
  }
  auto findings = merge_compromises(std::move(chains), premises_.minimum_confidence, premises_.windows);
  keep_told(told, findings);
  return findings;
}

void Judgement::judge(Case& of, std::vector<Finding>& chains) {
  of.tie = best_tie(of);
  if (of.tie >= AddressMatch::asn && !of.was_told && is_usual(of)) return;
  Suspect suspect = suspect_of(of);
  if (suspect.sign_ins.empty()) return;
  refute(of, suspect);
  if (of.tie >= AddressMatch::asn && suspect.refutation.empty() && !premises_.shared.contains(of.place.address)) {
    const auto onward = onward_of(of);
    const std::size_t before = chains.size();
    if (!onward.empty()) add_chains(of, suspect, onward, chains);
    if (chains.size() > before) return;
  }
  if (of.was_told || can_matter(of, suspect)) add_chains(of, suspect, {}, chains);
}

AddressMatch Judgement::tie_of(const ClickRef& ref, const std::string& address) const {
  if (premises_.shared.contains(address)) return AddressMatch::different;
  if (ref.destination == address) return AddressMatch::same;
  if (premises_.facts.served(ref.host_key, address)) return AddressMatch::seen_serving;
  const std::string network = network_of(address);
  if (!network.empty() && network == network_of(ref.destination)) return AddressMatch::prefix;
  if (!premises_.asn_of || ref.destination.empty()) return AddressMatch::different;
  const std::uint32_t asn = premises_.asn_of(address);
  const bool is_one = asn != 0 && !is_shared_asn(asn) && asn == premises_.asn_of(ref.destination);
  return is_one ? AddressMatch::asn : AddressMatch::different;
}

AddressMatch Judgement::best_tie(const Case& of) const {
  AddressMatch best = AddressMatch::different;
  for (const ClickRef* ref : of.near) {
    best = std::min(best, tie_of(*ref, of.place.address));
    if (best == AddressMatch::same) break;
  }
  return best;
}

// Nothing ties it to a lure, and the user had been signed in from there before the first click.
bool Judgement::is_usual(const Case& of) const {
  const auto seen = premises_.facts.seen(user_, Trait::address, of.place.address);
  return seen && seen->first < of.begin;
}

Suspect Judgement::suspect_of(const Case& of) {
  Suspect suspect;
  suspect.user = user_;
  suspect.address = of.place.address;
  suspect.sign_ins = premises_.facts.sign_ins(user_, of.place.address, {of.place.first, of.place.last}, kMaxSignIns);
  if (of.tie < AddressMatch::asn) return suspect;
  const auto known = [&](const SignIn& row) { return is_known_device(row, of.begin, premises_.facts); };
  std::vector<SignIn> strangers;
  std::ranges::remove_copy_if(suspect.sign_ins, std::back_inserter(strangers), known);
  if (strangers.empty() && !suspect.sign_ins.empty()) {
    suspect.refutation = "known-device";
    suspect.refutation_detail = "the user had signed in with this device before, or the company manages it";
    return suspect;
  }
  suspect.sign_ins = std::move(strangers);
  int heaviest = -1;
  for (const SignIn& row : suspect.sign_ins) {
    auto signs = signs_of(row, of.begin, premises_.facts, premises_.asn_of);
    std::vector<Reason> counted;
    add_signs(counted, signs);
    const int sum = static_cast<int>(confidence_of(counted) * 100 + 0.5);
    if (sum > heaviest) suspect.signs = std::move(signs);
    heaviest = std::max(heaviest, sum);
  }
  return suspect;
}

void Judgement::refute(const Case& of, Suspect& suspect) {
  const auto set = [&](const char* name, std::string detail) { set_refutation(suspect, name, std::move(detail)); };
  const std::string& address = of.place.address;
  if (is_microsoft_service(address)) set("microsoft-address", address + " is Microsoft's own");
  if (const auto seen = premises_.facts.seen(user_, Trait::address, address)) {
    suspect.days_before = days_before(*seen, of.begin - premises_.windows.window);
    if (suspect.days_before > 1 || (of.tie >= AddressMatch::prefix && seen->first < of.begin))
      set("usual-address", "the user signed in from " + address + " before he reached the lure");
  }
  if (is_company_address(of))
    set("company-address", "others sign in from " + address + " whom the lure did not lead there");
}

bool Judgement::is_company_address(const Case& of) const {
  Facts& facts = premises_.facts;
  const std::string& address = of.place.address;
  TimePoint begin = of.begin;
  for (const ClickRef* ref : of.near)
    if (const auto since = facts.served_since(ref->host_key)) begin = std::min(begin, *since);
  if (facts.users_from(address, begin - kLongBefore, kOthersLongBefore) >= kOthersLongBefore ||
      facts.users_from(address, begin - kJustBefore, kOthersJustBefore) >= kOthersJustBefore)
    return true;
  if (of.tie == AddressMatch::same) return false;  // those may be victims whose clicks no device here saw
  if (facts.residents_of(address, kResidents) >= kResidents) return true;
  const std::size_t many = of.tie == AddressMatch::different ? kStrangersUntied : kStrangersNear;
  // By the hosts that tie it alone: what else is watched may be where everybody goes.
  return std::ranges::all_of(of.near, [&](const ClickRef* ref) {
    return tie_of(*ref, address) != of.tie || facts.strangers_from(address, ref->host_key, many) >= many;
  });
}

// Whether the signs could make up for the missing tie: otherwise nothing more is read.
bool Judgement::can_matter(const Case& of, const Suspect& suspect) const {
  if (of.tie < AddressMatch::asn) return true;
  if (!suspect.refutation.empty()) return false;
  std::vector<Reason> best;
  add_reason(best, address_reason(of.tie), {});
  add_signs(best, suspect.signs);
  best.push_back({"", kBestWithoutTie / 100.0, {}});
  return confidence_of(best) >= premises_.minimum_confidence;
}

void Judgement::add_chains(const Case& of, const Suspect& suspect, const std::vector<Click>& onward,
                           std::vector<Finding>& chains) {
  std::set<std::uint64_t> hosts;
  for (const ClickRef* ref : of.near) hosts.insert(ref->host_key);
  for (const std::uint64_t host : hosts) {
    Strand strand = strand_of(of, host, onward);
    if (strand.clicks.empty()) continue;
    std::optional<Suspect> doubted;
    const auto doubt = [&](const char* name, std::string detail) {
      if (!doubted) doubted = suspect;
      set_refutation(*doubted, name, std::move(detail));
    };
    const auto link_strand = [&] { return link(strand, doubted ? *doubted : suspect, premises_.windows); };
    if (strand.is_scanned) doubt("opened-by-scanner", "all links of the mail were opened within seconds, each once");
    auto dismissed = take_dismissed(strand.alerts);
    auto finding = link_strand();
    if (!finding && !dismissed.empty()) {
      strand.alerts = std::move(dismissed);
      doubt("alert-dismissed", "the alert was closed as " + dismissal_of(strand.alerts.front()));
      finding = link_strand();
    }
    if (finding) chains.push_back(std::move(*finding));
  }
}

bool Judgement::is_well_known(const Case& of, std::uint64_t host_key) const {
  const auto since = premises_.facts.served_since(host_key);
  if (since && *since < of.begin - kKnownFor) return true;
  return premises_.facts.clickers(host_key, around(of.begin, kKnownAround)).size() >= kKnownTo;
}

Strand Judgement::strand_of(const Case& of, std::uint64_t host_key, const std::vector<Click>& onward) {
  Refs refs;
  std::ranges::copy_if(of.near, std::back_inserter(refs),
                       [&](const ClickRef* ref) { return ref->host_key == host_key; });
  const auto distance = [&](const ClickRef* ref) { return std::chrono::abs(ref->time - of.place.first); };
  if (refs.size() > kMaxClicks) {
    std::ranges::stable_sort(refs, {}, distance);
    refs.resize(kMaxClicks);
    std::ranges::sort(refs, {}, [](const ClickRef* ref) { return std::pair(ref->time, ref->event_id); });
  }
  Strand strand;
  strand.onward = onward;
  for (const ClickRef* ref : refs) {
    auto click = premises_.facts.click(ref->event_id);
    if (!click || !can_count(*click) || match_user(*click, user_) == parsers::UserMatch::none) continue;
    const bool is_shared_client = is_nameless(click->event) && premises_.facts.users_of(*click).size() > 1;
    strand.host = click->event.url.host;
    strand.clicks.push_back({std::move(*click), tie_of(*ref, of.place.address), is_shared_client});
  }
  strand.clicks = without_repeats(std::move(strand.clicks));
  if (!strand.clicks.empty()) strand.alerts = alerts_for(strand.host);
  strand.is_well_known = of.tie >= AddressMatch::asn && onward.empty() && is_well_known(of, host_key);
  remove_scans(strand, refs_, premises_.windows);
  return strand;
}

std::vector<Alert> Judgement::alerts_for(const std::string& host) {
  const auto known = alerts_.find(host);
  if (known != alerts_.end()) return known->second;
  auto alerts = premises_.facts.alerts_on_host(parsers::host_key(host));
  if (const std::uint64_t domain = domain_key(host))
    for (Alert& alert : premises_.facts.alerts_on_host(domain))
      if (std::ranges::find(alerts, alert.id, &Alert::id) == alerts.end()) alerts.push_back(std::move(alert));
  std::erase_if(alerts, [&](const Alert& alert) { return !premises_.is_watched(alert); });
  std::ranges::sort(alerts, {}, [](const Alert& alert) { return std::pair(alert.created, alert.id); });
  return alerts_[host] = std::move(alerts);
}

// Where the lure led within seconds, as far as it is the address that signed in.
std::vector<Click> Judgement::onward_of(const Case& of) {
  std::vector<Span> spans;
  for (const ClickRef* ref : of.near) spans.push_back({ref->time, ref->time + kRefererTime});
  spans = merge(std::move(spans));
  if (spans.size() > kMaxRedirectSpans) spans.resize(kMaxRedirectSpans);
  auto rows = premises_.facts.reached(user_, spans, of.place.address);
  std::erase_if(rows, [](const Click& row) { return !can_count(row); });
  return rows;
}

// What was told and is no longer among the findings, because its id went over to another, must be taken back.
void Judgement::keep_told(const std::vector<ToldFinding>& told, std::vector<Finding>& findings) const {
  if (findings.empty()) return;
  for (const ToldFinding& old : told) {
    if (std::ranges::find(findings, old.id, &Finding::id) != findings.end()) continue;
    const auto same = std::ranges::find(findings, old.address, &Finding::ip);
    Finding gone = same == findings.end() ? findings.front() : *same;
    add_refutation(gone.reasons, "part-of-another", "it is told as finding " + gone.id);
    gone.id = old.id;
    gone.confidence = confidence_of(gone.reasons);
    gone.live = false;
    findings.push_back(std::move(gone));
  }
  std::ranges::sort(findings, {}, &Finding::id);
}

}  // namespace correlate
