#include "parsers/cef_reader.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <iterator>

#include "parsers/ascii.h"
#include "parsers/byte_scan.h"
#include "parsers/cef_doubt.h"
#include "parsers/cef_embedded.h"
#include "parsers/cef_glued.h"
#include "parsers/cef_header.h"
#include "parsers/cef_key_table.h"
#include "parsers/cef_unescape.h"
#include "parsers/lanes.h"
#include "parsers/utf8.h"

namespace parsers {
namespace {

constexpr auto kNone = std::string_view::npos;
constexpr auto kNoKey = static_cast<CefKey>(kCefKeyCount + 1);

constexpr bool is_blank(char c) { return c == ' ' || c == '\t'; }
constexpr ByteSet kLineBreaks = ByteSet("\r\n");
constexpr bool is_line_break(char c) { return kLineBreaks.has(c); }

bool is_escaped(std::string_view text, std::size_t at) {
  std::size_t backslashes = 0;
  while (backslashes < at && text[at - 1 - backslashes] == '\\') ++backslashes;
  return backslashes % 2 == 1;
}

// Zero-width and no-break spaces that a template picked up on its way through a PDF.
std::size_t invisible_prefix(std::string_view key) {
  static constexpr std::string_view kInvisible[] = {"\xe2\x80\x8b", "\xef\xbb\xbf", "\xc2\xa0"};
  for (const auto mark : kInvisible) {
    if (key.size() > mark.size() && key.starts_with(mark)) return mark.size();
  }
  return 0;
}

// What a byte is to a key; 0 for a byte that ends one.
enum KeyByte : std::uint8_t { kPlain = 1, kOdd = 2, kComma = 4 };
constexpr auto kKeyBytes = [] {
  std::array<std::uint8_t, 256> bytes{};
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const char c = static_cast<char>(i);
    if (is_cef_key_char(c)) bytes[i] = (is_cef_key_start(c) && i < 0x80) || c == '.' ? kPlain : kOdd;
  }
  bytes[','] = kComma;
  return bytes;
}();

unsigned key_byte(char c) { return kKeyBytes[static_cast<unsigned char>(c)]; }

bool has_plain_bytes(std::string_view key) {
  unsigned kinds = kPlain;
  for (const char c : key) kinds &= key_byte(c);
  return kinds != 0;
}

// Where the last word of text[from, end) begins, behind a blank; `from` when it holds none.
std::size_t word_start(std::string_view text, std::size_t from, std::size_t end) {
  std::size_t word = end;
  for (; word > from && word >= Lanes::kBytes; word -= Lanes::kBytes) {
    const std::size_t at = word - Lanes::kBytes;
    const Lanes lanes(text.data() + at);
    const unsigned blanks = (lanes.equal(' ') | lanes.equal('\t')).bits();
    if (blanks != 0) return std::max(from, at + static_cast<std::size_t>(std::bit_width(blanks)));
  }
  while (word > from && !is_blank(text[word - 1])) --word;
  return std::max(word, from);
}

// Whether all bytes of a key are kPlain; it lies in a text that goes on up to `end`.
[[gnu::always_inline]] inline bool has_plain_bytes(std::string_view key, const char* end) {
  const char* const begin = key.data();
  if (end - begin < static_cast<std::ptrdiff_t>(Lanes::kBytes) || key.size() > 2 * Lanes::kBytes)
    return has_plain_bytes(key);
  const auto plain_bits = [](const char* at) {
    const Lanes lanes(at);
    return (lanes.letters() | lanes.within('0', '9') | lanes.equal('_') | lanes.equal('.')).bits();
  };
  const unsigned head = plain_bits(begin);
  if (key.size() < Lanes::kBytes) return (~head & ((1u << key.size()) - 1)) == 0;
  return (head & plain_bits(begin + key.size() - Lanes::kBytes)) == 0xffff;
}

bool is_plain_key(std::string_view key, const char* end_of_text) {
  return !key.empty() && key[0] != '.' && has_plain_bytes(key, end_of_text);
}

constexpr bool may_begin_vendor_prefix(char c) { return c == 'F' || c == 'P'; }

bool has_vendor_prefix(std::string_view word) {
  constexpr std::string_view kFortiGate = "FTNTFGT", kPanOs = "PanOS", kOlderFortiGate = "FortinetFortiGate";
  if (word.empty() || !may_begin_vendor_prefix(word[0])) return false;
  const auto begins = [word](std::string_view prefix) {
    return word.size() > prefix.size() && word.starts_with(prefix);
  };
  return begins(kFortiGate) || begins(kPanOs) || begins(kOlderFortiGate);
}

}  // namespace

