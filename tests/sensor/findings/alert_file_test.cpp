#include "sensor/findings/alert_file.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <system_error>
#include <vector>

#include "tests/support/temporary_directory.h"

using findings::AlertFile;
namespace fs = std::filesystem;

namespace {

constexpr std::uint64_t kNoRotation = 1ull << 40;

struct Directory : support::TemporaryDirectory {
  std::string file() const { return *this / "alerts.jsonl"; }
  std::vector<fs::path> archived() const {
    std::vector<fs::path> files;
    if (fs::exists(*this / "archive"))
      for (const auto& entry : fs::directory_iterator(*this / "archive")) files.push_back(entry.path());
    std::ranges::sort(files);
    return files;
  }
};

std::string content(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

void put(const fs::path& path, const std::string& text) { std::ofstream(path, std::ios::binary) << text; }

void must_append(AlertFile& file, std::string_view line) {
  std::string error;
  CHECK_MESSAGE(file.append(line, error), error);
}

// Runs `body` in a child whose files cannot grow past `limit`; true when it returned true.
template <class Body>
bool in_child_with_file_limit(rlim_t limit, Body body) {
  const pid_t child = fork();
  if (child == 0) {
    signal(SIGXFSZ, SIG_IGN);
    const rlimit cap{limit, limit};
    _exit(setrlimit(RLIMIT_FSIZE, &cap) == 0 && body() ? 0 : 1);
  }
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

}  // namespace

TEST_CASE("alert file: lines stand one after the other, also after the file is opened again") {
  const Directory directory;
  {
    AlertFile file(directory.file(), kNoRotation);
    must_append(file, "one");
    must_append(file, "two");
  }
  AlertFile file(directory.file(), kNoRotation);
  must_append(file, "three");
  CHECK(content(directory.file()) == "one\ntwo\nthree\n");
  CHECK(file.torn_lines() == 0);
}

TEST_CASE("alert file: a new file is for its owner and its group alone, whatever the umask") {
  const Directory directory;
  const mode_t before = umask(0077);
  const std::string path = directory / "log/alerts.jsonl";
  AlertFile file(path, kNoRotation);
  umask(before);
  struct stat status{};
  REQUIRE(stat(path.c_str(), &status) == 0);
  CHECK((status.st_mode & 07777) == 0640);
}

TEST_CASE("alert file: the mode that an administrator gave a file stays") {
  const Directory directory;
  put(directory.file(), "");
  REQUIRE(chmod(directory.file().c_str(), 0600) == 0);
  AlertFile file(directory.file(), kNoRotation);
  struct stat status{};
  REQUIRE(stat(directory.file().c_str(), &status) == 0);
  CHECK((status.st_mode & 07777) == 0600);
}

TEST_CASE("alert file: what cannot be opened is refused with its path") {
  const Directory directory;
  const std::string missing = directory / "no/such/alerts.jsonl";
  CHECK_THROWS_WITH_AS(AlertFile(missing, kNoRotation),
                       ("cannot create " + directory / "no/such" + ": No such file or directory").c_str(),
                       std::system_error);
  REQUIRE(mkfifo((directory / "pipe").c_str(), 0600) == 0);
  const std::string fifo = directory / "pipe";
  CHECK_THROWS_WITH_AS(AlertFile(fifo, kNoRotation), (fifo + " is not a regular file: Invalid argument").c_str(),
                       std::system_error);
}

TEST_CASE("alert file: a full file is renamed into the archive before the next line") {
  const Directory directory;
  AlertFile file(directory.file(), 8);
  must_append(file, "1234567");
  CHECK(directory.archived().empty());
  must_append(file, "next");
  CHECK(content(directory.file()) == "next\n");
  REQUIRE(directory.archived().size() == 1);
  const std::string name = directory.archived()[0].filename().string();
  CHECK(name.starts_with("alerts-20"));
  CHECK(name.ends_with("Z.jsonl"));
  CHECK(content(directory.archived()[0]) == "1234567\n");
}

TEST_CASE("alert file: files rotated within one tick of the clock all survive and sort by age") {
  const Directory directory;
  AlertFile file(directory.file(), 1);
  for (int line = 10; line < 40; ++line) must_append(file, std::to_string(line));
  std::string all;
  for (const auto& archived : directory.archived()) all += content(archived);
  all += content(directory.file());
  std::string expected;
  for (int line = 10; line < 40; ++line) expected += std::to_string(line) + '\n';
  CHECK(all == expected);
}

TEST_CASE("alert file: when the archive cannot be made the full file stays in use and nothing is lost") {
  const Directory directory;
  put(directory / "archive", "a file where the directory should be");
  AlertFile file(directory.file(), 1);
  must_append(file, "one");
  must_append(file, "two");
  CHECK(content(directory.file()) == "one\ntwo\n");
  CHECK(file.failed_rotations() == 1);
}

TEST_CASE("alert file: after a crash it knows the lines that stand complete") {
  struct Row {
    const char* name;
    const char* before;
    const char* line;
    bool written;
    const char* after;
  };
  for (const Row& row : {
           Row{"empty file", "", "abc", false, ""},
           Row{"first line", "abc\n", "abc", true, "abc\n"},
           Row{"last line", "x\nabc\n", "abc", true, "x\nabc\n"},
           Row{"middle line", "x\nabc\ny\n", "abc", true, "x\nabc\ny\n"},
           Row{"only the end of another line", "xabc\n", "abc", false, "xabc\n"},
           Row{"only the start of another line", "abcx\n", "abc", false, "abcx\n"},
           Row{"half of it is completed", "x\nab", "abc", true, "x\nabc\n"},
           Row{"half of it in an otherwise empty file", "a", "abc", true, "abc\n"},
           Row{"all but the LF", "x\nabc", "abc", true, "x\nabc\n"},
           Row{"half of something else stays", "x\naz", "abc", false, "x\naz"},
           Row{"more than the line, not ended", "abcx", "abc", false, "abcx"},
       }) {
    CAPTURE(row.name);
    const Directory directory;
    put(directory.file(), row.before);
    AlertFile file(directory.file(), kNoRotation);
    CHECK(file.contains_or_completes(row.line) == row.written);
    CHECK(content(directory.file()) == row.after);
    CHECK(file.contains_or_completes(row.line) == row.written);
  }
}

TEST_CASE("alert file: half of another line is ended before the next one, and counted") {
  const Directory directory;
  put(directory.file(), "one\ntw");
  AlertFile file(directory.file(), 1);
  CHECK_FALSE(file.contains_or_completes("three"));
  must_append(file, "three");
  CHECK(content(directory.file()) == "one\ntw\nthree\n");
  CHECK(file.torn_lines() == 1);
  CHECK(directory.archived().empty());
}

TEST_CASE("alert file: a line that was written just before a rotation is found in the archive") {
  const Directory directory;
  AlertFile file(directory.file(), 1);
  must_append(file, "older");
  must_append(file, "old");
  must_append(file, "new");
  CHECK(file.contains_or_completes("new"));
  CHECK(file.contains_or_completes("old"));
  CHECK_FALSE(file.contains_or_completes("older"));
  CHECK_FALSE(file.contains_or_completes("never"));
}

TEST_CASE("alert file: it looks no further back than the tail") {
  const Directory directory;
  const std::string filler(1u << 20, 'f');
  std::string text = "early\n";
  for (int i = 0; i < 4; ++i) text += filler + "\n";
  put(directory.file(), text + "late\n");
  AlertFile file(directory.file(), kNoRotation);
  CHECK(file.contains_or_completes("late"));
  CHECK_FALSE(file.contains_or_completes("early"));
}

TEST_CASE("alert file: a write that the disk cuts short is taken back and reported, and the file stays usable") {
  const Directory directory;
  put(directory.file(), "one\n");
  const std::string path = directory.file();
  const bool as_promised = in_child_with_file_limit(10, [&] {
    AlertFile file(path, kNoRotation);
    std::string error;
    const bool refused = !file.append("a line too long", error);
    const bool named = error.find("cannot write to " + path) == 0;
    const bool undone = content(path) == "one\n";
    return refused && named && undone && file.append("short", error);
  });
  CHECK(as_promised);
  CHECK(content(directory.file()) == "one\nshort\n");
}

TEST_CASE("alert file: a disk with no byte left is reported and the file is as it was") {
  const Directory directory;
  put(directory.file(), "one\n");
  const std::string path = directory.file();
  const bool as_promised = in_child_with_file_limit(4, [&] {
    AlertFile file(path, kNoRotation);
    std::string error;
    return !file.append("two", error) && error == "cannot write to " + path + ": File too large";
  });
  CHECK(as_promised);
  CHECK(content(directory.file()) == "one\n");
}

TEST_CASE("alert file: half a line that cannot be completed stays half and does not count as written") {
  const Directory directory;
  put(directory.file(), "one\ntw");
  const std::string path = directory.file();
  const bool as_promised =
      in_child_with_file_limit(7, [&] { return !AlertFile(path, kNoRotation).contains_or_completes("two and more"); });
  CHECK(as_promised);
  CHECK(content(directory.file()) == "one\ntw");
}

TEST_CASE("alert file: reopening follows the name, and a name that cannot be opened is tried again by each append") {
  const Directory directory;
  AlertFile file(directory.file(), kNoRotation);
  must_append(file, "one");
  fs::rename(directory.file(), directory / "moved");
  must_append(file, "two");
  file.reopen();
  must_append(file, "three");
  CHECK(content(directory / "moved") == "one\ntwo\n");
  CHECK(content(directory.file()) == "three\n");

  fs::remove(directory.file());
  fs::create_directory(directory.file());
  file.reopen();
  std::string error;
  CHECK_FALSE(file.append("four", error));
  CHECK(error == "cannot open " + directory.file() + ": Is a directory");
  CHECK_FALSE(file.contains_or_completes("four"));
  fs::remove(directory.file());
  must_append(file, "four");
  CHECK(content(directory.file()) == "four\n");
}
