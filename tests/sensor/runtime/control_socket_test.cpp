#include "sensor/runtime/control_socket.h"

#include <doctest/doctest.h>

#include <boost/asio/local/stream_protocol.hpp>
#include <chrono>
#include <thread>

#include "tests/support/temporary_directory.h"

using namespace std::chrono_literals;
using boost::asio::local::stream_protocol;

TEST_CASE("control socket: who asks with patience is answered by a daemon that begins to listen meanwhile") {
  const support::TemporaryDirectory directory;
  const std::string path = directory / "control.sock";
  std::string error;
  CHECK_FALSE(runtime::ask(path, "status", error));

  boost::asio::io_context io;
  const auto ask_again = [&] { return runtime::ask(path, "status", error, 30s); };
  std::optional<boost::json::object> answer;
  std::thread client;
  {
    stream_protocol::acceptor reloading(io, stream_protocol::endpoint(path));
    client = std::thread([&] { answer = ask_again(); });
    reloading.accept().close();  // the client has asked for the first time, and nobody answers
  }
  std::filesystem::remove(path);
  const runtime::ControlSocket socket(io, path, [](const std::string& command) {
    return boost::json::object{{"asked", boost::json::string(command)}};
  });
  std::thread server([&] { io.run_for(60s); });
  client.join();
  io.stop();
  server.join();
  REQUIRE(answer);
  CHECK(answer->at("asked") == "status");
}
