// The fields of one message: a vector of what it needs alone, whose new elements are not set to zero first.
#pragma once

#include <cstddef>
#include <iterator>
#include <memory>
#include <string_view>
#include <utility>

#include "parsers/cef_keys.h"

namespace parsers {

struct CefField {
  std::string_view key;  // empty: text before the first key
  std::string_view raw;  // as sent, escapes in place, without the one blank before the next key
  CefKey id = CefKey::unknown;
  bool has_escape = false;  // raw holds a backslash or a relay's "#012"
  bool superseded = false;  // another field of this key counts, or none: refused as forged
};

// References and pointers are good until a field is added. clear() keeps the memory.
class CefFields {
 public:
  CefFields() = default;
  CefFields(const CefFields& other) { *this = other; }
  CefFields(CefFields&& other) noexcept { *this = std::move(other); }
  CefFields& operator=(const CefFields& other);
  CefFields& operator=(CefFields&& other) noexcept {
    std::swap(memory_, other.memory_);
    std::swap(end_, other.end_);
    std::swap(limit_, other.limit_);
    return *this;
  }
  ~CefFields() = default;

  CefField* begin() { return memory_.get(); }
  CefField* end() { return end_; }
  CefField* data() { return begin(); }
  const CefField* begin() const { return memory_.get(); }
  const CefField* end() const { return end_; }
  const CefField* data() const { return begin(); }
  auto rbegin() const { return std::make_reverse_iterator(end()); }
  auto rend() const { return std::make_reverse_iterator(begin()); }
  std::size_t size() const { return static_cast<std::size_t>(end() - begin()); }
  bool empty() const { return end() == begin(); }
  CefField& operator[](std::size_t index) { return begin()[index]; }
  const CefField& operator[](std::size_t index) const { return begin()[index]; }
  CefField& back() { return end_[-1]; }
  const CefField& back() const { return end_[-1]; }

  void clear() { end_ = begin(); }
  void shrink_to(std::size_t size) { end_ = begin() + size; }
  // How many fields there may be before memory is asked for again.
  std::size_t capacity() const { return static_cast<std::size_t>(limit_ - begin()); }
  // Takes in what was written behind the end, within the capacity.
  void extend_to(std::size_t size) { end_ = begin() + size; }
  // A field whose members hold anything.
  CefField& add_unset() {
    if (end_ == limit_) grow();
    return *end_++;
  }
  CefField& add() { return add_unset() = {}; }

 private:
  void grow();

  std::unique_ptr<CefField[]> memory_;
  CefField* end_ = nullptr;
  CefField* limit_ = nullptr;
};

}  // namespace parsers
