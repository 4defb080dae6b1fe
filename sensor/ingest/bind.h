// The socket of an input, and the sentence for one that can't be had.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "sensor/config/config.h"

namespace ingest {

// Bound, not blocking, and listening where the transport has connections; the caller closes it. A socket file that a
// dead process left is replaced; another file, and the socket of a living process, stay. Throws std::runtime_error with
// a sentence that names input, address and mend.
int open_socket(const config::Listen& input);
// The same for udp, kDatagramSockets of them on one port that no other program has, and for unix-dgram, one.
inline constexpr std::size_t kDatagramSockets = 4;
std::vector<int> open_datagram_sockets(const config::Listen& input);

// Everything that run would need of this machine for the input: a sentence each.
std::string tls_fault(const config::Listen& input);      // certificate and keys, without any socket; "" when right
std::string connect_fault(const config::Listen& input);  // binds and lets go again

}  // namespace ingest
