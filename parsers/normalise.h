// The road from a framed message to its event: syslog header, CEF, then the vendor's table.
#pragma once

#include <cctz/time_zone.h>

#include <optional>
#include <string>
#include <string_view>

#include "parsers/cef.h"
#include "parsers/event.h"
#include "parsers/identity.h"
#include "parsers/native.h"
#include "parsers/syslog.h"

namespace parsers {

struct NormaliseContext {
  TimePoint received;
  cctz::time_zone zone;                   // for device times that carry none
  const IdentityMap* identity = nullptr;  // may be null: then only names in mail form and in a DNS domain give a user
};

// Room to work in, kept so that no message has to ask for memory again.
struct NormaliseScratch {
  std::string value, other, host, joined;
  ResolvedUser user;
  NativeScratch native;
};

// Reuse one per thread; in the steady state nothing is allocated. Views point into the message.
struct Normalised {
  SyslogMessage syslog;
  bool has_cef = false;  // `cef` is filled: from CEF, or from a native row that was read as CEF
  CefMessage cef;
  Vendor native = Vendor::unknown;  // the device sends its own format; Flag::native_row
  bool has_event = false;           // false: not CEF, or CEF of a product that is no web gateway of the four vendors
  Event event;
  // Why the message belongs in quarantine: "empty", "not_cef", "cef_header_cut", or for a row in a device's own format
  // that is not read "native_checkpoint", and where it is cut "native_paloalto", "native_fortinet" (parsers/native.h).
  // Offset counts from the start of the message.
  std::optional<Error> error;
  Flags flags;  // all of them together

  NormaliseScratch scratch;

  void clear();
  void clear_results();  // all but `syslog` and `cef`
};

// Raised whenever normalise() reads messages that it refused before: what is in quarantine is then read again.
inline constexpr int kParserVersion = 3;

void normalise(std::string_view message, const NormaliseContext& context, Normalised& out);

}  // namespace parsers
