#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/json/serialize.hpp>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>
#include <stdexcept>

#include "sensor/commands/command.h"
#include "sensor/commands/machine.h"
#include "sensor/doctor.h"
#include "sensor/redact.h"
#include "sensor/runtime/control_socket.h"
#include "sensor/runtime/temporary_directory.h"

namespace commands {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxLogBytes = 4u << 20;

// The last lines of the journal; empty where there is none, or we may not read it.
std::string journal() {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> pipe(
      ::popen("journalctl -u lurewatch -n 2000 --no-pager -o cat 2>/dev/null", "r"), ::pclose);
  std::string text;
  char buffer[4096];
  while (pipe && text.size() < kMaxLogBytes) {
    const std::size_t count = std::fread(buffer, 1, sizeof buffer, pipe.get());
    if (count == 0) break;
    text.append(buffer, count);
  }
  return text;
}

std::string machine_text() {
  utsname name{};
  ::uname(&name);
  std::string text = fmt::format("lurewatch {}\nkernel {} {}\nprocessors {}\n", LUREWATCH_VERSION, name.release,
                                 name.machine, ::sysconf(_SC_NPROCESSORS_ONLN));
  std::ifstream file("/etc/os-release");
  for (std::string line; std::getline(file, line);)
    if (line.starts_with("PRETTY_NAME=") || line.starts_with("VERSION_ID=")) text += line + "\n";
  return text;
}

std::string symptoms_text(const std::vector<sensor::Symptom>& symptoms) {
  std::string text;
  for (const sensor::Symptom& symptom : symptoms)
    text += fmt::format("{} {}: {}\n", to_string(symptom.verdict), symptom.check, symptom.finding);
  return text;
}

int pack(const fs::path& folder, const std::string& archive) {
  const std::string from = folder.string();
  const char* words[] = {"tar",           "--create", "--gzip",     "--owner=0", "--group=0", "--file",
                         archive.c_str(), "-C",       from.c_str(), ".",         nullptr};
  pid_t child = 0;
  if (const int error = ::posix_spawnp(&child, "tar", nullptr, nullptr, const_cast<char**>(words), environ))
    throw std::runtime_error(fmt::format("tar: {}", std::strerror(error)));
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

int bundle(const config::Config& config, const std::string& archive, const std::string& log_file) {
  sensor::Redactor redactor;
  const runtime::TemporaryDirectory folder("support");
  const auto put = [&](const char* name, const std::string& text) {
    std::ofstream(folder.path() / name, std::ios::binary) << text;
  };
  std::string no_daemon;
  const auto status = runtime::ask(config.status.socket, "status", no_daemon);
  std::string log;
  if (log_file.empty()) {
    log = journal();
  } else {
    std::ifstream file(log_file, std::ios::binary);
    log.assign(std::istreambuf_iterator<char>(file), {});
  }
  put("machine.txt", machine_text());
  put("lurewatch.toml", redactor.configuration(config.text));
  put("status.json", status ? boost::json::serialize(redactor.record(*status)) + "\n" : "no running sensor answered\n");
  put("doctor.txt",
      redactor.log(symptoms_text(sensor::examine(config, status, look_at_machine(config, status.has_value(), false)))));
  put("log.txt", redactor.log(log.substr(log.size() > kMaxLogBytes ? log.size() - kMaxLogBytes : 0)));
  const int fd =
      ::open(archive.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);  // before tar makes it with another mode
  if (fd < 0) throw std::runtime_error(fmt::format("{}: {}", archive, std::strerror(errno)));
  ::close(fd);
  if (pack(folder.path(), archive) != 0) return Exit::no;
  fmt::print(
      "{}: configuration, status, doctor and log, without names, addresses and secrets. Look into it before you send "
      "it: tar -xzOf {} | less\n",
      archive, archive);
  return Exit::done;
}

}  // namespace

void add_support_bundle(CLI::App& program, Invocation& invocation) {
  struct Options {
    std::string file, log;
  };
  auto options = std::make_shared<Options>();
  CLI::App* command = add_command(
      program, invocation, "support-bundle",
      "configuration, status, doctor and recent log as a .tar.gz, secrets and personal data removed", Prints::nothing);
  command->add_option("FILE", options->file, "the archive to write, for instance lurewatch-support.tar.gz")->required();
  command->add_option("--log", options->log, "take the log from this file instead of the journal")
      ->check(CLI::ExistingFile);
  command->callback([&invocation, options] {
    config::Config config;
    if (load_config(invocation, Missing::is_error, config))
      invocation.status = bundle(config, options->file, options->log);
  });
}

}  // namespace commands