CefReader::CefReader(std::string_view extension, CefMessage& out)
    : text_(extension), out_(out), layout_(layout_of(out.device_vendor)) {}

void CefReader::close_value(std::size_t end) {
  if (!has_field()) return keep_text_before_first_key(end);
  CefField& field = out_.extension.back();
  field.raw = {text_.data() + value_start_, std::max(end, value_start_) - value_start_};
  if (watched_->has(field.id)) look_at(field, fields_);
}

void CefReader::open_field(std::size_t value_end, std::size_t equals, std::string_view key, CefKey id) {
  close_value(value_end);
  CefField& field = out_.extension.add();
  field.key = key;
  field.raw = {text_.data() + equals + 1, 0};
  field.id = id;
  value_start_ = equals + 1;
  ++fields_;
  if (id != CefKey::unknown && !out_.take_slot(id, fields_)) has_duplicates_ = true;
}

// The key of text[start, equals), a word behind a blank that is no short known key: unknown where it is opened as it
// stands, kNoKey for all that asks for a look at more of the text.
CefKey CefReader::find_plain_key(std::size_t start, std::size_t equals, std::size_t value_start) const {
  if (start <= value_start) return kNoKey;
  const std::string_view key{text_.data() + start, equals - start};
  if (key.size() > key_table::kHeadBytes || start + key_table::kHeadBytes > text_.size()) {
    if (const CefKey id = key_table::find(key); id != CefKey::unknown) return id;
  }
  if (!is_plain_key(key, text_.data() + text_.size())) return kNoKey;
  if (has_vendor_prefix(key)) return CefKey::unknown;
  return layout_.glues_keys || half_key_start(value_start, start - 1) != 0 ? kNoKey : CefKey::unknown;
}

// Nearly every '=' ends a word behind a blank that is a known key, or a plain one: these are taken one behind the
// other, up to one that is not of that kind. Gives how many were taken.
std::size_t CefReader::take_plain_keys(const Equals* equals, std::size_t count) {
  CefFields& fields = out_.extension;
  const std::size_t room = std::min(fields.capacity(), kMaxCefFields);
  if (fields_ >= room || text_.size() < key_table::kHeadBytes || count == 0) return 0;
  const char* const text = text_.data();
  const std::size_t last_head = text_.size() - key_table::kHeadBytes;
  const Equals* const first = equals;
  const Equals* const end = equals + std::min(count, room - fields_);
  auto* const slots = out_.slots_.data();
  CefField* field = fields.end();
  std::size_t number = fields_, value_start = value_start_;
  const auto find_short = [&](std::size_t start, std::size_t size, CefKey& id) __attribute__((always_inline)) {
    return size <= key_table::kHeadBytes && start <= last_head && key_table::find_short(text + start, size, id);
  };
  const auto open_field = [&](std::size_t start, std::size_t size, CefKey id) __attribute__((always_inline)) {
    value_start = equals->at + std::size_t{1};
    ++number;
    field->key = {text + start, size};
    field->id = id;
    field->has_escape = field->superseded = false;
    ++field;
    ++equals;
    if (id == CefKey::unknown) return;
    std::int16_t& slot = slots[static_cast<std::size_t>(id)];
    if (slot == 0) {
      slot = static_cast<std::int16_t>(number);
    } else {
      has_duplicates_ = true;
    }
  };
  if (number == 0) {
    // Nothing stands in front of a first key, where it is one.
    CefKey id;
    if (equals->behind_blank != 0 || !find_short(0, equals->at, id)) return 0;
    open_field(0, equals->at, id);
  }
  while (equals != end) {
    const std::size_t start = equals->behind_blank, size = equals->at - start;
    CefKey id;
    if (!find_short(start, size, id)) {
      id = find_plain_key(start, equals->at, value_start);
      if (id == kNoKey) break;
    }
    CefField& open = field[-1];
    open.raw = {text + value_start, start - 1 - value_start};
    if (watched_->has(open.id)) look_at(open, number);
    open_field(start, size, id);
  }
  fields_ = number;
  value_start_ = value_start;
  fields.extend_to(number);
  return static_cast<std::size_t>(equals - first);
}

