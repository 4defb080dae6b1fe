#include "parsers/vendors/record_key.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace parsers::vendors {
namespace {

std::uint64_t mix(std::string_view text, std::uint64_t key) {
  return XXH3_64bits_withSeed(text.data(), text.size(), key + text.size());
}

// "0", "{0x0,0x0,0x0,0x0}": the vendor's way to say that there is no number.
constexpr ByteSet kDigitsOfSomething = ByteSet("123456789abcdefABCDEF");
bool is_number_of_something(std::string_view text) { return kDigitsOfSomething.is_in(text); }

// 0 when a part is missing.
std::uint64_t own_identity(const Work& work, std::initializer_list<Keys> parts, std::uint64_t key) {
  for (const Keys& keys : parts) {
    const std::string_view value = first_value(work.cef, keys, work.scratch.value);
    if (!is_number_of_something(value)) return 0;
    key = mix(value, key);
  }
  return key;
}

}  // namespace

void fill_record_key(Work& work, std::initializer_list<Keys> parts, std::string_view space) {
  Event& event = work.event;
  const std::uint64_t seed = static_cast<std::uint64_t>(event.vendor);
  if (parts.size() != 0) event.record_key = own_identity(work, parts, mix(space, seed));
  if (event.record_key != 0) return;
  // Without a time of the device two messages that read alike may be two clicks.
  if (event.flags.has(Flag::time_from_receipt)) return;
  event.record_key = mix(work.syslog.rest, seed);
  if (event.flags.has(Flag::time_from_header)) event.record_key += static_cast<std::uint64_t>(to_micros(event.time));
  if (event.record_key == 0) event.record_key = 1;
}

}  // namespace parsers::vendors
