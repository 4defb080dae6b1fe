#include "sensor/correlate/fingerprint.h"

#include <openssl/evp.h>

#include <array>
#include <stdexcept>

namespace correlate {

Fingerprint& Fingerprint::add(std::string_view field) {
  text_ += std::to_string(field.size());
  text_ += ':';
  text_ += field;
  return *this;
}

std::string Fingerprint::hex() const {
  constexpr std::size_t kBytes = 16;
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::array<unsigned char, EVP_MAX_MD_SIZE> hash{};
  if (EVP_Digest(text_.data(), text_.size(), hash.data(), nullptr, EVP_sha256(), nullptr) != 1)
    throw std::runtime_error("OpenSSL offers no SHA-256");
  std::string hex;
  for (std::size_t i = 0; i < kBytes; ++i) {
    hex += kDigits[hash[i] >> 4];
    hex += kDigits[hash[i] & 15];
  }
  return hex;
}

}  // namespace correlate
