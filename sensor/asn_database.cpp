#include "sensor/asn_database.h"

#include <fmt/format.h>
#include <maxminddb.h>

#include <stdexcept>

namespace sensor {

struct AsnDatabase::Impl {
  MMDB_s database{};
};

AsnDatabase::AsnDatabase(const std::string& path) : impl_(std::make_unique<Impl>()) {
  const int status = MMDB_open(path.c_str(), MMDB_MODE_MMAP, &impl_->database);
  if (status != MMDB_SUCCESS)
    throw std::runtime_error(
        fmt::format("[network] asn_database {}: {}; name a MaxMind-format ASN database", path, MMDB_strerror(status)));
}

AsnDatabase::~AsnDatabase() { MMDB_close(&impl_->database); }

std::uint32_t AsnDatabase::find(std::string_view address) const {
  int bad_address = 0, failure = 0;
  const std::string text(address);
  MMDB_lookup_result_s found = MMDB_lookup_string(&impl_->database, text.c_str(), &bad_address, &failure);
  if (bad_address != 0 || failure != MMDB_SUCCESS || !found.found_entry) return 0;
  MMDB_entry_data_s number{};
  if (MMDB_get_value(&found.entry, &number, "autonomous_system_number", nullptr) != MMDB_SUCCESS) return 0;
  return number.has_data && number.type == MMDB_DATA_TYPE_UINT32 ? number.uint32 : 0;
}

correlate::AsnLookup asn_lookup(const std::string& path) {
  if (path.empty()) return {};
  const auto database = std::make_shared<const AsnDatabase>(path);
  return [database](std::string_view address) { return database->find(address); };
}

}  // namespace sensor
