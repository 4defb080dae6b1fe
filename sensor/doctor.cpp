#include "sensor/doctor.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "sensor/config/values.h"
#include "sensor/graph_doctor.h"
#include "sensor/status_reading.h"

namespace sensor {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;

constexpr std::uint64_t kWantedReceiveBuffer = 32ull << 20;  // what a UDP input asks for: a second of 100 000 messages
constexpr double kEnoughEvents = 100;                        // before a share of them says anything
constexpr double kMostWithout = 0.5;
constexpr std::int64_t kSkewLimitMs = 120'000;
constexpr auto kSilenceFloor = 10min;
constexpr auto kStartGrace = 15min;
constexpr auto kCertificateNotice = std::chrono::hours(24 * 30);
constexpr auto kShortestPeriod = 10min;  // before that a rate is a guess

class Examination {
 public:
  Examination(const config::Config& config, const std::optional<json::object>& status, const MachineFacts& machine)
      : config_(config), status_(status), machine_(machine) {}

  std::vector<Symptom> run() {
    service();
    symptoms_.insert(symptoms_.end(), machine_.ports.begin(), machine_.ports.end());
    kernel();
    clock();
    for (Symptom& symptom : examine_graph(config_, status_, machine_)) symptoms_.push_back(std::move(symptom));
    certificates();
    for (const AlertFileFacts& file : machine_.alert_files) alert_file(file);
    if (status_) {
      for (const json::value& input : reading::array(reading::at(*status_, "inputs")))
        examine_input(reading::object(input));
      disk();
    }
    std::ranges::stable_sort(symptoms_, {}, &Symptom::verdict);
    return std::move(symptoms_);
  }

 private:
  void say(const char* check, Verdict verdict, std::string finding, std::string mend = {}) {
    symptoms_.push_back({check, verdict, std::move(finding), std::move(mend)});
  }

  void service() {
    if (!status_)
      say("service", Verdict::wrong, "no running sensor answers on " + config_.status.socket,
          "systemctl start lurewatch");
    else if (const auto& trouble = reading::at(*status_, "trouble"); trouble.is_string())
      say("service", Verdict::wrong, reading::text(trouble), "journalctl -u lurewatch -n 50");
    else
      say("service", Verdict::fine, "the sensor runs, version " + reading::text(reading::at(*status_, "version")));
    if (config_.listen.empty())
      say("inputs", Verdict::wrong, "there is no input: nothing can arrive",
          fmt::format("printf '\\n[[listen]]\\nname = \"firewalls\"\\naddress = \"0.0.0.0:514\"\\n' >>{} && "
                      "systemctl reload lurewatch",
                      config_.file));
  }

  void kernel() {
    const bool udp = std::ranges::any_of(
        config_.listen, [](const config::Listen& listen) { return listen.transport == config::Transport::udp; });
    const bool is_small = udp && machine_.receive_buffer_max && *machine_.receive_buffer_max < kWantedReceiveBuffer;
    const std::string enlarge = fmt::format(
        "echo net.core.rmem_max={} >/etc/sysctl.d/60-lurewatch.conf && sysctl -p /etc/sysctl.d/60-lurewatch.conf && "
        "systemctl restart lurewatch",
        kWantedReceiveBuffer);
    if (is_small)
      say("receive-buffer", Verdict::doubtful,
          fmt::format("the kernel gives a UDP input {} of the 32 MiB that it asks for: a burst is lost sooner",
                      config::format_size(*machine_.receive_buffer_max)),
          enlarge);
    else if (udp && machine_.receive_buffer_max)
      say("receive-buffer", Verdict::fine, "the kernel gives UDP inputs the 32 MiB that they ask for");
    if (machine_.kernel_drops)
      say("kernel-drops", Verdict::wrong,
          fmt::format("the kernel dropped {} datagrams since the inputs opened: more came than was read",
                      machine_.kernel_drops),
          is_small ? enlarge : "send by TCP: then senders wait; or give the machine more processor");
    else if (udp)
      say("kernel-drops", Verdict::fine, "the kernel dropped no datagram");
  }

