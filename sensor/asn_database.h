// The autonomous system of an address, from a database in MaxMind's format (GeoLite2-ASN and those shaped like it).
//
// Threads: after construction any. Source: maxmind.github.io/MaxMind-DB.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "sensor/correlate/networks.h"

namespace sensor {

class AsnDatabase {
 public:
  // Throws std::runtime_error naming the file and what is wrong with it.
  explicit AsnDatabase(const std::string& path);
  ~AsnDatabase();
  AsnDatabase(const AsnDatabase&) = delete;

  // 0 when the database does not know, or `address` is none.
  std::uint32_t find(std::string_view address) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Empty without a path. The database is closed with the last copy.
correlate::AsnLookup asn_lookup(const std::string& path);

}  // namespace sensor
