// A vendor is a table and a few functions. normalise() finds it by the CEF header and lets it fill the event.
#pragma once

#include <span>
#include <string_view>

#include "parsers/cef.h"
#include "parsers/event.h"
#include "parsers/normalise.h"

namespace parsers::vendors {

struct VendorModule {
  Vendor vendor;
  // Whether a CEF header is this vendor's; compares DeviceVendor and DeviceProduct without case and blanks.
  bool (*recognises)(const CefMessage& cef);
  void (*fill)(const CefMessage& cef, const SyslogMessage& syslog, const NormaliseContext& context, Event& event);
};

std::span<const VendorModule> modules();

extern const VendorModule kPaloAlto, kFortinet, kCheckPoint, kZscaler;

}  // namespace parsers::vendors