unsigned CefReader::read() {
  ByteScan scan;
  scan.start();
  for (std::size_t from = 0; from < text_.size(); from += ByteScan::kPieceBytes) {
    scan_piece(text_, from, scan);
    may_hold_percent_ = (scan.rare & kPercent) != 0;
    for (std::size_t i = 0; i < scan.count; ++i) {
      i += take_plain_keys(&scan.equals[i], scan.count - i);
      if (i == scan.count || fields_ >= kMaxCefFields) break;
      consider(scan.equals[i].at, scan.equals[i].behind_blank);
    }
  }
  close_value(text_.size());
  if ((scan.rare & (kBackslash | kHash)) != 0) note_escapes(scan.rare);
  if ((scan.rare & (kControl | kForeign)) != 0) note_odd_bytes(scan.rare);
  revise();
  return scan.rare;
}

// `start` is 0 also where no blank stands in front.
void CefReader::consider(std::size_t equals, std::size_t start) {
  const bool is_first = start == 0 && !has_field();
  if (start <= value_start_ && !is_first) return consider_odd(equals);
  const std::string_view key{text_.data() + start, equals - start};
  const CefKey id = find_cef_key(key);
  if (id == CefKey::unknown) return consider_unknown(start, equals);
  open_field(start == 0 ? 0 : start - 1, equals, key, id);
}

bool CefReader::is_in_client_text() const { return has_field() && is_client_controlled(out_.extension.back().id); }

void CefReader::consider_unknown(std::size_t start, std::size_t equals) {
  const std::string_view key = text_.substr(start, equals - start);
  const std::size_t value_end = start == 0 ? 0 : start - 1;
  if (!is_plain_key(key, text_.data() + text_.size())) return consider_odd(equals);
  if (has_vendor_prefix(key)) return open_field(value_end, equals, key, CefKey::unknown);
  if (layout_.glues_keys) return consider_odd(equals);
  accept_named(value_end, equals, key, CefKey::unknown);
}

// Any other key, and every '=' that belongs to a value.
void CefReader::consider_odd(std::size_t equals) {
  odd_equals_in_ = fields_;
  if (equals > 0 && text_[equals - 1] == '\\' && is_escaped(text_, equals)) return;
  std::size_t end = equals;
  // "suser =bob"
  if (equals > value_start_ && text_[equals - 1] == ' ' && equals + 1 < text_.size() && text_[equals + 1] != ' ') --end;
  std::size_t start = end;
  while (start > value_start_ && is_cef_key_char(text_[start - 1])) --start;
  std::string_view key = text_.substr(start, end - start);
  if (stands_as_key(start, key, end != equals)) {
    const CefKey id = find_cef_key(key);
    const std::size_t value_end = start == 0 ? 0 : start - 1;
    if (id != CefKey::unknown) return open_field(value_end, equals, key, id);
    if (!split_glued(start, equals)) accept_unknown(value_end, equals, key);
  } else if (!split_glued(start, equals) && has_field()) {
    out_.flags.set(Flag::unescaped_equals);
  }
}

