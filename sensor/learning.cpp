#include "sensor/learning.h"

namespace sensor {
namespace {

constexpr const char* kCursor = "correlate.learned";

}  // namespace

Learning::Learning(storage::State& state)
    : state_(state),
      knows_(state.cursor(kCursor).has_value()),
      waits_(!knows_ && state.cursor(std::string("graph.") + graph::to_string(graph::FeedName::signins))) {}

void Learning::note(const graph::FeedBatch& batch) {
  using Round = graph::FeedBatch::Round;
  if (knows_ || batch.feed != graph::FeedName::signins || batch.round == Round::none) return;
  waits_ = batch.round == Round::goes_on;
  if (!batch.cursor.empty()) since_.reset();
  if (waits_) return;
  state_.set_cursor(kCursor, "whole");
  knows_ = true;
}

bool Learning::lasts(parsers::TimePoint now) {
  if (!waits_) return false;
  if (!since_) since_ = now;
  return now - *since_ <= kPatience;
}

}  // namespace sensor
