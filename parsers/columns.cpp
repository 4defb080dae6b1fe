#include "parsers/columns.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <limits>

#include "parsers/ascii.h"
#include "parsers/utf8.h"

namespace parsers {
namespace {

enum class Source : std::uint8_t {
  key,
  header,
  additional,
  computer,
  collector,
  received,
  source_system,
  table,
  simplified_action,
  remote_address,
  remote_port,
  none
};
enum class Number : std::uint8_t { text, int32, int64, real, datetime };

struct ColumnSpec {
  std::string_view name;
  Number number = Number::text;
  Source source = Source::none;
  CefKey key = CefKey::unknown;
  std::string_view CefMessage::* header = nullptr;
};

constexpr ColumnSpec kColumns[] = {
#define KEY(column, number, cef_key) {#column, Number::number, Source::key, CefKey::cef_key, nullptr},
#define HEADER(column, field) {#column, Number::text, Source::header, CefKey::unknown, &CefMessage::field},
#define OTHER(column, number, source) {#column, Number::number, Source::source, CefKey::unknown, nullptr},
#include "parsers/common_security_log.inc"
#undef KEY
#undef HEADER
#undef OTHER
};
constexpr std::size_t kColumnCount = std::size(kColumns);

constexpr std::array<bool, kCefKeyCount + 1> kIsMapped = [] {
  std::array<bool, kCefKeyCount + 1> mapped{};
  for (const auto& column : kColumns) {
    if (column.source == Source::key) mapped[static_cast<std::size_t>(column.key)] = true;
  }
  return mapped;
}();

constexpr ColumnType type_of(Number number) {
  switch (number) {
    case Number::int32:
    case Number::int64:
      return ColumnType::integer;
    case Number::real:
      return ColumnType::real;
    case Number::datetime:
      return ColumnType::datetime;
    case Number::text:
      return ColumnType::text;
  }
  return ColumnType::text;
}

constexpr std::array<ColumnType, kColumnCount> kTypes = [] {
  std::array<ColumnType, kColumnCount> types{};
  for (std::size_t i = 0; i < kColumnCount; ++i) types[i] = type_of(kColumns[i].number);
  return types;
}();

constexpr ByteSet kBlank = ByteSet(" ");

template <class Value>
bool parse_whole(std::string_view text, Value& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size();
}

// The number in the form that the column shows it in; empty when it is none or does not fit.
std::string as_number(std::string_view text, Number number) {
  const std::string_view trimmed = kBlank.trim(text);
  if (number == Number::real) {
    double value = 0;
    // from_chars knows "inf" and "nan", and the table knows neither.
    const bool is_plain = trimmed.find_first_not_of("+-.eE0123456789") == std::string_view::npos;
    return is_plain && parse_whole(trimmed, value) ? std::string{trimmed} : std::string{};
  }
  std::int64_t value = 0;
  if (!parse_whole(trimmed, value)) return {};
  using Int32 = std::numeric_limits<std::int32_t>;
  if (number == Number::int32 && (value < Int32::min() || value > Int32::max())) return {};
  return std::to_string(value);
}

// Every key without a column of its own, "k=v;k=v" in the message's order and with the message's own escapes, as
// Microsoft's agent writes it.
std::string additional_extensions(const CefMessage& cef) {
  std::string text;
  for (const CefField& field : cef.extension) {
    if (kIsMapped[static_cast<std::size_t>(field.id)]) continue;
    if (!text.empty()) text.push_back(';');
    if (!field.key.empty()) text.append(field.key).push_back('=');
    text.append(field.raw);
  }
  return to_utf8(text);
}

// Sentinel writes "Deny" for these in SimplifiedDeviceAction and passes every other word through.
bool is_denial(std::string_view action) {
  return equal_ignoring_case(action, "deny") || equal_ignoring_case(action, "denied");
}

// Which of two keys is about the other side: the source's for traffic that comes in, the destination's for what goes
// out, and none where the device does not say.
CefKey remote_key(const CefMessage& cef, CefKey source, CefKey destination, std::string& scratch) {
  const std::string_view direction = kBlank.trim(cef.value(CefKey::deviceDirection, scratch));
  if (direction == "0") return source;
  return direction == "1" ? destination : CefKey::unknown;
}

std::string value_of(const ColumnSpec& column, const SyslogMessage& syslog, const CefMessage& cef, TimePoint received,
                     std::string_view collector, std::string& scratch) {
  switch (column.source) {
    case Source::key: {
      const std::string_view value = cef.value(column.key, scratch);
      return column.number == Number::text ? to_utf8(value) : as_number(value, column.number);
    }
    case Source::header:
      return to_utf8(unescape_header(cef.*column.header, scratch));
    case Source::additional:
      return additional_extensions(cef);
    case Source::computer:
      return to_utf8(syslog.host);
    case Source::collector:
      return to_utf8(collector);
    case Source::received:
      return format_rfc3339(received);
    case Source::source_system:
      return "OpsManager";
    case Source::table:
      return "CommonSecurityLog";
    case Source::simplified_action: {
      const std::string_view action = cef.value(CefKey::act, scratch);
      return is_denial(action) ? std::string("Deny") : to_utf8(action);
    }
    case Source::remote_address:
      return to_utf8(cef.value(remote_key(cef, CefKey::src, CefKey::dst, scratch), scratch));
    case Source::remote_port:
      return to_utf8(cef.value(remote_key(cef, CefKey::spt, CefKey::dpt, scratch), scratch));
    case Source::none:
      break;
  }
  return {};
}

}  // namespace

std::vector<Column> common_security_log(const SyslogMessage& syslog, const CefMessage& cef, TimePoint received,
                                        std::string_view collector) {
  std::vector<Column> columns;
  columns.reserve(64);
  std::string scratch;
  for (std::size_t i = 0; i < kColumnCount; ++i) {
    if (kColumns[i].source == Source::none) continue;
    std::string value = value_of(kColumns[i], syslog, cef, received, collector, scratch);
    if (!value.empty()) columns.push_back({kColumns[i].name, kTypes[i], std::move(value)});
  }
  return columns;
}

std::size_t column_count() { return kColumnCount; }

std::optional<std::size_t> column_place(std::string_view name) {
  const auto found = std::ranges::find(kColumns, name, &ColumnSpec::name);
  if (found == std::end(kColumns)) return std::nullopt;
  return static_cast<std::size_t>(found - std::begin(kColumns));
}

std::string_view column_name(std::size_t place) { return kColumns[place].name; }
ColumnType column_type(std::size_t place) { return kTypes[place]; }

std::string column_value(std::size_t place, const SyslogMessage& syslog, const CefMessage& cef, TimePoint received,
                         std::string_view collector) {
  std::string scratch;
  return value_of(kColumns[place], syslog, cef, received, collector, scratch);
}

bool is_verbatim(std::size_t place) {
  const Source source = kColumns[place].source;
  return source == Source::key || source == Source::header || source == Source::computer ||
         source == Source::additional;
}

const ColumnType* find_column(std::string_view name) {
  for (std::size_t i = 0; i < kColumnCount; ++i) {
    if (kColumns[i].name == name) return &kTypes[i];
  }
  return nullptr;
}

}  // namespace parsers
