#include "sensor/correlate/finding.h"

#include <algorithm>
#include <bit>

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

std::string Finding::digest() const {
  Fingerprint print;
  print.add(id).add(url).add(test ? "test" : "");
  for (const Reason& reason : reasons) print.add(reason.name);
  add_rows(print, alerts, [](const parsers::Alert& alert) { return alert.id; });
  add_rows(print, clicks, [](const Click& click) { return std::to_string(click.event_id); });
  add_rows(print, sign_ins, [](const parsers::SignIn& sign_in) { return sign_in.id; });
  return print.hex();
}

}  // namespace correlate
