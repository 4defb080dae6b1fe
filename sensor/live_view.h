// What `lurewatch tap` shows: messages of one input as they pass, at a stage of their road.
//
// A reader has room for a little; what passes while that is full is counted and told, never waited for. So the most
// that a reader costs ingest is the making of kRoomBytes of text each time that it reads.
//
// Threads: the network thread.
#pragma once

#include <boost/json/object.hpp>
#include <list>
#include <memory>

#include "sensor/ingest/intake.h"
#include "sensor/ingest/network.h"
#include "sensor/runtime/control_socket.h"

namespace sensor {

class LiveView final : private ingest::Onlooker {
 public:
  static constexpr std::size_t kRoomBytes = 256 << 10;
  static constexpr std::size_t kMaxReaders = 8;

  // `network` outlives it.
  explicit LiveView(ingest::Network& network) : network_(network) {}
  ~LiveView() { network_.intake().show_to(nullptr); }
  LiveView(const LiveView&) = delete;

  // request = {"command":"tap","input":NAME,"stage":"raw"|"parsed"|"event"}. Lines: {"received","input","peer","error"}
  // and of the stage "raw", or "columns", or "event"; {"skipped":N}; {"error":"..."} alone. Null: another command.
  std::unique_ptr<runtime::ControlSocket::Stream> follow(const boost::json::object& request);

 private:
  enum class Stage { raw, parsed, event };
  struct Reader;
  class Stream;
  void took(const ingest::Input& input, std::string_view peer, std::string_view message,
            const parsers::Normalised& normalised, parsers::TimePoint received) override;
  void refused(const ingest::Input& input, std::string_view peer, std::string_view bytes, std::string_view reason,
               parsers::TimePoint received) override;
  template <class Fill>
  void show(const ingest::Input& input, std::string_view peer, parsers::TimePoint received, Fill fill);

  ingest::Network& network_;
  std::list<std::weak_ptr<Reader>> readers_;  // theirs are the streams that the control socket holds
};

}  // namespace sensor
