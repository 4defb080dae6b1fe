// The Unix socket that the commands talk to: one line of JSON asks, one line answers.
//
//   request = {"command":"status"} LF        answer = object LF, or {"error":"..."} LF
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/json/object.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace runtime {

class ControlSocket {
 public:
  using Answer = std::function<boost::json::object(const std::string& command)>;

  // Replaces a socket that a dead process left; a living one is an error. Throws std::runtime_error with the path.
  // `answer` runs on the io_context's thread. At most 32 clients at once, each for 10 s: one more ends the oldest, so
  // that who only connects keeps nobody out.
  ControlSocket(boost::asio::io_context& io, const std::string& path, Answer answer);
  ~ControlSocket();     // removes the socket file
  void stop();          // also ends conversations that are under way
  bool closed() const;  // after stop(): `answer` is called no more, and nothing of this waits on the io_context

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

// For a reload the socket is away for moments; who asks on a person's behalf waits this long for it.
inline constexpr auto kReloadGap = std::chrono::seconds(2);

// What a running daemon answers; nothing, and `error` a sentence, when none does. While nobody listens it asks again
// for `reload`.
std::optional<boost::json::object> ask(const std::string& path, const std::string& command, std::string& error,
                                       std::chrono::milliseconds reload = {});

}  // namespace runtime
