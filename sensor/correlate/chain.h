// The chain itself: which alerts, clicks and sign-ins hold together, and what they say together. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sensor/correlate/facts.h"
#include "sensor/correlate/finding.h"
#include "sensor/correlate/windows.h"

namespace correlate {

// How the click's user is `upn`: as UserMatch says, or none. A click that names nobody is address: whoever asks knows
// that the user was at the client's address.
parsers::UserMatch match_user(const Click& click, std::string_view upn);

std::string_view account_of(std::string_view upn);  // the part before '@'

// A page that a lure led to was reached this soon after it; or this soon, when it names the lure as its referer.
inline constexpr parsers::Duration kRedirectTime = std::chrono::seconds(10);
inline constexpr parsers::Duration kRefererTime = std::chrono::minutes(1);

// A click with what is known of it towards one user and one address.
struct Approach {
  Click click;
  AddressMatch address = AddressMatch::different;
  bool is_shared_client = false;  // names nobody, and several users were at the client's address
};

// The sign-ins of one user from one address.
struct Suspect {
  std::string user, address;
  std::vector<parsers::SignIn> sign_ins;  // successful; by (created, id)
  std::vector<Reason> signs;              // of a stolen session
  int days_before = 0;                    // on which the user signed in from there already
  std::string refutation, refutation_detail;
};

struct Strand {
  std::string host;                    // of the lure as reached
  std::vector<parsers::Alert> alerts;  // watched ones that may name it
  bool is_well_known = false;          // the host, to many or for long: that alone says little
  bool is_scanned = false;             // no person made any of the clicks
  std::vector<Approach> clicks;        // that can count, on this host, by this user
  std::vector<Click> onward;           // rows of this user on other hosts, at the suspect's address
};

// Keeps the rows that stand in a whole chain alert - click (- onward) - sign-in, and weighs them. With onward rows only
// chains through them count. Empty when there is no chain. An address that nothing ties to the lure makes a chain only
// with a sign-in after the click, and not by the domain alone.
std::optional<Finding> link(const Strand& strand, const Suspect& suspect, const Windows& windows);

}  // namespace correlate
