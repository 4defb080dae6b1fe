#include "parsers/flags.h"

#include <array>

namespace parsers {
namespace {

constexpr std::array<std::string_view, static_cast<std::size_t>(Flag::count_)> kNames = {
    "no_pri",
    "no_syslog_header",
    "nested_header",
    "octet_count_in_text",
    "time_without_year",
    "time_without_zone",
    "time_from_header",
    "time_from_receipt",
    "future_time",
    "cef_prefix_repaired",
    "header_fields_missing",
    "header_field_extra",
    "unescaped_equals",
    "unknown_escape",
    "duplicate_key",
    "odd_key",
    "embedded_field",
    "raw_newline",
    "invalid_utf8",
    "control_escaped",
    "url_scheme_inferred",
    "url_host_joined",
    "url_host_only",
    "url_not_a_url",
    "url_unreadable",
    "user_unmapped",
    "user_placeholder",
    "key_forged",
    "native_row",
};
static_assert(!kNames.back().empty(), "a flag has no name");

}  // namespace

std::string_view to_string(Flag flag) { return kNames[static_cast<std::size_t>(flag)]; }

std::vector<std::string_view> Flags::names() const {
  std::vector<std::string_view> names;
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    if (has(static_cast<Flag>(i))) names.push_back(kNames[i]);
  }
  return names;
}

}  // namespace parsers
