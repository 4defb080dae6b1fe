#include "sensor/explain.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <charconv>

#include "parsers/columns.h"
#include "parsers/utf8.h"
#include "parsers/vendors/severity.h"
#include "sensor/findings/text.h"
#include "sensor/runtime/host_name.h"

namespace sensor {
namespace {

namespace json = boost::json;

json::value text_or_null(std::string_view text) {
  return text.empty() ? json::value(nullptr) : json::value(json::string(text));
}

json::object syslog_json(const parsers::SyslogMessage& syslog) {
  return {{"format", parsers::to_string(syslog.format)},
          {"pri", syslog.pri ? json::value(*syslog.pri) : json::value(nullptr)},
          {"time", syslog.time ? json::value(parsers::format_rfc3339(*syslog.time)) : json::value(nullptr)},
          {"host", text_or_null(syslog.host)},
          {"app", text_or_null(syslog.app)}};
}

json::array extension_json(const parsers::CefMessage& cef) {
  std::string scratch;
  json::array extension;
  for (const parsers::CefField& field : cef.extension) {
    extension.push_back(json::array{json::string(parsers::to_utf8(field.key)),
                                    json::string(parsers::to_utf8(parsers::unescape_value(field.raw, scratch)))});
  }
  return extension;
}

// The places in the extension of fields that do not count: another of the same key does, or a client made them up.
json::array superseded_json(const parsers::CefMessage& cef) {
  json::array places;
  for (std::size_t i = 0; i < cef.extension.size(); ++i) {
    if (cef.extension[i].superseded) places.push_back(json::value(i));
  }
  return places;
}

json::object cef_json(const parsers::CefMessage& cef) {
  std::string scratch;
  const auto header = [&](std::string_view raw) {
    return json::string(parsers::to_utf8(parsers::unescape_header(raw, scratch)));
  };
  return {{"version", cef.version},
          {"device_vendor", header(cef.device_vendor)},
          {"device_product", header(cef.device_product)},
          {"device_version", header(cef.device_version)},
          {"signature_id", header(cef.signature_id)},
          {"name", header(cef.name)},
          {"severity", header(cef.severity)},
          {"extension", extension_json(cef)},
          {"superseded", superseded_json(cef)}};
}

// A row in the device's own format: whose, its fields under the CEF keys that they were read as, how to switch to CEF.
json::object native_json(const parsers::Normalised& read) {
  return {{"vendor", parsers::to_string(read.native)},
          {"fields", read.has_cef ? json::value(extension_json(read.cef)) : json::value(nullptr)},
          {"superseded", superseded_json(read.cef)},
          {"advice", json::string(parsers::native_advice(read.native))}};
}

// The column holds a number that fits its type, in plain digits.
template <class Number>
Number number_of(const std::string& text) {
  Number number{};
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

json::value column_value(const parsers::Column& column) {
  // Numbers that a double can't hold exactly stay text-exact: integers are parsed as integers.
  if (column.type == parsers::ColumnType::integer) return json::value(number_of<std::int64_t>(column.value));
  if (column.type == parsers::ColumnType::real) return json::value(number_of<double>(column.value));
  return json::value(column.value);
}

std::string plain(const json::value& value) {
  if (value.is_null()) return "-";
  return value.is_string() ? findings::printable(value.as_string()) : json::serialize(value);
}

void list(std::string& out, std::string_view title, const json::value& value) {
  out += fmt::format("{}\n", title);
  if (!value.is_object() || value.as_object().empty()) {
    out += "  -\n";
    return;
  }
  for (const auto& [key, field] : value.as_object()) {
    if (!field.is_array()) out += fmt::format("  {:<28} {}\n", std::string_view(key), plain(field));
  }
}

}  // namespace

json::object columns_json(const parsers::Normalised& read, parsers::TimePoint received) {
  json::object columns;
  if (!read.has_cef) return columns;
  for (const parsers::Column& column :
       parsers::common_security_log(read.syslog, read.cef, received, runtime::host_name()))
    columns[column.name] = column_value(column);
  return columns;
}

json::object event_json(const parsers::Event& event, std::string_view severity) {
  return {
      {"time", parsers::format_rfc3339(event.time)},
      {"vendor", parsers::to_string(event.vendor)},
      {"product", parsers::to_utf8(event.product)},
      {"user", text_or_null(parsers::to_utf8(event.user))},
      {"user_raw", text_or_null(parsers::to_utf8(event.user_raw))},
      {"user_match", parsers::to_string(event.user_match)},
      {"url", event.has_url ? json::value(event.url.canonical()) : json::value(nullptr)},
      {"url_raw", text_or_null(parsers::to_utf8(event.url_raw))},
      {"host", event.has_url ? json::value(event.url.host) : json::value(nullptr)},
      {"source_address", text_or_null(event.source_address)},
      {"destination_address", text_or_null(event.destination_address)},
      {"action", text_or_null(parsers::to_utf8(event.action))},
      {"outcome", parsers::to_string(event.outcome)},
      {"severity", text_or_null(parsers::vendors::severity_name(event.vendor, severity))},
      {"record_key", event.record_key ? json::value(fmt::format("{:016x}", event.record_key)) : json::value(nullptr)}};
}

json::object explain_json(std::string_view input, parsers::Framing framing, std::string_view message,
                          const parsers::NormaliseContext& context) {
  parsers::Normalised result;
  parsers::normalise(message, context, result);
  const bool is_native = result.native != parsers::Vendor::unknown, is_cef = result.has_cef && !is_native;
  json::array flags;
  for (const std::string_view flag : result.flags.names()) flags.push_back(json::string(flag));
  json::value error = nullptr;
  if (result.error) error = fmt::format("{}: {}", result.error->code, parsers::to_utf8(result.error->detail));
  json::object explained = {
      {"input", json::string(input)},
      {"framing", parsers::to_string(framing)},
      {"syslog", syslog_json(result.syslog)},
      {"cef", is_cef ? json::value(cef_json(result.cef)) : json::value(nullptr)},
      {"columns", columns_json(result, context.received)},
      {"event", result.has_event ? json::value(event_json(result.event, result.cef.severity)) : json::value(nullptr)},
      {"flags", std::move(flags)},
      {"error", std::move(error)}};
  if (is_native) explained["native"] = native_json(result);
  return explained;
}

std::string explain_text(const json::object& explained) {
  std::string out = fmt::format("framing\n  {}\n", plain(explained.at("framing")));
  list(out, "syslog header", explained.at("syslog"));
  list(out, "CEF header", explained.at("cef"));
  if (const json::value* native = explained.if_contains("native")) list(out, "native row", *native);
  if (explained.at("cef").is_object()) {
    out += "CEF extension\n";
    const json::array& superseded = explained.at("cef").at("superseded").as_array();
    const json::array& extension = explained.at("cef").at("extension").as_array();
    for (std::size_t i = 0; i < extension.size(); ++i) {
      const bool counts = std::ranges::find(superseded, json::value(i)) == superseded.end();
      out += fmt::format("  {:<28} {}{}\n", plain(extension[i].at(0)), plain(extension[i].at(1)),
                         counts ? "" : "   (does not count)");
    }
  }
  list(out, "event", explained.at("event"));
  if (const json::value* event = explained.if_contains("event"); event->is_object()) {
    const bool has_url = !event->at("url").is_null(), has_user = !event->at("user").is_null();
    const std::string outcome = plain(event->at("outcome"));
    out += "what it could match\n";
    out += fmt::format("  as a click: {}\n", !has_url               ? "no: there is no URL"
                                             : outcome == "blocked" ? "no: it was blocked"
                                             : !has_user && plain(event->at("user_match")) == "none"
                                                 ? "no: there is no user"
                                                 : "yes, once an alert names this URL or its host");
  }
  out += "flags\n ";
  for (const json::value& flag : explained.at("flags").as_array()) out += " " + plain(flag);
  out += explained.at("flags").as_array().empty() ? " -\n" : "\n";
  out += fmt::format("quarantine\n  {}\n", plain(explained.at("error")));
  return out;
}

}  // namespace sensor
