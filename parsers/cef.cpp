#include "parsers/cef.h"

#include <algorithm>
#include <cstring>

#include "parsers/cef_doubt.h"
#include "parsers/cef_glued.h"
#include "parsers/cef_header.h"
#include "parsers/cef_unescape.h"
#include "parsers/utf8.h"

namespace parsers {
namespace {

constexpr auto kNone = std::string_view::npos;

// The next place of one byte at or after a moving position; each byte of the text is looked at once.
class Cursor {
 public:
  Cursor(std::string_view text, char c) : text_(text), c_(c), at_(text.find(c)) {}
  bool is_within(std::size_t begin, std::size_t end) {
    if (at_ < begin) at_ = text_.find(c_, begin);
    return at_ < end;
  }

 private:
  std::string_view text_;
  char c_;
  std::size_t at_;
};

constexpr bool is_blank(char c) { return c == ' ' || c == '\t'; }
constexpr bool is_line_break(char c) { return c == '\n' || c == '\r'; }

bool is_escaped(std::string_view text, std::size_t at) {
  std::size_t backslashes = 0;
  while (backslashes < at && text[at - 1 - backslashes] == '\\') ++backslashes;
  return backslashes % 2 == 1;
}

// Vendors whose keys one template breaks with a blank ("PanOSParent SessionID"): the first word of such a key.
bool is_half_key(std::string_view word) {
  constexpr std::string_view kPrefixes[] = {"PanOS", "FTNTFGT", "FortinetFortiGate"};
  const bool has_prefix = std::any_of(std::begin(kPrefixes), std::end(kPrefixes), [word](std::string_view prefix) {
    return word.size() > prefix.size() && word.starts_with(prefix);
  });
  return has_prefix && std::all_of(word.begin(), word.end(), is_cef_key_char);
}

// Zero-width and no-break spaces that a template picked up on its way through a PDF.
std::size_t invisible_prefix(std::string_view key) {
  constexpr std::string_view kInvisible[] = {"\xe2\x80\x8b", "\xef\xbb\xbf", "\xc2\xa0"};
  for (const auto mark : kInvisible) {
    if (key.size() > mark.size() && key.starts_with(mark)) return mark.size();
  }
  return 0;
}

}  // namespace

// Walks the '=' of an extension and decides for each whether it ends a key.
class CefReader {
 public:
  CefReader(std::string_view extension, CefMessage& out)
      : text_(extension),
        out_(out),
        backslashes_(extension, '\\'),
        hashes_(extension, '#'),
        may_be_glued_(out.device_vendor.starts_with("Palo Alto")) {}

  void read() {
    for (std::size_t equals = text_.find('='); equals != kNone; equals = text_.find('=', equals + 1)) {
      if (out_.extension.size() == kMaxCefFields) break;
      consider(equals);
    }
    close_value(text_.size());
    note_text();
    revise();
  }

 private:
  // The bytes in front of `equals` that could be a key.
  std::size_t key_start(std::size_t equals) const {
    std::size_t start = equals;
    while (start > value_start_ && is_cef_key_char(text_[start - 1])) --start;
    return start;
  }

  void consider(std::size_t equals) {
    if (equals > 0 && text_[equals - 1] == '\\' && is_escaped(text_, equals)) return;
    std::size_t end = equals;
    // "suser =bob"
    if (equals > value_start_ && text_[equals - 1] == ' ' && equals + 1 < text_.size() && text_[equals + 1] != ' ') {
      --end;
    }
    const std::size_t start = key_start(end);
    std::string_view key = text_.substr(start, end - start);
    if (!stands_as_key(start, key, end != equals)) {
      if (split_glued(start, equals)) return;
      if (has_field()) out_.flags.set(Flag::unescaped_equals);
      return;
    }
    if (find_cef_key(key) == CefKey::unknown && split_glued(start, equals)) return;
    accept(start == 0 ? 0 : start - 1, equals, key);
  }

