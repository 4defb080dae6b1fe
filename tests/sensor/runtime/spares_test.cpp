#include "sensor/runtime/spares.h"

#include <doctest/doctest.h>

#include <string>

TEST_CASE("What was given comes back with its memory, and no more is kept than was said") {
  runtime::Spares<std::string> spares(1);
  CHECK(spares.take().empty());

  std::string used;
  used.reserve(5000);
  const char* memory = used.data();
  spares.give(std::move(used));
  spares.give(std::string(9, 'x'));

  const std::string again = spares.take();
  CHECK(again.data() == memory);
  CHECK(again.empty());
  CHECK(spares.take().capacity() < 5000);
}
