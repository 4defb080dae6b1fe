#include "tests/bench/message_generator.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <array>
#include <cmath>
#include <iterator>

namespace bench {
namespace {

constexpr std::uint64_t kHosts = 20'000, kUsers = 5'000;
constexpr std::array kWords = {"login", "assets", "api",    "v2",     "images", "static", "news",
                               "cart",  "search", "oauth2", "common", "media",  "fonts",  "update"};
constexpr std::array kTypes = {"text/html", "application/json", "image/png", "application/javascript", "text/css"};
constexpr std::array kCategories = {"Business", "Web-Advertisements", "Search-Engines", "Streaming-Media", "Unrated"};
constexpr std::array kAgents = {
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Safari/605",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:132.0) Gecko/20100101 Firefox/132.0", "Microsoft Office/16.0"};

std::uint64_t mix(std::uint64_t value) {
  value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9ull;
  value = (value ^ (value >> 27)) * 0x94d049bb133111ebull;
  return value ^ (value >> 31);
}

std::uint64_t key_of(std::string_view text) {
  std::uint64_t key = 0xcbf29ce484222325ull;
  for (unsigned char c : text) key = (key ^ c) * 0x100000001b3ull;
  return mix(key) >> 16;  // as parsers::host_key has it
}

std::chrono::sys_seconds seconds(parsers::TimePoint time) { return std::chrono::floor<std::chrono::seconds>(time); }

}  // namespace

std::uint64_t MessageGenerator::random() { return mix(state_ += 0x9e3779b97f4a7c15ull); }
std::uint64_t MessageGenerator::below(std::uint64_t bound) { return random() % bound; }
std::uint64_t MessageGenerator::skewed(std::uint64_t bound) {
  const double unit = static_cast<double>(random() >> 11) * 0x1p-53;
  return static_cast<std::uint64_t>(std::pow(static_cast<double>(bound), unit)) - 1;
}

void MessageGenerator::draw() {
  const auto host = skewed(kHosts), user = skewed(kUsers);
  host_ = fmt::format("{}{}.example{}.com", kWords[host % kWords.size()], host, mix(host) % 997);
  path_.clear();
  for (auto depth = 1 + below(3); depth > 0; --depth) {
    fmt::format_to(std::back_inserter(path_), "/{}{}", kWords[below(kWords.size())], below(40));
  }
  query_ = below(3) == 0 ? fmt::format("?id={:x}&s={}", random() & 0xffffffff, below(1000)) : std::string();
  user_ = fmt::format("user{}@contoso.com", user);
  source_ = fmt::format("10.{}.{}.{}", user % 7, user / 250, user % 250);
  destination_ = fmt::format("203.{}.{}.{}", host % 113, mix(host) % 250, host % 250);
}

void MessageGenerator::next(parsers::TimePoint received, GeneratedMessage& out) {
  draw();
  ++sequence_;
  out.text.clear();
  out.time = seconds(received) - std::chrono::seconds(below(4));
  out.host_key = key_of(host_);
  out.user_key = key_of(user_);
  out.source_key = key_of(source_);
  out.destination_key = key_of(destination_);
  switch (below(4)) {
    case 0:
      palo_alto(received, out);
      break;
    case 1:
      fortinet(received, out);
      break;
    case 2:
      check_point(received, out);
      break;
    default:
      zscaler(received, out);
  }
  // Random digits, so that zstd makes no more of these lines than of real ones.
  fmt::format_to(std::back_inserter(out.text), " sessionId={:016x}{:016x}{:016x}", random(), random(), random());
}

void MessageGenerator::palo_alto(parsers::TimePoint received, GeneratedMessage& out) {
  fmt::format_to(
      std::back_inserter(out.text),
      "<14>{:%b %d %H:%M:%S} pa-{:02} CEF:0|Palo Alto Networks|PAN-OS|10.2.{}|url|THREAT|1|rt={:%b %d %Y %H:%M:%S} GMT "
      "deviceExternalId=0072510000{:05} src={} dst={} sourceTranslatedAddress=198.51.100.{} "
      "destinationTranslatedAddress={} cs1Label=Rule cs1=Allow-Web-{} suser={} duser= app=ssl cs3Label=Virtual System "
      "cs3=vsys{} cs4Label=Source Zone cs4=trust "
      "deviceInboundInterface=ethernet1/{} cn1Label=SessionID cn1={} cnt=1 spt={} "
      "dpt=443 "
      "sourceTranslatedPort={} destinationTranslatedPort=443 proto=tcp "
      "act={} "
      "request=\"{}{}{}\" cs2Label=URL Category cs2={} "
      "externalId={} cat=(9999) "
      "requestMethod=get requestContext={}",
      seconds(received), below(6), below(9), seconds(out.time), below(6), source_, destination_, below(16),
      destination_, below(12), user_, 1 + below(2), 1 + below(8), below(9'000'000), 1024 + below(60000),
      1024 + below(60000), below(20) == 0 ? "block-url" : "alert", host_, path_, query_,
      kCategories[below(kCategories.size())], 7'000'000'000'000'000'000ull + sequence_, kTypes[below(kTypes.size())]);
}

void MessageGenerator::fortinet(parsers::TimePoint received, GeneratedMessage& out) {
  fmt::format_to(
      std::back_inserter(out.text),
      "<189>{:%b %d %H:%M:%S} fg-{:02} CEF:0|Fortinet|Fortigate|v7.4.{}|13312|utm:webfilter ftgd_allow passthrough|4|"
      "deviceExternalId=FGT60E0000{:06} FTNTFGTeventtime={} FTNTFGTtz=+0000 FTNTFGTlogid=0317013312 cat=utm:webfilter "
      "FTNTFGTlevel=notice FTNTFGTvd=root FTNTFGTpolicyid={} "
      "FTNTFGTpoluuid=0b3ae6a6-1b1c-51ee-e6a7-{:012x} externalId={} duser={} src={} spt={} "
      "deviceInboundInterface=internal{} dst={} dpt=443 "
      "deviceOutboundInterface=wan1 FTNTFGTdstintfrole=wan proto=6 app=HTTPS "
      "FTNTFGTprofile=default act={} FTNTFGTreqtype=direct request=https://{}{}{} out={} in={} "
      "deviceDirection=1 FTNTFGTcat={} requestContext={} FTNTFGTcatdesc={} "
      "FTNTFGThostname={} FTNTFGTcrlevel=low FTNTFGTcrscore=5",
      seconds(received), below(6), below(6), below(6), parsers::to_micros(received) * 1000, 1 + below(40), below(40),
      below(90'000'000), user_, source_, 1024 + below(60000), 1 + below(5), destination_,
      below(20) == 0 ? "blocked" : "passthrough", host_, path_, query_, below(4000), below(90000), below(90),
      kTypes[below(kTypes.size())], kCategories[below(kCategories.size())], host_);
}

void MessageGenerator::check_point(parsers::TimePoint received, GeneratedMessage& out) {
  fmt::format_to(
      std::back_inserter(out.text),
      "<134>1 {:%Y-%m-%dT%H:%M:%S}Z cp-{:02} CheckPoint 12345 - CEF:0|Check Point|URL Filtering|Check Point|Log|https|"
      "Unknown|act={} deviceDirection=0 rt={} spt={} dpt=443 cs2Label=Rule Name "
      "cs2=Outbound web {} layer_name=Network layer_uuid=b406b732-2437-4848-9741-6eae1f5bf1{:02x} match_id={} "
      "rule_uid=9e5e6e74-aa9a-4693-b9fe-53712dd27b{:02x} ifname=eth{} "
      "loguid={{0x{:x},0x{:x},0xfe65a8c0,0x{:x}}} origin=192.0.2.{} "
      "sequencenum={} version=5 dst={} inzone=Internal outzone=External "
      "proto=6 service_id=https src={} suser={} cs5Label=Matched Category cs5={} "
      "request=https://{}{}{} requestClientApplication={} resource=https://{} app_risk={} bytes_in={} bytes_out={}",
      seconds(received), below(6), below(20) == 0 ? "Block" : "Accept", parsers::to_micros(out.time) / 1000,
      1024 + below(60000), below(12), below(12), below(40), below(40), below(4),
      parsers::to_micros(received) / 1'000'000, below(4000), random() & 0xffffffff, below(6), 1 + sequence_ % 900,
      destination_, source_, user_, kCategories[below(kCategories.size())], host_, path_, query_,
      kAgents[below(kAgents.size())], host_, below(5), below(90000), below(4000));
}

void MessageGenerator::zscaler(parsers::TimePoint received, GeneratedMessage& out) {
  fmt::format_to(
      std::back_inserter(out.text),
      "<110>{:%b %d %H:%M:%S} zscaler-nss CEF:0|Zscaler|NSSWeblog|5.7|{}|{}|3|act={} reason={} app=HTTPS cat={} "
      "dhost={} "
      "dst={} src={} in={} out={} request={}{}{} rt={:%b %d %Y %H:%M:%S} requestContext={} "
      "sourceTranslatedAddress=198.51.100.{} "
      "requestClientApplication={} requestMethod=GET suser={} spriv=Road Warrior externalId={} fileType={} "
      "destinationServiceName=General Browsing cn1=0 cn1Label=riskscore cs1=Department {} cs1Label=dept "
      "cs2=Internet Services cs2Label=urlcat cs3=None cs3Label=malwareclass "
      "rulelabel=Default Rule "
      "contenttype={} unscannabletype=None deviceowner=user{} devicehostname=LAPTOP-{:06X} ",
      seconds(received), "Allowed", "Allowed", below(20) == 0 ? "Blocked" : "Allowed", "Allowed",
      kCategories[below(kCategories.size())], host_, destination_, source_, below(90000), below(4000), host_, path_,
      query_, seconds(out.time), below(2) == 0 ? std::string("None") : host_, below(16), kAgents[below(kAgents.size())],
      user_, 7'100'000'000'000'000'000ull + random() % 1'000'000'000'000ull, kTypes[below(kTypes.size())], below(60),
      kTypes[below(kTypes.size())], below(5000), below(5000) * 3001);
}

}  // namespace bench
