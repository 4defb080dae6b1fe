#include "parsers/normalise.h"

#include "parsers/native.h"
#include "parsers/vendors/fields.h"
#include "parsers/vendors/vendor.h"

namespace parsers {
namespace {

Error native_error(Vendor vendor) {
  switch (vendor) {
    case Vendor::paloalto:
      return {"native_paloalto", 0, "A PAN-OS row in its native CSV format; give the log type a CEF template."};
    case Vendor::fortinet:
      return {"native_fortinet", 0, "A FortiGate row in its native format; set format cef."};
    default:
      return {"native_checkpoint", 0, "A Check Point row in its native format; export with format cef."};
  }
}

// Why `message`, which is not CEF, is kept apart.
Error explain_refusal(std::string_view message, std::size_t rest_offset, Error error, Flags& flags) {
  if (vendors::trim(message).empty()) return {"empty", 0, "The message is empty."};
  if (const Vendor vendor = recognise_native(message); vendor != Vendor::unknown) {
    flags.set(Flag::native_row);
    return native_error(vendor);
  }
  error.offset += rest_offset;
  return error;
}

void fill_event(const NormaliseContext& context, Normalised& out) {
  for (const vendors::VendorModule* module : vendors::modules()) {
    if (!module->recognises(out.cef)) continue;
    Event& event = out.event;
    event.vendor = module->vendor;
    vendors::assign_utf8(unescape_header(out.cef.device_product, out.scratch.value), event.product, event.flags);
    vendors::Work work{out.cef, out.syslog, context, event, out.scratch};
    module->fill(work);
    out.has_event = true;
    out.flags.merge(event.flags);
    return;
  }
}

}  // namespace

void Normalised::clear() {
  syslog = {};
  has_cef = false;
  cef.clear();
  has_event = false;
  event.clear();
  error.reset();
  flags.clear();
}

void normalise(std::string_view message, const NormaliseContext& context, Normalised& out) {
  out.clear();
  out.syslog = parse_syslog(message, context.received, context.zone);
  out.flags = out.syslog.flags;
  Result<void> parsed = parse_cef(out.syslog.rest, out.cef);
  out.flags.merge(out.cef.flags);
  if (!parsed) {
    out.error = explain_refusal(message, out.syslog.rest_offset, parsed.error(), out.flags);
    return;
  }
  out.has_cef = true;
  fill_event(context, out);
}

}  // namespace parsers
