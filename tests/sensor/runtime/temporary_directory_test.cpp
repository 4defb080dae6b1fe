#include "sensor/runtime/temporary_directory.h"

#include <doctest/doctest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <system_error>

namespace fs = std::filesystem;

namespace {

std::string error_where_tmpdir_is(const char* parent) {
  const std::string before = fs::temp_directory_path();
  ::setenv("TMPDIR", parent, 1);
  std::string said;
  try {
    const runtime::TemporaryDirectory directory("example");
  } catch (const std::system_error& error) {
    said = error.what();
  }
  ::setenv("TMPDIR", before.c_str(), 1);
  return said;
}

}  // namespace

TEST_CASE("A temporary directory is its owner's alone, and goes with everything in it") {
  fs::path path;
  {
    const runtime::TemporaryDirectory directory("example");
    path = directory.path();
    CHECK(path.filename().string().starts_with("lurewatch-example-"));
    CHECK(fs::status(path).permissions() == fs::perms::owner_all);
    fs::create_directories(path / "some/where");
    std::ofstream(path / "some/where/file") << "text";
    CHECK(runtime::TemporaryDirectory("example").path() != path);
    CHECK(fs::exists(path));
  }
  CHECK_FALSE(fs::exists(path));
}

TEST_CASE("Where no temporary directory can be made the error says where that was") {
  const std::string made = error_where_tmpdir_is("/proc");
  CHECK(made.starts_with("/proc/lurewatch-example-"));
  CHECK(made.ends_with(": No such file or directory"));
  CHECK(error_where_tmpdir_is("/no/such/place") == "the directory that TMPDIR names: No such file or directory");
}
