// Sends a load of made messages, and proves afterwards which of them arrived.
//
//   lurewatch_load send TRANSPORT [ADDRESS] --messages N [--rate R] [--seed S] [--pool P] [--framing counted|lines]
//   lurewatch_load verify --messages N [--seed S] (--store DIR | < text that holds the messages)
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <stdexcept>
#include <thread>

#include "storage/selection.h"
#include "tests/bench/load_sender.h"
#include "tests/bench/load_verify.h"
#include "tests/bench/message_generator.h"

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kBurst = 64;  // messages sent together
constexpr std::size_t kReadBytes = 1 << 20;

struct Options {
  std::string transport, address, framing = "counted", store;
  std::uint64_t messages = 100'000, rate = 0, seed = 1, pool = 0, first = 1;
};

parsers::TimePoint now() { return std::chrono::time_point_cast<parsers::Duration>(std::chrono::system_clock::now()); }

// Messages in order of their numbers. With a pool they are made before and only the number changes: sending then costs
// next to nothing.
class Load {
 public:
  explicit Load(const Options& options) : seed_(options.seed), generator_(options.seed) {
    pool_.resize(std::min(options.pool, options.messages));
    for (std::string& text : pool_) make(0, text);
  }

  void make(std::uint64_t number, std::string& out) {
    if (number != 0 && !pool_.empty()) {
      const std::string& text = pool_[number % pool_.size()];
      out.assign(text, 0, text.size() - bench::kLoadNumberDigits);
      fmt::format_to(std::back_inserter(out), "{:0{}}", number, bench::kLoadNumberDigits);
      return;
    }
    generator_.next(now(), message_);
    out = message_.text + bench::load_mark(seed_, number);
  }

 private:
  std::uint64_t seed_;
  bench::MessageGenerator generator_;
  bench::GeneratedMessage message_;
  std::vector<std::string> pool_;
};

int send(const Options& options) {
  Load load(options);
  const auto framing = options.framing == "lines" ? bench::Framing::lines : bench::Framing::counted;
  const auto sender = bench::make_sender(options.transport, options.address, framing);
  std::vector<std::string> texts(kBurst);
  std::vector<std::string_view> views;
  std::uint64_t bytes = 0, sent = 0;
  const auto begin = Clock::now();
  try {
    while (sent < options.messages) {
      views.clear();
      for (std::size_t i = 0; i < kBurst && sent + i < options.messages; ++i) {
        load.make(options.first + sent + i, texts[i]);
        views.push_back(texts[i]);
        bytes += texts[i].size();
      }
      sender->send(views);
      sent += views.size();
      if (options.rate != 0) {
        const std::chrono::duration<double> due(static_cast<double>(sent) / static_cast<double>(options.rate));
        std::this_thread::sleep_until(begin + std::chrono::duration_cast<Clock::duration>(due));
      }
    }
    sender->finish();
  } catch (const std::exception& error) {
    const auto kept = sender->acknowledged();
    throw std::runtime_error(fmt::format("{}; {} of {} messages were sent{}", error.what(), sent, options.messages,
                                         kept ? fmt::format(", {} of them acknowledged", *kept) : std::string()));
  }
  const double seconds = std::chrono::duration<double>(Clock::now() - begin).count();
  fmt::print(stderr, "sent {} messages of {} bytes in {:.2f} s: {:.0f} a second, {:.1f} CPU-seconds a million\n",
             options.messages, bytes / std::max<std::uint64_t>(1, options.messages), seconds,
             static_cast<double>(options.messages) / seconds,
             static_cast<double>(std::clock()) / CLOCKS_PER_SEC * 1e6 / static_cast<double>(options.messages));
  return 0;
}

void read_store(const std::string& directory, bench::LoadVerifier& verifier) {
  storage::StoreOptions options;
  options.directory = directory;
  options.read_only = true;
  storage::EventStore store(options);
  store.scan_blocks({}, [&](const storage::BlockView& block) {
    for (const std::uint32_t at : block.chosen) verifier.look_at(block.raw(at));
    return true;
  });
  for (const std::string& warning : store.take_warnings()) fmt::print(stderr, "{}\n", warning);
}

void read_input(bench::LoadVerifier& verifier) {
  std::string text;
  std::string buffer(kReadBytes, '\0');
  while (const std::size_t count = std::fread(buffer.data(), 1, buffer.size(), stdin)) {
    text.append(buffer, 0, count);
    // Up to the last line end, so that no mark is cut in two.
    const std::size_t end = text.rfind('\n');
    if (end == std::string::npos) continue;
    verifier.look_at(std::string_view(text).substr(0, end));
    text.erase(0, end);
  }
  verifier.look_at(text);
}

int verify(const Options& options) {
  bench::LoadVerifier verifier(options.seed, options.messages);
  options.store.empty() ? read_input(verifier) : read_store(options.store, verifier);
  const std::uint64_t missing = verifier.missing();
  fmt::print("{} of {} messages are there, {} missing, {} more than once, {} of another load\n",
             options.messages - missing, options.messages, missing, verifier.repeated(), verifier.foreign());
  if (missing != 0) fmt::print("missing: {}\n", verifier.missing_ranges(20));
  return missing == 0 && verifier.repeated() == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App program{"Sends made messages of four vendors, and proves which of them arrived.", "lurewatch_load"};
  program.require_subcommand(1);
  Options options;
  int status = 0;
  const auto add_common = [&](CLI::App* command) {
    command->add_option("--messages", options.messages, "how many")->capture_default_str();
    command->add_option("--seed", options.seed, "the same seed makes the same messages")->capture_default_str();
    return command;
  };
  CLI::App* sending = add_common(program.add_subcommand("send", "sends a load"));
  sending->add_option("TRANSPORT", options.transport, "udp, tcp, tls, relp, unix-dgram, unix-stream, stdout")
      ->required();
  sending->add_option("ADDRESS", options.address, "host:port, or a path");
  sending->add_option("--rate", options.rate, "messages a second; 0: as fast as they are taken")->capture_default_str();
  sending->add_option("--pool", options.pool, "make this many before and send them in turn, numbered anew");
  sending->add_option("--first", options.first, "the number of the first message")->capture_default_str();
  sending->add_option("--framing", options.framing, "of streams")->check(CLI::IsMember({"counted", "lines"}));
  sending->callback([&] { status = send(options); });
  CLI::App* verifying = add_common(program.add_subcommand("verify", "says which messages of a load are missing"));
  verifying->add_option("--store", options.store, "a store; otherwise text on standard input")->type_name("DIR");
  verifying->callback([&] { status = verify(options); });
  try {
    program.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return program.exit(error) == 0 ? 0 : 2;
  } catch (const std::exception& error) {
    fmt::print(stderr, "lurewatch_load: {}\n", error.what());
    return 1;
  }
  return status;
}
