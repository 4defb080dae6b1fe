#include "sensor/status_words.h"

#include <doctest/doctest.h>

namespace json = boost::json;

TEST_CASE("status: one is told as one, and any other number as many") {
  CHECK(sensor::words::counted("{n} message{s} {are} kept", 1) == "1 message is kept");
  CHECK(sensor::words::counted("{n} message{s} {are} kept", 0) == "0 messages are kept");
  CHECK(sensor::words::counted("{n} message{s} {are} kept", 12) == "12 messages are kept");
}

TEST_CASE("status: a confidence is shown as people write it") {
  CHECK(sensor::words::text(json::value(1.0)) == "1.00");
  CHECK(sensor::words::text(json::value(0.85)) == "0.85");
  CHECK(sensor::words::text(json::value(0.0)) == "0.00");
  CHECK(sensor::words::text(json::value(12)) == "12");
  CHECK(sensor::words::text(json::value(nullptr)) == "-");
}
