#include <doctest/doctest.h>

#include <cstdlib>
#include <iterator>
#include <new>

#include "parsers/url_wrappers.h"
#include "tests/parsers/allocations.h"

thread_local std::size_t allocations = 0;

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define TSAN_OWNS_NEW
#endif
#endif

#ifndef TSAN_OWNS_NEW

// Every form of a single object's new, so that delete meets what malloc gave under a sanitizer too.
void* operator new(std::size_t size) {
  ++allocations;
  if (void* memory = std::malloc(size == 0 ? 1 : size)) return memory;
  throw std::bad_alloc();
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  ++allocations;
  return std::malloc(size);
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
#endif

namespace parsers {
namespace {

TEST_CASE("url: reading and hashing an ASCII URL into a used Url allocates nothing") {
  constexpr std::string_view kLogged[] = {
      "\"www.example.com/some/path/that/is/longer/than/a/small/string?and=a&query=of%20the%20same%20kind\"",
      "https://login.example.com:443/a/../b/./c%2fd",
      "test.example.com:443",
      "http://0xC0000201/",
      "https://bob@[2001:DB8::1]:8443/\\x",
  };
  const auto read_all = [&kLogged](Url& url) {
    std::size_t keys = 0;
    for (const std::string_view text : kLogged) {
      if (parse_url_unwrapped(text, "https", url) && url_keys(url).exact != 0) ++keys;
    }
    return keys;
  };
  Url url;
  REQUIRE(read_all(url) == std::size(kLogged));
  const std::size_t before = allocations;
  read_all(url);
  const std::size_t after = allocations;
  CHECK(after == before);
  Url fresh;
  read_all(fresh);
#ifndef TSAN_OWNS_NEW
  CHECK(allocations > after);
#endif
}

}  // namespace
}  // namespace parsers
