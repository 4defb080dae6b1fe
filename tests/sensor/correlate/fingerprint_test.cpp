#include "sensor/correlate/fingerprint.h"

#include <doctest/doctest.h>

using correlate::Fingerprint;

TEST_CASE("fingerprint: it is the first half of SHA-256 over the fields with their lengths") {
  // printf '3:abc0:' | sha256sum
  CHECK(Fingerprint().add("abc").add("").hex() == "bdf1004d3099a7a3712d12c456e15ebb");
}

TEST_CASE("fingerprint: text cannot move from one field into the next") {
  CHECK(Fingerprint().add("ab").add("c").hex() != Fingerprint().add("a").add("bc").hex());
  CHECK(Fingerprint().add("a1:b").hex() != Fingerprint().add("a").add("b").hex());
  CHECK(Fingerprint().add("a").hex() != Fingerprint().add("a").add("").hex());
}
