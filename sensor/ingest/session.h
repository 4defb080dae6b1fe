// What is spoken on one connection: bytes in, messages to the Intake, bytes out. No sockets, no clock.
//
// Threads: the network thread.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "sensor/ingest/input.h"
#include "sensor/ingest/intake.h"

namespace ingest {

class Session {
 public:
  struct Step {
    std::size_t consumed = 0;  // bytes that are done with
    bool took_frame = false;   // false: more bytes are needed for the next
  };

  virtual ~Session() = default;
  // At most one frame. Only while may_take() and the Intake has room.
  virtual Step take(std::string_view bytes, parsers::TimePoint received) = 0;
  // The peer has closed, or is given up: `rest` is what take() left. Not called where the other side resends.
  virtual void finish(std::string_view rest, parsers::TimePoint received) = 0;

  // A conversation, unlike a plain stream, acknowledges: what was not read when we stop is not lost but sent again.
  virtual bool acknowledges() const { return false; }
  virtual bool may_take() const { return true; }
  virtual void out_of_bytes() {}  // what was taken need not wait for more
  virtual void settled(std::uint64_t, CommitObserver::Fate) {}
  virtual void stop() {}  // no more is read: the end is said as soon as all is acknowledged

  std::string& output() { return output_; }  // to be sent
  bool is_over() const { return is_over_; }  // to be closed once the output is sent

 protected:
  std::string output_;
  bool is_over_ = false;
};

// Octet-counted frames and delimited lines, decided frame by frame (RFC 6587).
std::unique_ptr<Session> make_syslog_session(Input& input, Intake& intake, std::string peer);

// RELP: a message is acknowledged when it is on disk. Transaction numbers are answered as they come; their order is the
// sender's affair. The sender's window says how many are on their way; kMostUnacknowledged is the most we hold for it.
std::unique_ptr<Session> make_relp_session(Input& input, Intake& intake, std::string peer);
inline constexpr std::size_t kMostUnacknowledged = 16 * 1024;

}  // namespace ingest
