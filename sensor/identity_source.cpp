#include "sensor/identity_source.h"

#include <fmt/format.h>

#include <fstream>
#include <sstream>

namespace sensor {

parsers::IdentityMap load_identity(const config::Config& config) {
  parsers::IdentityMap identity;
  for (const auto& [domain, suffix] : config.identity.domains) identity.add_domain(domain, suffix);
  const std::string& path = config.identity.map_file;
  if (path.empty()) return identity;
  std::ifstream file(path, std::ios::binary);
  if (!file) throw BadConfig(fmt::format("[identity] map_file {} can't be read", path));
  std::ostringstream text;
  text << file.rdbuf();
  if (const auto rows = identity.add_csv(text.str()); !rows) {
    throw BadConfig(fmt::format("[identity] map_file {}: {}", path, rows.error().detail));
  }
  return identity;
}

void read_users(storage::State& state, parsers::UserDirectory& directory) {
  parsers::UserDirectory::Names names;
  state.each_user([&](const parsers::DirectoryUser& user) { names.add(user); });
  directory.replace(std::move(names));
}

}  // namespace sensor
