// Ways to send messages to a sensor, as fast as the other side takes them.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace bench {

class LoadSender {
 public:
  virtual ~LoadSender() = default;
  // Returns when the system has taken them. Throws std::runtime_error when the other side is gone.
  virtual void send(std::span<const std::string_view> messages) = 0;
  // Waits for what is on the way, and ends the connection.
  virtual void finish() {}
  // How many the other side has said it keeps, from the first on; nothing where it says no such thing.
  virtual std::optional<std::uint64_t> acknowledged() { return std::nullopt; }
};

enum class Framing { counted, lines };

// Transports: "udp", "tcp", "tls" (any certificate is taken), "relp" (each message acknowledged), "unix-dgram",
// "unix-stream" (address: a path), "stdout". Throws std::runtime_error with a sentence.
std::unique_ptr<LoadSender> make_sender(const std::string& transport, const std::string& address, Framing framing);

}  // namespace bench
