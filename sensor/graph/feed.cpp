#include "sensor/graph/feed.h"

#include <cstdio>

namespace graph {

std::optional<parsers::Error> LinkTrail::follow(std::string_view link) {
  auto target = target_of_link(origin_, link);
  if (!target) return target.error();
  if (seen_.size() >= kMaxPages) {
    return parsers::Error{"endless", 0, "Graph's pages have no end: " + std::to_string(kMaxPages) + " were read."};
  }
  if (!seen_.insert(*target).second) {
    return parsers::Error{
        "link_loop", 0,
        "the next page's link '" + printable(link, 200) + "' was followed before; it leads in a circle."};
  }
  target_ = std::move(*target);
  return std::nullopt;
}

void LinkTrail::reset() {
  target_.clear();
  seen_.clear();
}

// Graph's pages begin with their context.
Damage damage_of(PageState state, std::string_view start_of_body) {
  const bool is_graphs = start_of_body.find("\"@odata.context\"") != start_of_body.npos;
  return state != PageState::cut && is_graphs ? Damage::by_graph : Damage::on_the_way;
}

std::string filter_time(parsers::TimePoint time) {
  std::string text = parsers::format_rfc3339(time);
  const auto micros = static_cast<unsigned>((parsers::to_micros(time) % 1000 + 1000) % 1000);
  char digits[5];
  std::snprintf(digits, sizeof digits, "%03uZ", micros % 1000U);
  text.replace(text.size() - 1, 1, digits);
  return text;
}

}  // namespace graph
