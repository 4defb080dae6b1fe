// The Unix socket that the commands talk to: one line of JSON asks, one line answers.
//
//   request = {"command":"status"} LF        answer = object LF, or {"error":"..."} LF
//
// Some requests are followed: lines come until one side ends it, an empty one each second that has nothing else.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/json/object.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace runtime {

class ControlSocket {
 public:
  using Answer = std::function<boost::json::object(const std::string& command)>;
  class Stream {
   public:
    virtual ~Stream() = default;
    // Adds the lines since the last call. False: there will be no more. A reader that is slow is asked for less often.
    virtual bool take(std::string& lines) = 0;
  };
  // Null: the request is not one to follow.
  using Follow = std::function<std::unique_ptr<Stream>(const boost::json::object& request)>;

  // Replaces a socket that a dead process left; a living one is an error. Throws std::runtime_error with the path.
  // `answer` runs on the io_context's thread. At most 32 clients at once, each for 10 s: one more ends the oldest, so
  // that who only connects keeps nobody out.
  ControlSocket(boost::asio::io_context& io, const std::string& path, Answer answer, Follow follow = {});
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

// Follows `request`: on_line gets each line, the empty ones too, and says whether to go on. False, and `error` a
// sentence, when nobody answers or the other side ends it.
bool follow(const std::string& path, const boost::json::object& request, std::string& error,
            const std::function<bool(std::string_view line)>& on_line);

}  // namespace runtime
