// Short names for what things are about: SHA-256 over fields, cut to 128 bits. Not a faster hash, because hosts and
// URLs are an attacker's to choose, and two findings with one id would be one finding.
#pragma once

#include <string>
#include <string_view>

namespace correlate {

class Fingerprint {
 public:
  // Fields are told apart whatever they hold.
  Fingerprint& add(std::string_view field);
  std::string hex() const;  // 32 hex digits

 private:
  std::string text_;
};

}  // namespace correlate
