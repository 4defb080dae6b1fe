#include "parsers/url_wrappers.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "parsers/code_point.h"
#include "parsers/percent.h"

namespace parsers {
namespace {

// The raw value of a query parameter. Mail clients that copy HTML leave "&amp;" between parameters.
std::string_view parameter(std::string_view query, std::string_view name) {
  while (!query.empty()) {
    const std::size_t end = query.find('&');
    std::string_view item = query.substr(0, end);
    query.remove_prefix(end == query.npos ? query.size() : end + 1);
    if (item.starts_with("amp;")) item.remove_prefix(4);
    if (item.starts_with(name) && item.size() > name.size() && item[name.size()] == '=') {
      return item.substr(name.size() + 1);
    }
  }
  return {};
}

std::string percent_decoded(std::string_view text) {
  std::string out;
  append_percent_decoded(text, out);
  return out;
}

int base64_value(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  if (c == '-' || c == '+') return 62;
  if (c == '_' || c == '/') return 63;
  return -1;
}

// Both alphabets, padding optional; reads up to the first foreign character.
std::string base64_decoded(std::string_view text) {
  std::string out;
  unsigned bits = 0;
  int count = 0;
  for (const char c : text) {
    const int value = base64_value(c);
    if (value < 0) break;
    bits = (bits << 6 | static_cast<unsigned>(value)) & 0xffffff;
    count += 6;
    if (count < 8) continue;
    count -= 8;
    out += static_cast<char>(bits >> count & 0xff);
  }
  return out;
}

std::string from_percent(const Url& url, std::string_view name) { return percent_decoded(parameter(url.query, name)); }

std::string from_base64(const Url& url, std::string_view name) {
  return base64_decoded(percent_decoded(parameter(url.query, name)));
}

// Bing: "a1" before the base64.
std::string from_bing(const Url& url, std::string_view name) {
  const std::string_view value = parameter(url.query, name);
  return value.starts_with("a1") ? base64_decoded(percent_decoded(value.substr(2))) : std::string();
}

// Proofpoint v2: "-" stands for "%", "_" for "/".
std::string from_proofpoint_v2(const Url& url, std::string_view name) {
  std::string value(parameter(url.query, name));
  std::replace(value.begin(), value.end(), '-', '%');
  std::replace(value.begin(), value.end(), '_', '/');
  return percent_decoded(value);
}

// Proofpoint v3: "/v3/__" URL "__;" base64 "!" .... Each "*" in the URL stands for the next character of the decoded
// base64, "**" and a letter of base64's alphabet for a run of them: A is 2, B is 3.
std::string from_proofpoint_v3(const Url& url, std::string_view) {
  constexpr std::string_view kBegin = "/v3/__";
  const std::string whole = url.query.empty() ? url.path : url.path + "?" + url.query;
  const std::size_t end = whole.find("__;", kBegin.size());
  if (end == whole.npos) return {};
  const std::string text = percent_decoded(std::string_view(whole).substr(kBegin.size(), end - kBegin.size()));
  const std::string replaced = base64_decoded(std::string_view(whole).substr(end + 3));
  std::string out;
  std::size_t next = 0;
  const auto put_characters = [&](int count) {
    for (; count > 0 && next < replaced.size(); --count) {
      const std::size_t size = std::max<std::size_t>(read_utf8(replaced, next).size, 1);
      out.append(replaced, next, size);
      next += size;
    }
  };
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '*') {
      out += text[i];
    } else if (i + 2 < text.size() && text[i + 1] == '*') {
      put_characters(base64_value(text[i + 2]) + 2);
      i += 2;
    } else {
      put_characters(1);
    }
  }
  return out;
}

// The query of a link that holds its target as it is belongs to the target.
std::string with_query(std::string target, const Url& url) {
  if (!url.query.empty()) target.append("?").append(url.query);
  return target;
}

// Cisco: "/" token "/" URL, encoded or not.
std::string from_cisco(const Url& url, std::string_view) {
  const std::size_t slash = url.path.find('/', 1);
  if (slash == url.path.npos) return {};
  return with_query(percent_decoded(std::string_view(url.path).substr(slash + 1)), url);
}

// Mimecast: a token that only its maker reads, and the link's host beside it.
std::string from_mimecast(const Url& url, std::string_view name) {
  const std::string host = from_percent(url, name);
  if (host.empty() || host.find_first_of("/?#@: \\") != host.npos) return {};
  return "https://" + host + "/";
}

struct Wrapper {
  std::string_view host;  // with a leading dot: and every name below it
  std::string_view path;  // prefix
  std::string_view name;  // of the parameter
  std::string (*target)(const Url&, std::string_view);
};

