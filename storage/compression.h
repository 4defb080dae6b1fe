// zstd frames with their content size and a checksum, so that a flipped bit on disk is noticed and never served.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

struct ZSTD_CCtx_s;
struct ZSTD_DCtx_s;

namespace storage {

// Level 1: on CEF lines higher levels gain a few percent for twice the time. Reuse one per thread.
class Compressor {
 public:
  Compressor();
  ~Compressor();
  // Where the like of a piece is to be found: close to it, which takes less looking for, or anywhere.
  enum class Likeness { near, far };
  // `prefix` and the frame of `bytes`. Points into the compressor until the next call.
  std::string_view compress(std::string_view bytes, std::string_view prefix = {}, Likeness likeness = Likeness::far);

 private:
  ZSTD_CCtx_s* context_;
  std::unique_ptr<char[]> buffer_;
  std::size_t capacity_ = 0;
};

class Decompressor {
 public:
  Decompressor();
  ~Decompressor();
  // False when the frame is damaged, holds more than `max_bytes`, or does not name its size.
  bool decompress(std::string_view frame, std::size_t max_bytes, std::string& out);

 private:
  ZSTD_DCtx_s* context_;
};

}  // namespace storage
