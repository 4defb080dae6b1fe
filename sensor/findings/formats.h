// The formats of alert files. Every line of another format is made from the line of alerts.jsonl alone, so that all
// files say the same, and a line can be made again.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace findings {

enum class Format { json, ocsf, ecs, cef };

std::span<const Format> all_formats();
std::string_view to_string(Format format);  // "json", "ocsf", "ecs", "cef"
std::optional<Format> parse_format(std::string_view name);
std::string_view file_name(Format format);  // "alerts.jsonl", "alerts.ocsf.jsonl", "alerts.ecs.jsonl", "alerts.cef"

// `finding_line` is a line of alerts.jsonl; the result is one line without LF, valid UTF-8, of at most kMaxLineBytes
// (CEF: kMaxCefBytes).
std::string to_line(Format format, std::string_view finding_line);

}  // namespace findings
