// From what a device writes in its URL field to Event::url: quotes, missing schemes, missing hosts, missing paths.
#pragma once

#include <string_view>

#include "parsers/vendors/vendor.h"

namespace parsers::vendors {

// "http" or "https" for a URL without a scheme, by its own port, the device's name of the application ("ssl", "HTTPS",
// "web-browsing") and the destination port; "http" when nothing tells, as Microsoft's own rules for these devices do.
std::string_view infer_scheme(std::string_view url, std::string_view app, std::string_view port);

bool has_scheme(std::string_view url);  // "http://..." or another "x://"
bool has_path(std::string_view url);    // anything from the first '/' or '?' behind the host

// Reads `text` into Event::url and url_raw. Flags: url_scheme_inferred, url_host_only, url_unreadable.
void fill_url(Work& work, std::string_view text, std::string_view scheme);

// The same for a device that logs `path` ("" when it does not know it) apart from `host`; url_raw is the path, or the
// host when there is none. Flags besides: url_host_joined. A host that is a full URL or says nothing gives no URL.
void fill_joined_url(Work& work, std::string_view host, std::string_view path, std::string_view scheme);

}  // namespace parsers::vendors
