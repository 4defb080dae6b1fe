// Web log lines of the four vendors as long and with as many keys as the middle of the real lines that we know, with
// hosts, users, paths, addresses, ids and times that vary. Real lines may not be copied here; these have their shapes.
//
//   vendor        real: bytes, keys    these lines
//   Palo Alto     221, 4 (no URLs)     URL log of PAN-OS by a short template, 6 keys
//   Fortinet      746, 34              web filter of FortiOS 6 (path and host apart) and 7 (whole URL), 32 keys
//   Check Point   642, 24              URL Filtering, 26 keys
//   Zscaler       898, 45              the official web feed, cut to 44 keys; `full`: all of its 3,000 bytes
#pragma once

#include <cstdint>
#include <random>
#include <string>

namespace bench {

enum class ZscalerFeed { median, full };

class MedianLines {
 public:
  MedianLines(std::uint64_t seed, ZscalerFeed feed) : random_(seed), feed_(feed) {}
  // The four vendors in turn.
  std::string next();

 private:
  std::uint64_t below(std::uint64_t bound) { return random_() % bound; }
  std::uint64_t skewed(std::uint64_t bound);  // small numbers are common, as the favourite hosts of an office are
  void draw();
  std::string palo_alto();
  std::string fortinet();
  std::string check_point();
  std::string zscaler();

  std::mt19937_64 random_;
  ZscalerFeed feed_;
  std::uint64_t sequence_ = 0;
  std::string host_, path_, query_, account_, source_, destination_;
  std::int64_t second_ = 0;
};

}  // namespace bench