  // "app=sshcs3Label=Virtual System", of devices whose template does that.
  bool split_glued(std::size_t start, std::size_t equals) {
    if (!may_be_glued_ || !has_field() || is_client_controlled(out_.extension.back().id)) return false;
    const std::size_t found = find_glued_key(text_.substr(start, equals - start));
    if (found == kNone) return false;
    out_.flags.set(Flag::odd_key);
    accept(start + found, equals, text_.substr(start + found, equals - start - found));
    return true;
  }

  bool has_field() const { return !out_.extension.empty(); }

  bool stands_as_key(std::size_t start, std::string_view& key, bool is_detached) {
    if (key.empty() || !is_cef_key_start(key[0])) return false;
    if (start > 0) {
      const char before = text_[start - 1];
      if (before == '#') return follows_relay_escape(start, key);
      // Right behind the '=' of the key before, this is a value.
      if (start == value_start_ && has_field()) return false;
      const bool is_break = is_line_break(before);
      if (!is_blank(before) && !is_break) return false;
      if (is_break || is_detached) {
        const bool in_client_text = has_field() && is_client_controlled(out_.extension.back().id);
        if (find_cef_key(key) == CefKey::unknown || in_client_text) return false;
      }
    }
    if (is_detached && (find_cef_key(key) == CefKey::unknown || out_.find(find_cef_key(key)))) return false;
    if (key.find(',') != kNone && !key.starts_with("ad.")) return false;
    if (is_detached) out_.flags.set(Flag::odd_key);
    return true;
  }

  // "#011src=": a TAB or line break between two fields that a relay spelled out.
  bool follows_relay_escape(std::size_t start, std::string_view& key) {
    if (relay_escape(text_, start - 1) == '\0' || key.size() <= 3) return false;
    const bool in_client_text = has_field() && is_client_controlled(out_.extension.back().id);
    if (in_client_text || find_cef_key(key.substr(3)) == CefKey::unknown) return false;
    key.remove_prefix(3);
    out_.flags.set(Flag::control_escaped);
    return true;
  }

  void accept(std::size_t value_end, std::size_t equals, std::string_view key) {
    CefKey id = find_cef_key(key);
    if (id == CefKey::unknown) repair_key(value_end, key, id);
    close_value(value_end);
    CefField& field = out_.extension.emplace_back();
    field.key = key;
    field.id = id;
    value_start_ = equals + 1;
    if (id == CefKey::unknown) return;
    std::int16_t& slot = out_.slots_[static_cast<std::size_t>(id)];
    if (slot == 0) {
      slot = static_cast<std::int16_t>(out_.extension.size());
    } else {
      has_duplicates_ = true;
    }
  }

  void repair_key(std::size_t& value_end, std::string_view& key, CefKey& id) {
    if (static_cast<unsigned char>(key[0]) >= 0x80) {
      key.remove_prefix(invisible_prefix(key));
      id = find_cef_key(key);
    }
    const std::string_view value = text_.substr(value_start_, value_end - std::min(value_start_, value_end));
    const std::size_t blank = value.find_last_of(" \t");
    const std::size_t word_start = blank == kNone ? 0 : blank + 1;
    if (id == CefKey::unknown && has_field() && (blank != kNone) && is_half_key(value.substr(word_start))) {
      const char* const key_end = key.data() + key.size();
      key = std::string_view(value.data() + word_start, static_cast<std::size_t>(key_end - value.data()) - word_start);
      value_end = value_start_ + blank;
      out_.flags.set(Flag::odd_key);
    }
    const auto is_odd = [](char c) {
      return (!is_cef_key_start(c) && c != '.') || static_cast<unsigned char>(c) >= 0x80;
    };
    if (std::any_of(key.begin(), key.end(), is_odd)) out_.flags.set(Flag::odd_key);
  }

  void close_value(std::size_t end) {
    if (!has_field()) {
      keep_text_before_first_key(end);
      return;
    }
    CefField& field = out_.extension.back();
    if (end < value_start_) end = value_start_;
    field.raw = text_.substr(value_start_, end - value_start_);
    finish_value(field, end);
  }

