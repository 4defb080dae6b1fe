#include "storage/compression.h"

#include <zstd.h>

#include <new>
#include <stdexcept>

namespace storage {
namespace {

constexpr int kLevel = 1;
// Level 1 has 14, and looks for no match below 7 bytes. Messages cut into fields need few places, which leave the
// nearest cache to others: 11 and 6 take no more room than 13 and 7, and a twentieth less time. Rows that are not cut
// find their like from further back: 13 takes a seventh more room for those, 16 gains nothing more.
constexpr int kNearHashLog = 11, kFarHashLog = 15;
constexpr int kNearMinMatch = 6, kFarMinMatch = 7;
// Level 1 has 19: what is not cut lies further back than 512 KiB, and costs no more to find there.
constexpr int kWindowLog = 20;

}  // namespace

Compressor::Compressor() : context_(ZSTD_createCCtx()) {
  if (context_ == nullptr) throw std::bad_alloc();
  ZSTD_CCtx_setParameter(context_, ZSTD_c_compressionLevel, kLevel);
  ZSTD_CCtx_setParameter(context_, ZSTD_c_windowLog, kWindowLog);
  ZSTD_CCtx_setParameter(context_, ZSTD_c_checksumFlag, 1);
}

Compressor::~Compressor() { ZSTD_freeCCtx(context_); }

std::string_view Compressor::compress(std::string_view bytes, std::string_view prefix, Likeness likeness) {
  const bool is_near = likeness == Likeness::near;
  ZSTD_CCtx_setParameter(context_, ZSTD_c_hashLog, is_near ? kNearHashLog : kFarHashLog);
  ZSTD_CCtx_setParameter(context_, ZSTD_c_minMatch, is_near ? kNearMinMatch : kFarMinMatch);
  const std::size_t bound = prefix.size() + ZSTD_compressBound(bytes.size());
  if (capacity_ < bound) {
    buffer_ = std::make_unique_for_overwrite<char[]>(bound);
    capacity_ = bound;
  }
  prefix.copy(buffer_.get(), prefix.size());
  const std::size_t size =
      ZSTD_compress2(context_, buffer_.get() + prefix.size(), capacity_ - prefix.size(), bytes.data(), bytes.size());
  if (ZSTD_isError(size) != 0) throw std::runtime_error(ZSTD_getErrorName(size));
  return {buffer_.get(), prefix.size() + size};
}

Decompressor::Decompressor() : context_(ZSTD_createDCtx()) {
  if (context_ == nullptr) throw std::bad_alloc();
}

Decompressor::~Decompressor() { ZSTD_freeDCtx(context_); }

bool Decompressor::decompress(std::string_view frame, std::size_t max_bytes, std::string& out) {
  const unsigned long long size = ZSTD_getFrameContentSize(frame.data(), frame.size());
  // The two error values are the largest of their type.
  if (size > max_bytes) return false;
  out.resize(size);
  return ZSTD_decompressDCtx(context_, out.data(), out.size(), frame.data(), frame.size()) == size;
}

}  // namespace storage
