#include "sensor/commands/machine.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/asn1.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/timex.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <memory>
#include <set>
#include <sstream>

#include "sensor/findings/formats.h"
#include "sensor/graph/poller.h"
#include "sensor/ingest/bind.h"
#include "sensor/ingest/capture.h"
#include "sensor/runtime/clock.h"

namespace commands {
namespace {

namespace fs = std::filesystem;

parsers::TimePoint time_of(const timespec& time) {
  return parsers::from_micros(time.tv_sec * 1'000'000 + time.tv_nsec / 1'000);
}

// The rows of /proc/net/{udp,tcp}{,6} on a local port: proc(5).
struct SocketRow {
  std::string inode;
  std::uint64_t drops = 0;
};

std::vector<SocketRow> sockets_on(bool udp, std::uint16_t port) {
  std::vector<SocketRow> rows;
  for (const char* family : {"", "6"}) {
    std::ifstream file(fmt::format("/proc/net/{}{}", udp ? "udp" : "tcp", family));
    std::string line;
    for (std::getline(file, line); std::getline(file, line);) {
      std::istringstream words(line);
      std::vector<std::string> columns;
      for (std::string word; words >> word;) columns.push_back(word);
      if (columns.size() < 10 || (!udp && columns[3] != "0A")) continue;  // 0A: TCP_LISTEN
      if (!columns[1].ends_with(fmt::format(":{:04X}", port))) continue;
      rows.push_back({columns[9], udp && columns.size() > 12 ? std::strtoull(columns[12].c_str(), nullptr, 10) : 0});
    }
  }
  return rows;
}

std::string holder_of(const std::vector<SocketRow>& sockets) {
  std::set<std::string> wanted;
  for (const SocketRow& socket : sockets) wanted.insert("socket:[" + socket.inode + "]");
  std::error_code skip;  // processes end while we look, and others' are closed to all but root
  for (const fs::directory_entry& process : fs::directory_iterator("/proc", skip)) {
    const std::string pid = process.path().filename();
    if (pid.find_first_not_of("0123456789") != std::string::npos) continue;
    for (fs::directory_iterator fd(process.path() / "fd", skip), end; !skip && fd != end; fd.increment(skip)) {
      if (!wanted.contains(fs::read_symlink(fd->path(), skip).string())) continue;
      std::string name;
      std::ifstream(process.path() / "comm") >> name;
      return fmt::format("{} (process {})", name, pid);
    }
    skip.clear();
  }
  return {};
}

void look_at_interface(const config::Listen& tap, sensor::MachineFacts& facts) {
  const std::string fault = ingest::capture_fault(tap);
  if (fault.empty()) return;
  const std::size_t mend = fault.find("; ");
  facts.ports.push_back({"interface", sensor::Verdict::wrong, fault.substr(0, mend),
                         mend == std::string::npos ? "" : fault.substr(mend + 2)});
}

void look_at_ports(const config::Config& config, bool running, sensor::MachineFacts& facts) {
  for (const config::Listen& input : config.listen) {
    if (config::is_unix(input.transport)) continue;  // a file of our own, not a port that others could hold
    if (input.transport == config::Transport::tap) {
      if (!running) look_at_interface(input, facts);
      continue;
    }
    const bool udp = input.transport == config::Transport::udp;
    const auto sockets = config::is_unix(input.transport) ? std::vector<SocketRow>() : sockets_on(udp, input.port);
    if (running) {
      for (const SocketRow& socket : sockets) facts.kernel_drops += socket.drops;
      continue;
    }
    const std::string fault = ingest::connect_fault(input);
    if (fault.empty()) continue;
    const std::string holder = sockets.empty() ? "" : holder_of(sockets);
    const bool taken = !sockets.empty();
    facts.ports.push_back({"port", sensor::Verdict::wrong,
                           taken ? fmt::format("input \"{}\": {} is taken by {}", input.name, input.address(),
                                               holder.empty() ? "another process; root sees which" : holder)
                                 : fault,
                           taken ? fmt::format("stop it, give the input another port, or let it forward to us: "
                                               "/usr/share/doc/lurewatch/recipes/rsyslog.md")
                                 : "run doctor as root, or as the service: systemctl start lurewatch"});
  }
}

std::optional<std::uint64_t> number_in(const char* path) {
  std::uint64_t number = 0;
  std::ifstream file(path);
  return file >> number ? std::optional(number) : std::nullopt;
}

std::optional<bool> clock_synchronised() {
  timex state{};
  const int clock = ::adjtimex(&state);
  return clock < 0 ? std::nullopt : std::optional(clock != TIME_ERROR);
}

sensor::MachineFacts::Certificate read_certificate(const std::string& path) {
  sensor::MachineFacts::Certificate certificate{path, "", {}};
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "r"), std::fclose);
  if (!file) return certificate.error = std::strerror(errno), certificate;
  const std::unique_ptr<X509, void (*)(X509*)> x509(PEM_read_X509(file.get(), nullptr, nullptr, nullptr), X509_free);
  std::tm end{};
  if (!x509 || ASN1_TIME_to_tm(X509_get0_notAfter(x509.get()), &end) != 1)
    return certificate.error = "no certificate can be read in it", certificate;
  certificate.expires = parsers::from_micros(static_cast<std::int64_t>(::timegm(&end)) * 1'000'000);
  return certificate;
}

// While the sensor runs it tells itself when the certificate that it signs in to Graph with ends.
std::vector<std::string> certificates_of(const config::Config& config, bool running) {
  std::vector<std::string> paths;
  for (const config::Listen& input : config.listen)
    for (const std::string* path : {&input.certificate, &input.client_ca})
      if (!path->empty()) paths.push_back(*path);
  if (!config.graph.ca_file.empty()) paths.push_back(config.graph.ca_file);
  if (!running && config.graph.certificate_file.starts_with('/')) paths.push_back(config.graph.certificate_file);
  return paths;
}

// When the first finding after `read` was written. Without the right to read and leave no trace: nothing.
std::optional<parsers::TimePoint> first_line_after(const std::string& path, parsers::TimePoint read) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOATIME);
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(fd < 0 ? nullptr : ::fdopen(fd, "r"), std::fclose);
  if (!file) return std::nullopt;
  constexpr std::string_view kBegin = "{\"time\":\"";
  char* line = nullptr;
  std::size_t capacity = 0;
  std::optional<parsers::TimePoint> found;
  while (!found && ::getline(&line, &capacity, file.get()) > 0) {
    std::string_view text(line);
    if (!text.starts_with(kBegin)) continue;
    text.remove_prefix(kBegin.size());
    const auto time = parsers::parse_rfc3339(text.substr(0, text.find('"')));
    if (time && *time > read) found = *time;
  }
  std::free(line);
  return found;
}

