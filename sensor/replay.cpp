#include "sensor/replay.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json/parse.hpp>
#include <cerrno>
#include <cstring>
#include <deque>
#include <filesystem>
#include <fstream>
#include <limits>
#include <stdexcept>

#include "parsers/frame.h"
#include "sensor/exclusion_source.h"
#include "sensor/identity_source.h"
#include "sensor/ingest/capture.h"
#include "sensor/ingest/intake.h"
#include "sensor/ingest/packets.h"
#include "sensor/pipeline.h"
#include "sensor/runtime/clock.h"
#include "sensor/runtime/temporary_directory.h"

namespace sensor {
namespace {

constexpr std::size_t kReadBytes = 1u << 20;
constexpr std::uint64_t kMaxMessageBytes = 1u << 20;

std::ifstream open(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file || std::filesystem::is_directory(path))
    throw std::runtime_error(fmt::format("{} can't be read: {}", path, std::strerror(errno ? errno : EISDIR)));
  return file;
}

std::string told(const parsers::Error& error) {
  if (std::string_view(error.code) == "too_long")
    return fmt::format("more than {} MiB that are not the records of one page; split the file",
                       parsers::kMaxPageBytes >> 20);
  return fmt::format("{} (at byte {})", error.detail.empty() ? error.code : error.detail, error.offset);
}

template <class Record>
void add_records(const std::string& path, std::vector<Record>& records, ReplayResult& result) {
  std::ifstream file = open(path);
  parsers::PageReader<Record> reader;
  std::string piece(kReadBytes, '\0');
  while (file.read(piece.data(), static_cast<std::streamsize>(piece.size())) || file.gcount() > 0)
    reader.take(std::string_view(piece).substr(0, static_cast<std::size_t>(file.gcount())));
  auto page = reader.finish();
  if (!page) throw std::runtime_error(fmt::format("{}: {}", path, told(page.error())));
  result.rejected_records += page->rejected.size();
  std::move(page->records.begin(), page->records.end(), std::back_inserter(records));
}

// The present, as far as the recording knows: the newest thing that Graph says. It settles missing years.
parsers::TimePoint reference_time(const graph::FeedBatch& facts) {
  parsers::TimePoint latest{};
  for (const parsers::Alert& alert : facts.alerts)
    latest = std::max({latest, alert.created, alert.last_activity, alert.last_update});
  for (const parsers::SignIn& sign_in : facts.signins) latest = std::max(latest, sign_in.created);
  return latest == parsers::TimePoint{} ? runtime::now() : latest;
}

void take_messages(const std::string& path, ingest::Input& input, ingest::Intake& intake, parsers::TimePoint received) {
  std::ifstream file = open(path);
  parsers::Framer framer(kMaxMessageBytes);
  std::string buffer;
  const auto take = [&](const parsers::FrameResult& frame) {
    if (!intake.has_room()) throw std::runtime_error("the store takes nothing more");
    if (frame.kind == parsers::FrameResult::Kind::message) intake.take(input, path, frame.message, received);
    if (frame.kind == parsers::FrameResult::Kind::bad)
      intake.refuse(input, path, frame.rejected, frame.error, received);
    return frame.kind != parsers::FrameResult::Kind::need_more;
  };
  for (bool more = true; more;) {
    const std::size_t kept = buffer.size();
    buffer.resize(kept + kReadBytes);
    file.read(buffer.data() + kept, kReadBytes);
    buffer.resize(kept + static_cast<std::size_t>(file.gcount()));
    more = file.good();
    std::string_view rest = buffer;
    for (bool going = true; going;) {
      const parsers::FrameResult frame = framer.next(rest);
      going = take(frame);
      rest.remove_prefix(frame.consumed);
    }
    for (bool going = !more; going && !rest.empty();) {
      const parsers::FrameResult frame = framer.finish(rest);
      going = take(frame);
      rest.remove_prefix(frame.consumed);
    }
    buffer.erase(0, buffer.size() - rest.size());
  }
}

bool is_capture(const std::string& path) {
  std::array<char, 4> first{};
  open(path).read(first.data(), first.size());
  return ingest::Capture::is_file({first.data(), first.size()});
}

void take_capture(const std::string& path, ingest::Input& input, ingest::Intake& intake, ReplayResult& result) {
  ingest::Capture capture = ingest::Capture::of_file(path, input.config.filter);
  ingest::Packets packets(input, intake, [&](const parsers::IpPacket& packet) {
    return capture.wants(packet.headers, packet.ip_header_at, packet.payload);
  });
  ingest::Capture::Packet packet;
  auto next = capture.next(packet);
  for (; next == ingest::Capture::Next::packet; next = capture.next(packet))
    packets.take(capture.link(), packet.bytes, packet.captured);
  packets.finish(packet.captured);
  if (next == ingest::Capture::Next::failed)
    result.notes.push_back(fmt::format("{} is damaged, and was read up to there: {}", path, capture.error()));
  if (input.stats.packets == 0)
    result.notes.push_back(
        fmt::format("{}: no packet passes the filter `{}`; --filter sets another", path, input.config.filter));
  if (input.stats.stream_gaps)
    result.notes.push_back(
        fmt::format("{}: {} segments of TCP connections are missing", path, input.stats.stream_gaps.load()));
}

// Those that stand: what was told on the way and taken back is not worth a line once all is known.
std::vector<std::string> in_order(const std::vector<storage::FindingRow>& rows, double minimum_confidence) {
  std::vector<std::pair<std::string, std::string>> keyed;
  for (const storage::FindingRow& row : rows) {
    const boost::json::value line = boost::json::parse(row.json);
    if (line.at("confidence").to_number<double>() < minimum_confidence) continue;
    keyed.emplace_back(std::string(line.at("first_seen").as_string()) + row.id, row.json);
  }
  std::sort(keyed.begin(), keyed.end());
  std::vector<std::string> lines;
  lines.reserve(keyed.size());
  for (auto& [key, line] : keyed) lines.push_back(std::move(line));
  return lines;
}

}  // namespace

