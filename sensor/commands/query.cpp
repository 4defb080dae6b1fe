#include <fmt/format.h>
#include <re2/re2.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <memory>

#include "parsers/event.h"
#include "sensor/commands/command.h"
#include "sensor/config/values.h"
#include "sensor/identity_source.h"
#include "sensor/query/printer.h"
#include "sensor/query/search.h"
#include "sensor/runtime/clock.h"

namespace commands {
namespace {

constexpr std::size_t kWidthWithoutTerminal = 200;
constexpr auto kProgressInterval = std::chrono::milliseconds(500);

struct Options {
  std::vector<std::string> where, columns;
  std::string since, until, user, url, host, address, vendor, outcome, text, store;
  std::optional<std::uint64_t> limit;
  bool count = false, csv = false, quarantine = false;
};

// Told once by who asks; nothing is searched then.
struct WrongUsage : std::runtime_error {
  using std::runtime_error::runtime_error;
};

std::string lower(std::string text) {
  for (char& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
  return text;
}

// "paloalto" and "Palo Alto Networks" mean the same.
std::string vendor_of(const std::string& text) {
  std::string letters = lower(text);
  std::erase_if(letters, [](char c) { return c < 'a' || c > 'z'; });
  for (const char* name : {"Palo Alto Networks", "Fortinet", "Check Point", "Zscaler", "unknown"}) {
    std::string known = lower(name);
    std::erase_if(known, [](char c) { return c < 'a' || c > 'z'; });
    if (!letters.empty() && known.starts_with(letters)) return name;
  }
  throw WrongUsage(fmt::format("--vendor {}: one of paloalto, fortinet, checkpoint, zscaler, unknown", text));
}

class QueryReader {
 public:
  explicit QueryReader(const Options& options) : options_(options) {}

  query::Query read() {
    for (const std::string& text : options_.where) {
      auto condition = query::Condition::parse(text, now_);
      if (!condition) throw WrongUsage(fmt::format("--where '{}': {}", text, condition.error().detail));
      query_.conditions.push_back(std::move(*condition));
    }
    query_.since = time("--since", options_.since, query_.since);
    query_.until = time("--until", options_.until, query_.until);
    add(options_.user.find('@') == std::string::npos ? "account" : "user", lower(options_.user));
    add("host", lower(options_.host));
    add("outcome", lower(options_.outcome));
    if (!options_.vendor.empty()) add("vendor", vendor_of(options_.vendor));
    if (!options_.address.empty()) {
      const std::string address = parsers::canonical_address(options_.address);
      if (address.empty()) throw WrongUsage(fmt::format("--address {}: this is no address", options_.address));
      add("address", address);
    }
    if (!options_.text.empty()) add("raw", "(?i)" + RE2::QuoteMeta(options_.text), query::Operator::match);
    if (!options_.url.empty()) read_url();
    query_.limit = options_.limit;
    query_.quarantine = options_.quarantine;
    query_.only_counts = options_.count;
    return std::move(query_);
  }

 private:
  parsers::TimePoint time(const char* option, const std::string& text, parsers::TimePoint otherwise) const {
    if (text.empty()) return otherwise;
    const auto time = query::parse_time(text, now_);
    if (!time) throw WrongUsage(fmt::format("{}: {}", option, time.error().detail));
    return *time;
  }

  void add(std::string_view field, std::string value, query::Operator op = query::Operator::equal) {
    if (value.empty()) return;
    auto condition = query::Condition::make(*query::find_field(field), op, std::move(value), now_);
    if (!condition) throw WrongUsage(condition.error().detail);
    query_.conditions.push_back(std::move(*condition));
  }

  void read_url() {
    query_.url.emplace();
    if (auto parsed = parsers::parse_url(options_.url, "https", *query_.url); !parsed)
      throw WrongUsage(fmt::format("--url {}: this is no URL of http or https", options_.url));
  }

  const Options& options_;
  const parsers::TimePoint now_ = runtime::now();
  query::Query query_;
};

std::vector<query::Field> fields_of(const std::vector<std::string>& names) {
  std::vector<query::Field> fields;
  for (const std::string& name : names) {
    const auto field = query::find_field(name);
    if (!field) {
      const auto error = query::Condition::parse(name + "=", {}).error();
      throw WrongUsage(fmt::format("--columns {}: {}", name, error.detail));
    }
    fields.push_back(*field);
  }
  return fields;
}

std::size_t terminal_width() {
  winsize size{};
  return ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col != 0 ? size.ws_col : kWidthWithoutTerminal;
}

query::Format format_of(const Options& options, bool json) {
  if (json) return query::Format::json;
  if (options.csv) return query::Format::csv;
  return ::isatty(STDOUT_FILENO) ? query::Format::table : query::Format::plain;
}

// On standard error, where somebody sees it and it doesn't run into the results.
class ProgressLine {
 public:
  ProgressLine(std::uint64_t total_bytes, bool counts)
      : total_bytes_(total_bytes), is_on_(::isatty(STDERR_FILENO) && (counts || !::isatty(STDOUT_FILENO))) {}
  ~ProgressLine() {
    if (has_written_) fmt::print(stderr, "\r\x1b[K");
  }
  void tell(const query::Progress& progress) {
    const auto now = std::chrono::steady_clock::now();
    if (!is_on_ || now - last_ < kProgressInterval) return;
    last_ = now;
    has_written_ = true;
    fmt::print(stderr, "\r\x1b[K{} of at most {} read, {} found", config::format_size(progress.bytes),
               config::format_size(total_bytes_), progress.found);
  }

 private:
  std::uint64_t total_bytes_;
  bool is_on_, has_written_ = false;
  std::chrono::steady_clock::time_point last_ = std::chrono::steady_clock::now();
};

int print_query(const config::Config& config, const Options& options, bool json) {
  query::Query query = QueryReader(options).read();
  const query::Printer printer(format_of(options, json), fields_of(options.columns), options.quarantine,
                               terminal_width());
  storage::StoreOptions store_options;
  store_options.directory = options.store.empty() ? config.storage.directory : options.store;
  store_options.read_only = true;
  if (!std::filesystem::exists(store_options.directory + "/segments")) {
    fmt::print(stderr, "{}: there is no store here; [storage] directory, or --store, names where it should be\n",
               store_options.directory);
    return Exit::unreachable;
  }
  storage::EventStore store(store_options);
  parsers::UserDirectory users;
  parsers::IdentityMap identity = sensor::load_identity(config);
  if (const std::string state = store_options.directory + "/state.db";
      config.graph.users.enabled && std::filesystem::exists(state)) {
    storage::State known(state, storage::State::Mode::read_only);
    sensor::read_users(known, users);
    identity.use_directory(&users);
  }
  query::Search search(std::move(query), config, identity);
  ProgressLine progress(store.stats().raw_bytes, options.count);
  if (!options.count) fmt::print("{}", printer.heading());
  const std::uint64_t found = search.run(
      store,
      [&](query::Message& message) {
        const std::string row = printer.row(message);
        return std::fwrite(row.data(), 1, row.size(), stdout) == row.size();
      },
      [&](const query::Progress& done) { progress.tell(done); });
  if (options.count) fmt::print("{}\n", json ? fmt::format("{{\"count\":{}}}", found) : std::to_string(found));
  for (const std::string& warning : store.take_warnings()) fmt::print(stderr, "{}\n", warning);
  return found == 0 ? Exit::no : Exit::done;
}

}  // namespace

void add_query(CLI::App& program, Invocation& invocation) {
  auto options = std::make_shared<Options>();
  CLI::App* command = add_command(program, invocation, "query",
                                  "searches the stored events, also beside the running daemon", Prints::facts);
  command
      ->add_option("--where", options->where,
                   "'Column=value'; also != ~ !~ (RE2 pattern) >= <= (times, numbers); all of them must hold")
      ->type_name("CONDITION")
      ->allow_extra_args(false);
  command->add_option("--since", options->since, "event time: RFC 3339, a date, or an age such as 2h")
      ->type_name("TIME");
  command->add_option("--until", options->until, "up to this time")->type_name("TIME");
  command->add_option("--user", options->user, "a user principal name, or an account in any domain");
  command->add_option("--url", options->url, "this page; with its query string: exactly this");
  command->add_option("--host", options->host, "every page of this host");
  command->add_option("--address", options->address, "as source or as destination");
  command->add_option("--vendor", options->vendor, "paloalto, fortinet, checkpoint, zscaler, unknown");
  command->add_option("--outcome", options->outcome, "what the device did")
      ->check(CLI::IsMember({"allowed", "warned", "blocked", "unknown"}, CLI::ignore_case));
  command->add_option("--text", options->text, "anywhere in the message, whatever the case");
  command->add_option("--columns", options->columns, "what to print, separated by commas")->delimiter(',');
  command->add_option("--limit", options->limit, "stop after this many");
  auto* count = command->add_flag("--count", options->count, "only how many there are");
  command->add_flag("--csv", options->csv, "print CSV")->excludes("--json")->excludes(count);
  command->add_flag("--quarantine", options->quarantine, "what could not be read: reason, place, sender, raw");
  command->add_option("--store", options->store, "search this store, such as a backup, instead of the configured one")
      ->type_name("DIR")
      ->check(CLI::ExistingDirectory);
  command->footer(
      "Fields: the columns of CommonSecurityLog, and time received vendor product user account url host\n"
      "source_address destination_address address action outcome input peer flags reason raw.\n"
      "A table on a terminal, tab-separated in a pipe. Exit status 1: nothing was found.");
  command->callback([&invocation, options] {
    config::Config config;
    if (!load_config(invocation, Missing::is_default, config)) return;
    try {
      invocation.status = print_query(config, *options, invocation.json);
    } catch (const WrongUsage& mistake) {
      fmt::print(stderr, "{}\n", mistake.what());
      invocation.status = Exit::usage;
    }
  });
}

}  // namespace commands
