#include "parsers/vendors/severity.h"

#include <doctest/doctest.h>

#include <ostream>

using parsers::Vendor;
using parsers::vendors::severity_name;

TEST_CASE("severity: each vendor's number or word is read on the vendor's own scale") {
  struct Row {
    Vendor vendor;
    const char *severity, *name;
  };
  constexpr Row kRows[] = {
      {Vendor::paloalto, "1", "informational"},
      {Vendor::paloalto, "5", "critical"},
      {Vendor::paloalto, "High", "high"},
      {Vendor::paloalto, "6", ""},
      {Vendor::fortinet, "1", "debug"},
      {Vendor::fortinet, "4", "warning"},
      {Vendor::fortinet, "8", "emergency"},
      {Vendor::fortinet, "9", ""},
      {Vendor::checkpoint, "Unknown", ""},
      {Vendor::checkpoint, "Very-High", "very high"},
      {Vendor::checkpoint, "Critical", "critical"},
      {Vendor::zscaler, "3", ""},
      {Vendor::unknown, "5", ""},
      {Vendor::paloalto, "$numberof-severity", ""},
      {Vendor::paloalto, "", ""},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.severity);
    CHECK(severity_name(row.vendor, row.severity) == row.name);
  }
}
