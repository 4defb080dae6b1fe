#include "sensor/ingest/intake.h"

#include <doctest/doctest.h>

#include <list>
#include <string>

#include "sensor/status.h"

namespace {

const parsers::TimePoint kNow = *parsers::parse_rfc3339("2026-11-24T09:00:00Z");

constexpr const char* kPaloAlto =
    "<14>Nov 24 08:00:00 fw 1,2026/11/24 08:00:00,012801096514,THREAT,url,2049,2026/11/24 08:00:00,192.0.2.1,"
    "203.0.113.9,,,out,contoso\\bob,,ssl,vsys1,a,b,c,d,e,2026/11/24 "
    "08:00:00,1,1,2,443,0,0,0x0,tcp,alert,\"h.example/\"";
constexpr const char* kCheckPoint = "<134>1 2026-11-24T08:00:00Z gw CheckPoint 1 - [action:\"Accept\"; flags:\"1\"]";

struct Bench {
  parsers::IdentityMap identity;
  std::list<ingest::Input> inputs;
  storage::Batch stored;
  ingest::Intake intake{identity, [this](storage::Batch& batch) {
                          stored.bytes += batch.bytes;
                          stored.entries.insert(stored.entries.end(), batch.entries.begin(), batch.entries.end());
                          return true;
                        }};
  Bench() {
    config::Listen listen;
    listen.name = "firewalls";
    inputs.emplace_back(listen);
  }
  ingest::Input& input() { return inputs.front(); }
};

}  // namespace

TEST_CASE("intake: devices that send their own format are counted by vendor, whether it is read or not") {
  Bench bench;
  bench.intake.take(bench.input(), "192.0.2.1", kPaloAlto, kNow);
  bench.intake.take(bench.input(), "192.0.2.1", kCheckPoint, kNow);
  bench.intake.take(bench.input(), "192.0.2.1", "hello", kNow);
  bench.intake.refuse(bench.input(), "192.0.2.1", "12x", "bad_octet_count", kNow);
  const ingest::InputStats& stats = bench.input().stats;
  CHECK(stats.native[static_cast<std::size_t>(parsers::Vendor::paloalto)] == 1);
  CHECK(stats.native[static_cast<std::size_t>(parsers::Vendor::checkpoint)] == 1);
  CHECK(stats.events[static_cast<std::size_t>(parsers::Vendor::paloalto)] == 1);
  CHECK(stats.parsed == 1);
  CHECK(stats.quarantined == 3);
  CHECK(stats.reasons[ingest::reason_index("native_checkpoint")] == 1);
  CHECK(stats.reasons[ingest::reason_index("not_cef")] == 1);
  CHECK(stats.reasons[ingest::reason_index("bad_octet_count")] == 1);
}

TEST_CASE("intake: status says which devices send no CEF, how to switch them, and why messages are in quarantine") {
  Bench bench;
  bench.intake.take(bench.input(), "192.0.2.1", kCheckPoint, kNow);
  bench.intake.take(bench.input(), "192.0.2.1", "hello", kNow);
  const sensor::SharedWriterView view;
  const auto status = sensor::status_json({kNow, 1, bench.inputs, nullptr, view});
  const std::string text = sensor::status_text(status, kNow);
  CHECK(text.find("! input firewalls: 1 message of Check Point is not CEF. ") != std::string::npos);
  CHECK(text.find("cp_log_export set name NAME format cef") != std::string::npos);
  CHECK(text.find("! input firewalls has 2 messages in quarantine: not_cef 1, native_checkpoint 1\n") !=
        std::string::npos);
}

TEST_CASE("intake: what can't be read is kept up to a bound an hour, and counted beyond it") {
  Bench bench;
  const std::string garbage(1 << 20, 'x');
  const std::size_t kept = ingest::Intake::kQuarantineBytesAnHour / garbage.size();
  for (std::size_t i = 0; i < kept + 5; ++i) {
    bench.intake.take(bench.input(), "192.0.2.1", garbage, kNow);
    REQUIRE(bench.intake.flush());
    bench.stored.bytes.clear();
  }
  const ingest::InputStats& stats = bench.input().stats;
  CHECK(stats.quarantined == kept + 5);
  CHECK(stats.not_kept == 5);
  CHECK(bench.stored.entries.size() == kept);
  bench.intake.take(bench.input(), "192.0.2.1", garbage, kNow + std::chrono::hours(1));
  CHECK(stats.not_kept == 5);
}
