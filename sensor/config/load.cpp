#include "sensor/config/load.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "sensor/config/binding.h"
#include "sensor/config/credentials.h"
#include "sensor/graph/proxy.h"

namespace config {
namespace {

class Loader {
 public:
  Loader(std::string_view text, const std::string& path) : source_(path, text) {}

  Loaded load(std::string_view text) {
    loaded_.config.file = source_.path();
    loaded_.config.text = text;
    try {
      const toml::table root = toml::parse(text, source_.path());
      take_root(root);
      take_inputs(root);
      finish();
    } catch (const toml::parse_error& error) {
      add(error.source(), std::string(error.description()), "");
    }
    std::sort(loaded_.mistakes.begin(), loaded_.mistakes.end(), comes_before);
    return std::move(loaded_);
  }

 private:
  void add(const toml::source_region& where, std::string what, std::string hint) {
    Mistake mistake = source_.mistake(where.begin.line, where.begin.column, std::move(what), std::move(hint));
    mistake.source_line = without_secret(mistake.source_line);
    loaded_.mistakes.push_back(std::move(mistake));
  }

  // A secret that somebody wrote here by mistake must not go on into a log.
  static std::string without_secret(const std::string& line) {
    const std::size_t equals = line.find('=');
    const std::string key = line.substr(0, equals);
    const bool is_secret = key.find("_file") == std::string::npos &&
                           (key.find("secret") != std::string::npos || key.find("password") != std::string::npos ||
                            (key.find("proxy") != std::string::npos && line.find('@') != std::string::npos));
    return is_secret && equals != std::string::npos ? key + "= ..." : line;
  }

  void take_root(const toml::table& root) {
    const std::vector<Section> all = sections(loaded_.config);
    std::vector<std::string_view> names = {"listen", "tap"};
    for (const Section& section : all) {
      if (section.name.find('.') == std::string::npos) names.push_back(section.name);
    }
    for (const auto& [key, value] : root) {
      if (std::find(names.begin(), names.end(), key.str()) == names.end()) {
        unknown(key, names, "a section");
      } else if (key.str() != "listen" && key.str() != "tap" && !value.is_table()) {
        add(value.source(), fmt::format("`{}` must be a section", key.str()), fmt::format("write [{}]", key.str()));
      }
    }
    for (const Section& section : all) {
      if (const toml::table* table = root.at_path(section.name).as_table()) take_section(section, *table, all);
    }
  }

  void unknown(const toml::key& key, const std::vector<std::string_view>& known, std::string_view what) {
    add(key.source(), fmt::format("`{}` is not {} that there is", key.str(), what), did_you_mean(key.str(), known));
  }

  void take_section(const Section& section, const toml::table& table, const std::vector<Section>& all) {
    std::vector<std::string_view> names;
    for (const Key& key : section.keys) names.push_back(key.name);
    for (const Section& other : all) {
      if (other.name.starts_with(section.name + "."))
        names.push_back(std::string_view(other.name).substr(section.name.size() + 1));
    }
    for (const auto& [name, node] : table) {
      const auto key =
          std::find_if(section.keys.begin(), section.keys.end(), [&](const Key& k) { return k.name == name.str(); });
      if (key != section.keys.end()) {
        where_[section.name + "." + key->name] = node.source();
        if (Fault fault = key->set(node); !fault.ok())
          add(node.source(), fmt::format("{}: {}", key->name, fault.what), fault.hint);
      } else if (std::find(names.begin(), names.end(), name.str()) != names.end()) {
        if (!node.is_table()) {
          add(node.source(), fmt::format("`{}` must be a section", name.str()),
              fmt::format("write [{}.{}]", section.name, name.str()));
        }
      } else {
        unknown(name, names, fmt::format("a key of [{}]", section.name));
      }
    }
  }

  void take_inputs(const toml::table& root) {
    take_inputs(root, "listen", listen_section, listen_faults);
    take_inputs(root, "tap", tap_section, tap_faults);
  }

  void take_inputs(const toml::table& root, const std::string& kind, Section (*section_of)(Listen&),
                   InputFaults (*faults_of)(const Listen&, const std::vector<std::string>&)) {
    const toml::node* node = root.get(kind);
    if (!node) return;
    const toml::array* array = node->as_array();
    if (!array || !array->is_array_of_tables()) {
      add(node->source(), fmt::format("`{}` must be a list of sections", kind),
          fmt::format("write [[{}]], with two brackets", kind));
      return;
    }
    for (const toml::node& element : *array) {
      Listen listen;
      const Section section = section_of(listen);
      take_section(section, *element.as_table(), {});
      std::vector<std::string> given;
      for (const auto& [key, value] : *element.as_table()) given.emplace_back(key.str());
      for (auto& [key, fault] : faults_of(listen, given)) {
        const toml::node* at = element.as_table()->get(key);
        add((at ? *at : element).source(), fmt::format("{}: {}", key, fault.what), fault.hint);
      }
      if (listen.name.empty())
        add(element.source(), "an input needs a `name`", "name = \"firewalls\"");
      else if (!input_names_.insert(listen.name).second)
        add(element.source(), fmt::format("another input has the name `{}` already", listen.name),
            "give each input a name of its own");
      loaded_.config.listen.push_back(std::move(listen));
    }
  }

