#include "tests/bench/median_lines.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <array>
#include <chrono>
#include <cmath>
#include <iterator>

namespace bench {
namespace {

constexpr std::uint64_t kHosts = 20'000, kUsers = 5'000;
constexpr std::int64_t kFirstSecond = 1'774'346'400;  // 2026-03-24T10:00:00Z
constexpr std::array kWords = {"login", "assets", "api",    "v2",     "images", "static", "news",
                               "cart",  "search", "oauth2", "common", "media",  "fonts",  "update"};
constexpr std::array kFamilies = {"SCHMIDT", "NOVAK", "DUPONT", "ROSSI", "GARCIA", "JENSEN", "KOWALSKI", "SILVA"};
constexpr std::array kTypes = {"text/html", "application/json", "image/png", "text/css"};
constexpr std::array kCategories = {"Business", "Web Advertisements", "Search Engines", "Streaming Media", "Unrated"};
constexpr std::array kAgents = {"Mozilla/5.0 (Windows NT 10.0; Win64; x64)", "Microsoft Office/16.0", "curl/8.5.0",
                                "Microsoft-Delivery-Optimization/10.1"};

std::chrono::sys_seconds seconds(std::int64_t second) { return std::chrono::sys_seconds{std::chrono::seconds{second}}; }

// What follows in the official web feed; mostly fields that say nothing.
constexpr std::string_view kFeedRest =
    " ZscalerNSSWeblogURLClass=Bandwidth Loss ZscalerNSSWeblogDLPDictionaries=None requestContext=None "
    "contenttype=application/octet_stream unscannabletype=None keyprotectiontype=N/A cloudname=zscaler.net "
    "company=Contoso throttlereqsize=0 throttlerespsize=0 bwthrottle=NO bwclassname=General Surfing "
    "bwrulename=No Bandwidth Control module=General Browsing app_risk_score=None datacenter=FRA4 "
    "datacentercity=Fr datacentercountry=DE dlpdicthitcount=None dlpidentifier=0 dlpmd5=None dlprulename=NA "
    "fileclass=None fname=None filesubtype=None upload_fileclass=None upload_filetype=None upload_filename=None "
    "upload_filesubtype=None upload_doctypename=None rdr_rulename=None fwd_type=None fwd_gw_name=None "
    "fwd_gw_ip=0.0.0.0 zpa_app_seg_name=None reqdatasize=0 reqhdrsize=446 respdatasize=795712 resphdrsize=872 "
    "totalsize=797030 df_hosthead=None df_hostname=None erefererhost=None refererpath=None reqversion=1.1 "
    "respversion=1.1 ua_token=Delivery-Optimization uaclass=None mobappname=None mobappcat=None mobdevtype=None "
    "clt_sport=0 cpubip=198.51.100.99 alpnprotocol=N/A trafficredirectmethod=ZscalerClientConnector "
    "euserlocationname=Unknown erulelabel=None ruletype=None eurlfilterrulelabel=None ourlfilterrulelabel=None "
    "eapprulelabel=None fileHash=None sha256=None ssldecrypted=No externalspr=NA clientsslcipher=None "
    "clienttlsversion=None clientsslsessreuse=UNKNOWN cltsslfailreason=N/A cltsslfailcount=0 srvsslcipher=None "
    "srvtlsversion=None srvocspresult=None srvcertchainvalpass=UNKNOWN srvwildcardcert=UNKNOWN "
    "serversslsessreuse=UNKNOWN srvcertvalidationtype=None srvcertvalidityperiod=None is_ssluntrustedca=No "
    "is_sslselfsigned=UNKNOWN is_sslexpiredca=UNKNOWN threatseverity=None malwareclass=None "
    "urlcatmethod=User Defined bypassed_traffic=0 bypassed_etime=Thu Jan  1 00:00:00 1970 "
    "deviceappversion=4.3.0.181 devicemodel=Standard PC devicename=0b3ae6a6-1b1c-51ee-e6a7-4fb69289c011 "
    "deviceostype=Windows OS devicetype=Zscaler Client Connector external_devid= flow_type=ZIA "
    "ztunnelversion=ZTUNNEL_2_0_DTLS1_2 productversion=6.2r.585_prod nsssvcip=192.0.2.7";

}  // namespace

std::uint64_t MedianLines::skewed(std::uint64_t bound) {
  const double unit = static_cast<double>(random_() >> 11) * 0x1p-53;
  return static_cast<std::uint64_t>(std::pow(static_cast<double>(bound), unit)) - 1;
}

void MedianLines::draw() {
  const auto host = skewed(kHosts), user = skewed(kUsers);
  host_ = fmt::format("{}{}.example{}.com", kWords[host % kWords.size()], host, host * 31 % 997);
  path_ = fmt::format("/{}{}", kWords[below(kWords.size())], below(40));
  if (below(2) == 0) fmt::format_to(std::back_inserter(path_), "/{}{}", kWords[below(kWords.size())], below(40));
  query_ = below(3) == 0 ? fmt::format("?id={:x}", random_() & 0xffffffff) : std::string();
  account_ = fmt::format("user{}", user);
  source_ = fmt::format("10.{}.{}.{}", user % 7, user / 250, user % 250);
  destination_ = fmt::format("203.{}.{}.{}", host % 113, host * 7 % 250, host % 250);
}

std::string MedianLines::next() {
  draw();
  second_ = kFirstSecond + static_cast<std::int64_t>(sequence_ / 1000 + below(4));
  switch (sequence_++ % 4) {
    case 0:
      return palo_alto();
    case 1:
      return fortinet();
    case 2:
      return check_point();
    default:
      return zscaler();
  }
}

std::string MedianLines::palo_alto() {
  const bool has_domain = below(2) == 0;
  return fmt::format(
      "<14>{:%b %d %H:%M:%S} pa-{:02} CEF:0|Palo Alto Networks|PAN-OS|10.2.{}|url|THREAT|1|rt={:%b %d %Y %H:%M:%S} GMT "
      "src={} dst={} suser={}{} act={} request=\"{}{}{}\"",
      seconds(second_), below(6), below(9), seconds(second_), source_, destination_, has_domain ? "contoso\\\\" : "",
      has_domain ? account_ : account_ + "@contoso.com", below(20) == 0 ? "block-url" : "alert", host_, path_, query_);
}

std::string MedianLines::fortinet() {
  const bool is_new = below(2) == 0;
  const std::string query = query_.empty() ? "" : fmt::format("?id\\={}", std::string_view(query_).substr(4));
  return fmt::format(
      "<189>{:%b %d %H:%M:%S} fg-{:02} CEF:0|Fortinet|Fortigate|v{}.4.{}|13312|utm:webfilter ftgd_allow passthrough|3|"
      "deviceExternalId=FGT60E0000{:06} FTNTFGTeventtime={} FTNTFGTlogid=0317013312 cat=utm:webfilter "
      "FTNTFGTsubtype=webfilter FTNTFGTeventtype=ftgd_allow FTNTFGTlevel=notice FTNTFGTvd=root FTNTFGTpolicyid={} "
      "externalId={} duser={}{} src={} spt={} deviceInboundInterface=port{} FTNTFGTsrcintfrole=lan dst={} dpt=443 "
      "FTNTFGTdstintfrole=wan proto=6 app=HTTPS dhost={} FTNTFGTprofile=default act={} "
      "FTNTFGTreqtype=direct request={}{}{}{} out={} in={} deviceDirection=1 "
      "FTNTFGTcat={} requestContext={} FTNTFGTcrlevel=low FTNTFGTcrscore=5",
      seconds(second_), below(6), is_new ? 7 : 6, below(6), below(6), second_ * 1'000'000'000 + below(1'000'000'000),
      1 + below(40), below(90'000'000), account_, is_new ? "@contoso.com" : "", source_, 1024 + below(60000),
      1 + below(20), destination_, host_, below(20) == 0 ? "blocked" : "passthrough", is_new ? "https://" : "",
      is_new ? host_ : "", path_, query, below(4000), below(90000), below(90), kCategories[below(kCategories.size())]);
}

