// CEF fields as columns of Microsoft Sentinel's CommonSecurityLog table, as Microsoft's agent fills them.
// Source: learn.microsoft.com/azure/sentinel/cef-name-mapping, with the table's own spelling of the column names.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "parsers/cef.h"
#include "parsers/syslog.h"
#include "parsers/time.h"

namespace parsers {

enum class ColumnType { text, integer, real, datetime };

struct Column {
  std::string_view name;
  ColumnType type = ColumnType::text;
  std::string value;  // text form; a number that does not fit its column's type is left out
};

// Set columns only, in the table's order: header fields, mapped keys, AdditionalExtensions ("k=v;k=v" in the message's
// order), and TimeGenerated (time received), CollectorHostName (`collector`, the machine that received the message),
// Computer, SourceSystem, Type, and RemoteIP and RemotePort, which follow the direction. As Microsoft's agent does it,
// a key of which a message holds several fills its column once, ReceiptTime stays the device's text, and `start` and
// `end` are no columns but additional extensions, whose escapes stay. Unlike it, escapes in columns are undone.
std::vector<Column> common_security_log(const SyslogMessage& syslog, const CefMessage& cef, TimePoint received,
                                        std::string_view collector = {});

// One column alone, by its place in the table (0 to column_count() - 1).
std::size_t column_count();
std::optional<std::size_t> column_place(std::string_view name);  // by its exact name
std::string_view column_name(std::size_t place);
ColumnType column_type(std::size_t place);
// As in common_security_log(); empty where that leaves it out.
std::string column_value(std::size_t place, const SyslogMessage& syslog, const CefMessage& cef, TimePoint received,
                         std::string_view collector = {});
// Whether the words of this column stand in the message as they do in the value: every run of printable ASCII without
// blanks and without \ = | " ; does.
bool is_verbatim(std::size_t place);

// The type of a column by its exact name; nullptr for a name that the table does not have.
const ColumnType* find_column(std::string_view name);

}  // namespace parsers
