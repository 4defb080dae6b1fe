// Any text is pages, an error, or both; a record reads the same from its raw text, unless it has the look of a page.
#include "parsers/graph.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  static_cast<void>(parsers::parse_sign_in_page(text));
  const auto page = parsers::parse_alert_page(text);
  for (std::size_t i = 0; page && i < page->records.size(); ++i) {
    if (page->records[i].raw.find("\"value\"") != std::string::npos) continue;
    const auto again = parsers::parse_alert_page(page->records[i].raw);
    if (!again || again->records.size() != 1 || again->records[0].id != page->records[i].id) __builtin_trap();
    static_cast<void>(parsers::title_key(page->records[i].title));
  }
  return 0;
}
