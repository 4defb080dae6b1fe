// RFC 1952 bodies: `Content-Encoding: gzip`, which shrinks Graph's pages about tenfold.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace graph {

struct Inflated {
  std::string text;  // as far as it could be read
  enum class End { whole, cut, damaged, too_large } end = End::whole;
};

// At most `limit` bytes come out, whatever goes in.
Inflated inflate_gzip(std::string_view packed, std::size_t limit);

}  // namespace graph
