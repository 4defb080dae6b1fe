#include "sensor/graph/proxy.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>

#include "parsers/cidr.h"
#include "parsers/percent.h"
#include "sensor/graph/certificate.h"
#include "sensor/graph/private_file.h"

namespace graph {
namespace {

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return out;
}

parsers::Error wrong(std::string_view where, const std::string& why) {
  return {"proxy", 0, std::string(where) + " " + why + ": write http://host:port."};
}

// Takes "user:password@" off `url`; nothing of it stands in an error.
std::optional<std::string> take_credentials(std::string& url) {
  const auto begin = url.find("://") == std::string::npos ? 0 : url.find("://") + 3;
  const auto end = url.find_first_of("/?#", begin);
  const auto at = url.rfind('@', end);
  if (at == std::string::npos || at < begin) return std::nullopt;
  std::string credentials;
  parsers::append_percent_decoded(std::string_view(url).substr(begin, at - begin), credentials);
  url.erase(begin, at + 1 - begin);
  return credentials;
}

parsers::Result<Proxy> parse_proxy(std::string url, std::string_view where) {
  if (url.find("://") == std::string::npos) url = "http://" + url;
  if (lower(url).starts_with("https://"))
    return wrong(where, "names a proxy that wants TLS itself, which is not supported");
  if (!lower(url).starts_with("http://")) return wrong(where, "is no HTTP proxy");
  url = lower(url);
  std::string_view rest = std::string_view(url).substr(7);
  if (rest.ends_with('/')) rest.remove_suffix(1);
  // parse_origin accepts plain http for loopback alone; the form is the same with https.
  const auto origin = parse_origin("https://" + std::string(rest));
  if (!origin) return wrong(where, "can't be read");
  const bool has_port =
      rest.rfind(':') != rest.npos && rest.rfind(':') > rest.find(']') + (rest.find(']') == rest.npos);
  return Proxy{origin->host, has_port ? origin->port : std::uint16_t{3128}, ""};
}

std::vector<std::string> split(std::string_view list) {
  std::vector<std::string> out;
  while (!list.empty()) {
    const auto end = std::min(list.find_first_of(", "), list.size());
    if (end > 0) out.push_back(lower(list.substr(0, end)));
    list.remove_prefix(std::min(end + 1, list.size()));
  }
  return out;
}

bool fits(std::string_view entry, const Origin& origin) {
  if (entry == "*") return true;
  if (is_address(origin.host)) {
    if (entry.find('/') == entry.npos) return entry == origin.host;
    return parsers::parse_cidr(entry) && parsers::AddressRanges({std::string(entry)}).contains(origin.host);
  }
  if (const auto colon = entry.rfind(':'); colon != entry.npos) {
    std::uint16_t port = 0;
    std::from_chars(entry.data() + colon + 1, entry.data() + entry.size(), port);
    if (port != origin.port) return false;
    entry = entry.substr(0, colon);
  }
  if (entry.starts_with("*.")) entry.remove_prefix(2);
  if (entry.starts_with('.')) entry.remove_prefix(1);
  if (entry.empty() || !origin.host.ends_with(entry)) return false;
  return origin.host.size() == entry.size() || origin.host[origin.host.size() - entry.size() - 1] == '.';
}

}  // namespace

std::string Proxy::place() const {
  return (host.find(':') == std::string::npos ? host : "[" + host + "]") + ":" + std::to_string(port);
}

const Proxy* ProxyRules::for_origin(const Origin& origin) const {
  if (!proxy || (!loopback_too && is_loopback(origin.host))) return nullptr;
  const auto is_direct = [&](const std::string& entry) { return fits(entry, origin); };
  return std::any_of(direct.begin(), direct.end(), is_direct) ? nullptr : &*proxy;
}

ProxyEnvironment ProxyEnvironment::of_process() {
  const auto value = [](const char* name, const char* other) {
    const char* text = std::getenv(name);
    if (text == nullptr || *text == '\0') text = std::getenv(other);
    return std::string(text == nullptr ? "" : text);
  };
  return {value("HTTPS_PROXY", "https_proxy"), value("NO_PROXY", "no_proxy")};
}

parsers::Result<ProxyRules> read_proxy(const Settings& settings, const ProxyEnvironment& environment) {
  const bool configured = !settings.proxy.empty();
  const std::string_view where = configured ? "[graph] proxy" : "the environment's HTTPS_PROXY";
  std::string url = configured ? settings.proxy : environment.https_proxy;
  ProxyRules rules;
  if (url.empty()) return rules;
  auto credentials = take_credentials(url);
  if (configured && credentials) {
    return parsers::Error{"proxy", 0,
                          "[graph] proxy holds a user and a password: put them into a file as user:password, chmod 600 "
                          "it, and name it in proxy_credentials_file."};
  }
  auto proxy = parse_proxy(std::move(url), where);
  if (!proxy) return proxy.error();
  if (!settings.proxy_credentials_file.empty()) {
    auto line = read_secret(settings.proxy_credentials_file, "proxy_credentials_file");
    if (!line) return line.error();
    credentials = std::move(*line);
  }
  if (credentials) proxy->authorization = "Basic " + base64(*credentials);
  rules.proxy = std::move(*proxy);
  rules.loopback_too = configured;
  if (!configured) rules.direct = split(environment.no_proxy);
  return rules;
}

}  // namespace graph
