// Takes the records out of one or more answers of Graph, as text; for parsers/graph.cpp.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

#include "parsers/result.h"

namespace parsers {

struct PageText {
  struct Record {
    std::string_view text;
    std::size_t offset = 0;
  };
  std::vector<Record> records;  // objects, complete, not yet parsed; views into the text
  std::string_view next_link;   // the JSON value of the last page's @odata.nextLink; empty when it has none
  std::string_view delta_link;  // the same of @odata.deltaLink
  std::vector<Error> rejected;
  bool truncated = false;
  bool has_page = false;  // some `value` array was read to its end
};

PageText split_pages(std::string_view json);

// One past the bracket that opens the records of the page that `json` begins with; nothing when it is no page, or its
// `value` has yet to come.
std::optional<std::size_t> end_of_page_head(std::string_view json);

}  // namespace parsers
