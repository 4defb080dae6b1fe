// Which requests go through an HTTP proxy, and how it is addressed. Pure but for the credentials' file.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "parsers/result.h"
#include "sensor/graph/origin.h"
#include "sensor/graph/settings.h"

namespace graph {

struct Proxy {
  std::string host;
  std::uint16_t port = 3128;
  std::string authorization;  // "Basic ...", or empty; a secret

  std::string place() const;  // "proxy.example.com:3128", for errors
};

struct ProxyRules {
  std::optional<Proxy> proxy;
  std::vector<std::string> direct;  // NO_PROXY, lower case
  bool loopback_too = false;        // a configured proxy is for everything; the environment's never for this machine

  const Proxy* for_origin(const Origin& origin) const;  // null: directly
};

struct ProxyEnvironment {
  std::string https_proxy, no_proxy;
  static ProxyEnvironment of_process();
};

// "http://[user:password@]host[:port][/]". A password in the configuration itself is refused: it belongs in
// proxy_credentials_file; in HTTPS_PROXY it is customary. Errors: proxy, and those of read_secret.
parsers::Result<ProxyRules> read_proxy(const Settings& settings, const ProxyEnvironment& environment);

}  // namespace graph
