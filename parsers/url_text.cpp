#include "parsers/url_text.h"

#include <algorithm>
#include <array>

#include "parsers/ascii.h"

namespace parsers {
namespace {

constexpr ByteSet kBlankOrControl = ByteSet("\x7f").add_range(0, 0x20);
// A text with none of these has nothing around it, and nothing in it, that is not the URL's.
constexpr ByteSet kAsksForCleaning = ByteSet("\x7f\"'`<>[({").add_range(0, 0x20);
constexpr ByteSet kVanishes = ByteSet("\t\r\n");

// Whether each quote has its partner inside of the text: "?q=\"foo\"".
bool has_paired_quotes(std::string_view text) { return std::count(text.begin(), text.end(), '"') % 2 == 0; }

// One layer. '"', '<' and '>' are never part of a URL as people write it, so they go without a partner too; an
// apostrophe may be part of one, and goes only in pairs.
std::string_view strip_quotes_once(std::string_view text) {
  if (text.starts_with("\\\"")) text.remove_prefix(1);
  if (text.ends_with("\\\"")) text.remove_suffix(2);
  if (text.size() >= 2 && text.front() == text.back() && (text.front() == '\'' || text.front() == '`')) {
    return text.substr(1, text.size() - 2);
  }
  if (!text.empty() && (text.front() == '"' || text.front() == '<')) text.remove_prefix(1);
  if (!text.empty() && (text.back() == '>' || (text.back() == '"' && !has_paired_quotes(text)))) text.remove_suffix(1);
  return text;
}

std::string_view strip_wrapping(std::string_view text) {
  for (;;) {
    const std::string_view stripped = kBlankOrControl.trim(strip_quotes_once(kBlankOrControl.trim(text)));
    if (stripped.size() == text.size()) return text;
    text = stripped;
  }
}

struct Replacement {
  std::string_view from, to;
};
constexpr std::array<Replacement, 7> kDefanged = {
    {{"[.]", "."}, {"(.)", "."}, {"{.}", "."}, {"[dot]", "."}, {"(dot)", "."}, {"[://]", "://"}, {"[:]", ":"}}};

// Scheme and authority, where defanging shows itself; brackets further on are the URL's own.
std::string_view up_to_authority(std::string_view text) {
  const std::size_t colon = text.find(':');
  const std::size_t start = text.find_first_not_of("/\\]", colon == text.npos ? 0 : colon + 1);
  return text.substr(0, text.find_first_of("/\\?#", start));
}

// "hxxp:" or "hxxps[:": a host may begin with these letters, too.
bool has_defanged_scheme(std::string_view text) {
  constexpr std::string_view kScheme = "hxxp";
  if (!starts_with_ignoring_case(text, kScheme)) return false;
  std::string_view rest = text.substr(kScheme.size());
  if (starts_with_ignoring_case(rest, "s")) rest.remove_prefix(1);
  return rest.starts_with(':') || rest.starts_with("[:");
}

bool is_defanged(std::string_view text) {
  if (has_defanged_scheme(text)) return true;
  const std::string_view head = up_to_authority(text);
  return head.find_first_of("[({") != head.npos &&
         std::any_of(kDefanged.begin(), kDefanged.end(),
                     [head](const Replacement& r) { return head.find(r.from) != head.npos; });
}

void refang(std::string_view text, std::string& out) {
  out.clear();
  if (has_defanged_scheme(text)) {
    out = "http";
    text.remove_prefix(out.size());
  }
  while (!text.empty()) {
    const auto found = std::find_if(kDefanged.begin(), kDefanged.end(),
                                    [text](const Replacement& r) { return text.starts_with(r.from); });
    const bool replace = found != kDefanged.end();
    out += replace ? found->to : text.substr(0, 1);
    text.remove_prefix(replace ? found->from.size() : 1);
  }
}

}  // namespace

std::string_view clean_url_text(std::string_view text, std::string& scratch) {
  if (!kAsksForCleaning.is_in(text) && !has_defanged_scheme(text)) return text;
  text = strip_wrapping(text);
  if (is_defanged(text)) {
    refang(std::string(text), scratch);
    text = scratch;
  }
  if (!kVanishes.is_in(text)) return text;
  if (text.data() != scratch.data()) scratch = text;
  std::erase_if(scratch, [](char c) { return kVanishes.has(c); });
  return scratch;
}

}  // namespace parsers
