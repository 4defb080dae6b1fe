// How many messages one core turns from bytes into events, nothing stored: CPU time a message of the header, of header
// and CEF, and of the whole road, and how often memory was asked for. Beforehand it says what the lines are like.
#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <fstream>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "parsers/normalise.h"
#include "tests/bench/median_lines.h"
#include "tests/bench/message_generator.h"

namespace {
std::uint64_t allocations = 0;
}

[[gnu::noinline]] void* operator new(std::size_t size) {
  ++allocations;
  if (void* memory = std::malloc(size == 0 ? 1 : size)) return memory;
  throw std::bad_alloc();
}
[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace {

using namespace parsers;

const TimePoint kReceived = *parse_rfc3339("2026-03-24T10:11:13Z");

struct Options {
  std::string mix = "median";
  std::string file, write_to;
  std::size_t lines = 20'000;
  std::size_t rounds = 15;
  std::size_t passes = 5;
};

std::vector<std::string> read_lines(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) throw CLI::FileError::Missing(path);
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) {
    if (!line.empty()) lines.push_back(line);
  }
  return lines;
}

std::vector<std::string> make_lines(const Options& options) {
  if (!options.file.empty()) return read_lines(options.file);
  std::vector<std::string> lines;
  if (options.mix == "generated") {
    bench::MessageGenerator generator{7};
    bench::GeneratedMessage message;
    for (std::size_t i = 0; i < options.lines; ++i) {
      generator.next(kReceived, message);
      lines.push_back(message.text);
    }
    return lines;
  }
  bench::MedianLines generator{7, options.mix == "full" ? bench::ZscalerFeed::full : bench::ZscalerFeed::median};
  for (std::size_t i = 0; i < options.lines; ++i) lines.push_back(generator.next());
  return lines;
}

template <class Number>
Number median(std::vector<Number> values) {
  if (values.empty()) return {};
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

std::uint64_t cpu_nanoseconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000u + static_cast<std::uint64_t>(now.tv_nsec);
}

// What was made of the lines of one vendor.
struct Group {
  std::vector<std::size_t> bytes, keys;
  std::size_t events = 0, urls = 0, users = 0;
};

void add(const std::string& line, const Normalised& read, Group& group) {
  group.bytes.push_back(line.size());
  group.keys.push_back(read.cef.extension.size());
  group.events += read.has_event ? 1 : 0;
  group.urls += read.has_event && read.event.has_url ? 1 : 0;
  group.users += read.has_event && !read.event.user.empty() ? 1 : 0;
}

void print(const char* name, const Group& group) {
  const std::size_t count = group.bytes.size();
  if (count == 0) return;
  const auto percent = [count](std::size_t part) {
    return static_cast<double>(part) * 100 / static_cast<double>(count);
  };
  fmt::print(
      "{:<20}{:>8} lines, median {:>5} bytes and {:>3} keys; {:.0f} % events, {:.0f} % with URL, {:.0f} % with user\n",
      name, count, median(group.bytes), median(group.keys), percent(group.events), percent(group.urls),
      percent(group.users));
}

class Bench {
 public:
  explicit Bench(const Options& options) : options_(options), lines_(make_lines(options)) {
    identity_.add_domain("CONTOSO", "contoso.com");
    if (lines_.empty()) throw CLI::ValidationError("--file", "holds no line");
    for (const std::string& line : lines_) buffer_.resize(std::max(buffer_.size(), line.size()));
  }

  void describe() {
    std::array<Group, 5> vendors;
    Group all;
    for (const std::string& line : lines_) {
      normalise(line, context_, out_);
      add(line, out_, vendors[static_cast<std::size_t>(out_.has_event ? out_.event.vendor : Vendor::unknown)]);
      add(line, out_, all);
    }
    for (std::size_t i = 1; i < vendors.size(); ++i) print(to_string(static_cast<Vendor>(i)), vendors[i]);
    print("no event", vendors[0]);
    print("all", all);
  }

