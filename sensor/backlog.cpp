#include "sensor/backlog.h"

#include <algorithm>

#include "storage/selection.h"

namespace sensor {

// A host that is being read goes on where it is, and what was read already comes once more after that: a new alert
// never sends it back, so that it comes to an end however many alerts name the host meanwhile.
void Backlog::add(std::uint64_t host_key, const correlate::Span& reach) {
  storage::BacklogRow row{.host_key = host_key, .reach = {reach.from, reach.to}};
  if (const auto waiting = state_.backlog(host_key)) {
    row.reach = {std::min(reach.from, waiting->reach.from), std::max(reach.to, waiting->reach.to)};
    row.after = row.again = waiting->after;
  }
  row.until = events_.last_id();
  state_.put_backlog(row);
}

// None takes all of a piece: behind a busy host a quiet one has its turn at once.
std::vector<correlate::Click> Backlog::next() {
  std::vector<correlate::Click> clicks;
  std::size_t work = 0;
  while (work < kPiece) {
    const auto row = state_.next_backlog();
    if (!row) break;
    work += read(*row, kPiece / 2, clicks);
  }
  return clicks;
}

// Returns how much work it was.
std::size_t Backlog::read(storage::BacklogRow row, std::size_t limit, std::vector<correlate::Click>& clicks) {
  storage::Selection selection;
  selection.after = row.after;
  selection.from = row.reach.from;
  selection.to = row.reach.to;
  selection.host_key = row.host_key;
  std::size_t work = kHostWork;
  bool is_cut = false;
  events_.scan_blocks(selection, [&](const storage::BlockView& block) {
    work += kBlockWork;
    for (const std::uint32_t at : block.chosen) {
      if (block.first + at > row.until) return false;
      row.after = block.first + at;
      ++work;
      if (auto click = deriver_.click(storage::event_of(block, at)); click && watch_.wants(click->event.url)) {
        clicks.push_back(std::move(*click));
        work += kClickWork;
      }
      is_cut = work >= limit;
      if (is_cut) return false;
    }
    return true;
  });
  if (!is_cut && row.again == 0) {
    state_.drop_backlog(row.host_key);
  } else {
    if (!is_cut) row = {.host_key = row.host_key, .reach = row.reach, .until = row.again};
    state_.put_backlog(row);
  }
  return work;
}

}  // namespace sensor
