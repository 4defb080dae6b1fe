// The extension keys that Lurewatch knows by name: CEF's dictionary (ArcSight CEF v25, with Microsoft's
// CommonSecurityLog mapping of it), the vendors' own keys that the normaliser reads, and those that their usual web
// logs always have. An enumerator is spelled as the key is.
//
// Known keys are found by number, without comparing strings, and settle where a value ends when it holds an unescaped
// '='.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string_view>

namespace parsers {

// clang-format off
#define LUREWATCH_CEF_KEYS(X)                                                                                   \
  X(act) X(app) X(cat) X(cnt) X(destinationDnsDomain) X(destinationServiceName) X(destinationTranslatedAddress) \
  X(destinationTranslatedPort) X(deviceDirection) X(deviceDnsDomain) X(deviceExternalId) X(deviceFacility)      \
  X(deviceInboundInterface) X(deviceNtDomain) X(deviceOutboundInterface) X(devicePayloadId)                     \
  X(deviceProcessName) X(deviceTranslatedAddress) X(dhost) X(dmac) X(dntdom) X(dpid) X(dpriv) X(dproc) X(dpt)   \
  X(dst) X(dtz) X(duid) X(duser) X(dvc) X(dvchost) X(dvcmac) X(dvcpid) X(externalId) X(fileCreateTime)          \
  X(fileHash) X(fileId) X(fileModificationTime) X(filePath) X(filePermission) X(fileType) X(fname) X(fsize)     \
  X(in) X(msg) X(oldFileCreateTime) X(oldFileHash) X(oldFileId) X(oldFileModificationTime) X(oldFileName)       \
  X(oldFilePath) X(oldFilePermission) X(oldFileSize) X(oldFileType) X(out) X(outcome) X(proto) X(reason)        \
  X(request) X(requestClientApplication) X(requestContext) X(requestCookies) X(requestMethod) X(rt) X(shost)    \
  X(smac) X(sntdom) X(sourceDnsDomain) X(sourceServiceName) X(sourceTranslatedAddress) X(sourceTranslatedPort)  \
  X(spid) X(spriv) X(sproc) X(spt) X(src) X(suid) X(suser) X(type) X(c6a1) X(c6a1Label) X(c6a2) X(c6a2Label)    \
  X(c6a3) X(c6a3Label) X(c6a4) X(c6a4Label) X(cfp1) X(cfp1Label) X(cfp2) X(cfp2Label) X(cfp3) X(cfp3Label)      \
  X(cfp4) X(cfp4Label) X(cn1) X(cn1Label) X(cn2) X(cn2Label) X(cn3) X(cn3Label) X(cs1) X(cs1Label) X(cs2)       \
  X(cs2Label) X(cs3) X(cs3Label) X(cs4) X(cs4Label) X(cs5) X(cs5Label) X(cs6) X(cs6Label) X(flexString1)        \
  X(flexString1Label) X(flexString2) X(flexString2Label) X(flexNumber1) X(flexNumber1Label) X(flexNumber2)      \
  X(flexNumber2Label) X(deviceCustomDate1) X(deviceCustomDate1Label) X(deviceCustomDate2)                       \
  X(deviceCustomDate2Label) X(flexDate1) X(flexDate1Label) X(start) X(end) X(slat) X(slong) X(agt)              \
  X(agentDnsDomain) X(sourceZoneURI) X(rawEvent) X(sessionId) X(suser0) X(duser0) X(Severity) X(name)           \
  X(deviceEventClassId) X(in_bytes) X(urlcat) X(FTNTFGTeventtime) X(FTNTFGTtz) X(FTNTFGTlogid)                  \
  X(FTNTFGTsubtype) X(FTNTFGTeventtype) X(FTNTFGTlevel) X(FTNTFGTvd) X(FTNTFGTaction) X(FTNTFGTuser)            \
  X(FTNTFGTunauthuser) X(FTNTFGTurl) X(FTNTFGThostname) X(FTNTFGTdstip) X(FTNTFGTsrcip) X(FTNTFGTservice)       \
  X(FTNTFGTdstport) X(FTNTFGTreferralurl) X(FTNTFGTreqtype) X(FTNTFGTduser) X(FortinetFortiGateeventtime)       \
  X(FortinetFortiGatetz) X(FortinetFortiGatelogid) X(FortinetFortiGatesubtype) X(FortinetFortiGateaction)       \
  X(FortinetFortiGateuser) X(FortinetFortiGateunauthuser) X(FortinetFortiGateurl) X(FortinetFortiGatehostname)  \
  X(FortinetFortiGatedstip) X(FortinetFortiGatesrcip) X(FortinetFortiGateservice) X(FortinetFortiGatedstport)   \
  X(PanOSTimeGeneratedHighResolution) X(PanOSReferer) X(PanOSXForwarderfor) X(PanOSSourceUserName) X(PanOSURL)  \
  X(PanOSIsDecrypted) X(PanOSLogTimeStamp) X(PanOSEventID) X(loguid) X(sequencenum) X(origin) X(originsicname)  \
  X(product) X(product_family) X(src_user_dn) X(src_user_name) X(sourceNtDomain) X(service_id) X(layer_name)    \
  X(rule_uid) X(resource) X(session_uid) X(ifname) X(logid) X(UserCheck) X(usercheck_incident_uid)              \
  X(ssldecrypted) X(cintip) X(clt_sport) X(eurlpath) X(refererpath) X(erefererhost) X(threatseverity)           \
  X(productversion) X(devicehostname) X(deviceowner) X(eventtime) X(tz) X(PanTimeHighRes)                       \
  X(user) X(unauthuser) X(user_agent) X(upload_filename) X(FTNTFGTagent) X(FTNTFGTfilename)                     \
  X(FTNTFGTforwardedfor) X(PanOSHTTPHeader) X(FTNTFGTpolicyid) X(FTNTFGTsrcintfrole) X(FTNTFGTdstintfrole)      \
  X(FTNTFGTprofile) X(FTNTFGTcat) X(FTNTFGTcrlevel) X(FTNTFGTcrscore) X(layer_uuid) X(match_id) X(inzone)       \
  X(outzone) X(contenttype) X(sha256) X(ruletype) X(FTNTFGTseverity) X(FTNTFGTquarskip) X(FTNTFGTvirus)         \
  X(FTNTFGTdtype) X(FTNTFGTref) X(FTNTFGTvirusid) X(subtype) X(url) X(hostname) X(service) X(FTNTFGTattack)     \
  X(FTNTFGTscheme) X(FTNTFGTresplength) X(PanOSHTTPHeaders) X(PanOSHTTPRefererFQDN) X(PanOSHTTPRefererURLPath)
// clang-format on

enum class CefKey : std::uint16_t {
#define LUREWATCH_ENUMERATOR(key) key,
  LUREWATCH_CEF_KEYS(LUREWATCH_ENUMERATOR)
#undef LUREWATCH_ENUMERATOR
      unknown
};
constexpr std::size_t kCefKeyCount = static_cast<std::size_t>(CefKey::unknown);

// CefKey::unknown for a key outside the table. Case matters, as in the specification.
CefKey find_cef_key(std::string_view key);

// Some of the known keys.
class CefKeySet {
 public:
  constexpr CefKeySet(std::initializer_list<CefKey> keys) {
    for (const CefKey key : keys) has_[static_cast<std::size_t>(key)] = true;
  }
  constexpr CefKeySet& add(CefKey key) {
    has_[static_cast<std::size_t>(key)] = true;
    return *this;
  }
  constexpr bool has(CefKey key) const { return has_[static_cast<std::size_t>(key)]; }

 private:
  std::array<bool, kCefKeyCount + 1> has_{};
};
std::string_view to_string(CefKey key);

}  // namespace parsers
