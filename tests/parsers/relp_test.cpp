#include "parsers/relp.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using parsers::RelpFrame;

namespace {

constexpr std::size_t kMost = 16;

// Everything that comes of `bytes` when they arrive `step` at a time: "number command data", "!error".
std::vector<std::string> frames_of(std::string_view bytes, std::size_t step) {
  parsers::RelpReader reader(kMost);
  std::vector<std::string> found;
  std::string buffer;
  for (std::size_t at = 0; at < bytes.size(); at += step) {
    buffer += bytes.substr(at, step);
    for (;;) {
      const RelpFrame frame = reader.next(buffer);
      if (frame.kind == RelpFrame::Kind::bad) {
        found.push_back(std::string("!") + frame.error);
        return found;
      }
      if (frame.kind == RelpFrame::Kind::frame) {
        found.push_back(std::to_string(frame.number) + " " + std::string(frame.command) + " " +
                        std::string(frame.data) + (frame.is_too_long ? "..." : ""));
      }
      buffer.erase(0, frame.consumed);
      if (frame.kind == RelpFrame::Kind::need_more) break;
    }
  }
  return found;
}

using Found = std::vector<std::string>;

}  // namespace

TEST_CASE("RELP frames are read the same however they were split") {
  const struct {
    const char* name;
    std::string input;
    Found expected;
  } kRows[] = {
      {"a session",
       "1 open 14 relp_version=0\n2 syslog 2 hi\n3 close 0\n",
       {"1 open relp_version=0", "2 syslog hi", "3 close "}},
      {"a blank behind a length of 0", "3 close 0 \n", {"3 close "}},
      {"line feeds and digits within the data", "2 syslog 9 a\n3 x 0\nb\n", {"2 syslog a\n3 x 0\nb"}},
      {"data of the most bytes", "2 syslog 16 0123456789abcdef\n", {"2 syslog 0123456789abcdef"}},
      {"data of one more", "2 syslog 17 0123456789abcdefg\n3 close 0\n", {"2 syslog 0123456789abcdef...", "3 close "}},
      {"the greatest number", "999999999 syslog 1 x\n", {"999999999 syslog x"}},
      {"a number of ten digits", "1000000000 syslog 1 x\n", {"!bad_relp_frame"}},
      {"no number", " syslog 1 x\n", {"!bad_relp_frame"}},
      {"no command", "1  1 x\n", {"!bad_relp_frame"}},
      {"a command of 33 letters", "1 " + std::string(33, 'a') + " 0\n", {"!bad_relp_frame"}},
      {"a command with a digit", "1 sys1og 1 x\n", {"!bad_relp_frame"}},
      {"no length", "1 syslog \n", {"!bad_relp_frame"}},
      {"a length of ten digits", "1 syslog 1000000000 x\n", {"!bad_relp_frame"}},
      {"a length that is too short", "1 syslog 1 xy\n", {"!bad_relp_frame"}},
      {"a length that is too short, of a long frame", "1 syslog 17 0123456789abcdefgh\n", {"!bad_relp_frame"}},
      {"no data behind a length", "1 syslog 1\n", {"!bad_relp_frame"}},
      {"a syslog line", "<14>CEF:0|a\n", {"!bad_relp_frame"}},
      {"TLS", "\x16\x03\x01", {"!tls_on_plain_port"}},
      {"half a header", "1 sys", {}},
      {"half a frame", "1 syslog 5 abc", {}},
      {"a frame without its end", "1 syslog 3 abc", {}},
      {"half a long frame", "1 syslog 900000000 abcdefghijklmnopqrstuvwxyz", {}},
  };
  for (const auto& row : kRows) {
    CAPTURE(row.name);
    for (const std::size_t step : {std::size_t{1}, std::size_t{2}, std::size_t{7}, std::size_t{64}}) {
      CAPTURE(step);
      CHECK(frames_of(row.input, step) == row.expected);
    }
  }
}

TEST_CASE("a RELP frame over the limit is never held whole") {
  parsers::RelpReader reader(kMost);
  std::string buffer = "1 syslog 1000 ";
  std::size_t held = 0;
  for (int i = 0; i < 1000; ++i) {
    buffer += 'x';
    buffer.erase(0, reader.next(buffer).consumed);
    held = std::max(held, buffer.size());
  }
  CHECK(held <= kMost);
  CHECK(reader.next("\n").is_too_long);
}
