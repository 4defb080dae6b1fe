// Hosts on which everybody's pages stand side by side under one name: there only the page itself is evidence, never
// the host. (Hosters that give each customer a name of his own are the Public Suffix List's matter: parsers/url.h.)
#pragma once

#include <string_view>

namespace correlate {

bool is_shared_host(std::string_view canonical_host);

}  // namespace correlate