std::string MedianLines::check_point() {
  const auto form = below(3);
  const std::string user =
      form == 0   ? account_ + "@contoso.com"
      : form == 1 ? fmt::format("{} {} (ID{:07})", kFamilies[below(kFamilies.size())], account_, below(9'000'000))
                  : account_;
  const bool is_decrypted = below(2) == 0;
  return fmt::format(
      "<134>{:%b %d %H:%M:%S} cp-{:02} CEF:0|Check Point|URL Filtering|Check Point|Log|https|Unknown|act={} "
      "deviceDirection=0 rt={} spt={} dpt=443 cs2Label=Rule Name cs2=Outbound web {} "
      "layer_uuid=b406b732-2437-4848-9741-6eae1f5bf1{:02x} match_id={} "
      "ifname=eth{} loguid={{0x{:x},0x{:x},0xfe65a8c0,0x{:x}}} origin=192.0.2.{} "
      "originsicname=CN\\=fw{},O\\=mgmt.contoso.com..x{:05x} sequencenum={} version=5 dst={} inzone=Internal "
      "outzone=External "
      "product=URL Filtering proto=6 service_id=https src={} suser={} cs5Label=Matched Category cs5={} "
      "request=https://{}{}{}",
      seconds(second_), below(6), below(20) == 0 ? "Block" : "Accept", second_ * 1000, 1024 + below(60000), below(12),
      below(250), below(40), below(4), second_, below(4000), random_() & 0xffffffff, below(6), below(6), below(0xfffff),
      1 + sequence_ % 900, destination_, source_, user, kCategories[below(kCategories.size())], host_,
      is_decrypted ? path_ : ":443/", is_decrypted ? query_ : "");
}

