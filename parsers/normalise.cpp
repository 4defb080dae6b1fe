#include "parsers/normalise.h"

#include <algorithm>

#include "parsers/cef_header.h"
#include "parsers/native.h"
#include "parsers/vendors/fields.h"
#include "parsers/vendors/vendor.h"

namespace parsers {
namespace {

const char* native_code(Vendor vendor) {
  if (vendor == Vendor::paloalto) return "native_paloalto";
  return vendor == Vendor::fortinet ? "native_fortinet" : "native_checkpoint";
}

// Why `message`, which is not CEF, is kept apart.
Error explain_refusal(std::string_view message, const Normalised& read, Error error) {
  if (vendors::trim(message).empty()) return {"empty", 0, "The message is empty."};
  if (read.native != Vendor::unknown) {
    return {native_code(read.native), read.syslog.rest_offset, std::string(native_advice(read.native))};
  }
  error.offset += read.syslog.rest_offset;
  return error;
}

// What is no CEF may still be a device's own format.
bool read_as_native(std::string_view message, Normalised& out) {
  out.cef.clear();
  out.native = recognise_native(message);
  if (out.native == Vendor::unknown) return false;
  out.flags.set(Flag::native_row);
  const bool is_read = read_native(out.native, out.syslog.rest, out.scratch.native, out.cef);
  out.flags.merge(out.cef.flags);
  return is_read;
}

// Asks for all bytes of a message before the first is read: another core may have written them.
void fetch(std::string_view message) {
  constexpr std::size_t kLineBytes = 64, kMost = 4096;
  for (std::size_t at = 0; at < std::min(message.size(), kMost); at += kLineBytes) {
    __builtin_prefetch(message.data() + at);
  }
}

void fill_event(const NormaliseContext& context, Normalised& out) {
  for (const vendors::VendorModule* module : vendors::modules()) {
    if (!module->recognises(out.cef)) continue;
    Event& event = out.event;
    event.vendor = module->vendor;
    vendors::Work work{out.cef, out.syslog, context, event, out.scratch};
    vendors::assign_utf8(work, unescape_header(out.cef.device_product, out.scratch.value), event.product);
    module->fill(work);
    out.has_event = true;
    out.flags.merge(event.flags);
    return;
  }
}

}  // namespace

void Normalised::clear() {
  syslog = {};
  cef.clear();
  clear_results();
}

void Normalised::clear_results() {
  has_cef = false;
  native = Vendor::unknown;
  has_event = false;
  event.clear();
  error.reset();
  flags.clear();
}

void normalise(std::string_view message, const NormaliseContext& context, Normalised& out) {
  fetch(message);
  out.clear_results();  // who fills the other parts clears them
  parse_syslog(message, context.received, context.zone, out.syslog);
  out.flags = out.syslog.flags;
  if (out.syslog.rest.starts_with(kUsualPrefix) || cef_prefix_length(out.syslog.rest) != 0 ||
      !read_as_native(message, out)) {
    Result<void> parsed = parse_cef(out.syslog.rest, out.cef);
    out.flags.merge(out.cef.flags);
    if (!parsed) {
      out.error = explain_refusal(message, out, parsed.error());
      return;
    }
  }
  out.has_cef = true;
  fill_event(context, out);
}

}  // namespace parsers