constexpr Wrapper kWrappers[] = {
    {".safelinks.protection.outlook.com", "/", "url", from_percent},
    {".safelinks.protection.office365.us", "/", "url", from_percent},
    {".safelinks.protection.partner.outlook.cn", "/", "url", from_percent},
    {".safelinks.protection.outlook.cn", "/", "url", from_percent},
    {"statics.teams.cdn.office.net", "/evergreen-assets/safelinks/", "url", from_percent},
    {"urldefense.proofpoint.com", "/v1/url", "u", from_percent},
    {"urldefense.com", "/v1/url", "u", from_percent},
    {"urldefense.proofpoint.com", "/v2/url", "u", from_proofpoint_v2},
    {"urldefense.com", "/v2/url", "u", from_proofpoint_v2},
    {"urldefense.us", "/v2/url", "u", from_proofpoint_v2},
    {"urldefense.proofpoint.com", "/v3/__", "", from_proofpoint_v3},
    {"urldefense.com", "/v3/__", "", from_proofpoint_v3},
    {"urldefense.us", "/v3/__", "", from_proofpoint_v3},
    {"protect-au.mimecast.com", "/s/", "domain", from_mimecast},
    {"protect-ca.mimecast.com", "/s/", "domain", from_mimecast},
    {"protect-de.mimecast.com", "/s/", "domain", from_mimecast},
    {"protect-eu.mimecast.com", "/s/", "domain", from_mimecast},
    {"protect-uk.mimecast.com", "/s/", "domain", from_mimecast},
    {"protect-us.mimecast.com", "/s/", "domain", from_mimecast},
    {"protect-usb.mimecast.com", "/s/", "domain", from_mimecast},
    {"protect-za.mimecast.com", "/s/", "domain", from_mimecast},
    {"protect.mimecast-offshore.com", "/s/", "domain", from_mimecast},
    {".m.mimecastprotect.com", "/s/", "domain", from_mimecast},
    {".bing.com", "/ck/a", "u", from_bing},
    {"linkprotect.cudasvc.com", "/url", "a", from_percent},
    {"secure-web.cisco.com", "/", "", from_cisco},
    {".protection.sophos.com", "/", "u", from_base64},
    {"protect.fireeye.com", "/v1/url", "u", from_percent},
    {"protect2.fireeye.com", "/v1/url", "u", from_percent},
    {"clicktime.symantec.com", "/", "u", from_percent},
};

// The search engine under its national names; a name that only begins with "google." may be anybody's.
constexpr std::string_view kGoogle[] = {
    "google.ae",     "google.at",     "google.be",     "google.bg",     "google.ca",     "google.ch",
    "google.cl",     "google.co.id",  "google.co.il",  "google.co.in",  "google.co.jp",  "google.co.kr",
    "google.co.nz",  "google.co.th",  "google.co.uk",  "google.co.za",  "google.com",    "google.com.ar",
    "google.com.au", "google.com.br", "google.com.co", "google.com.eg", "google.com.hk", "google.com.mx",
    "google.com.my", "google.com.ng", "google.com.pe", "google.com.ph", "google.com.pk", "google.com.sa",
    "google.com.sg", "google.com.tr", "google.com.tw", "google.com.ua", "google.com.vn", "google.cz",
    "google.de",     "google.dk",     "google.ee",     "google.es",     "google.fi",     "google.fr",
    "google.gr",     "google.hr",     "google.hu",     "google.ie",     "google.it",     "google.lt",
    "google.lu",     "google.lv",     "google.nl",     "google.no",     "google.pl",     "google.pt",
    "google.ro",     "google.rs",     "google.ru",     "google.se",     "google.si",     "google.sk",
};
static_assert(std::is_sorted(std::begin(kGoogle), std::end(kGoogle)));

bool is_google(std::string_view host) {
  for (const std::string_view service : {"www.", "maps.", "images.", "cse.", "news."}) {
    if (host.starts_with(service)) {
      host.remove_prefix(service.size());
      break;
    }
  }
  return std::binary_search(std::begin(kGoogle), std::end(kGoogle), host);
}

// "/url?q=URL", "/url?url=URL", and "/amp/s/host/path" for a page of https.
std::string from_google(const Url& url) {
  constexpr std::string_view kAmp = "/amp/", kSecure = "s/";
  if (url.path == "/url") {
    for (const char* const name : {"q", "url"}) {
      std::string target = from_percent(url, name);
      if (Url read; parse_url(target, {}, read)) return target;
    }
  }
  if (!url.path.starts_with(kAmp)) return {};
  std::string_view page = std::string_view(url.path).substr(kAmp.size());
  const bool is_secure = page.starts_with(kSecure);
  if (is_secure) page.remove_prefix(kSecure.size());
  return with_query(std::string(is_secure ? "https://" : "http://").append(page), url);
}

bool host_matches(std::string_view host, std::string_view pattern) {
  if (!pattern.starts_with('.')) return host == pattern;
  return host.ends_with(pattern) || host == pattern.substr(1);
}

std::string target_of(const Url& url) {
  if (is_google(url.host)) return from_google(url);
  const auto found = std::find_if(std::begin(kWrappers), std::end(kWrappers), [&url](const Wrapper& wrapper) {
    return host_matches(url.host, wrapper.host) && url.path.starts_with(wrapper.path);
  });
  return found == std::end(kWrappers) ? std::string() : found->target(url, found->name);
}

}  // namespace

bool unwrap(const Url& in, Url& out) {
  const std::string target = target_of(in);
  return !target.empty() && parse_url(target, {}, out).has_value();
}

Result<void> parse_url_unwrapped(std::string_view text, std::string_view default_scheme, Url& out) {
  auto result = parse_url(text, default_scheme, out);
  if (!result) return result;
  Url inner;
  for (int layer = 0; layer < kMaxWrappers && unwrap(out, inner); ++layer) std::swap(out, inner);
  return result;
}

}  // namespace parsers
