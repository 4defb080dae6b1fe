#include "parsers/vendors/fields.h"

#include <algorithm>
#include <array>
#include <optional>

#include "parsers/cef_doubt.h"
#include "parsers/cef_unescape.h"
#include "parsers/time_text.h"
#include "parsers/timestamp.h"
#include "parsers/utf8.h"
#include "parsers/words.h"

namespace parsers::vendors {
namespace {

constexpr std::array<std::string_view, 6> kNothing = {"", "-", "n/a", "na", "none", "null"};
// The same as numbers.
constexpr auto kNothingWords = [] {
  std::array<std::uint64_t, kNothing.size()> words{};
  for (std::size_t i = 0; i < words.size(); ++i) words[i] = Word::of(kNothing[i]).first;
  return words;
}();

// "UTC", "+hh:mm", "-hhmm", "GMT+2", "CEST"; nothing for names of zones, which need data that lies outside.
std::optional<Duration> parse_offset(std::string_view text) {
  if (text.empty()) return std::nullopt;
  text = unquote(text);
  if (equal_ignoring_case(text, "utc") || equal_ignoring_case(text, "gmt") || equal_ignoring_case(text, "z")) {
    return Duration{0};
  }
  const auto offset = scan_zone_name(text);
  if (!offset || std::chrono::abs(*offset) > std::chrono::hours(14)) return std::nullopt;
  return Duration(*offset);
}

std::optional<TimePoint> read_time(std::string_view text, const NormaliseContext& context,
                                   std::optional<Duration> offset, Flags& flags) {
  const auto time = parse_device_time(unquote(text), context.received, context.zone, flags);
  if (!time) return std::nullopt;
  if (!flags.has(Flag::time_without_zone) || !offset) return *time;
  flags.clear();
  Flags in_utc;
  const auto utc = parse_device_time(unquote(text), context.received, cctz::utc_time_zone(), in_utc);
  if (!utc) return std::nullopt;
  if (in_utc.has(Flag::time_without_year)) flags.set(Flag::time_without_year);
  return *utc - *offset;
}

// Leaves other strings in the scratch.
void take_user(Work& work, std::string_view value, bool nobody) {
  ResolvedUser& user = work.scratch.user;
  Event& event = work.event;
  event.user_raw = value;
  if (nobody) {
    event.user.clear();
    event.account.clear();
    event.user_match = UserMatch::none;
    return;
  }
  event.user.swap(user.upn);
  event.account.swap(user.account);
  event.user_match = user.how;
}

enum class Side { source, destination, neither };

Side side_of(std::string_view label, Side by_position) {
  if (label.empty()) return by_position;
  if (contains_ignoring_case(label, "dest")) return Side::destination;
  return contains_ignoring_case(label, "source") || contains_ignoring_case(label, "src") ? Side::source : Side::neither;
}

// `"..."#015#012`: a quoted value with the end of the line behind it that a relay spelled out.
std::string_view without_relay_end(std::string_view text) {
  if (!text.starts_with('"')) return text;
  std::string_view rest = text;
  while (rest.size() > kRelayEscapeBytes && relay_escape(rest, rest.size() - kRelayEscapeBytes) != '\0')
    rest.remove_suffix(kRelayEscapeBytes);
  return rest.ends_with('"') ? rest : text;
}

}  // namespace

std::string_view strip_quotes(std::string_view text) {
  text = without_relay_end(trim(text));
  while (!text.empty() && (text.front() == '"' || text.front() == '\\')) {
    const std::string_view before = text;
    if (text.size() >= 4 && text.starts_with("\\\"") && text.ends_with("\\\"")) {
      text = trim(text.substr(2, text.size() - 4));
    } else if (text.size() >= 2 && text.front() == '"' && text.back() == '"') {
      text = trim(text.substr(1, text.size() - 2));
    }
    if (text.size() == before.size()) break;
  }
  return text;
}

bool contains_ignoring_case(std::string_view text, std::string_view lower_text) {
  return std::search(text.begin(), text.end(), lower_text.begin(), lower_text.end(),
                     [](char x, char y) { return to_lower(x) == y; }) != text.end();
}

bool says_nothing(std::string_view text) {
  if (text.size() > kLongestNothing && has_bare_ends(text)) return false;
  text = unquote(text);
  if (text.size() > kLongestNothing) return false;
  const std::uint64_t word = Word::of(text).lower().first;
  bool is_nothing = false;
  for (const std::uint64_t nothing : kNothingWords) is_nothing |= word == nothing;
  return is_nothing && text.find('\0') == text.npos;
}

std::string_view said_by_any(const CefField& field, std::string& scratch) {
  const std::string_view value = CefMessage::value(field, scratch);
  if (value.size() > kLongestNothing && has_bare_ends(value)) return value;
  const std::string_view trimmed = trim(value);
  return says_nothing(trimmed) ? std::string_view() : trimmed;
}

void fill_time(Work& work, Keys times, Keys zones) {
  Event& event = work.event;
  const TimePoint latest = work.context.received + kMaxClockAhead;
  const std::optional<Duration> offset = parse_offset(first_value(work.cef, zones, work.scratch.other));
  for (const CefKey key : times) {
    const std::string_view text = first_value(work.cef, {key}, work.scratch.value);
    if (text.empty()) continue;
    Flags flags;
    const auto time = read_time(text, work.context, offset, flags);
    if (!time) continue;
    if (*time <= latest) {
      event.time = *time;
      event.flags.merge(flags);
      return;
    }
    event.flags.set(Flag::future_time);
  }
  if (work.syslog.time && *work.syslog.time <= latest) {
    event.time = *work.syslog.time;
    event.flags.set(Flag::time_from_header);
    return;
  }
  if (work.syslog.time) event.flags.set(Flag::future_time);
  event.time = work.context.received;
  event.flags.set(Flag::time_from_receipt);
}

namespace {

// Whether a text that a client controls stands between `field` and another of the keys that mean the same person, and
// they differ: then the other is what the device wrote, be it nobody, and this one is made up.
bool contradicts_device(const CefMessage& cef, Keys users, const CefField& field) {
  const CefField* other = &field;
  for (const CefKey key : users) {
    if (const CefField* found = cef.find(key); found != nullptr && found < other) other = found;
  }
  if (other == &field) return false;
  if (trim(other->raw) == trim(field.raw)) return false;
  return has_client_text(other, &field);
}

}  // namespace

void fill_user(Work& work, Keys users, Keys domains, std::string_view nobody_name) {
  static const IdentityMap kNoMap;
  const IdentityMap& identity = work.context.identity ? *work.context.identity : kNoMap;
  const ResolvedUser& user = work.scratch.user;
  enum class Best { none, placeholder, name, principal } best = Best::none;
  const std::string_view domain = first_value(work.cef, domains, work.scratch.other);
  for (const CefKey key : users) {
    const CefField* field = work.cef.find(key);
    if (field == nullptr) continue;
    std::string_view value = trim(CefMessage::value(*field, work.scratch.value));
    if (!work.cef.is_ascii) {
      assign_utf8(work, value, work.scratch.joined);
      value = work.scratch.joined;
    }
    identity.resolve(value, domain, work.scratch.user);
    if (user.form == UserName::Form::empty) continue;
    Best found = user.upn.empty() ? Best::name : Best::principal;
    const bool nobody = user.how != UserMatch::mapped &&
                        (user.form == UserName::Form::placeholder || equal_ignoring_case(unquote(value), nobody_name));
    if (nobody) found = Best::placeholder;
    if (found <= best) continue;
    if (contradicts_device(work.cef, users, *field)) {
      work.event.flags.set(Flag::key_forged);
      continue;
    }
    best = found;
    take_user(work, value, nobody);
    if (best == Best::principal) break;
  }
  if (best == Best::placeholder) work.event.flags.set(Flag::user_placeholder);
  if (best == Best::name) work.event.flags.set(Flag::user_unmapped);
}

void fill_addresses(Work& work, Keys sources, Keys destinations) {
  Event& event = work.event;
  const auto fill = [&](Keys keys, std::string& address) {
    for (const CefKey key : keys) {
      const std::string_view text = first_value(work.cef, {key}, work.scratch.value);
      if (!text.empty() && canonical_address(text, address)) return;
    }
  };
  fill(sources, event.source_address);
  fill(destinations, event.destination_address);
  struct Slot {
    CefKey key, label;
    Side side;
  };
  for (const Slot& slot : {Slot{CefKey::c6a2, CefKey::c6a2Label, Side::source},
                           Slot{CefKey::c6a3, CefKey::c6a3Label, Side::destination}}) {
    if (work.cef.find(slot.key) == nullptr) continue;
    const Side side = side_of(first_value(work.cef, {slot.label}, work.scratch.other), slot.side);
    if (side == Side::neither) continue;
    std::string& address = side == Side::source ? event.source_address : event.destination_address;
    if (address.empty()) fill({slot.key}, address);
  }
}

void fill_action(Work& work, Keys actions) {
  assign_utf8(work, unquote(first_value(work.cef, actions, work.scratch.value)), work.event.action);
}

bool has_client_text(const CefField* begin, const CefField* end) {
  return std::any_of(begin, end, [](const CefField& field) { return may_hold_fields(field.id); });
}

bool is_behind_client_text(const CefMessage& cef, const CefField& field) {
  return has_client_text(cef.extension.data(), &field);
}

void assign_utf8(Work& work, std::string_view text, std::string& out) {
  if (work.cef.is_ascii || is_utf8(text)) {
    out.assign(text);
    return;
  }
  out = to_utf8(text);
  work.event.flags.set(Flag::invalid_utf8);
}

}  // namespace parsers::vendors
