#include "sensor/exclusions/load.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>

#include "tests/support/folder.h"
#include "tests/support/temporary_directory.h"

namespace {

std::string mistakes_of(const exclusions::Loaded& loaded) {
  std::string text;
  for (const config::Mistake& mistake : loaded.mistakes) text += config::to_text(mistake);
  return text;
}

std::string mistakes_in(const std::string& text) { return mistakes_of(exclusions::load_text(text, "t.toml")); }

constexpr const char* kRule =
    "[[exclusion]]\nname = \"backup\"\nowner = \"ops@contoso.com\"\nreason = \"repository\"\nexpires = 2027-06-30\n";

bool is_to_use(const std::string& line) { return line.size() > 1 && line[0] == '#' && line[1] != ' '; }

}  // namespace

TEST_CASE("exclusions: a rule knows its place, its owner and the end of its last day") {
  const auto loaded = exclusions::load_text(std::string("\n") + kRule + "[exclusion.event]\nhost = \"a\"\n", "t.toml");
  REQUIRE(mistakes_of(loaded) == "");
  const exclusions::Exclusion& rule = loaded.set->all().at(0);
  CHECK(rule.name == "backup");
  CHECK(rule.owner == "ops@contoso.com");
  CHECK(rule.reason == "repository");
  CHECK(parsers::format_rfc3339(rule.expires) == "2027-07-01T00:00:00.000Z");
  CHECK(rule.file == "t.toml");
  CHECK(rule.line == 2);
}

TEST_CASE("exclusions: an end may be a time with its offset") {
  std::string text = std::string(kRule) + "[exclusion.event]\nhost = \"a\"\n";
  text.replace(text.find("2027-06-30"), 10, "2027-06-30T18:30:05+02:00");
  const auto loaded = exclusions::load_text(text, "t.toml");
  REQUIRE(mistakes_of(loaded) == "");
  CHECK(parsers::format_rfc3339(loaded.set->all().at(0).expires) == "2027-06-30T16:30:05.000Z");
}

TEST_CASE("exclusions: a mistake is told with its place, the line, a caret and the likely mend") {
  CHECK(mistakes_in(std::string(kRule) + "[exclusion.event]\nsource_adress = \"10.0.0.0/8\"\n") ==
        "t.toml:7:1: `source_adress` is not a field of [exclusion.event] that there is\n"
        "  source_adress = \"10.0.0.0/8\"\n"
        "  ^\n"
        "  did you mean `source_address`?\n");
  CHECK(mistakes_in(std::string(kRule) + "[exclusion.event]\nsource_address = [\"10.0.0.0/8\", \"10.0.0.0/40\"]\n")
            .starts_with("t.toml:7:33: source_address: "));
}

TEST_CASE("exclusions: what is missing, unknown or of the wrong kind is a mistake, all of them at once") {
  const auto loaded = exclusions::load_text(
      "[[exclusion]]\n"
      "nam = \"x\"\n"
      "owner = 5\n"
      "reason = \" \"\n"
      "expires = \"2027-06-30\"\n"
      "[exclusion.event]\n"
      "user = \"~(\"\n"
      "host = []\n"
      "DestinationPort = 1.5\n"
      "[exclusion.signin]\n"
      "source_address = \"10.0.0.1\"\n",
      "t.toml");
  std::vector<unsigned> lines;
  for (const config::Mistake& mistake : loaded.mistakes) lines.push_back(mistake.line);
  CHECK(lines == std::vector<unsigned>{1, 2, 3, 4, 5, 7, 8, 9, 11});
}

TEST_CASE("exclusions: a rule without conditions is refused") {
  for (const char* conditions : {"", "[exclusion.event]\n", "[exclusion.signin]\n"}) {
    CAPTURE(conditions);
    CHECK(mistakes_in(std::string(kRule) + conditions).find("would suppress every finding") != std::string::npos);
  }
}

TEST_CASE("exclusions: a local time says nothing without its offset") {
  std::string text = std::string(kRule) + "[exclusion.event]\nhost = \"a\"\n";
  text.replace(text.find("2027-06-30"), 10, "2027-06-30T18:30:00");
  CHECK(mistakes_in(text).starts_with("t.toml:5:11: expires: "));
}

TEST_CASE("exclusions: text that is no TOML, and other sections, are mistakes") {
  CHECK(mistakes_in("[[exclusion]\n").starts_with("t.toml:1:"));
  CHECK(mistakes_in("[exclusion]\nname = \"x\"\n").find("write [[exclusion]]") != std::string::npos);
  CHECK(mistakes_in("[[allow]]\n").starts_with("t.toml:1:3: `allow` is not a section that there is"));
}

TEST_CASE("exclusions: the files of a folder are read in the order of their names") {
  const support::TemporaryDirectory folder;
  const std::string rest = "owner = \"o\"\nreason = \"r\"\nexpires = 2027-06-30\n[exclusion.event]\nhost = \"a\"\n";
  folder.write("20-b.toml", "[[exclusion]]\nname = \"b\"\n" + rest);
  folder.write("10-a.toml", "[[exclusion]]\nname = \"a\"\n" + rest);
  folder.write("10-a.toml.dpkg-old", "not TOML");
  folder.write(".hidden.toml", "not TOML");
  const auto loaded = exclusions::load_directory(folder.path(), "");
  REQUIRE(mistakes_of(loaded) == "");
  REQUIRE(loaded.set->all().size() == 2);
  CHECK(loaded.set->all()[0].name == "a");
  CHECK(loaded.set->all()[1].name == "b");
  folder.write("30-c.toml", "[[exclusion]]\nname = \"a\"\n" + rest);
  CHECK(mistakes_of(exclusions::load_directory(folder.path(), ""))
            .find("30-c.toml:2:8: another exclusion has the name `a`") != std::string::npos);
}

TEST_CASE("exclusions: a folder that is not there is a mistake, except for the default one") {
  const std::string nowhere = "/nonexistent/exclusions.d";
  CHECK(mistakes_of(exclusions::load_directory(nowhere, nowhere)) == "");
  CHECK(mistakes_of(exclusions::load_directory(nowhere, "")).find("No such file") != std::string::npos);
}

TEST_CASE("exclusions: a file without end is not read") {
  const support::TemporaryDirectory folder;
  folder.write("big.toml", std::string(exclusions::kMaxFileBytes + 1, '#'));
  CHECK(mistakes_of(exclusions::load_directory(folder.path(), "")).find("longer than") != std::string::npos);
}

TEST_CASE("exclusions: the shipped examples are comments, and right once the comment signs are taken away") {
  const std::string directory = support::tests_folder() + "/../packaging/exclusions.d";
  CHECK(exclusions::load_directory(directory, "").set->all().empty());
  std::size_t rules = 0;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    if (entry.path().extension() != ".toml") continue;
    std::ifstream file(entry.path());
    std::string text;
    for (std::string line; std::getline(file, line);) text += (is_to_use(line) ? line.substr(1) : "") + "\n";
    const auto loaded = exclusions::load_text(text, entry.path().filename().string());
    CHECK(mistakes_of(loaded) == "");
    rules += loaded.set->all().size();
  }
  CHECK(rules == 5);
}
