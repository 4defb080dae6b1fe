#include "sensor/correlate/reasons.h"

#include <string>
#include <string_view>

namespace correlate {

using parsers::UrlMatch;
using parsers::UserMatch;

namespace {

std::string url_detail(const Edges& best) {
  const std::string lure = best.lure->canonical();
  switch (best.url) {
    case UrlMatch::exact:
      return "the URL reached is the alert's: " + lure;
    case UrlMatch::no_query:
      return "the URL reached is the alert's but for the query: " + lure;
    case UrlMatch::path_prefix:
      return "one path continues the other: the alert's " + lure;
    case UrlMatch::host:
      return "the host reached is the alert's: " + best.lure->host;
    default:
      return "the host reached belongs to the owner of the alert's " + best.lure->host;
  }
}

std::string user_detail(const Edges& best, const std::string& user) {
  const parsers::Event& event = best.user_click->event;
  switch (best.user) {
    case UserMatch::upn:
      return "the device logged the user who signed in: " + user;
    case UserMatch::mapped:
      return "the device logged " + event.user_raw + ", which is " + user;
    case UserMatch::account:
      return "the device logged the account " + event.account + " without a domain";
    default:
      return "the device logged nobody; " + user + " was at " + event.source_address +
             (best.is_shared_client ? ", and so were others" : ", and nobody else");
  }
}

std::string address_detail(const Edges& best, const std::string& address) {
  const std::string& served = best.address_click->event.destination_address;
  switch (best.address) {
    case AddressMatch::same:
      return address + " served the page and signed in";
    case AddressMatch::seen_serving:
      return address + " signed in; it served the lure's host too, at another time or to somebody else";
    case AddressMatch::prefix:
      return address + " signed in, from the network of " + served + ", which served the page";
    case AddressMatch::asn:
      return address + " signed in, from the autonomous system of " + served + ", which served the page";
    default:
      return address + " signed in; the page came from " + (served.empty() ? "an unknown address" : served);
  }
}

std::string outcome_detail(const Click& click) {
  const std::string said =
      std::string(parsers::to_string(click.event.vendor)) + " logged \"" + click.event.action + '"';
  switch (click.event.outcome) {
    case parsers::Outcome::allowed:
      return said + ": let through";
    case parsers::Outcome::warned:
      return said + ": the user was warned and may have turned back";
    default:
      return said + ": it is not known whether it was let through";
  }
}

void add_address(std::vector<Reason>& reasons, const Edges& best, const Suspect& suspect) {
  if (!best.onward) return add_reason(reasons, address_reason(best.address), address_detail(best, suspect.address));
  const std::string page = best.onward->event.url.host;
  add_reason(reasons, "ip-same", suspect.address + " served " + page + ", where the lure led, and signed in");
  add_reason(reasons, best.by_referer ? "redirect-by-referer" : "redirect-by-timing",
             page + " was reached " + spell(best.onward_after) + " after the lure" +
                 (best.by_referer ? ", with it as referer" : ""));
}

}  // namespace

std::vector<Reason> reasons_for(const Edges& best, const Suspect& suspect) {
  std::vector<Reason> reasons;
  add_reason(reasons, url_reason(best.url), url_detail(best));
  const bool is_shared = best.user == UserMatch::address && best.is_shared_client;
  add_reason(reasons, is_shared ? "user-address-shared" : user_reason(best.user), user_detail(best, suspect.user));
  add_address(reasons, best, suspect);
  add_reason(
      reasons, order_reason(best.delay),
      "the sign-in came " + spell(best.delay) + (best.delay < parsers::Duration{} ? " before" : " after") + " a click");
  add_reason(reasons, outcome_reason(best.outcome_click->event.outcome), outcome_detail(*best.outcome_click));
  const bool is_tied = best.onward || best.address < AddressMatch::asn;
  if (!is_tied && best.url >= UrlMatch::host && best.is_well_known)
    add_reason(
        reasons, "host-well-known",
        best.lure->host + " was known to many, or for days: a page of it may be bad, the host alone says little");
  if (!is_tied) add_signs(reasons, suspect.signs);
  if (suspect.days_before == 1)
    add_reason(reasons, "seen-on-one-day-before",
               "the user signed in from " + suspect.address + " on a day before the click");
  return reasons;
}

}  // namespace correlate
