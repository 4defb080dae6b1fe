// Users of Microsoft Graph's users/delta: the names by which logs may call one person.
// Source: learn.microsoft.com/graph/api/user-delta.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "parsers/graph.h"

namespace parsers {

// A property that the answer does not mention has not changed; null is an empty text.
struct DirectoryUser {
  std::string id;
  bool removed = false;                            // deleted, or out of sight; only `id` counts
  std::optional<std::string> user_principal_name;  // lower case, like the addresses
  std::optional<std::string> mail, display_name;
  std::optional<std::string> sam_account_name;        // onPremisesSamAccountName
  std::optional<std::string> domain_name;             // onPremisesDomainName, "corp.contoso.com"
  std::optional<std::vector<std::string>> addresses;  // proxyAddresses that are mail, without their "smtp:"

  bool operator==(const DirectoryUser&) const = default;
};

struct UserPage {
  std::vector<DirectoryUser> users;
  std::string next_link, delta_link;  // as sent; the last page has the second one
  std::size_t rejected = 0;           // records without an id or that can't be read
  bool truncated = false;             // as in Page
};

// Errors as of parse_alert_page.
Result<UserPage> parse_user_page(std::string_view json);

}  // namespace parsers
