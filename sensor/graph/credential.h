// What the sensor signs in to Graph with, as status and check show it; never the secret itself.
#pragma once

#include <optional>
#include <string>

#include "parsers/time.h"

namespace graph {

struct Credential {
  const char* kind = "secret";                // "secret", "certificate", "managed_identity"
  std::optional<parsers::TimePoint> expires;  // the certificate's end
  std::string warning;                        // it expires soon or is not valid yet; empty when all is well
};

}  // namespace graph