void look_at_alert_files(const config::Config& config, sensor::MachineFacts& facts) {
  for (const findings::Format format : config.alerts.formats) {
    sensor::AlertFileFacts file;
    file.path = config.alerts.directory + '/' + std::string(findings::file_name(format));
    struct stat info{};
    if (::stat(file.path.c_str(), &info) != 0) {
      if (errno == ENOENT) continue;
      file.error = std::strerror(errno);
    } else {
      struct statvfs mount{};
      file.times_reads = ::statvfs(file.path.c_str(), &mount) != 0 || !(mount.f_flag & ST_NOATIME);
      file.size = static_cast<std::uint64_t>(info.st_size);
      file.modified = time_of(info.st_mtim);
      file.read = time_of(info.st_atim);
      if (format == findings::Format::json) file.unread_since = first_line_after(file.path, file.read);
    }
    facts.alert_files.push_back(std::move(file));
  }
}

}  // namespace

sensor::MachineFacts look_at_machine(const config::Config& config, bool running, bool ask_graph) {
  sensor::MachineFacts facts;
  facts.now = runtime::now();
  look_at_ports(config, running, facts);
  facts.receive_buffer_max = number_in("/proc/sys/net/core/rmem_max");
  facts.clock_synchronised = clock_synchronised();
  if (!config.graph.tenant_id.empty()) {
    struct stat info{};
    if (!config.graph.client_secret_file.empty() && ::stat(config.graph.client_secret_file.c_str(), &info) == 0)
      facts.secret_written = time_of(info.st_mtim);
    if (ask_graph) facts.graph_faults = graph::probe(config.graph);
    facts.graph_asked = ask_graph;
  }
  for (const std::string& path : certificates_of(config, running)) facts.certificates.push_back(read_certificate(path));
  look_at_alert_files(config, facts);
  return facts;
}

}  // namespace commands
