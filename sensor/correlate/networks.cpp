#include "sensor/correlate/networks.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "parsers/cidr.h"

namespace correlate {

namespace {

const parsers::AddressRanges& not_public() {
  static const parsers::AddressRanges ranges({"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "127.0.0.0/8",
                                              "169.254.0.0/16", "100.64.0.0/10", "0.0.0.0/8", "224.0.0.0/3", "fc00::/7",
                                              "fe80::/10", "::1/128", "ff00::/8"});
  return ranges;
}

const parsers::AddressRanges& microsoft_services() {
  static const parsers::AddressRanges ranges(
      {// Entra
       "20.20.32.0/19", "20.190.128.0/18", "20.231.128.0/19", "40.126.0.0/18", "2603:1006:2000::/48",
       "2603:1007:200::/48", "2603:1016:1400::/48", "2603:1017::/48", "2603:1026:3000::/48", "2603:1027:1::/48",
       "2603:1036:3000::/48", "2603:1037:1::/48", "2603:1046:2000::/48", "2603:1047:1::/48", "2603:1056:2000::/48",
       "2603:1057:2::/48",
       // Exchange Online and its protection
       "13.107.6.152/31", "13.107.18.10/31", "13.107.128.0/22", "23.103.160.0/20", "40.92.0.0/15", "40.96.0.0/13",
       "40.104.0.0/15", "40.107.0.0/16", "52.96.0.0/14", "52.100.0.0/14", "52.238.78.88/32", "104.47.0.0/17",
       "131.253.33.215/32", "132.245.0.0/16", "150.171.32.0/22", "204.79.197.215/32", "2603:1006::/40",
       "2603:1016::/36", "2603:1026::/36", "2603:1036::/36", "2603:1046::/36", "2603:1056::/36", "2620:1ec:4::152/128",
       "2620:1ec:4::153/128", "2620:1ec:c::10/128", "2620:1ec:d::10/128", "2a01:111:f400::/48", "2a01:111:f403::/48",
       // Microsoft 365, common
       "13.107.6.171/32", "13.107.18.15/32", "13.107.140.6/32", "52.108.0.0/14", "52.244.37.168/32",
       "2603:1006:1400::/40", "2603:1016:2400::/40", "2603:1026:2400::/40", "2603:1036:2400::/40",
       "2603:1046:1400::/40", "2603:1056:1400::/40", "2603:1063:2000::/38",
       // SharePoint, Teams
       "13.107.64.0/18", "13.107.136.0/22", "40.108.128.0/17", "52.104.0.0/14", "52.112.0.0/14", "52.122.0.0/15",
       "104.146.128.0/17", "150.171.40.0/22"});
  return ranges;
}

const parsers::AddressRanges& mail_gateways() {
  static const parsers::AddressRanges ranges(
      {// Microsoft's Safe Links and Safe Attachments
       "40.92.0.0/14", "52.96.0.0/12", "2a01:111::/32",
       // Proofpoint
       "67.231.144.0/20", "148.163.128.0/19", "185.132.180.0/22", "185.183.28.0/22", "205.220.160.0/19",
       "208.84.65.0/24", "208.86.201.0/24", "91.207.212.0/23", "91.209.104.0/24", "103.151.192.0/23",
       // Mimecast
       "63.128.21.0/24", "91.220.42.0/24", "103.13.69.0/24", "103.96.20.0/22", "146.101.78.0/24", "170.10.128.0/21",
       "185.58.84.0/22", "195.130.217.0/24", "205.139.110.0/23", "207.82.80.0/24", "207.211.30.0/23", "216.205.24.0/24",
       // Barracuda
       "64.235.144.0/20", "209.222.80.0/21", "35.176.92.96/27",
       // Cisco
       "68.232.128.0/19", "139.138.32.0/19", "216.71.128.0/19",
       // Trend Micro, Sophos
       "18.208.22.64/26", "150.70.224.0/21", "94.140.18.0/24", "198.154.180.0/23"});
  return ranges;
}

// Microsoft, Cloudflare, Amazon, Google, Fastly, Akamai, Zscaler, Apple.
constexpr std::array kSharedAsns = std::to_array<std::uint32_t>(
    {714, 8068, 8075, 13335, 14618, 15169, 16509, 16625, 20940, 22616, 36183, 53813, 54113, 62044, 209242, 396982});
static_assert(std::is_sorted(kSharedAsns.begin(), kSharedAsns.end()));

// Lower case, found anywhere in the agent.
constexpr std::array kScripted =
    std::to_array<std::string_view>({"axios/",         "python-requests", "python-urllib",    "python/",
                                     "aiohttp",        "httpx/",          "go-http-client",   "go-resty",
                                     "curl/",          "wget/",           "node-fetch",       "undici",
                                     "got (",          "libwww-perl",     "java-http-client", "apache-httpclient",
                                     "okhttp",         "fasthttp",        "guzzlehttp",       "restsharp",
                                     "postmanruntime", "insomnia/",       "powershell/",      "windowspowershell",
                                     "bav2ropc",       "phantomjs",       "headlesschrome",   "puppeteer",
                                     "playwright",     "selenium",        "roadtools",        "aadinternals"});
constexpr std::array kScanners = std::to_array<std::string_view>({"bot/",
                                                                  "bot)",
                                                                  "bot;",
                                                                  "bot (",
                                                                  "whatsapp/",
                                                                  "linkpreview",
                                                                  "preview/",
                                                                  "ms-office",
                                                                  "msoffice",
                                                                  "spider",
                                                                  "crawler",
                                                                  "scanner",
                                                                  "bingpreview",
                                                                  "urlscan",
                                                                  "virustotal",
                                                                  "barracuda",
                                                                  "proofpoint",
                                                                  "mimecast",
                                                                  "safelinks",
                                                                  "sandbox",
                                                                  "link-check",
                                                                  "linkcheck",
                                                                  "facebookexternalhit",
                                                                  "slackbot",
                                                                  "skypeuripreview",
                                                                  "urldefense",
                                                                  "netcraft",
                                                                  "phishtank",
                                                                  "zgrab",
                                                                  "nutch"});

template <std::size_t size>
bool names_any(std::string_view text, const std::array<std::string_view, size>& words) {
  std::string lower(text.substr(0, 1024));
  std::ranges::transform(lower, lower.begin(), [](unsigned char c) { return c >= 'A' && c <= 'Z' ? c + 32 : c; });
  return std::ranges::any_of(words, [&](std::string_view word) { return lower.find(word) != lower.npos; });
}

}  // namespace

std::string network_of(std::string_view address) {
  if (address.empty() || not_public().contains(address)) return {};
  const std::string text(address);
  std::array<unsigned char, 16> octets{};
  if (inet_pton(AF_INET, text.c_str(), octets.data()) == 1) return text.substr(0, text.rfind('.')) + ".0/24";
  if (inet_pton(AF_INET6, text.c_str(), octets.data()) != 1) return {};
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string network;
  for (std::size_t i = 0; i < 6; ++i) {
    network += kDigits[octets[i] >> 4];
    network += kDigits[octets[i] & 15];
  }
  return network + "/48";
}

bool is_microsoft_service(std::string_view address) { return microsoft_services().contains(address); }
bool is_mail_gateway(std::string_view address) { return mail_gateways().contains(address); }
bool is_shared_asn(std::uint32_t asn) { return std::ranges::binary_search(kSharedAsns, asn); }
bool is_scripted_agent(std::string_view user_agent) { return names_any(user_agent, kScripted); }
bool is_scanner_agent(std::string_view user_agent) {
  return names_any(user_agent, kScripted) || names_any(user_agent, kScanners);
}

}  // namespace correlate
