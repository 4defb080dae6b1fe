// Who may send: the `allow` list of an input.
#pragma once

#include <boost/asio/ip/address.hpp>
#include <string>
#include <vector>

#include "parsers/cidr.h"
#include "sensor/ingest/input.h"

namespace ingest {

// An address as it stands in status and store: IPv4 that came in by an IPv6 socket is IPv4.
std::string peer_name(const boost::asio::ip::address& address);

// What stands for the address of a sender on a Unix socket.
inline constexpr const char* kLocalPeer = "local";

// An empty list allows any.
class AllowList {
 public:
  explicit AllowList(const std::vector<std::string>& ranges) : any_(ranges.empty()), ranges_(ranges) {}
  bool allows(const std::string& peer) const { return any_ || ranges_.contains(peer); }

 private:
  bool any_;
  parsers::AddressRanges ranges_;
};

}  // namespace ingest
