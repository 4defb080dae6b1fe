#include "parsers/vendors/severity.h"

#include <algorithm>

#include "parsers/ascii.h"

namespace parsers::vendors {
namespace {

struct Row {
  Vendor vendor;
  std::string_view severity, name;
};
constexpr Row kRows[] = {
    {Vendor::paloalto, "1", "informational"},
    {Vendor::paloalto, "2", "low"},
    {Vendor::paloalto, "3", "medium"},
    {Vendor::paloalto, "4", "high"},
    {Vendor::paloalto, "5", "critical"},
    {Vendor::paloalto, "informational", "informational"},
    {Vendor::paloalto, "low", "low"},
    {Vendor::paloalto, "medium", "medium"},
    {Vendor::paloalto, "high", "high"},
    {Vendor::paloalto, "critical", "critical"},
    {Vendor::fortinet, "1", "debug"},
    {Vendor::fortinet, "2", "information"},
    {Vendor::fortinet, "3", "notice"},
    {Vendor::fortinet, "4", "warning"},
    {Vendor::fortinet, "5", "error"},
    {Vendor::fortinet, "6", "critical"},
    {Vendor::fortinet, "7", "alert"},
    {Vendor::fortinet, "8", "emergency"},
    {Vendor::checkpoint, "low", "low"},
    {Vendor::checkpoint, "medium", "medium"},
    {Vendor::checkpoint, "high", "high"},
    {Vendor::checkpoint, "very-high", "very high"},
    {Vendor::checkpoint, "critical", "critical"},
};

}  // namespace

std::string_view severity_name(Vendor vendor, std::string_view severity) {
  const auto row = std::ranges::find_if(
      kRows, [&](const Row& x) { return x.vendor == vendor && equal_ignoring_case(x.severity, severity); });
  return row == std::end(kRows) ? std::string_view() : row->name;
}

}  // namespace parsers::vendors
