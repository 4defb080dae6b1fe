#include "parsers/cef_fields.h"

#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

namespace {

using namespace parsers;

std::vector<std::string> keys(const CefFields& fields) {
  std::vector<std::string> found;
  for (const CefField& field : fields) found.emplace_back(field.key);
  return found;
}

TEST_CASE("cef fields: what was added stays as the memory grows, is copied and is moved") {
  std::vector<std::string> names;
  for (int i = 0; i < 200; ++i) names.push_back("k" + std::to_string(i));
  CefFields fields;
  CHECK(fields.empty());
  for (const std::string& name : names) fields.add().key = name;
  REQUIRE(fields.size() == names.size());
  CHECK(keys(fields) == names);

  CefFields copy = fields;
  CHECK(keys(copy) == names);
  CHECK(copy.data() != fields.data());
  CefFields small;
  small.add().key = "one";
  copy = small;
  CHECK(keys(copy) == std::vector<std::string>{"one"});

  const CefField* const place = fields.data();
  CefFields moved = std::move(fields);
  CHECK(moved.data() == place);
  CHECK(keys(moved) == names);
}

TEST_CASE("cef fields: clearing keeps the memory, and a field that is added is empty") {
  CefFields fields;
  fields.add() = {.key = "src", .raw = "x", .id = CefKey::src, .has_escape = true, .superseded = true};
  const CefField* const place = fields.data();
  fields.clear();
  CHECK(fields.empty());
  const CefField& field = fields.add();
  CHECK(&field == place);
  CHECK(field.key.empty());
  CHECK(field.id == CefKey::unknown);
  CHECK_FALSE(field.has_escape);
  CHECK_FALSE(field.superseded);
  fields.add();
  fields.shrink_to(1);
  CHECK(fields.size() == 1);
}

}  // namespace