  // A secret, a certificate or a managed identity: one of them, and whole.
  void check_credential() {
    const graph::Settings& graph = loaded_.config.graph;
    const toml::source_region& tenant = where_["graph.tenant_id"];
    if (graph.client_id.empty() && !graph.managed_identity)
      add(tenant, "tenant_id is set, but client_id is not",
          "client_id = the application (client) id of the app registration");
    const bool secret = !graph.client_secret_file.empty(), certificate = !graph.certificate_file.empty();
    if (!secret && !certificate && !graph.managed_identity)
      add(tenant, "tenant_id is set, but client_secret_file is not",
          "put the secret's value into a file and name it: client_secret_file = \"graph-client-secret\"; or set "
          "certificate_file, or managed_identity = true");
    if (int(secret) + int(certificate) + int(graph.managed_identity) > 1)
      add(tenant, "more than one of client_secret_file, certificate_file and managed_identity is set",
          "keep the one that is meant");
    if (!graph.private_key_file.empty() && !certificate)
      add(where_["graph.private_key_file"], "private_key_file is set, but certificate_file is not",
          "certificate_file = the certificate that belongs to the key, in PEM form");
  }

  // What hangs together across keys.
  void finish() {
    Config& config = loaded_.config;
    graph::Settings& graph = config.graph;
    if (graph.authority.empty()) graph.authority = "https://login.microsoftonline.com";
    if (graph.endpoint.empty()) graph.endpoint = "https://graph.microsoft.com";
    if (graph.tenant_id == "00000000-0000-0000-0000-000000000000") graph.tenant_id.clear();
    if (!graph.tenant_id.empty()) check_credential();
    if (const std::string credentials = credentials_directory(); !credentials.empty()) {
      for (std::string* file : {&graph.client_secret_file, &graph.certificate_file, &graph.private_key_file,
                                &graph.proxy_credentials_file}) {
        if (!file->empty() && file->front() != '/') *file = credentials + "/" + *file;
      }
    }
    graph::Settings proxied;
    proxied.proxy = graph.proxy;
    if (const auto proxy = graph::read_proxy(proxied, {}); !proxy)
      add(where_["graph.proxy"], proxy.error().detail, "proxy = \"http://proxy.example.com:3128\"");
    for (const auto& [key, directory] :
         {std::pair("storage.directory", &config.storage.directory),
          std::pair("alerts.directory", &config.alerts.directory), std::pair("status.socket", &config.status.socket),
          std::pair("correlation.exclusions", &config.correlation.exclusions)}) {
      if (!directory->starts_with('/'))
        add(where_[key], fmt::format("`{}` is not an absolute path", *directory), "write the whole path, from /");
    }
  }

  SourceText source_;
  std::map<std::string, toml::source_region> where_;
  std::set<std::string> input_names_;
  Loaded loaded_;
};

}  // namespace

const char* to_string(Transport transport) {
  switch (transport) {
    case Transport::udp:
      return "udp";
    case Transport::tcp:
      return "tcp";
    case Transport::tls:
      return "tls";
    case Transport::relp:
      return "relp";
    case Transport::unix_dgram:
      return "unix-dgram";
    case Transport::unix_stream:
      return "unix-stream";
    case Transport::tap:
      return "tap";
  }
  return "";
}

std::string Listen::address() const {
  if (is_unix(transport)) return path;
  if (transport == Transport::tap) return interface;
  return host.find(':') == std::string::npos ? fmt::format("{}:{}", host, port) : fmt::format("[{}]:{}", host, port);
}

Loaded load_text(std::string_view text, const std::string& path) { return Loader(text, path).load(text); }

Loaded load_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  if (file) text << file.rdbuf();
  if (!file || std::filesystem::is_directory(path)) {
    Loaded failed;
    failed.mistakes.push_back({path, 0, 0, fmt::format("cannot be read: {}", std::strerror(errno ? errno : EISDIR)), "",
                               "name another file with --config"});
    return failed;
  }
  return load_text(text.str(), path);
}

std::vector<KnownKey> known_keys() {
  std::vector<KnownKey> keys;
  Config config;
  Listen listen, tap;
  std::vector<Section> all = sections(config);
  all.push_back(listen_section(listen));
  all.push_back(tap_section(tap));
  for (const Section& section : all) {
    for (const Key& key : section.keys) keys.push_back({section.name + "." + key.name, key.default_text});
  }
  return keys;
}

}  // namespace config
