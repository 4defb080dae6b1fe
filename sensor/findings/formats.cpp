#include "sensor/findings/formats.h"

#include <algorithm>
#include <array>

#include "sensor/findings/cef_line.h"
#include "sensor/findings/ecs_line.h"
#include "sensor/findings/ocsf_line.h"

namespace findings {
namespace {

constexpr std::array kFormats{Format::json, Format::ocsf, Format::ecs, Format::cef};

struct Names {
  std::string_view name, file;
};
constexpr std::array<Names, kFormats.size()> kNames{
    {{"json", "alerts.jsonl"}, {"ocsf", "alerts.ocsf.jsonl"}, {"ecs", "alerts.ecs.jsonl"}, {"cef", "alerts.cef"}}};

const Names& names_of(Format format) { return kNames[static_cast<std::size_t>(format)]; }

}  // namespace

std::span<const Format> all_formats() { return kFormats; }
std::string_view to_string(Format format) { return names_of(format).name; }
std::string_view file_name(Format format) { return names_of(format).file; }

std::optional<Format> parse_format(std::string_view name) {
  const auto format = std::ranges::find(kFormats, name, [](Format each) { return to_string(each); });
  return format == kFormats.end() ? std::nullopt : std::optional(*format);
}

std::string to_line(Format format, std::string_view finding_line) {
  switch (format) {
    case Format::ocsf:
      return to_ocsf_line(finding_line);
    case Format::ecs:
      return to_ecs_line(finding_line);
    case Format::cef:
      return to_cef_line(finding_line);
    case Format::json:
      break;
  }
  return std::string(finding_line);
}

}  // namespace findings
