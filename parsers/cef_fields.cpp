#include "parsers/cef_fields.h"

#include <algorithm>

namespace parsers {

CefFields& CefFields::operator=(const CefFields& other) {
  if (this == &other) return *this;
  const auto room = static_cast<std::size_t>(limit_ - begin());
  if (room < other.size()) {
    memory_ = std::make_unique<CefField[]>(other.size());
    limit_ = begin() + other.size();
  }
  end_ = std::copy(other.begin(), other.end(), begin());
  return *this;
}

void CefFields::grow() {
  constexpr std::size_t kFirst = 64;
  const std::size_t count = size(), room = std::max(kFirst, 2 * count);
  auto larger = std::make_unique<CefField[]>(room);
  std::copy(begin(), end(), larger.get());
  memory_ = std::move(larger);
  end_ = begin() + count;
  limit_ = begin() + room;
}

}  // namespace parsers