  void clock() {
    if (!machine_.clock_synchronised)
      say("clock", Verdict::unknown, "whether the clock is synchronised can't be told");
    else if (*machine_.clock_synchronised)
      say("clock", Verdict::fine, "the clock is synchronised");
    else
      say("clock", Verdict::wrong, "the clock is not synchronised: clicks and sign-ins may miss each other's window",
          "apt install chrony, or with systemd-timesyncd: timedatectl set-ntp true");
  }

  void certificates() {
    for (const auto& certificate : machine_.certificates) {
      const auto days = std::chrono::duration_cast<std::chrono::hours>(certificate.expires - machine_.now).count() / 24;
      if (!certificate.error.empty())
        say("certificate", Verdict::wrong, certificate.path + ": " + certificate.error, "name a certificate in PEM");
      else if (certificate.expires < machine_.now + kCertificateNotice)
        say("certificate", days < 0 ? Verdict::wrong : Verdict::doubtful,
            fmt::format("{} {} {} days", certificate.path, days < 0 ? "has been expired for" : "expires in",
                        std::abs(days)),
            "renew it, then systemctl reload lurewatch");
      else
        say("certificate", Verdict::fine, fmt::format("{} is good for {} days", certificate.path, days));
    }
  }

  void alert_file(const AlertFileFacts& file) {
    if (!file.error.empty()) {
      say("alert-file", Verdict::unknown, file.path + ": " + file.error, "run doctor as root");
      return;
    }
    if (file.size == 0) return;
    if (!file.times_reads)
      say("alert-file", Verdict::unknown, file.path + ": its file system keeps no time of reading (noatime)");
    else if (file.read < file.modified && machine_.now - file.unread_since.value_or(file.modified) > 24h)
      say("alert-file", Verdict::wrong, file.path + ": nobody has read the findings of more than a day ago",
          "install a forwarder: /usr/share/doc/lurewatch/examples/forwarders");
    else
      say("alert-file", Verdict::fine, file.path + " is read");
  }

  void examine_input(const json::object& input) {
    const std::string name = reading::text(reading::at(input, "name"));
    silence(input, name);
    capture(input, name);
    const std::int64_t skew = static_cast<std::int64_t>(reading::number(reading::at(input, "clock_skew_ms")));
    if (std::abs(skew) > kSkewLimitMs) {
      const double hours = static_cast<double>(skew) / 3.6e6;
      const bool zone = std::abs(hours * 4 - std::round(hours * 4)) < 0.2 && std::abs(hours) > 0.2;
      say("time", Verdict::wrong,
          zone ? fmt::format("input {}: device time is {:+.2g} h off, as of another time zone", name, hours)
               : fmt::format("input {}: device time is {} s off", name, skew / 1000),
          zone ? "set the input's `timezone`, or the device to UTC" : "synchronise the device's clock by NTP");
    }
    if (const double dropped = reading::number(reading::at(input, "dropped")); dropped > 0)
      say("drops", Verdict::wrong, fmt::format("input {} dropped {:.0f} messages", name, dropped),
          "send by TCP, or see kernel-drops and receive-buffer; for a tap a larger `buffer`");
    if (const double refused = reading::number(reading::at(input, "refused")); refused > 0)
      say("refused", Verdict::doubtful,
          fmt::format("input {} refused {:.0f} messages or connections of peers outside `allow`", name, refused),
          "if they are yours, add them to the input's `allow`");
    for (const auto& [vendor, counts] : reading::object(reading::at(input, "native")))
      say("format", Verdict::wrong,
          fmt::format("input {}: {:.0f} messages of {} are in the device's native format, not CEF", name,
                      reading::number(reading::at(reading::object(counts), "received")), std::string_view(vendor)),
          reading::text(reading::at(reading::object(counts), "advice")));
    for (const auto& [vendor, gaps] : reading::object(reading::at(input, "gaps")))
      lacking(name, std::string(vendor), reading::object(gaps));
  }

