// Makes the store of a sensor that has run for a month, for what is asked of one: `hunt`, `query`, `backup`, a start.
//
//   month_bench DIRECTORY [messages] [sign-ins] [alerts]
//
// Messages take the whole road, findings in files apart. Sign-ins are ordinary ones of the same users. Each alert names
// a page of a host of its own that a few users reached; in one of a hundred cases the first of them signs in from the
// page's own address, which makes a chain that has to be found.
#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>

#include "sensor/ingest/intake.h"
#include "sensor/pipeline.h"
#include "sensor/runtime/clock.h"
#include "tests/bench/message_generator.h"

namespace {

using namespace std::chrono_literals;

constexpr auto kMonth = 30 * 24h;
constexpr std::uint64_t kUsers = 5'000, kChainEvery = 100, kClicks = 5, kReportEvery = 5'000'000;

class Month {
 public:
  Month(const config::Config& config, std::uint64_t messages, std::uint64_t sign_ins, std::uint64_t alerts)
      : pipeline_(config, identity_),
        intake_(identity_, [this](storage::Batch& batch) { return store(batch); }),
        messages_(messages),
        sign_ins_(sign_ins),
        alerts_(alerts) {}

  void make() {
    bench::MessageGenerator generator(1);
    bench::GeneratedMessage made;
    const parsers::Duration step = parsers::Duration(kMonth) / messages_;
    for (std::uint64_t i = 0; i < messages_; ++i) {
      now_ = begin_ + step * i;
      generator.next(now_, made);
      if (i * alerts_ / messages_ != (i + 1) * alerts_ / messages_) clicks_left_ = kClicks;
      if (clicks_left_ > 0) lure(made.text);
      if (intake_.has_room()) intake_.take(input_, "192.0.2.1", made.text, now_);
      for (auto due = (i + 1) * sign_ins_ / messages_ - i * sign_ins_ / messages_; due > 0; --due)
        add_ordinary_sign_in();
      if (i % kReportEvery == kReportEvery - 1) std::fprintf(stderr, "%llu messages\n", ull(i + 1));
    }
    intake_.flush();
    send_facts();
    std::printf("messages %llu, sign-ins %llu, alerts %llu, chains %llu, bytes a raw byte %.3f\n",
                ull(pipeline_.events().stats().events), ull(sign_in_count_), ull(alert_count_), ull(chains_),
                static_cast<double>(pipeline_.events().stats().bytes_on_disk) /
                    static_cast<double>(pipeline_.events().stats().raw_bytes));
  }

 private:
  static unsigned long long ull(std::uint64_t value) { return value; }

  bool store(storage::Batch& batch) {
    pipeline_.store(batch, now_);
    pipeline_.correlate(now_);
    batch.clear();
    return true;
  }

  // The message leads to the page of the next alert; the first one does, and the alert is made.
  void lure(std::string& message) {
    parsers::normalise(message, {now_, cctz::utc_time_zone(), &identity_}, scratch_);
    const parsers::Event& event = scratch_.event;
    if (!event.has_url) return;
    const std::string host = fmt::format("login.lure{}.example", alert_count_);
    const bool is_first = clicks_left_-- == kClicks;
    if (is_first && alert_count_ % kChainEvery == 0 && event.outcome == parsers::Outcome::allowed) {
      ++chains_;
      add_sign_in(event.user, event.destination_address, "high", now_ + 3min);
    }
    if (is_first) add_alert(event, host);
    for (auto at = message.find(event.url.host); at != message.npos;
         at = message.find(event.url.host, at + host.size()))
      message.replace(at, event.url.host.size(), host);
    if (clicks_left_ == 0) ++alert_count_;
  }

  void add_alert(const parsers::Event& event, const std::string& host) {
    parsers::Url url = event.url;
    url.host = host;
    const std::string time = parsers::format_rfc3339(now_ + 10min);
    facts_ += fmt::format(
        R"({{"id":"al{}","title":"A potentially malicious URL click was detected","serviceSource":"microsoftDefenderForOffice365",)"
        R"("createdDateTime":"{}","lastUpdateDateTime":"{}","evidence":[{{"@odata.type":"#microsoft.graph.security.urlEvidence","url":"{}"}}]}})"
        "\n",
        alert_count_, time, time, url.canonical());
  }

  void add_ordinary_sign_in() {
    const std::uint64_t user = (sign_in_count_ * 2654435761u) % kUsers;
    add_sign_in(fmt::format("user{}@contoso.com", user), fmt::format("198.51.100.{}", user % 16), "none", now_);
  }

  void add_sign_in(const std::string& user, const std::string& address, const char* risk, parsers::TimePoint time) {
    sign_in_text_ += fmt::format(
        R"({{"id":"si{}","createdDateTime":"{}","userPrincipalName":"{}","ipAddress":"{}","status":{{"errorCode":0}},)"
        R"("appDisplayName":"Office 365 Exchange Online","clientAppUsed":"Browser","riskLevelDuringSignIn":"{}",)"
        R"("deviceDetail":{{"deviceId":"","operatingSystem":"Windows10","browser":"Edge 131.0"}},)"
        R"("location":{{"city":"Berlin","countryOrRegion":"DE"}},"isInteractive":true}})"
        "\n",
        sign_in_count_++, parsers::format_rfc3339(time), user, address, risk);
    if (sign_in_count_ % 1000 == 0) send_facts();
  }

  void send_facts() {
    graph::FeedBatch alerts, sign_ins;
    if (auto page = parsers::parse_alert_page(facts_)) alerts.alerts = std::move(page->records);
    if (auto page = parsers::parse_sign_in_page(sign_in_text_)) sign_ins.signins = std::move(page->records);
    if (!alerts.alerts.empty()) pipeline_.store(alerts);
    if (!sign_ins.signins.empty()) pipeline_.store(sign_ins);
    pipeline_.correlate(now_);
    facts_.clear();
    sign_in_text_.clear();
  }

  const parsers::IdentityMap identity_;
  sensor::Pipeline pipeline_;
  ingest::Intake intake_;
  ingest::Input input_{config::Listen{}};
  parsers::Normalised scratch_;
  std::uint64_t messages_, sign_ins_, alerts_, sign_in_count_ = 0, alert_count_ = 0, chains_ = 0, clicks_left_ = 0;
  parsers::TimePoint begin_ = runtime::now() - kMonth, now_ = begin_;
  std::string facts_, sign_in_text_;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "month_bench DIRECTORY [messages] [sign-ins] [alerts]\n");
    return 2;
  }
  const auto number = [&](int at, std::uint64_t fallback) {
    return argc > at ? std::strtoull(argv[at], nullptr, 10) : fallback;
  };
  std::filesystem::create_directories(argv[1]);
  config::Config config;
  config.storage.directory = argv[1];
  Month(config, number(2, 50'000'000), number(3, 2'000'000), number(4, 10'000)).make();
}