ReplayResult replay(const config::Config& config, const ReplayInput& recorded) {
  ReplayResult result;
  graph::FeedBatch alerts, sign_ins;
  for (const std::string& path : recorded.alert_files) add_records(path, alerts.alerts, result);
  for (const std::string& path : recorded.sign_in_files) add_records(path, sign_ins.signins, result);
  graph::FeedBatch facts = alerts;
  facts.signins = sign_ins.signins;
  const parsers::TimePoint now = reference_time(facts);

  const runtime::TemporaryDirectory directory("replay");
  config::Config own = config;
  own.storage.directory = directory.path();
  own.listen.clear();
  std::deque<ingest::Input> inputs;
  for (const std::string& path : recorded.message_files) {
    config::Listen listen;
    listen.name = std::filesystem::path(path).filename().string();
    listen.zone = recorded.zone;
    listen.filter = recorded.filter;
    own.listen.push_back(listen);
    inputs.emplace_back(listen);
  }
  const parsers::IdentityMap identity = load_identity(own);
  Pipeline pipeline(own, identity);
  pipeline.correlation().set_exclusions(load_exclusions(config).set, now);
  ingest::Intake intake(identity, [&](storage::Batch& batch) {
    pipeline.store(batch, now);
    pipeline.correlate_some(now);
    batch.clear();
    return true;
  });
  for (std::size_t i = 0; i < recorded.message_files.size(); ++i) {
    const std::string& path = recorded.message_files[i];
    if (is_capture(path))
      take_capture(path, inputs[i], intake, result);
    else
      take_messages(path, inputs[i], intake, now);
  }
  intake.flush();
  pipeline.store(alerts);
  pipeline.store(sign_ins);
  if (recorded.mode == ReplayInput::Mode::seed_exact) {
    Deriver deriver(own, identity);
    const SeedScope scope{.clock = SeedScope::Clock::device, .messages = SeedScope::Messages::all};
    SeedResult published = run_seed_exact(pipeline.events(), pipeline.state(), deriver, scope, recorded.seed_runs,
                                          parsers::TimePoint::max());
    result.findings = std::move(published.findings);
    result.rows = std::move(published.rows);
  } else {
    pipeline.correlate(now);
    result.findings = in_order(pipeline.state().latest_findings(std::numeric_limits<std::size_t>::max()),
                               config.correlation.minimum_confidence);
  }

  for (const ingest::Input& input : inputs) {
    result.received += input.stats.received;
    result.parsed += input.stats.parsed;
    result.quarantined += input.stats.quarantined;
  }
  const storage::State::Counts counts = pipeline.state().counts();
  result.alerts = counts.alerts;
  result.sign_ins = counts.sign_ins;
  return result;
}

}  // namespace sensor