  // Against its own habit: twice the longest silence since the start.
  void silence(const json::object& input, const std::string& name) {
    const auto last = reading::time(reading::at(input, "last_event"));
    const auto started = reading::time(reading::at(*status_, "started"));
    if (!last) {
      if (started && machine_.now - *started > kStartGrace)
        say("silence", Verdict::wrong, fmt::format("input {} has received nothing since the start", name),
            listening_to(name));
      return;
    }
    const auto habit =
        std::chrono::seconds(static_cast<std::int64_t>(reading::number(reading::at(input, "longest_gap_s"))));
    const auto quiet = std::chrono::duration_cast<std::chrono::seconds>(machine_.now - *last);
    if (quiet > kSilenceFloor && quiet > 2 * habit)
      say("silence", Verdict::wrong,
          fmt::format("input {} fell silent {} min ago; its longest silence before was {} s", name, quiet.count() / 60,
                      habit.count()),
          listening_to(name));
    else
      say("silence", Verdict::fine, fmt::format("input {}: the last message came {} s ago", name, quiet.count()));
  }

  std::string listening_to(const std::string& name) const {
    for (const config::Listen& listen : config_.listen) {
      if (listen.name != name) continue;
      if (listen.transport == config::Transport::tap)
        return fmt::format("tcpdump -ni {} '{}'", listen.interface, listen.filter);
      return fmt::format("tcpdump -ni any port {}", listen.port);
    }
    return "tcpdump -ni any port 514";
  }

  void capture(const json::object& input, const std::string& name) {
    const std::string state = reading::text(reading::at(input, "capture"));
    if (state.empty()) return;
    const std::string interface = reading::text(reading::at(input, "address"));
    if (state == "reads")
      say("interface", Verdict::fine, fmt::format("input {} reads interface {}", name, interface));
    else if (state == "down")
      say("interface", Verdict::wrong, fmt::format("input {}: interface {} is down", name, interface),
          fmt::format("ip link set {} up", interface));
    else
      say("interface", Verdict::wrong,
          fmt::format("input {}: interface {} is {}", name, interface,
                      state == "no such interface" ? "not there" : "not readable"),
          state == "no such interface" ? "ip link; the input's `interface` names one of them"
                                       : "journalctl -u lurewatch -n 50");
    const double gaps = reading::number(reading::at(input, "stream_gaps"));
    if (gaps > 0)
      say("capture-gaps", Verdict::doubtful,
          fmt::format("input {} did not see {:.0f} segments of TCP connections: a message each was cut", name, gaps),
          "a larger `buffer`; or let the collector forward: /usr/share/doc/lurewatch/recipes/rsyslog.md");
  }

  void lacking(const std::string& input, const std::string& vendor, const json::object& gaps) {
    const double events = reading::number(reading::at(gaps, "events"));
    if (events < kEnoughEvents) return;
    const auto share = [&](const char* key) { return reading::number(reading::at(gaps, key)) / events; };
    const auto complain = [&](const char* check, const char* key, const char* what, const char* mend) {
      if (share(key) <= kMostWithout) return false;
      say(check, Verdict::wrong,
          fmt::format("input {}, {}: {:.0f} % of the rows {}", input, vendor, 100 * share(key), what), mend);
      return true;
    };
    const bool lacks_url = complain("url", "without_url", "name no URL",
                                    "send the web or URL filtering log, and decrypt TLS: "
                                    "/usr/share/doc/lurewatch/recipes/devices.md");
    const bool lacks_user = complain("user", "without_user", "name no user",
                                     "switch the device's user identification on (User-ID, FSSO, Identity Awareness)");
    const bool is_unmapped = complain("user-map", "user_unmapped", "name a user that is no user principal name",
                                      "[identity] domains or map_file in lurewatch.toml");
    if (!lacks_url && !lacks_user && !is_unmapped)
      say("rows", Verdict::fine, fmt::format("input {}, {}: rows name user and URL", input, vendor));
  }

  struct Rate {
    double bytes_a_day = 0;  // on disk
    parsers::Duration period{};
  };

