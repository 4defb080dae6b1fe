#include "sensor/config/binding.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "parsers/cidr.h"
#include "parsers/timestamp.h"
#include "sensor/config/mistake.h"
#include "sensor/config/values.h"
#include "sensor/graph/origin.h"

namespace config {
namespace {

using Setter = std::function<Fault(const toml::node&)>;

std::string quoted(std::string_view text) { return fmt::format("\"{}\"", text); }

Fault wrong_type(const toml::node& node, std::string_view wanted) {
  std::ostringstream type;
  type << node.type();
  return {fmt::format("expected {}, got {}", wanted, type.str()), ""};
}

// Most values are TOML strings; `take` gets the text.
Setter from_string(std::string_view wanted, std::function<Fault(const std::string&)> take) {
  return [wanted = std::string(wanted), take = std::move(take)](const toml::node& node) -> Fault {
    const auto* text = node.as_string();
    return text ? take(text->get()) : wrong_type(node, wanted);
  };
}

Key text(std::string name, std::string& target) {
  return {std::move(name), quoted(target), from_string("a string", [&target](const std::string& value) {
            target = value;
            return Fault{};
          })};
}

// Durations are kept as std::chrono types of different resolution.
template <class D>
Key duration(std::string name, D& target, parsers::Duration least, parsers::Duration most) {
  const auto kept = std::chrono::duration_cast<parsers::Duration>(target);
  return {std::move(name), quoted(format_duration(kept)),
          from_string("a duration like \"30s\"", [&target, least, most](const std::string& value) -> Fault {
            const auto parsed = parse_duration(value);
            if (!parsed)
              return {fmt::format("`{}` is no duration", value),
                      "write a whole number and ms, s, m, h or d: \"250ms\", \"6h\", \"30d\""};
            if (*parsed < least || *parsed > most) {
              return {fmt::format("`{}` is out of range", value),
                      fmt::format("from \"{}\" to \"{}\"", format_duration(least), format_duration(most))};
            }
            target = std::chrono::duration_cast<D>(*parsed);
            return {};
          })};
}

Key size(std::string name, std::uint64_t& target, std::string default_text, std::uint64_t least, std::uint64_t most) {
  return {std::move(name), quoted(default_text),
          from_string("a size like \"64MiB\"", [&target, least, most](const std::string& value) -> Fault {
            const auto parsed = parse_size(value);
            if (!parsed)
              return {fmt::format("`{}` is no size", value),
                      "write a whole number and KiB, MiB, GiB or TiB: \"64KiB\", \"50GiB\""};
            if (*parsed < least || *parsed > most) {
              return {fmt::format("`{}` is out of range", value),
                      fmt::format("from {} to {}", format_size(least), format_size(most))};
            }
            target = *parsed;
            return {};
          })};
}

Key count(std::string name, std::uint64_t& target, std::int64_t least, std::int64_t most) {
  return {std::move(name), fmt::format("{}", target), [&target, least, most](const toml::node& node) -> Fault {
            const auto* value = node.as_integer();
            if (!value) return wrong_type(node, "a whole number");
            if (value->get() < least || value->get() > most)
              return {fmt::format("{} is out of range", value->get()), fmt::format("from {} to {}", least, most)};
            target = static_cast<std::uint64_t>(value->get());
            return {};
          }};
}

Key boolean(std::string name, bool& target) {
  return {std::move(name), target ? "true" : "false", [&target](const toml::node& node) -> Fault {
            const auto* value = node.as_boolean();
            if (!value) return wrong_type(node, "true or false");
            target = value->get();
            return {};
          }};
}

Key fraction(std::string name, double& target) {
  return {std::move(name), fmt::format("{}", target), [&target](const toml::node& node) -> Fault {
            const auto value = node.is_number() ? node.value<double>() : std::nullopt;
            if (!value) return wrong_type(node, "a number from 0 to 1");
            if (!(*value >= 0 && *value <= 1)) return {fmt::format("{} is out of range", *value), "from 0 to 1"};
            target = *value;
            return {};
          }};
}

Key text_list(std::string name, std::vector<std::string>& target, std::function<Fault(const std::string&)> check = {}) {
  return {std::move(name), "[]", [&target, check = std::move(check)](const toml::node& node) -> Fault {
            const auto* array = node.as_array();
            if (!array) return wrong_type(node, "a list of strings");
            std::vector<std::string> values;
            for (const toml::node& element : *array) {
              const auto* value = element.as_string();
              if (!value) return wrong_type(element, "a string in the list");
              if (check) {
                if (Fault fault = check(value->get()); !fault.ok()) return fault;
              }
              values.push_back(value->get());
            }
            target = std::move(values);
            return {};
          }};
}

Key text_map(std::string name, std::map<std::string, std::string>& target) {
  return {std::move(name), "", [&target](const toml::node& node) -> Fault {
            const auto* table = node.as_table();
            if (!table) return wrong_type(node, "a table like { CONTOSO = \"contoso.com\" }");
            std::map<std::string, std::string> values;
            for (const auto& [key, value] : *table) {
              const auto* string = value.as_string();
              if (!string) return wrong_type(value, "a domain in quotes");
              values.emplace(key.str(), string->get());
            }
            target = std::move(values);
            return {};
          }};
}

Fault check_cidr(const std::string& value) {
  if (parsers::parse_cidr(value)) return {};
  return {fmt::format("`{}` is no address range", value),
          "write an address and a prefix length: \"10.0.0.0/8\", \"2001:db8::/32\""};
}

struct Cloud {
  std::string_view name, authority, endpoint;
};
// Source: learn.microsoft.com/graph/deployments.
constexpr std::array<Cloud, 4> kClouds = {{
    {"global", "https://login.microsoftonline.com", "https://graph.microsoft.com"},
    {"usgov", "https://login.microsoftonline.us", "https://graph.microsoft.us"},
    {"usgov-dod", "https://login.microsoftonline.us", "https://dod-graph.microsoft.us"},
    {"china", "https://login.chinacloudapi.cn", "https://microsoftgraph.chinacloudapi.cn"},
}};

Key cloud(graph::Settings& settings) {
  return {"cloud", quoted("global"), from_string("a cloud's name", [&settings](const std::string& value) -> Fault {
            std::vector<std::string_view> names;
            for (const Cloud& cloud : kClouds) {
              names.push_back(cloud.name);
              if (cloud.name != value) continue;
              settings.cloud = value;
              // `authority` and `endpoint` of the file win; they are set after this or were set before it.
              if (settings.authority.empty()) settings.authority = cloud.authority;
              if (settings.endpoint.empty()) settings.endpoint = cloud.endpoint;
              return {};
            }
            return {fmt::format("`{}` is no cloud", value), fmt::format("one of {}", fmt::join(names, ", "))};
          })};
}

Key service_url(std::string name, std::string& target) {
  return {std::move(name), "", from_string("a URL", [&target](const std::string& value) -> Fault {
            const auto origin = graph::parse_origin(value);
            if (!origin) {
              return {fmt::format("`{}` must begin with https:// and name a host alone", value),
                      "http:// is accepted for loopback addresses alone"};
            }
            target = value.ends_with('/') ? value.substr(0, value.size() - 1) : value;
            return {};
          })};
}

bool is_loopback(const std::string& host) { return host.starts_with("127.") || host == "::1"; }

Key metrics(Config& config) {
  return {"metrics", quoted(""), from_string("an address", [&config](const std::string& value) -> Fault {
            const auto parsed = parse_host_port(value);
            if (value.empty()) return config.status.metrics_host.clear(), Fault{};
            if (!parsed) return {fmt::format("`{}` is no address to listen on", value), "write \"127.0.0.1:9464\""};
            if (!is_loopback(parsed->host))
              return {fmt::format("`{}` is not on loopback, and metrics are served without TLS", value),
                      "write \"127.0.0.1:9464\"; a scraper on another machine comes through its own proxy or SSH"};
            config.status.metrics_host = parsed->host;
            config.status.metrics_port = parsed->port;
            return {};
          })};
}

Key formats(std::string name, std::vector<findings::Format>& target) {
  return {std::move(name), "[\"json\"]", [&target](const toml::node& node) -> Fault {
            const auto* array = node.as_array();
            if (!array || array->empty()) return wrong_type(node, "a list of formats with at least one in it");
            std::vector<findings::Format> formats;
            for (const toml::node& element : *array) {
              const auto* text = element.as_string();
              if (!text) return wrong_type(element, "a format's name");
              const auto format = findings::parse_format(text->get());
              if (!format) return {fmt::format("`{}` is no alert format", text->get()), "one of json, ocsf, ecs, cef"};
              if (std::ranges::find(formats, *format) == formats.end()) formats.push_back(*format);
            }
            target = std::move(formats);
            return {};
          }};
}

Key count(std::string name, unsigned& target, std::int64_t least, std::int64_t most) {
  return {std::move(name), std::to_string(target), [&target, least, most](const toml::node& node) -> Fault {
            const auto* value = node.as_integer();
            if (!value) return wrong_type(node, "a whole number");
            if (value->get() < least || value->get() > most) {
              return {fmt::format("{} is out of range", value->get()), fmt::format("from {} to {}", least, most)};
            }
            target = static_cast<unsigned>(value->get());
            return {};
          }};
}

Section feed(std::string name, graph::FeedSettings& feed) {
  using std::chrono::hours, std::chrono::seconds;
  Section section{
      std::move(name),
      {boolean("enabled", feed.enabled), duration("interval", feed.interval, std::chrono::milliseconds(100), hours(24)),
       duration("overlap", feed.overlap, seconds(0), hours(24 * 7)),
       duration("backfill", feed.backfill, seconds(0), hours(24 * 30)),
       duration("sweep", feed.sweep, seconds(0), hours(24 * 7)),
       count("requests_per_minute", feed.requests_per_minute, 1, 100'000)}};
  return section;
}

Key timezone(Listen& listen) {
  return {"timezone", quoted("UTC"), from_string("a time zone", [&listen](const std::string& value) -> Fault {
            auto zone = parsers::load_zone(value);
            if (!zone)
              return {fmt::format("`{}` is no time zone", value),
                      "write an IANA name or an offset: \"Europe/Berlin\", \"+02:00\""};
            listen.timezone = value;
            listen.zone = *zone;
            return {};
          })};
}

}  // namespace

std::vector<Section> sections(Config& config) {
  using std::chrono::hours, std::chrono::milliseconds, std::chrono::seconds;
  graph::Settings& graph = config.graph;
  std::vector<Section> sections = {
      {"storage",
       {text("directory", config.storage.directory),
        duration("retention", config.storage.retention, hours(1), hours(24 * 3650)),
        size("quota", config.storage.quota_bytes, "50GiB", 64ull << 20, 1ull << 50),
        duration("commit_interval", config.storage.commit_interval, milliseconds(10), seconds(60))}},
      {"graph",
       {cloud(graph), text("tenant_id", graph.tenant_id), text("client_id", graph.client_id),
        text("client_secret_file", graph.client_secret_file), service_url("authority", graph.authority),
        service_url("endpoint", graph.endpoint), text("ca_file", graph.ca_file),
        text("certificate_file", graph.certificate_file), text("private_key_file", graph.private_key_file),
        boolean("managed_identity", graph.managed_identity), text("proxy", graph.proxy),
        text("proxy_credentials_file", graph.proxy_credentials_file)}},
      feed("graph.alerts", graph.alerts),
      feed("graph.signins", graph.signins),
      {"graph.users",
       {boolean("enabled", graph.users.enabled),
        duration("interval", graph.users.interval, milliseconds(100), hours(24 * 7)),
        count("requests_per_minute", graph.users.requests_per_minute, 1, 100'000)}},
      {"identity", {text_map("domains", config.identity.domains), text("map_file", config.identity.map_file)}},
      {"network",
       {text_list("shared_ranges", config.network.shared_ranges, check_cidr),
        text("asn_database", config.network.asn_database)}},
      {"correlation",
       {duration("window", config.correlation.window, seconds(1), hours(24 * 7)),
        duration("click_lookback", config.correlation.click_lookback, seconds(0), hours(24 * 30)),
        text_list("titles", config.correlation.titles),
        text_list("service_sources", config.correlation.service_sources),
        text_list("categories", config.correlation.categories), text("exclusions", config.correlation.exclusions),
        fraction("minimum_confidence", config.correlation.minimum_confidence)}},
      {"alerts",
       {text("directory", config.alerts.directory), formats("formats", config.alerts.formats),
        size("rotate_size", config.alerts.rotate_bytes, "64MiB", 64 * 1024, 1ull << 40)}},
      {"status", {text("socket", config.status.socket), metrics(config)}},
  };
  for (Section& section : sections) {
    if (section.name == "graph.signins")
      section.keys.push_back(boolean("non_interactive", graph.signins.non_interactive));
  }
  return sections;
}

Section listen_section(Listen& listen) {
  const auto transport = [&listen](const std::string& value) -> Fault {
    std::vector<std::string_view> names;
    for (const Transport known : kTransports) {
      names.push_back(to_string(known));
      if (value == names.back()) return listen.transport = known, Fault{};
    }
    return {fmt::format("`{}` is no transport", value), fmt::format("one of {}", fmt::join(names, ", "))};
  };
  const auto address = [&listen](const std::string& value) -> Fault {
    if (value.starts_with('/')) return listen.path = value, Fault{};
    const auto parsed = parse_host_port(value);
    if (!parsed)
      return {fmt::format("`{}` is no address to listen on", value),
              "write \"0.0.0.0:514\" or \"[::]:514\"; for unix-dgram and unix-stream a path from /"};
    listen.host = parsed->host;
    listen.port = parsed->port;
    return {};
  };
  const auto mode = [&listen](const std::string& value) -> Fault {
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), listen.socket_mode, 8);
    if (error == std::errc{} && end == value.data() + value.size() && listen.socket_mode <= 0777) return {};
    return {fmt::format("`{}` is no file mode", value), "write it in octal: \"0660\""};
  };
  const auto file = [](std::string name, std::string& target) {
    Key key = text(std::move(name), target);
    key.set = [set = std::move(key.set), &target](const toml::node& node) -> Fault {
      if (Fault fault = set(node); !fault.ok()) return fault;
      if (target.empty() || target.starts_with('/')) return {};
      return {fmt::format("`{}` is not an absolute path", target), "write the whole path, from /"};
    };
    return key;
  };
  using std::chrono::seconds, std::chrono::hours;
  return {"listen",
          {text("name", listen.name), Key{"transport", quoted("udp"), from_string("a transport", transport)},
           Key{"address", quoted("0.0.0.0:514"), from_string("an address", address)},
           text_list("allow", listen.allow, check_cidr), timezone(listen),
           size("max_message", listen.max_message_bytes, "64KiB", 1024, 16ull << 20),
           file("certificate", listen.certificate), file("private_key", listen.private_key),
           file("client_ca", listen.client_ca), count("max_connections", listen.max_connections, 1, 100'000),
           count("max_connections_per_peer", listen.max_connections_per_peer, 1, 100'000),
           duration("idle_timeout", listen.idle_timeout, seconds(1), hours(24 * 365)),
           duration("frame_timeout", listen.frame_timeout, seconds(1), hours(24)),
           size("receive_buffer", listen.receive_buffer_bytes, "32MiB", 64 << 10, 512ull << 20),
           Key{"socket_mode", quoted("0666"), from_string("a file mode in octal", mode)}}};
}

Section tap_section(Listen& tap) {
  tap.transport = Transport::tap;
  const auto direction = [&tap](const std::string& value) -> Fault {
    if (value != "in" && value != "both")
      return {fmt::format("`{}` is no direction", value), "\"in\", or \"both\" to read what this machine sends too"};
    tap.both_directions = value == "both";
    return {};
  };
  using std::chrono::seconds, std::chrono::hours;
  return {"tap",
          {text("name", tap.name), text("interface", tap.interface), text("filter", tap.filter),
           Key{"direction", quoted("in"), from_string("a direction", direction)},
           boolean("promiscuous", tap.promiscuous), text_list("allow", tap.allow, check_cidr), timezone(tap),
           size("max_message", tap.max_message_bytes, "64KiB", 1024, 16ull << 20),
           size("buffer", tap.capture_buffer_bytes, "32MiB", 1 << 20, 1ull << 30),
           size("reassembly", tap.reassembly_bytes, "32MiB", 1 << 20, 1ull << 30),
           count("max_streams", tap.max_streams, 1, 1'000'000),
           duration("idle_timeout", tap.idle_timeout, seconds(1), hours(24 * 365))}};
}

}  // namespace config
