#include "sensor/ingest/peers.h"

#include <algorithm>
#include <boost/asio/ip/address_v4.hpp>
#include <boost/asio/ip/address_v6.hpp>

namespace ingest {

std::string peer_name(const boost::asio::ip::address& address) {
  namespace ip = boost::asio::ip;
  if (address.is_v6() && address.to_v6().is_v4_mapped()) {
    return ip::make_address_v4(ip::v4_mapped, address.to_v6()).to_string();
  }
  return address.to_string();
}

AllowList::AllowList(const std::vector<std::string>& ranges) {
  for (const std::string& range : ranges) {
    if (const auto cidr = correlate::parse_cidr(range)) ranges_.push_back(*cidr);
  }
}

bool AllowList::allows(const std::string& peer) const {
  return ranges_.empty() || std::any_of(ranges_.begin(), ranges_.end(), [&](const auto& range) { return range.contains(peer); });
}

}  // namespace ingest