  void finish_value(CefField& field, std::size_t end) {
    if (backslashes_.is_within(value_start_, end)) {
      field.has_escape = true;
      if (has_unknown_escape(field.raw)) out_.flags.set(Flag::unknown_escape);
    }
    if (hashes_.is_within(value_start_, end)) note_relay_escapes(field);
    if (!is_client_controlled(field.id)) return;
    if (has_open_quote(field)) has_open_quotes_ = true;
    if (looks_like_embedded_field(field.raw)) out_.flags.set(Flag::embedded_field);
  }

  void note_relay_escapes(CefField& field) {
    for (std::size_t at = field.raw.find('#'); at != kNone; at = field.raw.find('#', at + 1)) {
      if (relay_escape(field.raw, at) == '\0') continue;
      field.has_escape = true;
      out_.flags.set(Flag::control_escaped);
    }
  }

  void keep_text_before_first_key(std::size_t end) {
    const std::string_view text = text_.substr(0, end);
    if (text.find_first_not_of(" \t\r\n") == kNone) return;
    CefField& field = out_.extension.emplace_back();
    field.raw = text;
    field.has_escape = text.find('\\') != kNone;
    out_.flags.set(Flag::odd_key);
  }

  void note_text() {
    if (text_.find('\n') != kNone || text_.find('\r') != kNone) out_.flags.set(Flag::raw_newline);
  }

  void revise() {
    if (has_open_quotes_) {
      const std::size_t before = out_.extension.size();
      join_quoted_values(out_.extension, out_.flags);
      if (out_.extension.size() != before) has_duplicates_ = true;
    }
    if (!has_duplicates_) return;
    choose_among_duplicates(out_.extension, out_.flags);
    out_.slots_.fill(0);
    for (std::size_t i = 0; i < out_.extension.size(); ++i) {
      const CefField& field = out_.extension[i];
      if (field.id == CefKey::unknown || field.superseded) continue;
      out_.slots_[static_cast<std::size_t>(field.id)] = static_cast<std::int16_t>(i + 1);
    }
  }

  std::string_view text_;
  CefMessage& out_;
  Cursor backslashes_;
  Cursor hashes_;
  std::size_t value_start_ = 0;
  bool has_duplicates_ = false;
  bool has_open_quotes_ = false;
  bool may_be_glued_;
};

const CefField* CefMessage::find(CefKey key) const {
  if (key == CefKey::unknown) return nullptr;
  const std::int16_t slot = slots_[static_cast<std::size_t>(key)];
  return slot == 0 ? nullptr : &extension[static_cast<std::size_t>(slot - 1)];
}

const CefField* CefMessage::find(std::string_view key) const {
  const CefKey id = find_cef_key(key);
  if (id != CefKey::unknown) return find(id);
  const auto found =
      std::find_if(extension.rbegin(), extension.rend(), [key](const CefField& field) { return field.key == key; });
  return found == extension.rend() ? nullptr : &*found;
}

std::string_view CefMessage::value(CefKey key, std::string& scratch) const {
  const CefField* field = find(key);
  if (field == nullptr) return {};
  if (!field->has_escape) return field->raw;
  return unescape(field->raw, is_single_word_key(key) ? LineBreaks::keep_within_words : LineBreaks::undo, scratch);
}

void CefMessage::clear() {
  version = 0;
  device_vendor = device_product = device_version = signature_id = name = severity = {};
  extension.clear();
  flags.clear();
  slots_.fill(0);
}

Result<void> parse_cef(std::string_view text, CefMessage& out) {
  out.clear();
  const auto end = text.find_last_not_of(std::string_view{"\r\n\0", 3});
  text = text.substr(0, end == kNone ? 0 : end + 1);
  const auto extension = read_cef_header(text, out);
  if (!extension) return extension.error();
  if (!is_utf8(text)) out.flags.set(Flag::invalid_utf8);
  CefReader{text.substr(*extension), out}.read();
  return {};
}

}  // namespace parsers
