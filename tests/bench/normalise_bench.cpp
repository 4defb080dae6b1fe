// How many messages one core turns from bytes into events, on the generator's mix; and the steps of that road.
#include <benchmark/benchmark.h>

#include <string>
#include <vector>

#include "parsers/normalise.h"
#include "tests/bench/message_generator.h"

namespace {

using namespace parsers;

const TimePoint kReceived = *parse_rfc3339("2026-03-24T10:11:13Z");

struct Messages {
  std::vector<std::string> texts;
  std::int64_t bytes = 0;
};

const Messages& messages() {
  static const Messages made = [] {
    Messages out;
    bench::MessageGenerator generator{7};
    bench::GeneratedMessage message;
    for (int i = 0; i < 20'000; ++i) {
      generator.next(kReceived, message);
      out.bytes += static_cast<std::int64_t>(message.text.size());
      out.texts.push_back(message.text);
    }
    return out;
  }();
  return made;
}

template <typename Step>
void each_message(benchmark::State& state, Step step) {
  const Messages& in = messages();
  for (auto _ : state) {
    for (const std::string& text : in.texts) step(text);
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(in.texts.size()));
  state.SetBytesProcessed(state.iterations() * in.bytes);
}

void bytes_to_event(benchmark::State& state) {
  IdentityMap identity;
  identity.add_domain("CONTOSO", "contoso.com");
  const NormaliseContext context{kReceived, cctz::utc_time_zone(), &identity};
  Normalised out;
  std::size_t events = 0;
  each_message(state, [&](const std::string& text) {
    normalise(text, context, out);
    events += out.has_event && out.event.has_url ? 1 : 0;
  });
  state.counters["with_url"] =
      static_cast<double>(events) /
      static_cast<double>(state.iterations() * static_cast<std::int64_t>(messages().texts.size()));
}
BENCHMARK(bytes_to_event);

void syslog_header(benchmark::State& state) {
  each_message(state, [](const std::string& text) {
    benchmark::DoNotOptimize(parse_syslog(text, kReceived, cctz::utc_time_zone()));
  });
}
BENCHMARK(syslog_header);

void header_and_cef(benchmark::State& state) {
  CefMessage cef;
  each_message(state, [&](const std::string& text) {
    benchmark::DoNotOptimize(parse_cef(parse_syslog(text, kReceived, cctz::utc_time_zone()).rest, cef));
  });
}
BENCHMARK(header_and_cef);

}  // namespace

BENCHMARK_MAIN();
