#include "sensor/query/field.h"

#include <algorithm>

#include "parsers/columns.h"
#include "sensor/runtime/host_name.h"

namespace query {
namespace {

struct EventField {
  std::string_view name;
  Kind kind;
  Cost cost;
  std::string (*value)(Message& message);
};

template <std::string parsers::Event::* Member>
std::string of_event(Message& message) {
  const parsers::Event* event = message.event();
  return event == nullptr ? std::string() : event->*Member;
}

std::string url_of(Message& message) {
  const parsers::Event* event = message.event();
  return event != nullptr && event->has_url ? event->url.canonical() : std::string();
}

std::string host_of(Message& message) {
  const parsers::Event* event = message.event();
  return event != nullptr && event->has_url ? event->url.host : std::string();
}

std::string vendor_of(Message& message) { return parsers::to_string(message.entry().vendor); }
std::string outcome_of(Message& message) { return parsers::to_string(message.entry().outcome); }

std::string flags_of(Message& message) {
  std::string joined;
  for (const std::string_view flag : parsers::Flags::from_bits(message.entry().flags).names()) {
    joined.append(joined.empty() ? "" : ",").append(flag);
  }
  return joined;
}

// Where in the message it stopped being readable: the start for what framing refused.
std::string offset_of(Message& message) {
  if (message.reason().empty()) return {};
  const auto& error = message.whole().error;
  return std::to_string(error && error->code == message.reason() ? error->offset : 0);
}

constexpr EventField kEventFields[] = {
    {"id", Kind::text, Cost::index, [](Message& message) { return std::to_string(message.id()); }},
    {"time", Kind::time, Cost::index, [](Message& message) { return parsers::format_rfc3339(message.entry().time); }},
    {"received", Kind::time, Cost::index,
     [](Message& message) { return parsers::format_rfc3339(message.entry().received); }},
    {"input", Kind::text, Cost::index, [](Message& message) { return message.source().input; }},
    {"peer", Kind::text, Cost::index, [](Message& message) { return message.source().peer; }},
    {"vendor", Kind::text, Cost::index, vendor_of},
    {"product", Kind::text, Cost::event, of_event<&parsers::Event::product>},
    {"user", Kind::text, Cost::event, of_event<&parsers::Event::user>},
    {"account", Kind::text, Cost::event, of_event<&parsers::Event::account>},
    {"user_raw", Kind::text, Cost::event, of_event<&parsers::Event::user_raw>},
    {"url", Kind::text, Cost::event, url_of},
    {"url_raw", Kind::text, Cost::event, of_event<&parsers::Event::url_raw>},
    {"host", Kind::text, Cost::event, host_of},
    {"source_address", Kind::text, Cost::event, of_event<&parsers::Event::source_address>},
    {"destination_address", Kind::text, Cost::event, of_event<&parsers::Event::destination_address>},
    {"address", Kind::text, Cost::event, of_event<&parsers::Event::source_address>},
    {"action", Kind::text, Cost::event, of_event<&parsers::Event::action>},
    {"outcome", Kind::text, Cost::index, outcome_of},
    {"flags", Kind::text, Cost::index, flags_of},
    {"reason", Kind::text, Cost::index, [](Message& message) { return std::string(message.reason()); }},
    {"offset", Kind::integer, Cost::event, offset_of},
    {"raw", Kind::text, Cost::bytes, [](Message& message) { return std::string(message.raw()); }},
};

constexpr std::string_view kAddress = "address", kReceived = "received", kRaw = "raw";

Kind kind_of(parsers::ColumnType type) {
  switch (type) {
    case parsers::ColumnType::integer:
      return Kind::integer;
    case parsers::ColumnType::real:
      return Kind::real;
    case parsers::ColumnType::datetime:
      return Kind::time;
    case parsers::ColumnType::text:
      break;
  }
  return Kind::text;
}

}  // namespace

std::string_view Field::name() const { return is_column_ ? parsers::column_name(place_) : kEventFields[place_].name; }

Kind Field::kind() const { return is_column_ ? kind_of(parsers::column_type(place_)) : kEventFields[place_].kind; }

Cost Field::cost() const { return is_column_ ? Cost::columns : kEventFields[place_].cost; }

std::size_t Field::value_count() const { return name() == kAddress ? 2 : 1; }

std::string Field::value(Message& message, std::size_t which) const {
  if (which == 1) return of_event<&parsers::Event::destination_address>(message);
  if (!is_column_) return kEventFields[place_].value(message);
  if (!message.has_cef()) return {};
  return parsers::column_value(place_, message.syslog(), message.cef(), message.entry().received, runtime::host_name());
}

std::optional<parsers::TimePoint> Field::time(Message& message) const {
  if (!is_column_) return name() == kReceived ? message.entry().received : message.entry().time;
  const auto parsed = parsers::parse_rfc3339(value(message));
  return parsed ? std::optional(*parsed) : std::nullopt;
}

bool Field::is_verbatim() const { return is_column_ ? parsers::is_verbatim(place_) : name() == kRaw; }

std::optional<Field> find_field(std::string_view name) {
  Field field;
  const auto found = std::ranges::find(kEventFields, name, &EventField::name);
  if (found != std::end(kEventFields)) {
    field.place_ = static_cast<std::size_t>(found - std::begin(kEventFields));
    return field;
  }
  const auto place = parsers::column_place(name);
  if (!place) return std::nullopt;
  field.is_column_ = true;
  field.place_ = *place;
  return field;
}

std::vector<std::string_view> event_field_names() {
  std::vector<std::string_view> names;
  for (const EventField& field : kEventFields) names.push_back(field.name);
  return names;
}

std::vector<std::string_view> field_names() {
  std::vector<std::string_view> names = event_field_names();
  for (std::size_t place = 0; place < parsers::column_count(); ++place) names.push_back(parsers::column_name(place));
  return names;
}

}  // namespace query
