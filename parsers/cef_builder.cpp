#include "parsers/cef_builder.h"

#include <algorithm>

#include "parsers/cef_doubt.h"
#include "parsers/cef_embedded.h"
#include "parsers/utf8.h"

namespace parsers {

CefBuilder::CefBuilder(std::size_t room, std::string& text, CefMessage& out) : text_(text), out_(out) {
  text_.clear();
  text_.reserve(std::max<std::size_t>(room, 64));  // never in the string itself: views survive a move
  out_.clear();
}

std::string_view CefBuilder::join(std::string_view first, std::string_view second) {
  const std::size_t start = text_.size();
  // Growing would move what the fields point to.
  if (first.size() + second.size() > text_.capacity() - start) return {};
  text_.append(first).append(second);
  return std::string_view(text_).substr(start);
}

std::string_view CefBuilder::keep(std::string_view made) { return join(made, {}); }

std::string_view CefBuilder::escaped(std::string_view value) {
  const std::size_t start = text_.size();
  const auto backslashes = static_cast<std::size_t>(std::count(value.begin(), value.end(), '\\'));
  if (value.size() + backslashes > text_.capacity() - start) return {};
  for (const char c : value) text_.append(c == '\\' ? 2 : 1, c);
  return std::string_view(text_).substr(start);
}

void CefBuilder::add(std::string_view key, std::string_view value) {
  if (key.empty() || is_full()) return;
  CefField& field = out_.extension.add();
  field.key = key;
  field.id = find_cef_key(key);
  const bool has_backslash = value.find('\\') != std::string_view::npos;
  field.raw = has_backslash ? escaped(value) : value;
  field.has_escape = has_backslash || value.find('#') != std::string_view::npos;
  if (value.find_first_of("\r\n") != std::string_view::npos) out_.flags.set(Flag::raw_newline);
  if (!is_utf8(value)) out_.flags.set(Flag::invalid_utf8);
  if (is_client_controlled(field.id) && looks_like_embedded_field(value)) out_.flags.set(Flag::embedded_field);
  if (field.id != CefKey::unknown && !out_.take_slot(field.id, out_.extension.size())) has_duplicates_ = true;
}

void CefBuilder::finish() {
  if (!has_duplicates_) return;
  choose_among_duplicates(out_.extension, layout_of({}), out_.flags);
  out_.number_fields();
}

}  // namespace parsers
