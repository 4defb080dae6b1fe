#include "sensor/correlate/finding.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "sensor/correlate/confidence.h"
#include "sensor/correlate/fingerprint.h"

namespace correlate {

namespace {

template <class Row, class IdOf>
void add_rows(Fingerprint& print, const std::vector<Row>& rows, IdOf id_of) {
  print.add(std::to_string(rows.size() <= kToldPerKind ? rows.size() : kToldPerKind + std::bit_width(rows.size())));
  for (std::size_t i = 0; i < std::min(rows.size(), kToldPerKind); ++i) print.add(id_of(rows[i]));
}

}  // namespace

std::string finding_id(const FindingKey& key) {
  return Fingerprint()
      .add(kMode)
      .add(kRuleId)
      .add(key.user)
      .add(key.host)
      .add(key.address)
      .add(std::to_string(key.stretch))
      .hex();
}

const char* to_string(AddressMatch match) {
  switch (match) {
    case AddressMatch::same:
      return "same";
    case AddressMatch::seen_serving:
      return "seen-serving";
    case AddressMatch::prefix:
      return "prefix";
    case AddressMatch::asn:
      return "asn";
    case AddressMatch::different:
      break;
  }
  return "different";
}

std::string Finding::digest() const {
  Fingerprint print;
  print.add(id).add(url).add(test ? "test" : "").add(live ? "" : "withdrawn");
  for (const Reason& reason : reasons) {
    print.add(reason.name).add(std::to_string(std::lround(reason.weight * 100)));
    if (reason.name == kOthersReason) print.add(reason.detail);
  }
  add_rows(print, alerts, [](const parsers::Alert& alert) { return alert.id; });
  add_rows(print, clicks, [](const Click& click) { return std::to_string(click.event_id); });
  add_rows(print, sign_ins, [](const parsers::SignIn& sign_in) { return sign_in.id; });
  return print.hex();
}

void name_others(Finding& finding, const std::vector<OtherUser>& others) {
  if (others.empty()) return;
  std::string detail;
  for (std::size_t i = 0; i < std::min(others.size(), kNamedOthers); ++i)
    detail += (i == 0 ? "" : ", ") + others[i].user + " (finding " + others[i].id + ")";
  if (others.size() > kNamedOthers) {
    const std::size_t known = std::bit_floor(others.size());
    detail += " and others, at least " + std::to_string(known) + " in all";
  }
  add_reason(finding.reasons, kOthersReason, "the same lure caught " + detail);
}

}  // namespace correlate
