// The URLs of an alert that somebody may have reached, and how a click meets them.
#pragma once

#include <cstdint>
#include <string>
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

// As what analysts closed an alert that was no attack: "falsePositive, notMalicious", or
// "informationalExpectedActivity, securityTesting" of an exercise. Empty for all others.
std::string dismissal_of(const parsers::Alert& alert);

// The key under which a whole domain is known: that of its owner's name, with a dot before it, which no host has. 0 for
// hosts that stand for themselves: addresses, shared hosting, hosts of everybody's pages.
std::uint64_t domain_key(std::string_view canonical_host);

// The keys under which an alert is stored and its lures are watched, each once: of their hosts and of those hosts'
// domains; of a host of everybody's pages also the pages' keys (exact and without query), and the host's marked.
// Facts::alerts_on_host is asked by those of hosts and domains.
inline constexpr std::uint64_t kSharedMark = 0x5a5a5a5a5a5a5a5au;
std::vector<std::uint64_t> host_keys_of(const parsers::Alert& alert);

// One alert's lures that a click on one host may meet, and the times it reaches for.
class Bait {
 public:
  Bait(const parsers::Alert& alert, std::string_view host, const Windows& windows);

  struct Match {
    parsers::UrlMatch tier = parsers::UrlMatch::none;
    const parsers::Url* lure = nullptr;  // of this Bait; nullptr with none
  };
  // The closest lure for a click at a time that the alert reaches for. A row that knows only the host meets no lure
  // more closely than by its host. On a host of everybody's pages nothing but the page itself counts.
  Match match(const Click& click) const;

 private:
  bool is_shared_;
  std::vector<parsers::Url> lures_;
  std::vector<Span> spans_;
};

}  // namespace correlate
