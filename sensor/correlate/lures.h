// The URLs of an alert that somebody may have reached, and how a click meets them.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "parsers/graph.h"
#include "parsers/url.h"
#include "sensor/correlate/facts.h"
#include "sensor/correlate/windows.h"

namespace correlate {

struct Lure {
  parsers::Url url;
  std::string_view sent;  // as the alert wrote it; points into the alert
};

// In the alert's order, mail products' rewriting undone; what is no http or https URL is left out.
std::vector<Lure> lures_of(const parsers::Alert& alert);

// The keys of their hosts, each once. An alert is stored under these: Facts::alerts_on_host is asked by them.
std::vector<std::uint64_t> host_keys_of(const parsers::Alert& alert);

// One alert's lures on one host, and the times it reaches for.
class Bait {
 public:
  Bait(const parsers::Alert& alert, std::string_view host, const Windows& windows);

  struct Match {
    parsers::UrlMatch tier = parsers::UrlMatch::none;  // exact to host, or none
    const parsers::Url* lure = nullptr;                // of this Bait; nullptr with none
  };
  // The closest lure for a click at a time that the alert reaches for. A row that knows only the host meets no lure
  // more closely than by its host.
  Match match(const Click& click) const;

 private:
  std::vector<parsers::Url> lures_;
  std::vector<Span> spans_;
};

}  // namespace correlate
