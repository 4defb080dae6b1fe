#include <libpsl.h>

#include <algorithm>
#include <array>
#include <charconv>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "parsers/page_key.h"

namespace parsers {
namespace {

// Hosters, clouds and suites that the Public Suffix List of 2023 lacks: each name below one of these stands for itself
// alone.
constexpr std::array kSharedDomains = std::to_array<std::string_view>({
    "000webhostapp.com",
    "adobe.com",
    "akamaized.net",
    "aliyuncs.com",
    "atlassian.net",
    "azure-api.net",
    "azurecontainerapps.io",
    "azureedge.net",
    "azurefd.net",
    "b-cdn.net",
    "backblazeb2.com",
    "box.com",
    "bubbleapps.io",
    "canva.site",
    "cloudapp.azure.com",
    "cloudfront.net",
    "core.windows.net",
    "cprapid.com",
    "digitaloceanspaces.com",
    "dropbox.com",
    "dropboxusercontent.com",
    "dweb.link",
    "dynamics.com",
    "edgekey.net",
    "fastly.net",
    "force.com",
    "gitbook.io",
    "godaddysites.com",
    "google.com",
    "googleusercontent.com",
    "hs-sites.com",
    "hubspotpagebuilder.com",
    "ipfs.io",
    "jimdosite.com",
    "jotform.com",
    "linodeobjects.com",
    "list-manage.com",
    "live.com",
    "lovable.app",
    "mailchimpsites.com",
    "medium.com",
    "microsoft.com",
    "mybluehost.me",
    "myqcloud.com",
    "mystrikingly.com",
    "ngrok-free.app",
    "ngrok.app",
    "notion.site",
    "office.com",
    "office365.com",
    "oraclecloud.com",
    "powerappsportals.com",
    "r2.dev",
    "replit.app",
    "replit.dev",
    "salesforce.com",
    "sendgrid.net",
    "service-now.com",
    "sharepoint.com",
    "site.com",
    "softr.app",
    "square.site",
    "squarespace.com",
    "substack.com",
    "surge.sh",
    "surveymonkey.com",
    "trafficmanager.net",
    "trycloudflare.com",
    "tumblr.com",
    "typeform.com",
    "wasmer.app",
    "webflow.io",
    "website2.me",
    "weebly.com",
    "weeblysite.com",
    "wordpress.com",
    "wufoo.com",
    "zendesk.com",
    "zoho.com",
    "zohopublic.com",
});
static_assert(std::is_sorted(kSharedDomains.begin(), kSharedDomains.end()));

bool is_shared_domain(std::string_view name) {
  return std::binary_search(kSharedDomains.begin(), kSharedDomains.end(), name);
}

std::uint64_t non_zero(std::uint64_t hash) { return hash == 0 ? 1 : hash; }

bool is_address(std::string_view host) {
  return host.empty() || host.front() == '[' ||
         (host.back() >= '0' && host.back() <= '9' && host.find_first_not_of("0123456789.") == host.npos);
}

// Whether `longer` is `shorter` continued at a segment's end.
bool continues(std::string_view shorter, std::string_view longer) {
  if (shorter == "/" || !longer.starts_with(shorter) || longer.size() == shorter.size()) return false;
  return shorter.back() == '/' || longer[shorter.size()] == '/';
}

bool shows_only_a_host(const Url& url) { return url.path == "/" && url.query.empty(); }

UrlMatch match_on_host(const Url& lure, const Url& reached) {
  if (lure.port == reached.port) {
    if (lure.path == reached.path) {
      if (lure.query == reached.query) return UrlMatch::exact;
      return shows_only_a_host(lure) || shows_only_a_host(reached) ? UrlMatch::host : UrlMatch::no_query;
    }
    if (continues(lure.path, reached.path) || continues(reached.path, lure.path)) return UrlMatch::path_prefix;
  }
  return UrlMatch::host;
}

constexpr std::size_t kMaxPortBytes = 6;

std::string_view port_text(const Url& url, std::array<char, kMaxPortBytes>& text) {
  if (url.port == 0) return {};
  text[0] = ':';
  const auto end = std::to_chars(text.data() + 1, text.data() + text.size(), url.port).ptr;
  return {text.data(), static_cast<std::size_t>(end - text.data())};
}

}  // namespace

std::uint64_t host_key(std::string_view canonical_host) {
  constexpr int kDropped = 64 - 48;  // a store holds many: two bytes less each are a hundredth of its size
  return canonical_host.empty() ? 0 : non_zero(XXH3_64bits(canonical_host.data(), canonical_host.size()) >> kDropped);
}

UrlKeys url_keys(const Url& url) {
  if (url.host.empty()) return {};
  UrlKeys keys;
  keys.host = host_key(url.host);
  XXH3_state_t state;
  XXH3_INITSTATE(&state);
  XXH3_64bits_reset(&state);
  const auto add = [&state](std::string_view text) { XXH3_64bits_update(&state, text.data(), text.size()); };
  add(url.host);
  std::array<char, kMaxPortBytes> port;
  add(port_text(url, port));
  add(url.path);
  keys.no_query = non_zero(XXH3_64bits_digest(&state));
  if (!url.query.empty()) {
    add("?");
    add(url.query);
  }
  keys.exact = non_zero(XXH3_64bits_digest(&state));
  return keys;
}

// A hash over parts costs several times that of one piece, and most URLs are short.
std::uint64_t page_key(const Url& url) {
  std::array<char, 256> text;
  if (url.host.empty() || url.host.size() + kMaxPortBytes + url.path.size() > text.size())
    return url_keys(url).no_query;
  std::array<char, kMaxPortBytes> port;
  char* end = text.data();
  for (const std::string_view part : {std::string_view(url.host), port_text(url, port), std::string_view(url.path)})
    end = std::ranges::copy(part, end).out;
  return non_zero(XXH3_64bits(text.data(), static_cast<std::size_t>(end - text.data())));
}

std::string registrable_domain(std::string_view host) {
  if (is_address(host)) return {};
  const std::string name(host);
  for (std::size_t dot = name.find('.'); dot != name.npos; dot = name.find('.', dot + 1)) {
    if (is_shared_domain(host.substr(dot + 1))) return name;
  }
  const char* domain = is_shared_domain(host) ? nullptr : psl_registrable_domain(psl_builtin(), name.c_str());
  return domain ? domain : std::string();
}

UrlMatch match_urls(const Url& lure, const Url& reached) {
  if (lure.host.empty() || reached.host.empty()) return UrlMatch::none;
  if (lure.host == reached.host) return match_on_host(lure, reached);
  const std::string domain = registrable_domain(lure.host);
  return !domain.empty() && domain == registrable_domain(reached.host) ? UrlMatch::domain : UrlMatch::none;
}

}  // namespace parsers