std::string MedianLines::zscaler() {
  std::string line = fmt::format(
      "{:%b %d %H:%M:%S} zscaler-nss CEF:0|Zscaler|NSSWeblog|5.7|Allowed|Allowed|3|act={} Severity=3 name=Allowed "
      "deviceEventClassId=Allowed app=HTTPS cat={} dhost={} dst={} src={} in_bytes={} in={} outcome=200 out={} "
      "request={}{}{} rt={:%b %d %Y %H:%M:%S} sourceTranslatedAddress=198.51.100.{} requestClientApplication={} "
      "requestMethod=GET suser={}@contoso.com spriv={} externalId={} fileType=None reason=Allowed "
      "destinationServiceName=General Browsing cn1=0 cn1Label=riskscore cs1=Department {} cs1Label=dept "
      "cs2=User-defined cs2Label=urlsupercat cs3=Browsing cs3Label=appclass cs4=None cs4Label=malwarecat cs5=None "
      "cs5Label=threatname cs6=None cs6Label=dlpeng contenttype={} deviceowner={} devicehostname=PC-{:06X} "
      "fname=None sha256=None ruletype=None",
      seconds(second_), below(20) == 0 ? "Blocked" : "Allowed", kCategories[below(kCategories.size())], host_,
      destination_, source_, below(900000), below(900000), below(4000), host_, path_, query_, seconds(second_),
      below(16), kAgents[below(kAgents.size())], account_, below(2) == 0 ? "Road Warrior" : "Home",
      7'100'000'000'000'000'000ull + below(1'000'000'000'000ull), below(60), kTypes[below(kTypes.size())], account_,
      below(0xffffff));
  if (feed_ == ZscalerFeed::full) line += kFeedRest;
  return line;
}

}  // namespace bench
