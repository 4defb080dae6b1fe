// The application's certificate: signs the assertions that stand in for a secret at the token endpoint.
// Source: learn.microsoft.com/entra/identity-platform/certificate-credentials (PS256, x5t#S256).
//
// Threads: one. Errors are sentences that name the configuration's key and the file: certificate, private_key,
// key_mismatch, and those of private_file.h.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "parsers/result.h"
#include "parsers/time.h"

namespace graph {

class Certificate {
 public:
  static constexpr std::chrono::seconds kAssertionLifetime{600};  // Entra recommends 5 to 10 minutes

  // PEM. An empty `private_key_file`: the key stands in `certificate_file` too, which then must be as private.
  static parsers::Result<Certificate> load(const std::string& certificate_file, const std::string& private_key_file);

  Certificate(Certificate&&) noexcept;
  Certificate& operator=(Certificate&&) noexcept;
  ~Certificate();

  parsers::TimePoint not_before() const { return not_before_; }
  parsers::TimePoint not_after() const { return not_after_; }
  const std::string& thumbprint() const { return thumbprint_; }  // base64url of the DER's SHA-256

  // A signed JSON web token for `client_id` at `audience` (the token endpoint's URL); `id` must be new each time.
  // Empty when OpenSSL fails.
  std::string assertion(std::string_view client_id, std::string_view audience, parsers::TimePoint now,
                        std::string_view id) const;

 private:
  struct Key;
  Certificate();

  std::unique_ptr<Key> key_;
  std::string thumbprint_;
  parsers::TimePoint not_before_{}, not_after_{};
};

// RFC 4648 section 5, without padding.
std::string base64url(std::string_view bytes);
std::string base64(std::string_view bytes);

}  // namespace graph
