// The reasons of a finding, each with a phrase for an analyst, from the best row for each edge.
#pragma once

#include <vector>

#include "sensor/correlate/chain.h"
#include "sensor/correlate/confidence.h"

namespace correlate {

// Pointers into the strand that was linked, and to a lure of its alerts.
struct Edges {
  parsers::UrlMatch url = parsers::UrlMatch::none;
  const Click* url_click = nullptr;
  const parsers::Url* lure = nullptr;
  bool is_well_known = false;  // the lure's host
  parsers::UserMatch user = parsers::UserMatch::none;
  const Click* user_click = nullptr;
  bool is_shared_client = false;
  AddressMatch address = AddressMatch::different;
  const Click* address_click = nullptr;
  const Click* outcome_click = nullptr;
  const Click* onward = nullptr;  // the page at the address that signed in, when the lure led there
  parsers::Duration onward_after{};
  bool by_referer = false;
  parsers::Duration delay{};  // from click to sign-in
};

std::vector<Reason> reasons_for(const Edges& best, const Suspect& suspect);

// From the first to the last time at which somebody did something; when Defender raised the alert says nothing of that.
void set_seen(Finding& finding);

}  // namespace correlate