  void time_steps() {
    time("syslog header",
         [this](std::string_view text) { return parse_syslog(text, kReceived, context_.zone).rest.size(); });
    time("header and CEF", [this](std::string_view text) {
      const SyslogMessage syslog = parse_syslog(text, kReceived, context_.zone);
      return parse_cef(syslog.rest, out_.cef) ? out_.cef.extension.size() : 0;
    });
    time("bytes to event", [this](std::string_view text) {
      normalise(text, context_, out_);
      return out_.event.url.host.size();
    });
  }

  void write(const std::string& path) const {
    std::ofstream out(path, std::ios::binary);
    for (const std::string& line : lines_) out << line << '\n';
    if (!out.flush()) throw CLI::FileError("can't write " + path);
  }

 private:
  // Lines come as the daemon has them: in a buffer that the kernel has just filled on the same core, so that they lie
  // in its cache. Filling it is not part of the time.
  template <class Step>
  std::uint64_t time_pass(Step step, std::size_t& sum) {
    std::uint64_t spent = 0;
    for (std::size_t line = 0; line < lines_.size();) {
      read_.clear();
      std::size_t end = 0;
      for (; line < lines_.size() && end + lines_[line].size() <= buffer_.size(); ++line) {
        const std::string& text = lines_[line];
        std::memcpy(buffer_.data() + end, text.data(), text.size());
        read_.emplace_back(buffer_.data() + end, text.size());
        end += text.size();
      }
      const std::uint64_t begin = cpu_nanoseconds();
      for (const std::string_view text : read_) sum += step(text);
      spent += cpu_nanoseconds() - begin;
    }
    return spent;
  }

  template <class Step>
  void time(const char* name, Step step) {
    std::vector<double> nanoseconds;
    nanoseconds.reserve(options_.rounds);
    std::size_t sum = 0;
    time_pass(step, sum);
    const std::uint64_t allocated = allocations;
    for (std::size_t round = 0; round < options_.rounds; ++round) {
      std::uint64_t spent = 0;
      for (std::size_t pass = 0; pass < options_.passes; ++pass) spent += time_pass(step, sum);
      nanoseconds.push_back(static_cast<double>(spent) / static_cast<double>(lines_.size() * options_.passes));
    }
    const std::uint64_t counted = allocations - allocated;
    const double middle = median(nanoseconds);
    fmt::print(
        "{:<16}{:>8.0f} ns a message (best {:.0f}), {:>9.0f} messages a CPU-second, {} allocations in {} messages\n",
        name, middle, *std::min_element(nanoseconds.begin(), nanoseconds.end()), 1e9 / middle, counted,
        options_.rounds * options_.passes * lines_.size());
    if (sum == 1) fmt::print("\n");  // so that the work is not left out
  }

  Options options_;
  std::vector<std::string> lines_;
  std::string buffer_ = std::string(256 * 1024, '\0');  // four of the daemon's reads, or the longest line
  std::vector<std::string_view> read_;
  IdentityMap identity_;
  NormaliseContext context_{kReceived, cctz::utc_time_zone(), &identity_};
  Normalised out_;
};

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"CPU time from the bytes of a message to its event, on one core"};
  Options options;
  app.add_option("--mix", options.mix, "median: like the real lines; full: with Zscaler's whole web feed; generated")
      ->check(CLI::IsMember({"median", "full", "generated"}));
  app.add_option("--file", options.file, "lines of this file instead");
  app.add_option("--lines", options.lines, "lines to make")->check(CLI::PositiveNumber);
  app.add_option("--rounds", options.rounds, "rounds, of which the median is told")->check(CLI::PositiveNumber);
  app.add_option("--passes", options.passes, "passes over the lines a round")->check(CLI::PositiveNumber);
  app.add_option("--write", options.write_to, "write the lines to this file and end");
  CLI11_PARSE(app, argc, argv);
  try {
    Bench bench{options};
    if (!options.write_to.empty()) {
      bench.write(options.write_to);
      return 0;
    }
    bench.describe();
    bench.time_steps();
  } catch (const CLI::Error& error) {
    return app.exit(error);
  }
  return 0;
}
