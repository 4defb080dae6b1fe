// The server's side of TLS 1.2 and 1.3 for [[listen]]: certificate, key, and whose certificates peers must show.
#pragma once

#include <array>
#include <boost/asio/ssl/context.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "sensor/config/config.h"

namespace ingest {

// Throws std::runtime_error with a sentence that names input, file and mend: a file that can't be read or is no PEM, a
// key that is another certificate's. An expired certificate is taken: senders that don't look still get through.
std::shared_ptr<boost::asio::ssl::context> load_tls(const config::Listen& input);

std::chrono::sys_seconds certificate_expiry(boost::asio::ssl::context& context);

// The context in force, and the files that it came from: renewed files are taken without a restart.
class TlsFiles {
 public:
  explicit TlsFiles(const config::Listen& input);  // throws as load_tls does

  const std::shared_ptr<boost::asio::ssl::context>& context() const { return context_; }

  // Looks whether the files are others than when it looked last. Connections that are open keep what they have. On
  // `failed` the context stays as it was, and `error` says why; a pair that is half renewed mends at a later look.
  enum class Renewal { unchanged, renewed, failed };
  Renewal look(std::string& error);

 private:
  struct Stamp {
    std::uint64_t device = 0, inode = 0, size = 0;
    std::int64_t modified_nanoseconds = 0, changed_nanoseconds = 0;
    bool operator==(const Stamp&) const = default;
  };
  using Stamps = std::array<Stamp, 3>;
  Stamps stamps() const;

  const config::Listen& input_;
  Stamps seen_;
  std::shared_ptr<boost::asio::ssl::context> context_;
};

}  // namespace ingest
