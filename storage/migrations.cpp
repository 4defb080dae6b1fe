#include "storage/migrations.h"

#include <string>

namespace storage {

int checked_version(Connection& connection, std::span<const std::string_view> steps) {
  const auto version = connection.integer("PRAGMA user_version");
  if (version < 0 || version > static_cast<std::int64_t>(steps.size())) {
    throw SqliteError(0, connection.path() + " has schema version " + std::to_string(version) +
                             ", but this Lurewatch knows versions up to " + std::to_string(steps.size()) +
                             ": a newer Lurewatch wrote it.");
  }
  return static_cast<int>(version);
}

void migrate(Connection& connection, std::span<const std::string_view> steps) {
  while (static_cast<std::size_t>(checked_version(connection, steps)) < steps.size()) {
    Transaction transaction(connection);
    // Read again under the lock: another process may have taken the step meanwhile.
    const auto version = static_cast<std::size_t>(checked_version(connection, steps));
    if (version == steps.size()) return;
    connection.execute(std::string(steps[version]).c_str());
    connection.execute(("PRAGMA user_version = " + std::to_string(version + 1)).c_str());
    transaction.commit();
  }
}

}  // namespace storage
