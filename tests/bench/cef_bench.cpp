// How many messages of a web log one core reads: header and CEF, and the parts by themselves.
#include <benchmark/benchmark.h>

#include <string>

#include "parsers/cef.h"
#include "parsers/columns.h"
#include "parsers/frame.h"
#include "parsers/syslog.h"

namespace {

using namespace parsers;

// 37 keys and about 900 bytes, the middle of what the four vendors send.
const std::string kMessage =
    "<189>Nov 24 10:11:12 fw-berlin-01 CEF:0|Fortinet|Fortigate|v7.2.8|13312|utm:webfilter ftgd_allow passthrough|3|"
    "deviceExternalId=FGT60FTK00000001 FTNTFGTeventtime=1763979072263686912 FTNTFGTtz=+0100 FTNTFGTlogid=0317013312 "
    "cat=utm:webfilter FTNTFGTsubtype=webfilter FTNTFGTeventtype=ftgd_allow FTNTFGTlevel=notice FTNTFGTvd=root "
    "FTNTFGTpolicyid=1 FTNTFGTpoluuid=00000000-1111-2222-3333-444444444444 FTNTFGTpolicytype=policy externalId=764 "
    "duser=jdoe@contoso.com src=192.0.2.11 spt=59194 FTNTFGTsrccountry=Reserved deviceInboundInterface=port12 "
    "FTNTFGTsrcintfrole=lan dst=203.0.113.185 dpt=443 FTNTFGTdstcountry=Germany deviceOutboundInterface=port11 "
    "FTNTFGTdstintfrole=wan proto=6 app=HTTPS dhost=login.example.com FTNTFGTprofile=default act=passthrough "
    "FTNTFGTreqtype=direct request=https://login.example.com/common/oauth2/authorize?client_id\\=12&state\\=abcdef "
    "out=960 in=4310 deviceDirection=1 msg=URL belongs to an allowed category in policy FTNTFGTcat=52 "
    "requestContext=Information Technology";

const TimePoint kReceived = *parse_rfc3339("2025-11-24T10:11:13Z");

void set_counts(benchmark::State& state, std::size_t bytes) {
  state.SetItemsProcessed(state.iterations());
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(bytes));
}

void syslog_and_cef(benchmark::State& state) {
  CefMessage cef;
  for (auto _ : state) {
    const auto syslog = parse_syslog(kMessage, kReceived, cctz::utc_time_zone());
    benchmark::DoNotOptimize(parse_cef(syslog.rest, cef));
    benchmark::DoNotOptimize(cef.find(CefKey::request));
  }
  set_counts(state, kMessage.size());
}
BENCHMARK(syslog_and_cef);

void syslog_alone(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(parse_syslog(kMessage, kReceived, cctz::utc_time_zone()));
  set_counts(state, kMessage.size());
}
BENCHMARK(syslog_alone);

void cef_alone(benchmark::State& state) {
  CefMessage cef;
  const std::string_view text = std::string_view{kMessage}.substr(kMessage.find("CEF:"));
  for (auto _ : state) benchmark::DoNotOptimize(parse_cef(text, cef));
  set_counts(state, text.size());
}
BENCHMARK(cef_alone);

void frame(benchmark::State& state) {
  std::string stream;
  for (int i = 0; i < 64; ++i)
    stream += state.range(0) == 0 ? kMessage + "\n" : std::to_string(kMessage.size()) + " " + kMessage;
  Framer framer{64 * 1024};
  for (auto _ : state) {
    std::string_view rest = stream;
    while (!rest.empty()) rest.remove_prefix(framer.next(rest).consumed);
  }
  set_counts(state, stream.size());
  state.SetItemsProcessed(state.iterations() * 64);
}
BENCHMARK(frame)->ArgName("counted")->Arg(0)->Arg(1);

void columns(benchmark::State& state) {
  const auto syslog = parse_syslog(kMessage, kReceived, cctz::utc_time_zone());
  CefMessage cef;
  if (!parse_cef(syslog.rest, cef)) return;
  for (auto _ : state) benchmark::DoNotOptimize(common_security_log(syslog, cef, kReceived));
  set_counts(state, kMessage.size());
}
BENCHMARK(columns);

}  // namespace

BENCHMARK_MAIN();
