#include "parsers/frame.h"

#include <doctest/doctest.h>

#include <initializer_list>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

using namespace parsers;

namespace {

constexpr std::size_t kMaxMessage = 64;

// "line:text", "counted:text" and "bad:error" of a whole connection that sends `bytes` in pieces of `step`.
std::vector<std::string> receive(const std::string& bytes, std::size_t step, std::size_t max = kMaxMessage) {
  Framer framer{max};
  std::vector<std::string> seen;
  std::string buffer;
  const auto take = [&](const FrameResult& result) {
    REQUIRE(result.consumed <= buffer.size());
    if (result.kind == FrameResult::Kind::message) {
      seen.push_back((result.framing == Framing::line ? "line:" : "counted:") + std::string{result.message});
    } else if (result.kind == FrameResult::Kind::bad) {
      seen.push_back(std::string{"bad:"} + result.error);
    }
    buffer.erase(0, result.consumed);
    return result.kind != FrameResult::Kind::need_more;
  };
  for (std::size_t at = 0; at < bytes.size(); at += step) {
    buffer += bytes.substr(at, step);
    while (take(framer.next(buffer))) {
    }
    CHECK(buffer.size() <= max + 1200);
  }
  take(framer.finish(buffer));
  return seen;
}

std::string joined(const std::vector<std::string>& parts) {
  std::string text;
  for (const auto& part : parts) text += "[" + part + "]";
  return text;
}

struct Row {
  std::string_view what;
  std::string bytes;
  std::vector<std::string> expected;
};

std::string counted(const std::string& text) { return std::to_string(text.size()) + " " + text; }

const std::string kLong(200, 'x');

const std::vector<Row>& rows() {
  static const std::vector<Row> kRows = {
      {"nothing", "", {}},
      {"one line", "<13>a\n", {"line:<13>a"}},
      {"lines ended by LF, CRLF and NUL",
       std::string("<1>a\n<2>b\r\n<3>c\0<4>d\n", 21),
       {"line:<1>a", "line:<2>b", "line:<3>c", "line:<4>d"}},
      {"empty lines between", "\n\r\n<13>a\n\n \n<13>b\n\n", {"line:<13>a", "line:<13>b"}},
      {"a last line without its end", "<13>a\n<13>b", {"line:<13>a", "line:<13>b"}},
      {"counted frames", counted("<13>first") + counted("<13>second"), {"counted:<13>first", "counted:<13>second"}},
      {"a line feed counted in",
       counted("<13>a\n") + counted("<13>b\r\n") + counted("<13>c"),
       {"counted:<13>a", "counted:<13>b", "counted:<13>c"}},
      {"a line feed that is not counted",
       counted("<13>a") + "\n" + counted("<13>b") + "\r\n",
       {"counted:<13>a", "counted:<13>b"}},
      {"line feeds inside a counted frame", counted("<13>a\nb\nc"), {"counted:<13>a\nb\nc"}},
      {"both kinds mixed",
       "<13>a\n" + counted("<13>b") + "<13>c\n" + counted("<13>d") + "CEF:0|e\n",
       {"line:<13>a", "counted:<13>b", "line:<13>c", "counted:<13>d", "line:CEF:0|e"}},
      {"a counted frame with CEF and no priority",
       counted("CEF:0|a|b|c|d|e|1|x=1") + counted("CEF:0|a"),
       {"counted:CEF:0|a|b|c|d|e|1|x=1", "line:7 CEF:0|a"}},
      {"a counted frame that begins with a month",
       counted("Sep 21 17:07:40 host CEF:0|x"),
       {"counted:Sep 21 17:07:40 host CEF:0|x"}},
      {"a counted frame that begins with a date",
       counted("2025-09-21T17:07:40Z host x"),
       {"counted:2025-09-21T17:07:40Z host x"}},
      {"a line that begins with a year",
       "2023 Oct 12 10:11:12 nss: CEF:0|x\n<13>b\n",
       {"line:2023 Oct 12 10:11:12 nss: CEF:0|x", "line:<13>b"}},
      {"the same after a counted frame is a line of this length",
       counted("<13>a") + "20 frames were lost here\n",
       {"counted:<13>a", "counted:frames were lost her", "line:e"}},
      {"a version of RFC 5424 without a priority",
       "1 2019-10-18T03:00:09Z host x\n",
       {"line:1 2019-10-18T03:00:09Z host x"}},
      {"lines that begin with digits",
       "12 monkeys\n12\n12 \n0 <13>x\n007 <13>y\n99999999999 <13>z\n",
       {"line:12 monkeys", "line:12", "line:12 ", "line:0 <13>x", "line:007 <13>y", "line:99999999999 <13>z"}},
      {"digits at the end", "<13>a\n123", {"line:<13>a", "bad:incomplete_at_end"}},
      {"half a counted frame at the end", counted("<13>a") + "20 <13>half", {"counted:<13>a", "bad:incomplete_at_end"}},
      {"a frame of exactly the limit",
       counted("<13>" + std::string(kMaxMessage - 4, 'x')),
       {"counted:<13>" + std::string(kMaxMessage - 4, 'x')}},
      {"a frame one byte over the limit",
       counted("<13>" + std::string(kMaxMessage - 3, 'x')) + "<13>b\n",
       {"bad:message_too_long", "line:<13>b"}},
      {"a line of exactly the limit",
       "<13>" + std::string(kMaxMessage - 4, 'x') + "\r\n<13>b\n",
       {"line:<13>" + std::string(kMaxMessage - 4, 'x'), "line:<13>b"}},
      {"a line one byte over the limit",
       "<13>" + std::string(kMaxMessage - 3, 'x') + "\n<13>b\n",
       {"bad:message_too_long", "line:<13>b"}},
      {"a line far over the limit", "<13>" + kLong + "\n<13>b\n", {"bad:message_too_long", "line:<13>b"}},
      {"a line over the limit at the end", "<13>a\n<13>" + kLong, {"line:<13>a", "bad:message_too_long"}},
      {"a frame far over the limit",
       counted("<13>" + kLong + kLong) + counted("<13>b"),
       {"bad:message_too_long", "counted:<13>b"}},
      {"a count that no frame can have",
       "9999999999 <13>a\n<13>b\n",
       {"bad:bad_octet_count", "line:<13>a", "line:<13>b"}},
      {"a count that is too small",
       "6 <13>abc" + counted("<13>next") + counted("<13>last"),
       {"counted:<13>ab", "bad:bad_octet_count", "counted:<13>next", "counted:<13>last"}},
      {"a line without a priority, with a relay's count in it, after a counted frame",
       counted("<13>a") + "Mar  4 20:48:23 relay 43 <13>1 - fwd x\n" + counted("<13>b"),
       {"counted:<13>a", "line:Mar  4 20:48:23 relay 43 <13>1 - fwd x", "counted:<13>b"}},
      {"a count that is too small, behind a digit",
       "6 <13>abx99" + counted("<13>next"),
       {"counted:<13>ab", "bad:bad_octet_count", "counted:<13>next"}},
      {"a lost place and a long text without an end",
       counted("<13>a") + kLong + counted("<13>next"),
       {"counted:<13>a", "bad:message_too_long", "counted:<13>next"}},
      {"a frame inside a line that is too long",
       counted("<13>a") + "<13>" + kLong + "," + counted("<13>next") + "\n<13>b\n",
       {"counted:<13>a", "bad:message_too_long", "counted:<13>next", "line:<13>b"}},
      {"a line of the limit and more ends than one",
       "<13>" + std::string(kMaxMessage - 4, 'x') + "\r\r\r\n<13>b\n",
       {"bad:message_too_long", "line:<13>b"}},
      {"a ClientHello on a plain port",
       std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\n<13>x\n", 18),
       {"bad:tls_on_plain_port"}},
      {"a ClientHello after a message",
       std::string("<13>a\n\x16\x03\x03\x00\x05rest\n", 16),
       {"line:<13>a", "bad:tls_on_plain_port"}},
      {"a control byte that is no ClientHello", "\x16\x04x\n", {"line:\x16\x04x"}},
      {"blanks only", "   \n\t\n", {}},
  };
  return kRows;
}

}  // namespace

