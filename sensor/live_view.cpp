#include "sensor/live_view.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <optional>
#include <utility>

#include "parsers/utf8.h"
#include "sensor/explain.h"
#include "sensor/status_reading.h"

namespace sensor {

namespace json = boost::json;

struct LiveView::Reader {
  std::string input;
  Stage stage = Stage::event;
  std::string lines;
  std::uint64_t skipped = 0;
};

class LiveView::Stream final : public runtime::ControlSocket::Stream {
 public:
  explicit Stream(std::shared_ptr<Reader> reader) : reader_(std::move(reader)) {}
  explicit Stream(const std::string& error) : error_(json::serialize(json::object{{"error", error}}) + "\n") {}

  bool take(std::string& lines) override {
    lines += error_;
    if (!reader_) return false;
    lines += std::exchange(reader_->lines, {});
    if (const std::uint64_t skipped = std::exchange(reader_->skipped, 0))
      lines += fmt::format("{{\"skipped\":{}}}\n", skipped);
    return true;
  }

 private:
  std::shared_ptr<Reader> reader_;
  std::string error_;
};

std::unique_ptr<runtime::ControlSocket::Stream> LiveView::follow(const json::object& request) {
  if (reading::text(reading::at(request, "command")) != "tap") return nullptr;
  const auto reader = std::make_shared<Reader>();
  reader->input = reading::text(reading::at(request, "input"));
  const std::string stage = reading::text(reading::at(request, "stage"));
  reader->stage = stage == "raw" ? Stage::raw : stage == "parsed" ? Stage::parsed : Stage::event;
  const auto is_it = [&](const ingest::Input& input) { return input.config.name == reader->input; };
  if (std::ranges::none_of(network_.inputs(), is_it))
    return std::make_unique<Stream>(fmt::format("the running sensor has no input `{}`", reader->input));
  readers_.remove_if([](const auto& known) { return known.expired(); });
  if (readers_.size() >= kMaxReaders)
    return std::make_unique<Stream>(fmt::format("{} others look on already", kMaxReaders));
  readers_.push_back(reader);
  network_.intake().show_to(this);
  return std::make_unique<Stream>(reader);
}

template <class Fill>
void LiveView::show(const ingest::Input& input, std::string_view peer, parsers::TimePoint received, Fill fill) {
  readers_.remove_if([](const auto& known) { return known.expired(); });
  if (readers_.empty()) return network_.intake().show_to(nullptr);
  for (const auto& known : readers_) {
    const std::shared_ptr<Reader> reader = known.lock();
    if (!reader || reader->input != input.config.name) continue;
    if (reader->lines.size() >= kRoomBytes) {
      ++reader->skipped;
      continue;
    }
    json::object line{{"received", parsers::format_rfc3339(received)},
                      {"input", input.config.name},
                      {"peer", json::string(peer)},
                      {"error", nullptr}};
    fill(reader->stage, line);
    reader->lines += json::serialize(line);
    reader->lines += '\n';
  }
}

void LiveView::took(const ingest::Input& input, std::string_view peer, std::string_view message,
                    const parsers::Normalised& normalised, parsers::TimePoint received) {
  show(input, peer, received, [&](Stage stage, json::object& line) {
    if (stage == Stage::raw) line["raw"] = json::string(parsers::to_utf8(message));
    if (stage == Stage::parsed) line["columns"] = columns_json(normalised, received);
    if (stage == Stage::event)
      line["event"] = normalised.has_event ? json::value(event_json(normalised.event, normalised.cef.severity))
                                           : json::value(nullptr);
  });
}

void LiveView::refused(const ingest::Input& input, std::string_view peer, std::string_view bytes,
                       std::string_view reason, parsers::TimePoint received) {
  show(input, peer, received, [&](Stage stage, json::object& line) {
    line["error"] = json::string(reason);
    constexpr const char* kOfStage[] = {"raw", "columns", "event"};
    line[kOfStage[static_cast<std::size_t>(stage)]] =
        stage == Stage::raw ? json::value(json::string(parsers::to_utf8(bytes))) : json::value(nullptr);
  });
}

}  // namespace sensor
