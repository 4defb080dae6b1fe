// The key of a URL's page, for every message on its way in.
#pragma once

#include <cstdint>

#include "parsers/url.h"

namespace parsers {

std::uint64_t page_key(const Url& url);  // url_keys(url).no_query, in a third of the time

}  // namespace parsers
