// Reads the syslog header of a message: RFC 5424, RFC 3164, none at all, and the mixtures that devices and relays send.
// Never fails: what it does not understand stays in `rest`.
#pragma once

#include <cctz/time_zone.h>

#include <optional>
#include <string_view>

#include "parsers/flags.h"
#include "parsers/time.h"

namespace parsers {

enum class SyslogFormat { none, rfc3164, rfc5424 };
const char* to_string(SyslogFormat format);

struct SyslogMessage {
  SyslogFormat format = SyslogFormat::none;
  std::optional<int> pri;         // 0 to 191
  std::optional<TimePoint> time;  // UTC
  std::string_view host;          // of the innermost header; points into the message; empty when absent
  std::string_view app;           // RFC 5424 APP-NAME or RFC 3164 tag, without the colon
  std::string_view rest;          // from the payload's first byte ("CEF:0|..." where there is one) to the end,
                                  // without BOM and without trailing CR, LF and NUL
  std::size_t rest_offset = 0;    // where `rest` begins in the message
  Flags flags;
};

// `received` settles a missing year (parsers/timestamp.h), `zone` applies to times that name no zone.
// Views point into `message`.
SyslogMessage parse_syslog(std::string_view message, TimePoint received, const cctz::time_zone& zone);
void parse_syslog(std::string_view message, TimePoint received, const cctz::time_zone& zone, SyslogMessage& out);

}  // namespace parsers