  // What the store grew by lately: since the start, or over what it holds when that is less. None before there is
  // enough.
  std::optional<Rate> rate(const json::object& store) const {
    const auto value = [&](const char* key) { return reading::number(reading::at(store, key)); };
    const double bytes = value("bytes"), events = value("events") + value("quarantined");
    const auto oldest = reading::time(reading::at(store, "oldest"));
    const auto started = reading::time(reading::at(*status_, "started"));
    if (!oldest || bytes <= 0) return std::nullopt;
    const auto a_day = [](double amount, parsers::Duration period) {
      return amount * 86'400 / std::chrono::duration<double>(period).count();
    };
    const parsers::Duration held = machine_.now - *oldest;
    if (started && *started > *oldest && machine_.now - *started >= kShortestPeriod && events > 0) {
      double received = 0;
      for (const json::value& input : reading::array(reading::at(*status_, "inputs")))
        received += reading::number(reading::at(reading::object(input), "received")) -
                    reading::number(reading::at(reading::object(input), "dropped"));
      const parsers::Duration period = machine_.now - *started;
      return Rate{a_day(received * bytes / events, period), period};
    }
    if (held < kShortestPeriod) return std::nullopt;
    return Rate{a_day(bytes, held), held};
  }

  static std::string period_text(parsers::Duration period) {
    const auto minutes = std::chrono::duration_cast<std::chrono::minutes>(period).count();
    if (minutes < 120) return fmt::format("{} min", minutes);
    return minutes < 2 * 1440 ? fmt::format("{} h", minutes / 60) : fmt::format("{} days", minutes / 1440);
  }

  void disk() {
    const json::object& store = reading::object(reading::at(*status_, "store"));
    const auto value = [&](const char* key) { return reading::number(reading::at(store, key)); };
    const double free = value("disk_free"), total = value("disk_total"), bytes = value("bytes"), quota = value("quota");
    if (total <= 0) return;
    const double disk = bytes + std::max(0.0, free - std::min(double(1ull << 30), total / 20));
    const double room = std::min(quota, disk);
    const auto size = [](double amount) { return config::format_size(static_cast<std::uint64_t>(amount)); };
    if (room < quota)
      say("disk", Verdict::doubtful,
          fmt::format("the store's disk has room for {} of the quota of {}", size(room), size(quota)),
          fmt::format("a larger disk, or [storage] quota = \"{}GiB\" in {}", std::floor(room / (1 << 30)),
                      config_.file));
    const auto grows = rate(store);
    if (!grows || grows->bytes_a_day < 1) return;
    const double holds = room / grows->bytes_a_day,
                 wanted = std::chrono::duration<double>(config_.storage.retention).count() / 86'400;
    const std::string sentence = fmt::format("at {} a day, as in the last {}, the store holds {:.1f} days",
                                             size(grows->bytes_a_day), period_text(grows->period), holds);
    const double needed = std::ceil(grows->bytes_a_day * wanted * 1.1 / (1 << 30));
    const std::string mend =
        needed * (1 << 30) <= disk
            ? fmt::format("[storage] quota = \"{}GiB\" in {}, then systemctl reload lurewatch", needed, config_.file)
            : fmt::format("a disk with {} GiB for {} and such a [storage] quota", needed, config_.storage.directory);
    if (holds < wanted && holds < 7)
      say("disk", Verdict::wrong, sentence + ": less than a week of late alerts and sign-ins", mend);
    else if (holds < wanted)
      say("disk", Verdict::doubtful, fmt::format("{}, less than the retention of {:.0f}", sentence, wanted), mend);
    else
      say("disk", Verdict::fine, sentence);
  }

  const config::Config& config_;
  const std::optional<json::object>& status_;
  const MachineFacts& machine_;
  std::vector<Symptom> symptoms_;
};

}  // namespace

const char* to_string(Verdict verdict) {
  constexpr const char* kNames[] = {"wrong", "doubtful", "unknown", "fine"};
  return kNames[static_cast<std::size_t>(verdict)];
}

std::vector<Symptom> examine(const config::Config& config, const std::optional<json::object>& status,
                             const MachineFacts& machine) {
  return Examination(config, status, machine).run();
}

}  // namespace sensor
