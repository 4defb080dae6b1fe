// Hosts on which everybody's pages stand side by side under one name: there only the page itself is evidence, never
// the host. (Hosters that give each customer a name of his own are the Public Suffix List's matter: parsers/url.h.)
#pragma once

#include <string_view>

namespace correlate {

bool is_shared_host(std::string_view canonical_host);
// Whether it is, or lies below, one that we know by its name; of all shared hosts those that have a registrable domain.
bool is_listed_as_shared(std::string_view canonical_host);

}  // namespace correlate
