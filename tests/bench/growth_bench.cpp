// What a new fact costs as history grows: chains whose last fact is a click, a sign-in or an alert, in stores of
// growing size.
//
//   growth_bench [messages ...]   (of each store, growing; 1,000,000, 3,000,000 and 10,000,000 where there are none)
//
// History is 333,000 messages and 13,000 sign-ins a day. Of each chain's last fact the CPU-time is taken from storing
// it to its finding's row in the outbox; medians. Correlation looks back 7 days at most: until history is so old, it
// has less to look at.
#include <fmt/format.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "sensor/runtime/clock.h"
#include "tests/bench/bench_sensor.h"
#include "tests/bench/message_generator.h"

namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t kUsers = 5'000, kSignInEvery = 25, kSignInsAtOnce = 500, kChains = 300;
constexpr auto kMessageInterval = 259'200us;
constexpr std::array kKinds = {"click", "sign-in", "alert"};

class Growth {
 public:
  explicit Growth(const std::filesystem::path& directory, std::uint64_t messages)
      : sensor_(directory), now_(runtime::now() - messages * parsers::Duration(kMessageInterval)) {}

  void grow_to(std::uint64_t messages) {
    for (; made_ < messages; ++made_) {
      now_ += kMessageInterval;
      generator_.next(now_, message_);
      sensor_.take(message_.text, now_);
      if (made_ % kSignInEvery == 0) ordinary_sign_in();
    }
    settle();
  }

  // Microseconds by kind of the last fact.
  std::array<double, kKinds.size()> cost() {
    std::array<double, kKinds.size()> medians{};
    for (std::size_t last = 0; last < kKinds.size(); ++last) {
      std::vector<double> costs;
      for (std::uint64_t i = 0; i < kChains; ++i) costs.push_back(chain(last) * 1e6);
      medians[last] = bench::median(costs);
    }
    return medians;
  }
  std::uint64_t found() { return sensor_.pipeline().state().counts().findings; }

 private:
  // Seconds that the last fact took.
  double chain(std::size_t last) {
    const std::uint64_t number = chains_++;
    for (std::size_t kind = 0; kind < kKinds.size(); ++kind)
      if (kind != last) give(kind, number);
    const double before = bench::cpu_seconds();
    give(last, number);
    return bench::cpu_seconds() - before;
  }

  void give(std::size_t kind, std::uint64_t number) {
    const std::string user = fmt::format("user{}@contoso.com", (number * 7919) % kUsers);
    const std::string address = fmt::format("203.0.{}.{}", 113 + number / 250 % 100, 1 + number % 250);
    const std::string host = fmt::format("login.lure{}.example", number);
    if (kind == 0) {
      sensor_.take(
          fmt::format("CEF:0|Zscaler|NSSWeblog|5.7|Allowed|Allowed|3|act=Allowed app=HTTPS dst={} request={}/a "
                      "suser={} rt={}",
                      address, host, user, parsers::to_micros(now_) / 1000),
          now_);
      sensor_.flush();
      return;
    }
    graph::FeedBatch batch;
    if (kind == 1) {
      batch.feed = graph::FeedName::signins;
      batch.signins = parsers::parse_sign_in_page(sign_in(fmt::format("chain-{}", number), user, address))->records;
    } else {
      const std::string time = parsers::format_rfc3339(now_);
      batch.alerts =
          parsers::parse_alert_page(
              fmt::format(
                  R"({{"id":"alert-{}","title":"A potentially malicious URL click was detected","createdDateTime":"{}",)"
                  R"("lastUpdateDateTime":"{}","evidence":[{{"@odata.type":"#microsoft.graph.security.urlEvidence",)"
                  R"("url":"https://{}/a"}}]}})",
                  number, time, time, host))
              ->records;
    }
    sensor_.pipeline().store(batch);
    sensor_.pipeline().correlate(now_);
  }

  std::string sign_in(const std::string& id, const std::string& user, const std::string& address) const {
    return fmt::format(
        R"({{"id":"{}","createdDateTime":"{}","userPrincipalName":"{}","ipAddress":"{}","status":{{"errorCode":0}},)"
        R"("appDisplayName":"Office 365 Exchange Online","clientAppUsed":"Browser","riskLevelDuringSignIn":"none",)"
        R"("deviceDetail":{{"operatingSystem":"Windows10","browser":"Edge 131.0"}},)"
        R"("location":{{"city":"Berlin","countryOrRegion":"DE"}},"isInteractive":true}})"
        "\n",
        id, parsers::format_rfc3339(now_), user, address);
  }

  void ordinary_sign_in() {
    const std::uint64_t user = (sign_ins_++ * 2654435761u) % kUsers;
    pending_ += sign_in(fmt::format("ordinary-{}", sign_ins_), fmt::format("user{}@contoso.com", user),
                        fmt::format("198.51.100.{}", user % 16));
    if (sign_ins_ % kSignInsAtOnce == 0) settle();
  }

  void settle() {
    sensor_.flush();
    graph::FeedBatch batch;
    batch.feed = graph::FeedName::signins;
    if (!pending_.empty()) batch.signins = parsers::parse_sign_in_page(pending_)->records;
    pending_.clear();
    sensor_.pipeline().store(batch);
    sensor_.pipeline().correlate(now_);
  }

  bench::BenchSensor sensor_;
  bench::MessageGenerator generator_{1};
  bench::GeneratedMessage message_;
  parsers::TimePoint now_;
  std::uint64_t made_ = 0, sign_ins_ = 0, chains_ = 0;
  std::string pending_;
};

}  // namespace

int main(int argc, char** argv) {
  std::vector<std::uint64_t> sizes;
  for (int at = 1; at < argc; ++at) sizes.push_back(std::strtoull(argv[at], nullptr, 10));
  if (sizes.empty()) sizes = {1'000'000, 3'000'000, 10'000'000};
  const auto directory = std::filesystem::temp_directory_path() / "lurewatch-growth-bench";
  std::filesystem::remove_all(directory);
  {
    Growth growth(directory, sizes.back());
    std::printf("%12s %5s", "messages", "days");
    for (const char* kind : kKinds) std::printf(" %9s last", kind);
    std::printf("  CPU-microseconds a fact\n");
    for (const std::uint64_t messages : sizes) {
      growth.grow_to(messages);
      std::printf("%12llu %5.1f", static_cast<unsigned long long>(messages),
                  static_cast<double>(messages) * std::chrono::duration<double>(kMessageInterval) / 24h);
      for (const double cost : growth.cost()) std::printf(" %14.0f", cost);
      std::printf("\n");
      std::fflush(stdout);
    }
    std::printf("%llu of %llu chains found\n", static_cast<unsigned long long>(growth.found()),
                static_cast<unsigned long long>(sizes.size() * kKinds.size() * kChains));
  }
  std::filesystem::remove_all(directory);
}
