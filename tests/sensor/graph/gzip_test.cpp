#include "sensor/graph/gzip.h"

#include <doctest/doctest.h>
#include <zlib.h>

#include <string>

#include "tests/sensor/graph/feed_text.h"
#include "tests/sensor/graph/polling.h"

using End = graph::Gunzip::End;

namespace {

std::string packed(const std::string& text) {
  std::string out(text.size() + 200, '\0');
  z_stream state{};
  REQUIRE(deflateInit2(&state, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) == Z_OK);
  state.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  state.avail_in = static_cast<uInt>(text.size());
  state.next_out = reinterpret_cast<Bytef*>(out.data());
  state.avail_out = static_cast<uInt>(out.size());
  REQUIRE(deflate(&state, Z_FINISH) == Z_STREAM_END);
  out.resize(out.size() - state.avail_out);
  deflateEnd(&state);
  return out;
}

struct Unpacked {
  std::string text;
  End end;
};
Unpacked unpacked(std::string_view body, std::size_t limit, std::size_t piece = 1 << 20) {
  graph::Gunzip gunzip(limit);
  std::string out;
  for (std::size_t at = 0; at < body.size(); at += piece)
    gunzip.take(body.substr(at, piece), [&](std::string_view text) { out += text; });
  return {out, gunzip.end()};
}

}  // namespace

TEST_CASE("gzip: a body comes out whole, or as far as it goes, and never larger than the limit") {
  const std::string text(1'000'000, 'a');
  const std::string body = packed(text);
  const auto whole = unpacked(body, text.size());
  CHECK(whole.end == End::whole);
  CHECK(whole.text == text);
  const auto large = unpacked(body, text.size() - 1);
  CHECK(large.end == End::too_large);
  CHECK(large.text.size() == text.size() - 1);
  CHECK(unpacked("", 10).end == End::cut);
  CHECK(unpacked("no gzip at all", 10).end == End::damaged);
  const auto two = unpacked(packed("one") + packed("two"), 100);
  CHECK(two.text == "onetwo");
  CHECK(two.end == End::whole);
  std::string varied;
  for (int i = 0; i < 20'000; ++i) varied += std::to_string(i * 7919);
  const std::string long_body = packed(varied);
  for (const std::size_t size : {std::size_t{1}, std::size_t{11}, long_body.size() / 2, long_body.size() - 1}) {
    CAPTURE(size);
    const auto cut = unpacked(std::string_view(long_body).substr(0, size), varied.size());
    CHECK(cut.end == End::cut);
    CHECK(varied.starts_with(cut.text));
  }
  for (const std::size_t piece : {1, 7, 4096}) {
    CAPTURE(piece);
    const auto in_pieces = unpacked(long_body + packed("end"), varied.size() + 3, piece);
    CHECK(in_pieces.end == End::whole);
    CHECK(in_pieces.text == varied + "end");
  }
}

TEST_CASE("gzip: pages are taken packed, and half a packed page is half a page") {
  test_support::FakeGraph fake({"--gzip"});
  const support::TemporaryDirectory directory;
  const auto settings = graph_test::quick_settings(fake.url(), directory);
  std::string alerts;
  for (int i = 0; i < 50; ++i) alerts += graph_test::alert("a" + std::to_string(i), std::chrono::seconds(60 + i));
  fake.add_alerts(alerts);
  fake.fault(R"({"path":"/v1.0","kind":"half_body"})");
  graph_test::RememberingSink sink;
  graph::Poller poller(settings, sink, {}, graph_test::clock_now);
  poller.start();
  REQUIRE(sink.wait_for(graph_test::has_cursor));
  poller.stop();
  CHECK(graph_test::alert_ids(sink.batches()).size() == 50);
  CHECK(poller.status(graph::FeedName::alerts).damaged == 1);
}