TEST_CASE("frame: a stream gives the same messages whole and in pieces of any size") {
  for (const auto& row : rows()) {
    CAPTURE(row.what);
    for (const std::size_t step :
         {std::size_t{100000}, std::size_t{1}, std::size_t{2}, std::size_t{7}, std::size_t{64}}) {
      CAPTURE(step);
      CHECK(joined(receive(row.bytes, step)) == joined(row.expected));
    }
  }
}

TEST_CASE("frame: a stream cut in two at any byte gives the same messages") {
  const std::string bytes =
      "<13>a\r\n" + counted("<13>b\n") + "\n2023 Oct 12 10:11:12 x\n" + counted("CEF:0|a|b|c|d|e|1|x=1") + "<13>c\n";
  const auto whole = receive(bytes, bytes.size());
  REQUIRE(whole.size() == 5);
  for (std::size_t step = 1; step < bytes.size(); ++step) {
    CAPTURE(step);
    CHECK(joined(receive(bytes, step)) == joined(whole));
  }
}

TEST_CASE("frame: the first bytes of a message that was too long are kept as evidence") {
  Framer framer{4000};
  const std::string text = "<13>" + std::string(5000, 'y');
  const auto result = framer.next(text);
  REQUIRE(result.kind == FrameResult::Kind::bad);
  CHECK(result.rejected == text.substr(0, 1024));
  CHECK(framer.next(std::string_view{text}.substr(result.consumed)).consumed == text.size() - result.consumed);
}

TEST_CASE("frame: what a long message leaves behind is skipped without being kept") {
  Framer framer{64};
  CHECK(framer.next("1000 <13>" + std::string(996, 'y')).consumed == 5);
  const std::string part(100, 'y');
  for (int i = 0; i < 9; ++i) CHECK(framer.next(part).consumed == part.size());
  const std::string rest = part + "<13>b\n";
  const auto last = framer.next(rest);
  CHECK(last.message == "<13>b");
}

TEST_CASE("frame: kinds have names") {
  CHECK(std::string{to_string(Framing::datagram)} == "datagram");
  CHECK(std::string{to_string(Framing::line)} == "line");
  CHECK(std::string{to_string(Framing::octet_counted)} == "octet-counted");
}
