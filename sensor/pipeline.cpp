#include "sensor/pipeline.h"

#include <algorithm>
#include <boost/json/parse.hpp>
#include <charconv>
#include <filesystem>
#include <sstream>

#include <fmt/format.h>

#include "sensor/correlate/lures.h"
#include "sensor/findings/finding_json.h"
#include "sensor/ingest/intake.h"

namespace sensor {
namespace {

constexpr std::size_t kRecordsAtOnce = 500;                // alerts or sign-ins a transaction
constexpr auto kCursorInterval = std::chrono::seconds(1);  // an idle cursor is saved this often
constexpr std::uint64_t kDiskReserveBytes = 1ull << 30;    // left free for others, or a twentieth of the disk
constexpr std::size_t kLinesAtOnce = 100;                  // of an outbox, some 60 KiB each
constexpr const char* kEventCursor = "correlate.events";
constexpr const char* kAlertCursor = "correlate.alerts";
constexpr const char* kSignInCursor = "correlate.sign_ins";
constexpr const char* kRereadCursor = "quarantine.read_again";  // parser version, id reached, id of the end
constexpr std::size_t kRereadEntries = 20'000;                  // index entries looked at in one stretch
constexpr std::size_t kRereadBytes = 1u << 20;                  // and messages stored again

template <class Number>
Number saved_number(storage::State& state, const char* cursor) {
  const std::string text = state.cursor(cursor).value_or("0");
  Number number{};
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

storage::StoreOptions store_options(const config::Config& config) {
  storage::StoreOptions options;
  options.directory = config.storage.directory;
  options.quota_bytes = config.storage.quota_bytes;
  options.retention = config.storage.retention;
  // Whole segments go at a time: small limits need small ones.
  options.segment_bytes = std::min<std::uint64_t>(options.segment_bytes, options.quota_bytes / 8);
  options.segment_span = std::min(options.segment_span, options.retention / 8);
  return options;
}

void add_if_readable(const storage::StoredEvent& stored, const parsers::Normalised& message, storage::Batch& batch) {
  if (message.error) return;
  storage::IndexEntry entry = ingest::make_entry(message, stored.entry.received);
  if (batch.sources.empty() || batch.sources.back() != stored.source) batch.sources.push_back(stored.source);
  entry.source = static_cast<std::uint16_t>(batch.sources.size() - 1);
  entry.offset = static_cast<std::uint32_t>(batch.bytes.size());
  entry.length = static_cast<std::uint32_t>(stored.raw.size());
  batch.bytes.append(stored.raw);
  batch.entries.push_back(entry);
}

}  // namespace

correlate::Settings correlation_settings(const config::Config& config) {
  correlate::Settings settings;
  settings.window = config.correlation.window;
  settings.click_lookback = config.correlation.click_lookback;
  settings.titles = config.correlation.titles;
  settings.shared_ranges = config.network.shared_ranges;
  settings.minimum_confidence = config.correlation.minimum_confidence;
  return settings;
}

Pipeline::Pipeline(const config::Config& config, const parsers::IdentityMap& identity)
    : config_(config),
      events_(store_options(config)),
      state_(config.storage.directory + "/state.db", storage::State::Mode::read_write),
      deriver_(config, identity),
      facts_(events_, state_, deriver_),
      engine_(correlation_settings(config), facts_) {
  std::vector<std::string> formats;
  for (const findings::Format format : config.alerts.formats) formats.emplace_back(findings::to_string(format));
  state_.drop_outboxes_except(formats);
  cursor_ = saved_number<storage::EventId>(state_, kEventCursor);
  load_rereading();
  for (const std::uint64_t host : state_.watched_hosts()) watched_hosts_.insert(host);
  events_.scan(cursor_, [this](const storage::StoredEvent& stored) { return consider(stored.id, stored.entry), true; });
}

void Pipeline::load_rereading() {
  std::istringstream saved(state_.cursor(kRereadCursor).value_or(""));
  int version = 0;
  if (saved >> version >> rereading_.at >> rereading_.end && version == parsers::kParserVersion) {
    rereading_.is_saved = true;
  } else {
    rereading_ = {0, events_.last_id(), false};
  }
}

void Pipeline::save_rereading() {
  state_.set_cursor(kRereadCursor, fmt::format("{} {} {}", parsers::kParserVersion, rereading_.at, rereading_.end));
  rereading_.is_saved = true;
}

bool Pipeline::read_quarantine_again(parsers::TimePoint now) {
  if (rereading_.is_saved && rereading_.at >= rereading_.end) return false;
  std::vector<storage::EventId> refused;
  std::size_t seen = 0, bytes = 0;
  storage::EventId reached = rereading_.end;
  events_.scan(rereading_.at, [&](const storage::StoredEvent& stored) {
    if (stored.id > rereading_.end) return false;
    reached = stored.id;
    if (ingest::is_parser_reason(stored.reason)) {
      refused.push_back(stored.id);
      bytes += stored.entry.length;
    }
    const bool is_full = ++seen == kRereadEntries || bytes >= kRereadBytes;
    if (!is_full) reached = rereading_.end;
    return !is_full;
  });
  storage::Batch batch;
  for (const storage::EventId id : refused) {
    if (const auto stored = events_.read(id)) add_if_readable(*stored, deriver_.read(*stored), batch);
  }
  if (!batch.entries.empty()) store(batch, now);
  rereading_.at = reached;
  save_rereading();
  return rereading_.at < rereading_.end;
}

void Pipeline::store(const storage::Batch& batch, parsers::TimePoint now) {
  storage::EventId id = events_.append(batch, now);
  for (const storage::IndexEntry& entry : batch.entries) consider(id++, entry);
}

void Pipeline::store(const graph::FeedBatch& batch) {
  storage::State::Transaction transaction(state_);
  for (const parsers::Alert& alert : batch.alerts) state_.put_alert(alert, correlate::host_keys_of(alert));
  for (const parsers::SignIn& sign_in : batch.signins) state_.put_sign_in(sign_in);
  if (!batch.cursor.empty()) state_.set_cursor(std::string("graph.") + graph::to_string(batch.feed), batch.cursor);
  transaction.commit();
}

void Pipeline::correlate(parsers::TimePoint now) {
  correlate_alerts(now);
  correlate_events(now);
  correlate_sign_ins(now);
}

// Most messages are about hosts that nobody watches: a look into a hash set is all they cost.
void Pipeline::consider(storage::EventId id, const storage::IndexEntry& entry) {
  if (entry.host_key != 0 && watched_hosts_.contains(entry.host_key)) candidates_.push_back(id);
}

void Pipeline::correlate_events(parsers::TimePoint now) {
  const storage::EventId last = events_.last_id();
  if (last == cursor_ || (candidates_.empty() && now - cursor_saved_ < kCursorInterval)) return;
  storage::State::Transaction transaction(state_);
  std::vector<correlate::Click> clicks;
  for (const storage::EventId id : candidates_) {
    const auto stored = events_.read(id);
    auto click = stored ? deriver_.click(*stored) : std::nullopt;
    if (!click) continue;
    note_click(*click);
    clicks.push_back(std::move(*click));
  }
  note_findings(engine_.on_clicks(clicks), now);
  state_.set_cursor(kEventCursor, std::to_string(last));
  transaction.commit();
  candidates_.clear();
  cursor_ = last;
  cursor_saved_ = now;
}

void Pipeline::correlate_alerts(parsers::TimePoint now) {
  for (;;) {
    const auto alerts = state_.alerts_after(saved_number<std::int64_t>(state_, kAlertCursor), kRecordsAtOnce);
    if (alerts.empty()) return;
    storage::State::Transaction transaction(state_);
    for (const auto& [sequence, alert] : alerts) {
      if (!engine_.watches_title(alert.title)) continue;
      const parsers::Duration reach = std::max(config_.correlation.window, config_.correlation.click_lookback);
      const auto from = std::min(alert.created, alert.first_activity) - reach;
      const auto to = window_end(alert);
      for (const std::uint64_t host : correlate::host_keys_of(alert)) {
        watched_hosts_.insert(host);
        for (const correlate::Click& click : facts_.clicks_on_host(host, from, to)) note_click(click);
      }
      note_window(alert);
      note_findings(engine_.on_alert(alert), now);
    }
    state_.set_cursor(kAlertCursor, std::to_string(alerts.back().sequence));
    transaction.commit();
  }
}

void Pipeline::correlate_sign_ins(parsers::TimePoint now) {
  for (;;) {
    const auto sign_ins = state_.sign_ins_after(saved_number<std::int64_t>(state_, kSignInCursor), kRecordsAtOnce);
    if (sign_ins.empty()) return;
    storage::State::Transaction transaction(state_);
    for (const auto& [sequence, sign_in] : sign_ins) note_findings(engine_.on_sign_in(sign_in), now);
    state_.set_cursor(kSignInCursor, std::to_string(sign_ins.back().sequence));
    transaction.commit();
  }
}

parsers::TimePoint Pipeline::window_end(const parsers::Alert& alert) const {
  return std::max(alert.created, alert.last_activity) + config_.correlation.window;
}

void Pipeline::note_window(const parsers::Alert& alert) {
  if (engine_.watches_title(alert.title)) window_ends_[alert.id] = window_end(alert);
}

// An alert's activity ends at most `click_lookback` before Defender raises it, so older ones have closed.
void Pipeline::load_windows(parsers::TimePoint now) {
  const auto reach = config_.correlation.window + config_.correlation.click_lookback;
  for (const parsers::Alert& alert : state_.alerts_created_since(now - reach)) note_window(alert);
}

void Pipeline::note_click(const correlate::Click& click) {
  const parsers::Event& event = click.event;
  if (!event.has_url || (event.user.empty() && event.account.empty())) return;
  state_.put_click({click.event_id, parsers::host_key(event.url.host), event.time, event.user, event.account});
}

void Pipeline::note_findings(const std::vector<correlate::Finding>& findings, parsers::TimePoint now) {
  for (const correlate::Finding& finding : findings) {
    const auto known = state_.latest_finding(finding.id);
    const std::string digest = finding.digest();
    if (known && known->digest == digest) continue;
    const std::int64_t revision = known ? known->revision + 1 : 1;
    storage::FindingRow row{finding.id, revision, now, digest, findings::to_json_line(finding, revision, now)};
    if (const auto rules = exclusions_->covering(finding, now); !rules.empty()) {
      const auto suppressed = state_.suppressed(finding.id);
      if (!suppressed || suppressed->finding.digest != digest)
        state_.put_suppressed({std::move(row), exclusions::to_json(rules)});
      continue;
    }
    state_.drop_suppressed(finding.id);
    put(row);
  }
}

void Pipeline::put(const storage::FindingRow& row) {
  std::vector<storage::OutboxLine> lines;
  for (const findings::Format format : config_.alerts.formats)
    lines.push_back({0, std::string(findings::to_string(format)), findings::to_line(format, row.json)});
  state_.put_finding(row, lines);
}

void Pipeline::set_exclusions(std::shared_ptr<const exclusions::ExclusionSet> exclusions, parsers::TimePoint now) {
  exclusions_ = std::move(exclusions);
  release_suppressed(now);
}

// A rule ended, was removed, or got other conditions: what it hid is asked of the engine again, with all evidence there
// is now. Of facts that retention took the line is left that would have been written.
void Pipeline::release_suppressed(parsers::TimePoint now) {
  for (const auto& [id, rules_text] : state_.suppressed_rules()) {
    const boost::json::value rules = boost::json::parse(rules_text);
    const auto holds = [&](const boost::json::value& rule) {
      return exclusions_->holds(rule.at("key").as_string(), now);
    };
    if (std::ranges::all_of(rules.as_array(), holds)) continue;
    const auto row = state_.suppressed(id);
    if (!row) continue;  // released together with another on its host
    storage::State::Transaction transaction(state_);
    state_.drop_suppressed(id);
    const boost::json::value line = boost::json::parse(row->finding.json);
    for (const parsers::Alert& alert : state_.alerts_on_host(parsers::host_key(line.at("host").as_string())))
      note_findings(engine_.on_alert(alert), now);
    const auto known = state_.latest_finding(id);
    const bool is_known = known && known->revision >= row->finding.revision;
    if (!is_known && !state_.suppressed(id)) put(row->finding);
    transaction.commit();
  }
}

bool Pipeline::write(findings::AlertFiles& files, bool after_crash, std::string& error) {
  for (const auto& [format, file] : files.all()) {
    bool takes = true;
    for (auto lines = state_.outbox(findings::to_string(format), kLinesAtOnce); takes && !lines.empty();
         lines = state_.outbox(findings::to_string(format), kLinesAtOnce)) {
      for (const storage::OutboxLine& line : lines) {
        std::string why;
        takes = (after_crash && file->contains_or_completes(line.line)) || file->append(line.line, why);
        if (!takes) error += (error.empty() ? "" : "; ") + why;
        if (!takes) break;
        state_.mark_written(line.sequence);
      }
    }
  }
  return error.empty();
}

// The configured quota, and never the whole disk: what others take of it, the store gives back.
std::uint64_t Pipeline::quota() const {
  std::error_code error;
  const std::filesystem::space_info space = std::filesystem::space(config_.storage.directory, error);
  if (error) return config_.storage.quota_bytes;
  const std::uint64_t reserve = std::min<std::uint64_t>(kDiskReserveBytes, space.capacity / 20);
  const std::uint64_t room = events_.stats().bytes_on_disk + space.available;
  return std::min(config_.storage.quota_bytes, room > reserve ? room - reserve : 0);
}

void Pipeline::enforce_limits(parsers::TimePoint now) {
  events_.set_quota(quota());
  events_.enforce_limits(now);
  state_.forget_before(now - config_.storage.retention);
  release_suppressed(now);
  std::erase_if(window_ends_, [now](const auto& window) { return window.second < now; });
}

std::size_t Pipeline::open_windows(parsers::TimePoint now) const {
  return static_cast<std::size_t>(std::count_if(window_ends_.begin(), window_ends_.end(),
                                                [now](const auto& window) { return window.second >= now; }));
}

}  // namespace sensor