bool CefReader::stands_as_key(std::size_t start, std::string_view& key, bool is_detached) {
  if (key.empty() || !is_cef_key_start(key[0])) return false;
  const char before = start == 0 ? ' ' : text_[start - 1];
  if (before == '#') return follows_relay_escape(start, key);
  const bool is_separated = is_blank(before) || (start > 1 && is_line_break(before) && is_blank(text_[start - 2]));
  const bool is_break = is_line_break(before) && !is_separated;
  if (!is_separated && !is_break) return false;
  if (key.find(',') != kNone && !key.starts_with("ad.")) return false;
  if (is_break || is_detached) {
    const CefKey id = find_cef_key(key);
    if (id == CefKey::unknown || is_in_client_text()) return false;
    if (is_detached && out_.find(id) != nullptr) return false;
  }
  if (is_detached) out_.flags.set(Flag::odd_key);
  return true;
}

// "#011src=": a TAB or line break between two fields that a relay spelled out.
bool CefReader::follows_relay_escape(std::size_t start, std::string_view& key) {
  if (relay_escape(text_, start - 1) == '\0' || key.size() <= 3) return false;
  if (is_in_client_text() || find_cef_key(key.substr(3)) == CefKey::unknown) return false;
  key.remove_prefix(3);
  out_.flags.set(Flag::control_escaped);
  return true;
}

// "app=sshcs3Label=Virtual System", of devices whose template does that.
bool CefReader::split_glued(std::size_t start, std::size_t equals) {
  if (!layout_.glues_keys || !has_field() || is_in_client_text()) return false;
  const std::size_t found = find_glued_key(text_.substr(start, equals - start));
  if (found == kNone) return false;
  out_.flags.set(Flag::odd_key);
  const std::string_view key = text_.substr(start + found, equals - start - found);
  open_field(start + found, equals, key, find_cef_key(key));
  return true;
}

void CefReader::accept_unknown(std::size_t value_end, std::size_t equals, std::string_view key) {
  CefKey id = CefKey::unknown;
  const char* const end = text_.data() + text_.size();
  if (!is_plain_key(key, end)) {
    const std::size_t invisible = invisible_prefix(key);
    key.remove_prefix(invisible);
    if (invisible != 0) id = find_cef_key(key);
    if (!is_plain_key(key, end)) out_.flags.set(Flag::odd_key);
  }
  accept_named(value_end, equals, key, id);
}

void CefReader::accept_named(std::size_t value_end, std::size_t equals, std::string_view key, CefKey id) {
  if (id == CefKey::unknown && has_field()) join_half_key(value_end, key);
  open_field(value_end, equals, key, id);
}

// "PanOSParent SessionID=0": a key that a template wrote with a blank. Its first word is told by the vendor's prefix.
// Gives where that begins when it ends at `end`, else 0.
std::size_t CefReader::half_key_start(std::size_t value_start, std::size_t end) const {
  const std::size_t word = word_start(text_, value_start, end);
  if (word <= value_start || !has_vendor_prefix(text_.substr(word, end - word))) return 0;
  const auto is_key_byte = [](char c) { return key_byte(c) != 0; };
  return std::all_of(text_.begin() + word, text_.begin() + end, is_key_byte) ? word : 0;
}

void CefReader::join_half_key(std::size_t& value_end, std::string_view& key) {
  const std::size_t word = half_key_start(value_start_, value_end);
  if (word == 0) return;
  key = text_.substr(word, value_end - word + 1 + key.size());
  value_end = word - 1;
  out_.flags.set(Flag::odd_key);
}

// Walks the backslashes and the hashes, each with the fields that they stand in.
void CefReader::note_escapes(unsigned rare) {
  const auto for_each_field_with = [this](char c, auto visit) {
    CefField* field = out_.extension.begin();
    for (std::size_t at = text_.find(c); at != kNone; at = text_.find(c, at + 1)) {
      const char* const place = text_.data() + at;
      while (field != out_.extension.end() && field->raw.data() + field->raw.size() <= place) ++field;
      if (field == out_.extension.end()) return;
      if (place < field->raw.data() || field->key.empty()) continue;
      visit(*field);
      at = static_cast<std::size_t>(field->raw.data() - text_.data()) + field->raw.size() - 1;
      ++field;
    }
  };
  if ((rare & kBackslash) != 0) {
    for_each_field_with('\\', [this](CefField& field) {
      field.has_escape = true;
      if (has_unknown_escape(field.raw)) out_.flags.set(Flag::unknown_escape);
    });
  }
  if ((rare & kHash) != 0) for_each_field_with('#', [this](CefField& field) { note_relay_escapes(field); });
}

