// Starts tests/support/fake_graph.py as a child process and ends it, by its pid, with the object.
#pragma once

#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <stdexcept>
#include <string>
#include <vector>

#include "sensor/graph/http_client.h"
#include "tests/support/folder.h"

namespace test_support {

inline constexpr const char* kFakeClientId = "11111111-2222-4333-8444-555555555555";
inline constexpr const char* kFakeSecret = "fake-secret";

// A Python program of this folder that prints "listening on HOST:PORT" when it is ready.
class Helper {
 public:
  Helper(const std::string& script, const std::vector<std::string>& options) {
    int out[2];
    if (pipe(out) != 0) throw std::runtime_error("no pipe for " + script);
    std::vector<std::string> words = {"python3", "-B", support::tests_folder() + "/support/" + script};
    words.insert(words.end(), options.begin(), options.end());
    std::vector<char*> arguments;
    for (auto& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    pid_ = fork();
    if (pid_ == 0) {
      prctl(PR_SET_PDEATHSIG, SIGTERM);  // a test that crashes leaves no server behind
      dup2(out[1], STDOUT_FILENO);
      close(out[0]);
      close(out[1]);
      execvp(arguments[0], arguments.data());
      _exit(127);
    }
    close(out[1]);
    out_ = out[0];
    const std::string line = first_line(out_);
    const auto at = line.rfind(' ');
    if (pid_ < 0 || !line.starts_with("listening on ")) throw std::runtime_error(script + " did not start: " + line);
    address_ = line.substr(at + 1);
  }
  ~Helper() {
    close(out_);
    if (pid_ <= 0) return;
    kill(pid_, SIGTERM);
    waitpid(pid_, nullptr, 0);
  }
  Helper(const Helper&) = delete;
  Helper& operator=(const Helper&) = delete;

  const std::string& address() const { return address_; }  // "127.0.0.1:PORT"

 private:
  static std::string first_line(int fd) {
    constexpr int kStartMilliseconds = 30'000;
    std::string line;
    pollfd ready{fd, POLLIN, 0};
    char c = 0;
    while (::poll(&ready, 1, kStartMilliseconds) == 1 && ::read(fd, &c, 1) == 1 && c != '\n') line += c;
    return line;
  }

  pid_t pid_ = -1;
  int out_ = -1;
  std::string address_;
};

class FakeGraph {
 public:
  explicit FakeGraph(const std::vector<std::string>& options = {}) : server_("fake_graph.py", options) {}

  const std::string& address() const { return server_.address(); }  // "127.0.0.1:PORT"
  std::string url() const { return ca_file_.empty() ? "http://" + address() : "https://localhost:" + port(); }
  std::string port() const { return address().substr(address().rfind(':') + 1); }

  // For a server with --tls-cert: the control side is asked over TLS too.
  void trust(const std::string& ca_file) { ca_file_ = ca_file; }

  void add_alerts(const std::string& json) { control("POST", "alerts", json); }
  void add_signins(const std::string& json) { control("POST", "signins", json); }
  void add_users(const std::string& json) { control("POST", "users", json); }
  void poison(const std::string& json) { control("POST", "poison", json); }
  void fault(const std::string& json) { control("POST", "fault", json); }
  std::size_t pending_faults() { return boost::json::parse(control("GET", "fault", "")).as_array().size(); }
  void revoke_tokens() { control("POST", "revoke", "{}"); }
  // What was asked for at a path that begins with `path`, oldest first.
  std::vector<boost::json::object> requests(const std::string& path) {
    std::vector<boost::json::object> out;
    const auto seen = boost::json::parse(control("GET", "requests", ""));
    for (const auto& request : seen.as_array()) {
      if (std::string_view(request.at("path").as_string()).starts_with(path)) out.push_back(request.as_object());
    }
    return out;
  }

 private:
  std::string control(const char* method, const std::string& name, const std::string& body) {
    graph::HttpClient client({}, ca_file_);
    const auto origin = graph::parse_origin(url());
    const auto response = client.send({method, *origin, "/_control/" + name, {}, body});
    if (!response) throw std::runtime_error(response.error().detail);
    if (response->status != 200) throw std::runtime_error(response->body);
    return response->body;
  }

  Helper server_;
  std::string ca_file_;
};

}  // namespace test_support
