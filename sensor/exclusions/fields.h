// The fields that an exclusion may name: of a click the normalised event's (as evidence.events of a finding spells
// them) and every CommonSecurityLog column by its exact name; of a sign-in those of evidence.signins.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "parsers/graph.h"
#include "sensor/correlate/facts.h"
#include "sensor/exclusions/condition.h"

namespace exclusions {

enum class Side { event, sign_in };

// Nothing for a name that there is not.
std::optional<FieldKind> find_field(Side side, std::string_view name);
std::vector<std::string_view> field_names(Side side);  // for a hint; without the columns

// The texts of one click. The message is read again only when a column is asked for.
class ClickFields {
 public:
  explicit ClickFields(const correlate::Click& click) : click_(click) {}
  std::string value(std::string_view name);

 private:
  const correlate::Click& click_;
  std::optional<std::map<std::string, std::string, std::less<>>> columns_;
};

std::string value_of(const parsers::SignIn& sign_in, std::string_view name);

}  // namespace exclusions
