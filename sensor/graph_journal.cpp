#include "sensor/graph_journal.h"

#include <algorithm>
#include <string_view>

#include "sensor/graph_status.h"

namespace sensor {
namespace {

constexpr std::string_view kMark = "! ";

std::string without_numbers(std::string_view trouble) {
  std::string out(trouble.substr(0, trouble.find("(client-request-id")));
  std::erase_if(out, [](char c) { return c >= '0' && c <= '9'; });
  return out;
}

}  // namespace

std::vector<GraphJournal::Line> GraphJournal::news(const boost::json::object& graph) {
  std::string troubles;
  list_graph_troubles(graph, troubles);
  std::vector<Line> out;
  std::map<std::string, std::string> now;
  for (std::string_view rest = troubles; !rest.empty();) {
    const auto end = std::min(rest.find('\n'), rest.size());
    const std::string_view line = rest.substr(std::min(kMark.size(), end), end - std::min(kMark.size(), end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
    const std::string key = without_numbers(line);
    if (!told_.contains(key) && !now.contains(key)) out.push_back({true, std::string(line)});
    now[key] = line.substr(0, line.find(':'));
  }
  std::vector<std::string> well;
  for (const auto& [key, feed] : told_) {
    const auto is_its = [&](const auto& entry) { return entry.second == feed; };
    if (std::none_of(now.begin(), now.end(), is_its) && std::find(well.begin(), well.end(), feed) == well.end()) {
      well.push_back(feed);
      out.push_back({false, feed + ": all is well again."});
    }
  }
  told_ = std::move(now);
  return out;
}

}  // namespace sensor
