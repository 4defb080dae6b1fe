#include "sensor/query/printer.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>

#include "parsers/columns.h"
#include "sensor/findings/json_writer.h"
#include "sensor/runtime/host_name.h"

namespace query {
namespace {

constexpr const char* kUsual[] = {"time", "vendor", "user", "source_address", "outcome", "url"};
constexpr const char* kUsualOfQuarantine[] = {"received", "input", "peer", "reason", "offset", "raw"};
constexpr std::size_t kNoLimit = std::numeric_limits<std::size_t>::max() / 2;

std::size_t usual_width(const Field& field) {
  if (field.kind() == Kind::time) return 24;
  if (field.name() == "vendor") return 18;
  if (field.name() == "user") return 28;
  if (field.name() == "outcome") return 8;
  if (field.name() == "peer" || field.name().ends_with("address") || field.name() == "reason") return 16;
  return std::max<std::size_t>(field.name().size(), 20);
}

// The beginning of `text`, whole code points; cut short shows by its last place.
std::string fitted(const std::string& text, std::size_t width) {
  std::size_t places = 0, at = 0;
  while (at < text.size() && places < width) {
    ++at;
    while (at < text.size() && (static_cast<unsigned char>(text[at]) & 0xc0) == 0x80) ++at;
    ++places;
  }
  if (at == text.size()) return text + std::string(width - places, ' ');
  while (at > 0 && (static_cast<unsigned char>(text[--at]) & 0xc0) == 0x80) {
  }
  return text.substr(0, at) + "…";
}

std::string csv_cell(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) {
    quoted += c;
    if (c == '"') quoted += c;
  }
  return quoted + '"';
}

std::string joined_values(const Field& field, Message& message) {
  std::string text = field.value(message);
  for (std::size_t which = 1; which < field.value_count(); ++which) text += " " + field.value(message, which);
  return text;
}

void write(findings::JsonWriter& json, std::string_view name, Kind kind, const std::string& value) {
  std::int64_t integer = 0;
  const char* end = value.data() + value.size();
  if (kind == Kind::integer && std::from_chars(value.data(), end, integer).ptr == end && !value.empty())
    json.whole(name, integer);
  else if (!value.empty())
    json.text(name, value);
}

}  // namespace

Printer::Printer(Format format, std::vector<Field> fields, bool quarantine, std::size_t width)
    : format_(format), fields_(std::move(fields)), quarantine_(quarantine), has_all_(fields_.empty()) {
  if (has_all_) {
    const auto add = [this](const auto& names) {
      for (const char* name : names) fields_.push_back(*find_field(name));
    };
    quarantine ? add(kUsualOfQuarantine) : add(kUsual);
  }
  if (format_ != Format::table) return;
  std::size_t used = 0;
  for (const Field& field : fields_) {
    const bool is_last = widths_.size() + 1 == fields_.size();
    const std::size_t rest = width > used + 20 ? width - used : 20;
    widths_.push_back(is_last ? rest : usual_width(field));
    used += widths_.back() + 2;
  }
}

std::string Printer::joined(const std::vector<std::string>& cells) const {
  std::string line;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    if (format_ == Format::csv) {
      line += (i == 0 ? "" : ",") + csv_cell(cells[i]);
    } else if (format_ == Format::plain) {
      line += (i == 0 ? "" : "\t") + findings::printable(cells[i]);
    } else {
      line += (i == 0 ? "" : "  ") + fitted(findings::printable(cells[i]), widths_[i]);
    }
  }
  while (format_ == Format::table && line.ends_with(' ')) line.pop_back();
  return line + (format_ == Format::csv ? "\r\n" : "\n");
}

std::string Printer::heading() const {
  if (format_ == Format::json) return {};
  std::vector<std::string> names;
  for (const Field& field : fields_) names.emplace_back(field.name());
  return joined(names);
}

std::string Printer::row(Message& message) const {
  if (format_ == Format::json) return json(message);
  std::vector<std::string> cells;
  for (const Field& field : fields_) cells.push_back(joined_values(field, message));
  return joined(cells);
}

std::string Printer::json(Message& message) const {
  findings::JsonWriter json(kNoLimit, kNoLimit);
  if (!has_all_ || quarantine_) {
    for (const Field& field : fields_) write(json, field.name(), field.kind(), joined_values(field, message));
    return json.finish() + "\n";
  }
  for (const std::string_view name : event_field_names()) {
    if (name == "raw" || name == "address") continue;
    const Field field = *find_field(name);
    write(json, name, field.kind(), field.value(message));
  }
  json.object("columns", [&] {
    if (!message.has_cef()) return;
    for (const auto& column : parsers::common_security_log(message.syslog(), message.cef(), message.entry().received,
                                                           runtime::host_name())) {
      write(json, column.name, column.type == parsers::ColumnType::integer ? Kind::integer : Kind::text, column.value);
    }
  });
  json.text("raw", message.raw());
  return json.finish() + "\n";
}

}  // namespace query
