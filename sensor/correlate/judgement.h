// All that can be told of one user: every address that he was signed in from around his clicks on lures is weighed
// against every lure.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "parsers/cidr.h"
#include "sensor/correlate/chain.h"
#include "sensor/correlate/facts.h"
#include "sensor/correlate/finding.h"
#include "sensor/correlate/networks.h"
#include "sensor/correlate/windows.h"

namespace correlate {

struct Premises {
  Facts& facts;
  const Windows& windows;
  const parsers::AddressRanges& shared;
  const AsnLookup& asn_of;
  double minimum_confidence;
  std::function<bool(const parsers::Alert&)> is_watched;
};

class Judgement {
 public:
  Judgement(const Premises& premises, const std::string& user) : premises_(premises), user_(user) {}

  std::vector<Finding> take();

  // Limits of what is read for one address; what is past them are the same facts again.
  static constexpr std::size_t kMaxSignIns = 200;
  static constexpr std::size_t kMaxClicks = 400;
  static constexpr std::size_t kMaxRedirectSpans = 16;

 private:
  using Refs = std::vector<const ClickRef*>;

  struct Case {  // one address
    Place place;
    Refs near;                 // clicks within a window of its sign-ins
    parsers::TimePoint begin;  // of the first of them
    AddressMatch tie = AddressMatch::different;
    bool was_told = false;
  };

  void judge(Case& place_case, std::vector<Finding>& chains);
  AddressMatch tie_of(const ClickRef& ref, const std::string& address) const;
  AddressMatch best_tie(const Case& of) const;
  bool is_usual(const Case& of) const;
  Suspect suspect_of(const Case& of);
  void refute(const Case& of, Suspect& suspect);
  bool is_company_address(const Case& of) const;
  bool is_well_known(const Case& of, std::uint64_t host_key) const;
  bool can_matter(const Case& of, const Suspect& suspect) const;
  void add_chains(const Case& of, const Suspect& suspect, const std::vector<Click>& onward,
                  std::vector<Finding>& chains);
  Strand strand_of(const Case& of, std::uint64_t host_key, const std::vector<Click>& onward);
  std::vector<parsers::Alert> alerts_for(const std::string& host);
  std::vector<Click> onward_of(const Case& of);
  void keep_told(const std::vector<ToldFinding>& told, std::vector<Finding>& findings) const;

  const Premises& premises_;
  const std::string& user_;
  std::vector<ClickRef> refs_;
  std::map<std::string, std::vector<parsers::Alert>> alerts_;  // by host
};

}  // namespace correlate
