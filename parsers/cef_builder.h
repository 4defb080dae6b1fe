// Fills a CefMessage from a row that is no CEF: what lies behind the parser then reads native rows and CEF alike.
#pragma once

#include <string>
#include <string_view>

#include "parsers/cef.h"

namespace parsers {

class CefBuilder {
 public:
  // `text` takes what can't be a view of the row: composed keys and values with escapes. Fields point into `text`, the
  // row and the caller's literals, and are good while those are. `room` bytes of `text` are enough for all that will be
  // composed; what does not fit is left out.
  CefBuilder(std::size_t room, std::string& text, CefMessage& out);

  // `value` is plain, without escapes. Views of the row or literals are kept as they are.
  void add(std::string_view key, std::string_view value);
  // Copies what the caller made, for add().
  std::string_view keep(std::string_view made);
  std::string_view join(std::string_view first, std::string_view second);

  // No device sends so many; what comes behind them is left out.
  static constexpr std::size_t kMaxFields = 512;
  bool is_full() const { return out_.extension.size() >= kMaxFields; }

  // Settles duplicates as for CEF (cef_doubt.h); call once, at the end.
  void finish();

 private:
  std::string_view escaped(std::string_view value);

  std::string& text_;
  CefMessage& out_;
  bool has_duplicates_ = false;
};

}  // namespace parsers
