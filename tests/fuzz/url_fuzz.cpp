// A URL, its wrappers undone, is canonical or an error; canonical text parses to itself.
#include "parsers/url_wrappers.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  parsers::Url url;
  parsers::Url again;
  if (!parsers::parse_url_unwrapped(text, "https", url)) return 0;
  if (!parsers::parse_url(url.canonical(), {}, again) || again.canonical() != url.canonical()) __builtin_trap();
  if (parsers::url_keys(url).exact == 0 || parsers::match_urls(url, again) != parsers::UrlMatch::exact)
    __builtin_trap();
  static_cast<void>(parsers::registrable_domain(url.host));
  return 0;
}
