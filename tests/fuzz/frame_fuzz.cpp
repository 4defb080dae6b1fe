// The messages of a stream are the same whole and in pieces.
#include "tests/fuzz/received_messages.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view stream{reinterpret_cast<const char*>(data) + 1, size - 1};
  const std::size_t step = 1u + data[0] % 40u;
  if (received_messages(stream, stream.size() + 1) != received_messages(stream, step)) __builtin_trap();
  return 0;
}
