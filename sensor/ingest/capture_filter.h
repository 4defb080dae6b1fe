// What of the packets is wanted: a filter of pcap-filter(7), and what has to be added to it so that the syslog that it
// means comes through whole.
#pragma once

#include <string>

namespace ingest {

// A sentence where the filter can't be compiled, else "". Asks for names in it (`host fw1`) like any program.
std::string filter_fault(const std::string& filter);

// With IP pieces: only a packet's first piece has ports, so all pieces of UDP and TCP come in, and the filter is asked
// again once they are one.
std::string with_pieces(const std::string& filter);

// And with one and two VLAN tags, which pcap-filter looks past only where it is told to. A filter that names `vlan`
// itself is left as it is.
std::string with_tags(const std::string& filter);

}  // namespace ingest