// A field whose value has come to its end, and whose key is watched.
void CefReader::look_at(const CefField& field, std::size_t number) {
  if (first_client_ != 0 && layout_.late_keys.has(field.id)) note_late(field, number);
  if (is_client_controlled(field.id)) doubt_client_text(field, number);
}

// A key that the device writes in front of every text of a client, or has another place for.
void CefReader::note_late(const CefField& field, std::size_t number) {
  if (out_.slots_[static_cast<std::size_t>(field.id)] != static_cast<std::int16_t>(number)) return;
  has_settled_ = true;
  const bool is_settled =
      layout_.settled_keys.has(field.id) &&
      out_.slots_[static_cast<std::size_t>(layout_.settled_by)] > static_cast<std::int16_t>(last_client_);
  if (!is_settled) has_late_ = true;
}

// Asked from left to right; `begin` is not 0.
bool CefReader::has_percent(std::size_t begin, std::size_t end) {
  if (!may_hold_percent_) return false;
  if (percent_ < begin) percent_ = text_.find('%', begin);
  return percent_ < end;
}

void CefReader::doubt_client_text(const CefField& field, std::size_t number) {
  if (may_hold_fields(field.id)) {
    last_client_ = number;
    if (first_client_ == 0) {
      first_client_ = number;
      watched_ = &layout_.watched_keys;
    }
  }
  if (has_open_quote(field)) has_open_quotes_ = true;
  const bool follows_text = first_client_ != 0 && first_client_ != number;
  if (follows_text && layout_.texts_in_front.has(field.id) &&
      out_.slots_[static_cast<std::size_t>(layout_.order_mark)] != 0) {
    has_late_ = true;
  }
  const auto start = static_cast<std::size_t>(field.raw.data() - text_.data());
  const bool may_embed = odd_equals_in_ == number || has_percent(start, start + field.raw.size());
  if (may_embed && looks_like_embedded_field(field.raw)) out_.flags.set(Flag::embedded_field);
}

void CefReader::note_relay_escapes(CefField& field) {
  for (std::size_t at = field.raw.find('#'); at != kNone; at = field.raw.find('#', at + 1)) {
    if (relay_escape(field.raw, at) == '\0') continue;
    field.has_escape = true;
    out_.flags.set(Flag::control_escaped);
  }
}

void CefReader::keep_text_before_first_key(std::size_t end) {
  const std::string_view text = text_.substr(0, end);
  if (text.find_first_not_of(" \t\r\n") == kNone) return;
  CefField& field = out_.extension.add();
  ++fields_;
  field.raw = text;
  field.has_escape = text.find('\\') != kNone;
  out_.flags.set(Flag::odd_key);
}

void CefReader::note_odd_bytes(unsigned rare) {
  if ((rare & kControl) != 0 && kLineBreaks.is_in(text_)) out_.flags.set(Flag::raw_newline);
  if ((rare & kForeign) != 0 && !is_utf8(text_)) out_.flags.set(Flag::invalid_utf8);
}

void CefReader::revise() {
  if (has_open_quotes_) {
    const std::size_t before = out_.extension.size();
    join_quoted_values(out_.extension, layout_, out_.flags);
    if (out_.extension.size() != before) has_duplicates_ = true;
  }
  if (has_duplicates_) choose_among_duplicates(out_.extension, layout_, out_.flags);
  bool is_changed = has_duplicates_;
  if (has_late_ || (has_settled_ && has_duplicates_))
    is_changed |= refuse_late_fields(out_.extension, layout_, out_.flags);
  if (is_changed) out_.number_fields();
}

}  // namespace parsers
