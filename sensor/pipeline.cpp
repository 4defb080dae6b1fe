#include "sensor/pipeline.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "sensor/identity_source.h"
#include "storage/segment_files.h"

namespace sensor {
namespace {

constexpr std::uint64_t kDiskReserveBytes = 1ull << 30;  // left free for others, or a twentieth of the disk
constexpr std::size_t kLinesAtOnce = 100;                // of an outbox, some 60 KiB each

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

}  // namespace

Pipeline::Pipeline(const config::Config& config, const parsers::IdentityMap& identity)
    : config_(config),
      events_(store_options(config)),
      state_(config.storage.directory + "/state.db", storage::State::Mode::read_write),
      deriver_(config, identity),
      rereading_(events_, state_, deriver_),
      correlation_(config, events_, state_, deriver_) {
  std::vector<std::string> formats;
  for (const findings::Format format : config.alerts.formats) formats.emplace_back(findings::to_string(format));
  state_.drop_outboxes_except(formats);
}

bool Pipeline::read_quarantine_again(parsers::TimePoint now) {
  if (rereading_.is_done()) return false;
  const storage::Batch batch = rereading_.next();
  if (!batch.entries.empty()) store(batch, now);
  rereading_.done();
  return !rereading_.is_done();
}

void Pipeline::store(const storage::Batch& batch, parsers::TimePoint now) {
  const storage::EventId first = events_.append(batch, now);
  const auto segment = static_cast<std::uint32_t>(first >> 32);
  if (std::exchange(segment_, segment) != segment) enforce_quota(now);
  correlation_.note(batch, first);
}

void Pipeline::store(const graph::FeedBatch& batch) {
  storage::State::Transaction transaction(state_);
  for (const parsers::SignIn& sign_in : batch.signins) state_.put_sign_in(sign_in);
  correlation_.note(batch);
  if (batch.users_begin_anew) state_.clear_users();
  for (const parsers::DirectoryUser& user : batch.users) state_.put_user(user);
  const std::string name = std::string("graph.") + graph::to_string(batch.feed);
  if (!batch.cursor.empty()) state_.set_cursor(name, batch.cursor);
  if (!batch.habit.empty()) state_.set_cursor(name + ".habit", batch.habit);
  transaction.commit();
}

void Pipeline::publish_users(parsers::UserDirectory& directory) { read_users(state_, directory); }

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

// What the configured quota leaves beside the state database, and never the whole disk: what others take of it, the
// store gives back.
std::uint64_t Pipeline::quota() const {
  std::error_code error;
  const std::filesystem::space_info space = std::filesystem::space(config_.storage.directory, error);
  const std::uint64_t state = storage::bytes_on_disk(config_.storage.directory + "/state.db");
  const std::uint64_t configured = config_.storage.quota_bytes > state ? config_.storage.quota_bytes - state : 0;
  if (error) return configured;
  const std::uint64_t reserve = std::min<std::uint64_t>(kDiskReserveBytes, space.capacity / 20);
  const std::uint64_t room = events_.stats().bytes_on_disk + space.available;
  return std::min(configured, room > reserve ? room - reserve : 0);
}

void Pipeline::enforce_quota(parsers::TimePoint now) {
  events_.set_quota(quota());
  events_.enforce_limits(now);
}

void Pipeline::enforce_limits(parsers::TimePoint now) {
  enforce_quota(now);
  correlation_.forget(now - config_.storage.retention, now);
}

}  // namespace sensor
