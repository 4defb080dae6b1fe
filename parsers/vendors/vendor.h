// A vendor is a table and a few functions. normalise() finds it by the CEF header and lets it fill the event.
#pragma once

#include <span>
#include <string_view>

#include "parsers/cef.h"
#include "parsers/event.h"
#include "parsers/header_text.h"
#include "parsers/normalise.h"

namespace parsers::vendors {

// What a vendor's functions read, and the event they fill.
struct Work {
  const CefMessage& cef;
  const SyslogMessage& syslog;
  const NormaliseContext& context;
  Event& event;
  NormaliseScratch& scratch;
};

struct VendorModule {
  Vendor vendor;
  // Whether a CEF header is this vendor's; compares DeviceVendor and DeviceProduct without case and blanks.
  bool (*recognises)(const CefMessage& cef);
  // Fills everything but vendor and product. Never fails: what it can't read stays empty, and a flag says so.
  void (*fill)(Work& work);
};

std::span<const VendorModule* const> modules();

extern const VendorModule kPaloAlto, kFortinet, kCheckPoint, kZscaler;

}  // namespace parsers::vendors
