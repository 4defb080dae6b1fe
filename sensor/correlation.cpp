#include "sensor/correlation.h"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <utility>

#include "sensor/asn_database.h"
#include "sensor/correlate/fingerprint.h"
#include "sensor/correlate/lures.h"
#include "sensor/correlate/signs.h"
#include "sensor/findings/finding_json.h"
#include "storage/selection.h"

namespace sensor {
namespace {

constexpr std::size_t kRecordsAtOnce = 500;                // alerts or sign-ins a transaction
constexpr std::size_t kUsersAtOnce = 100;                  // judged in one; a millisecond each
constexpr auto kCursorInterval = std::chrono::seconds(1);  // an idle cursor is saved this often
constexpr const char* kEventCursor = "correlate.events";
constexpr const char* kAlertCursor = "correlate.alerts";
constexpr const char* kSignInCursor = "correlate.sign_ins";
constexpr const char* kTraitCursor = "correlate.traits";
constexpr const char* kTitlesCursor = "correlate.titles";
// A sighting stands for its quarter of an hour, at its edge.
constexpr parsers::Duration kNearSighting = correlate::Facts::kSameClient + 2 * storage::StateLookup::kSightingBucket;
constexpr std::size_t kManyNotices = 10'000;   // so many are written at once, not when their time has come
constexpr std::size_t kMostNotices = 200'000;  // kept while the state database refuses them
constexpr std::size_t kMaxServingRows = 100;   // read of the days before an alert, of one host

std::uint64_t key_of(const std::string& text) { return text.empty() ? 0 : parsers::host_key(text); }

template <class Number>
Number saved_number(storage::State& state, const char* cursor) {
  const std::string text = state.cursor(cursor).value_or("0");
  Number number{};
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

}  // namespace

correlate::Settings correlation_settings(const config::Config& config) {
  correlate::Settings settings;
  settings.window = config.correlation.window;
  settings.click_lookback = config.correlation.click_lookback;
  settings.titles = config.correlation.titles;
  settings.service_sources = config.correlation.service_sources;
  settings.categories = config.correlation.categories;
  settings.shared_ranges = config.network.shared_ranges;
  settings.minimum_confidence = config.correlation.minimum_confidence;
  settings.asn_of = asn_lookup(config.network.asn_database);
  return settings;
}

Correlation::Correlation(const config::Config& config, storage::EventStore& events, storage::State& state,
                         Deriver& deriver)
    : config_(config),
      events_(events),
      state_(state),
      lookup_(state),
      deriver_(deriver),
      facts_(events, state, lookup_, deriver, config.correlation.window),
      engine_(correlation_settings(config), facts_),
      learning_(state),
      backlog_(events, state, deriver, watch_),
      crowd_(lookup_),
      windows_(config.correlation.window) {
  cursor_ = saved_number<storage::EventId>(state_, kEventCursor);
  renew_titles();
  watch_again();
  follow_again();
  for (std::string& source : lookup_.nameless_sources()) nameless_.insert(std::move(source));
  recover_notices();
}

// Only alerts that are watched have lures.
void Correlation::put_alert(const parsers::Alert& alert) {
  const bool is_watched = engine_.watches(alert);
  const correlate::Span reach = reach_of(alert);
  state_.put_alert(alert, is_watched ? correlate::host_keys_of(alert) : std::vector<std::uint64_t>(),
                   {reach.from, reach.to});
  facts_.forget_alert(alert.id);
}

// Nobody is judged before all traits are noted.
bool Correlation::turn(parsers::TimePoint now) {
  if (note_traits()) return true;
  bool has_more = correlate_alerts(now);
  correlate_events(now);
  if (!learning_.lasts(now)) has_more |= correlate_sign_ins(now);
  has_more |= correlate_backlog(now);
  return judge_due(now) || has_more;
}

void Correlation::note(const storage::Batch& batch, storage::EventId first) {
  take_notice(batch);
  storage::EventId id = first;
  for (const storage::IndexEntry& entry : batch.entries) {
    if (consider(id, entry)) facts_.know(storage::event_of(batch, entry, id));
    ++id;
  }
}

void Correlation::note(const graph::FeedBatch& batch) {
  for (const parsers::Alert& alert : batch.alerts) put_alert(alert);
  learning_.note(batch);
}

// Most messages are about hosts that nobody watches: two looks into hash tables are all they cost.
bool Correlation::consider(storage::EventId id, const storage::IndexEntry& entry) {
  const bool is_candidate = watch_.may_want(entry) || followers_.may_follow(entry);
  if (is_candidate) candidates_.push_back(id);
  return is_candidate;
}

void Correlation::take_notice(const storage::Batch& batch) {
  for (const auto& name : batch.host_names)
    if (const correlate::Span* reach = watch_.find(name.domain_key)) watch_.add(name.host_key, correlate::Span(*reach));
  if (notices_.sightings.size() >= kMostNotices) return;
  names_somebody_ |= std::ranges::any_of(batch.sightings,
                                         [this](const auto& sighting) { return nameless_.contains(sighting.source); });
  notices_.sightings.insert(notices_.sightings.end(), batch.sightings.begin(), batch.sightings.end());
  notices_.host_names.insert(notices_.host_names.end(), batch.host_names.begin(), batch.host_names.end());
}

// Events that were committed and not correlated when the last process ended: what they said by the way went with it.
void Correlation::recover_notices() {
  ingest::Notices notices;
  storage::Batch told;
  std::vector<storage::IndexEntry> entries;
  storage::Selection uncorrelated;
  uncorrelated.after = cursor_;
  events_.scan_blocks(uncorrelated, [&](const storage::BlockView& block) {
    entries.clear();
    for (const std::uint32_t at : block.chosen) {
      storage::IndexEntry& entry = entries.emplace_back(block.entries[at]);
      const parsers::Event* event = deriver_.event(storage::event_of(block, at));
      if (event == nullptr) continue;
      entry.user_key = key_of(event->account);
      entry.source_key = key_of(event->source_address);
      notices.note(*event, entry.host_key, told);
    }
    take_notice(told);
    told.clear();
    for (std::size_t i = 0; i < entries.size(); ++i) consider(block.first + block.chosen[i], entries[i]);
    return true;
  });
}

void Correlation::watch_again() {
  watch_.clear();
  for (const storage::State::Watched& watched : state_.watched()) {
    watch_.add(watched.key, {watched.reach.from, watched.reach.to});
    for (const std::uint64_t host : facts_.hosts_of_domain(watched.key))
      watch_.add(host, {watched.reach.from, watched.reach.to});
  }
}

void Correlation::follow_again() {
  followers_.clear();
  for (const storage::StateLookup::ClickTime& click : lookup_.click_times())
    followers_.add(click.host_key, click.account, click.source, click.time);
}

// Other titles watch other alerts: all are stored again, and those of which that is true are correlated again.
void Correlation::renew_titles() {
  correlate::Fingerprint print;
  for (const std::string& title :
       config_.correlation.titles.empty() ? parsers::shipped_titles() : config_.correlation.titles)
    print.add(title);
  for (const auto* sources : {&config_.correlation.service_sources, &config_.correlation.categories}) {
    print.add("");
    for (const std::string& source : *sources) print.add(source);
  }
  print.add(std::to_string(parsers::to_micros(parsers::TimePoint(config_.correlation.window))))
      .add(std::to_string(parsers::to_micros(parsers::TimePoint(config_.correlation.click_lookback))));
  const std::string now = print.hex();
  if (state_.cursor(kTitlesCursor) == now) return;
  storage::State::Transaction transaction(state_);
  std::int64_t after = 0;
  std::vector<storage::State::NumberedAlert> all;
  for (auto some = state_.alerts_after(after, kRecordsAtOnce); !some.empty();
       some = state_.alerts_after(after, kRecordsAtOnce)) {
    after = some.back().sequence;
    std::move(some.begin(), some.end(), std::back_inserter(all));
  }
  for (const auto& [sequence, alert] : all) put_alert(alert);
  state_.set_cursor(kTitlesCursor, now);
  transaction.commit();
}

// What messages say by the way is written once a second, unless it tells whose a click is: small pieces often would
// write the same pages of the database again and again. Rows that name nobody, where a lure may have led, wait for it,
// and so does the cursor.
void Correlation::correlate_events(parsers::TimePoint now) {
  const storage::EventId last = events_.last_id();
  const bool has_many = notices_.sightings.size() + notices_.host_names.size() >= kManyNotices;
  bool is_time = has_many || names_somebody_ || now - cursor_saved_ >= kCursorInterval;
  if (last == cursor_ || (candidates_.empty() && !is_time)) return;
  if (is_time) std::ranges::move(std::exchange(waiting_, {}), std::back_inserter(candidates_));
  std::vector<correlate::Click> clicks, onward;
  for (const storage::EventId id : candidates_) {
    auto click = facts_.click(id);
    if (!click) continue;
    const bool is_lure = watch_.find(parsers::host_key(click->event.url.host)) && watch_.wants(click->event.url);
    const bool names_nobody = correlate::is_nameless(click->event);
    is_time |= is_lure && names_nobody;
    if (names_nobody && !is_time)
      waiting_.push_back(id);
    else
      (is_lure ? clicks : onward).push_back(std::move(*click));
  }
  storage::State::Transaction transaction(state_);
  Users users;
  if (is_time) note_notices(users);
  for (const correlate::Click& click : clicks) note_click(click, users);
  for (const correlate::Click& click : onward) note_onward(click, users);
  users.merge(engine_.users_of(clicks));
  judge_some(std::move(users), now);
  if (is_time) state_.set_cursor(kEventCursor, std::to_string(last));
  transaction.commit();
  candidates_.clear();
  if (!is_time) return;
  notices_.clear();
  names_somebody_ = false;
  cursor_ = last;
  cursor_saved_ = now;
}

bool Correlation::correlate_alerts(parsers::TimePoint now) {
  const auto alerts = state_.alerts_after(saved_number<std::int64_t>(state_, kAlertCursor), kRecordsAtOnce);
  if (alerts.empty()) return false;
  storage::State::Transaction transaction(state_);
  Users users;
  note_notices(users);
  for (const auto& [sequence, alert] : alerts) {
    if (!engine_.watches(alert)) continue;
    note_backlog(alert);
    windows_.note(alert);
    users.merge(engine_.users_of(alert));
  }
  judge_some(std::move(users), now);
  state_.set_cursor(kAlertCursor, std::to_string(alerts.back().sequence));
  transaction.commit();
  return alerts.size() == kRecordsAtOnce;
}

// Before anybody is judged: what is usual for a user is known only when all that is stored of him has been noted.
bool Correlation::note_traits() {
  const auto sign_ins = state_.sign_ins_after(saved_number<std::int64_t>(state_, kTraitCursor), kRecordsAtOnce);
  if (sign_ins.empty()) return false;
  storage::State::Transaction transaction(state_);
  for (const auto& [sequence, sign_in] : sign_ins) {
    if (engine_.users_of(sign_in).empty()) continue;
    for (const auto& [trait, value] : correlate::traits_of(sign_in, engine_.asn_of()))
      lookup_.put_trait(sign_in.user_principal_name, static_cast<int>(trait), value, sign_in.created);
  }
  state_.set_cursor(kTraitCursor, std::to_string(sign_ins.back().sequence));
  transaction.commit();
  return sign_ins.size() == kRecordsAtOnce;
}

bool Correlation::correlate_sign_ins(parsers::TimePoint now) {
  const auto sign_ins = state_.sign_ins_after(saved_number<std::int64_t>(state_, kSignInCursor), kRecordsAtOnce);
  if (sign_ins.empty()) return false;
  storage::State::Transaction transaction(state_);
  Users users;
  for (const auto& [sequence, sign_in] : sign_ins) {
    Users concerned = engine_.users_of(sign_in);
    if (concerned.empty()) continue;
    users.merge(concerned);
    // Whoever else signs in from an address changes what it says about those of whom something was told.
    for (std::string& user : lookup_.users_told_of_address(sign_in.address, kMaxOthers)) users.insert(std::move(user));
  }
  judge_some(std::move(users), now);
  state_.set_cursor(kSignInCursor, std::to_string(sign_ins.back().sequence));
  transaction.commit();
  return sign_ins.size() == kRecordsAtOnce;
}

// What alerts reach back to is noted like clicks that arrive late.
bool Correlation::correlate_backlog(parsers::TimePoint now) {
  if (backlog_.is_empty()) return false;
  storage::State::Transaction transaction(state_);
  Users users;
  const std::vector<correlate::Click> clicks = backlog_.next();
  for (const correlate::Click& click : clicks) note_click(click, users);
  users.merge(engine_.users_of(clicks));
  judge_some(std::move(users), now);
  transaction.commit();
  return !backlog_.is_empty();
}

correlate::Span Correlation::reach_of(const parsers::Alert& alert) const {
  const auto spans = correlate::click_spans(alert, {config_.correlation.window, config_.correlation.click_lookback});
  return {spans.front().from, spans.back().to};
}

// The rows from before the alert.
void Correlation::note_backlog(const parsers::Alert& alert) {
  const correlate::Span reach = reach_of(alert);
  for (const std::uint64_t key : correlate::host_keys_of(alert)) watch_.add(key, reach);
  std::set<std::uint64_t> hosts;
  for (const correlate::Lure& lure : correlate::lures_of(alert)) {
    hosts.insert(parsers::host_key(lure.url.host));
    for (const std::uint64_t host : facts_.hosts_of_domain(correlate::domain_key(lure.url.host))) hosts.insert(host);
  }
  for (const std::uint64_t host : hosts) {
    watch_.add(host, reach);
    backlog_.add(host, reach);
  }
}

// Where the host was in the days before.
void Correlation::note_serving_before(std::uint64_t host_key, parsers::TimePoint end, Users& users) {
  storage::Selection selection;
  selection.from = end - Watch::kServingBefore;
  selection.to = end;
  selection.host_key = host_key;
  selection.bytes = storage::Selection::Bytes::unwanted;
  std::vector<storage::EventId> ids;
  events_.scan_blocks(selection, [&](const storage::BlockView& block) {
    for (const std::uint32_t at : block.chosen) ids.push_back(block.first + at);
    return ids.size() < kMaxServingRows;
  });
  ids.resize(std::min(ids.size(), kMaxServingRows));
  for (const storage::EventId id : ids)
    if (const auto click = facts_.click(id)) note_serving(host_key, *click, users);
}

void Correlation::note_notices(Users& users) {
  for (const auto& name : notices_.host_names) lookup_.put_host_name(name.domain_key, name.host_key, name.time);
  for (const auto& [source, user, time] : notices_.sightings) lookup_.put_sighting(source, user, time);
  for (const auto& [source, user, time] : notices_.sightings) {
    if (!nameless_.contains(source)) continue;
    for (const storage::ClickRow& row : lookup_.nameless_clicks(source, time - kNearSighting, time + kNearSighting)) {
      correlate::Click nameless;
      nameless.event.time = row.time;
      nameless.event.source_address = source;
      for (std::string& name : facts_.users_of(nameless)) users.insert(std::move(name));
    }
  }
}

// That a host was at an address ties sign-ins from there to it, of whomever; that it was there before anybody knew
// changes which addresses were in use before it.
void Correlation::note_serving(std::uint64_t host, const correlate::Click& click, Users& users) {
  using Serving = storage::StateLookup::Serving;
  const std::string& address = click.event.destination_address;
  const Serving serving = address.empty() ? Serving::known : lookup_.put_serving(host, address, click.event.time);
  const correlate::Span* reach = watch_.find(host);
  if (serving == Serving::known || reach == nullptr) return;
  const auto window = config_.correlation.window;
  for (std::string& user : lookup_.users_from(address, reach->from - window, reach->to + window, kMaxOthers))
    users.insert(std::move(user));
  if (serving == Serving::earlier)
    for (std::string& user : facts_.clickers(host, *reach)) users.insert(std::move(user));
}

void Correlation::note_click(const correlate::Click& click, Users& users) {
  const parsers::Event& event = click.event;
  if (!event.has_url) return;
  const std::uint64_t host = parsers::host_key(event.url.host);
  const bool is_first = !watch_.has_pages(host) && !lookup_.served_since(host);
  note_serving(host, click, users);
  const correlate::Span* reach = watch_.find(host);
  if (reach != nullptr) {
    // Most lures nobody reaches: about the days before one is asked only once somebody does.
    if (is_first) note_serving_before(host, reach->from, users);
    if (!reach->contains(event.time)) return;
  }
  if (!correlate::can_count(click)) return;
  const bool names_nobody = correlate::is_nameless(event);
  if (names_nobody && event.source_address.empty()) return;
  if (names_nobody) nameless_.insert(event.source_address);
  // Who of those at an address had reached the lure tells whose address it is; for a crowd that is settled.
  if (reach != nullptr) crowd_.meet(host, *reach, click, users);
  followers_.add(host, event.account, event.source_address, event.time);
  state_.put_click(
      {click.event_id, host, event.time, event.user, event.account, event.source_address, event.destination_address});
}

void Correlation::note_onward(const correlate::Click& row, Users& users) {
  const parsers::Event& event = row.event;
  if (event.destination_address.empty() || !correlate::can_count(row)) return;
  const auto window = config_.correlation.window;
  const auto signed_in =
      lookup_.users_from(event.destination_address, event.time - window, event.time + window, kMaxOthers);
  if (signed_in.empty()) return;
  for (std::string& user : facts_.users_of(row))
    if (std::ranges::binary_search(signed_in, user)) users.insert(std::move(user));
}

// The rest have to wait for their turn.
void Correlation::judge_some(Users users, parsers::TimePoint now) {
  while (users.size() > kUsersAtOnce) {
    const auto last = std::prev(users.end());
    state_.put_due(*last);
    users.erase(last);
  }
  judge(users, now);
}

bool Correlation::judge_due(parsers::TimePoint now) {
  if (!state_.has_due()) return false;
  storage::State::Transaction transaction(state_);
  const auto users = state_.take_due(kUsersAtOnce);
  judge({users.begin(), users.end()}, now);
  transaction.commit();
  return state_.has_due();
}

// Whoever is found on a lure changes what is told of the others there; they are due after.
// Returns the ids of what was weighed, to be told or not.
std::set<std::string> Correlation::judge(const Users& users, parsers::TimePoint now) {
  std::set<std::string> weighed;
  if (learning_.lasts(now)) return weighed;  // whoever signed in is judged when it ends
  Users others;
  for (const std::string& user : users)
    for (correlate::Finding& finding : engine_.judge(user)) {
      note_finding(finding, now, others);
      weighed.insert(std::move(finding.id));
    }
  for (const std::string& user : others) state_.put_due(user);
  return weighed;
}

void Correlation::note_told(const correlate::Finding& finding, Users& again) {
  const auto told = lookup_.told_of_user(finding.user);
  const auto before = std::ranges::find(told, finding.id, &storage::Told::id);
  if (before != told.end() && before->live == finding.live) return;
  lookup_.put_told({finding.id, finding.user, finding.host, finding.ip, finding.live});
  for (storage::Told& row : lookup_.told_of_host(finding.host, kMaxOthers))
    if (row.user != finding.user) again.insert(std::move(row.user));
}

// Others who were found on the host; of those whom an exclusion covers nothing is said.
std::vector<correlate::OtherUser> Correlation::others_on(const correlate::Finding& finding) {
  std::vector<correlate::OtherUser> others;
  for (storage::Told& told : lookup_.told_of_host(finding.host, kMaxOthers))
    if (told.user != finding.user && !state_.suppressed(told.id))
      others.push_back({std::move(told.user), std::move(told.id)});
  return others;
}

void Correlation::note_finding(correlate::Finding& finding, parsers::TimePoint now, Users& again) {
  const auto known = state_.latest_finding(finding.id);
  if (!known && !finding.live) {
    if (!state_.suppressed(finding.id)) return;
    state_.drop_suppressed(finding.id);
    return note_told(finding, again);
  }
  if (finding.live) correlate::name_others(finding, others_on(finding));
  const std::string digest = finding.digest();
  if (known && known->digest == digest) return;
  note_told(finding, again);
  const std::int64_t revision = known ? known->revision + 1 : 1;
  storage::FindingRow row{finding.id, revision, now, digest, findings::to_json_line(finding, revision, now)};
  if (const auto rules = exclusions_->covering(finding, now); finding.live && !rules.empty()) {
    const auto suppressed = state_.suppressed(finding.id);
    if (!suppressed || suppressed->finding.digest != digest)
      state_.put_suppressed({std::move(row), exclusions::to_json(rules)});
    return;
  }
  state_.drop_suppressed(finding.id);
  put(row);
}

// An alert's activity ends at most `click_lookback` before Defender raises it, so older ones have closed.
void Correlation::load_windows(parsers::TimePoint now) {
  const auto reach = config_.correlation.window + config_.correlation.click_lookback;
  for (const parsers::Alert& alert : state_.alerts_created_since(now - reach))
    if (engine_.watches(alert)) windows_.note(alert);
}

void Correlation::put(const storage::FindingRow& row) {
  std::vector<storage::OutboxLine> lines;
  for (const findings::Format format : config_.alerts.formats)
    lines.push_back({0, std::string(findings::to_string(format)), findings::to_line(format, row.json)});
  state_.put_finding(row, lines);
}

void Correlation::forget(parsers::TimePoint limit, parsers::TimePoint now) {
  lookup_.forget_before(limit);
  if (state_.forget_before(limit)) {
    watch_again();
    follow_again();
  }
  crowd_.forget();
  release_suppressed(now);
  windows_.forget(now);
}

}  // namespace sensor
