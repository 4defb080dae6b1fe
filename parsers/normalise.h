// The road from a framed message to its event: syslog header, CEF, then the vendor's table.
#pragma once

#include <cctz/time_zone.h>

#include <optional>
#include <string_view>

#include "parsers/cef.h"
#include "parsers/event.h"
#include "parsers/identity.h"
#include "parsers/syslog.h"

namespace parsers {

struct NormaliseContext {
  TimePoint received;
  cctz::time_zone zone;                   // for device times that carry none
  const IdentityMap* identity = nullptr;  // may be null: users stay as logged
};

// Reuse one per thread; in the steady state nothing is allocated. Views point into the message.
struct Normalised {
  SyslogMessage syslog;
  bool has_cef = false;
  CefMessage cef;
  bool has_event = false;  // false: not CEF, or CEF of a vendor that is none of the four
  Event event;
  std::optional<Error> error;  // why the message belongs in quarantine
  Flags flags;                 // all of them together

  void clear();
};

void normalise(std::string_view message, const NormaliseContext& context, Normalised& out);

}  // namespace parsers
