// Who a log line means: the spellings of one person in four vendors' logs, and the way from each to the user principal
// name that Entra signs in.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "parsers/result.h"

namespace parsers {

// How a logged name became a user principal name, strongest first; the names of contract/finding.md.
enum class UserMatch { upn, mapped, account, address, none };
const char* to_string(UserMatch match);

struct UserName {
  enum class Form { empty, upn, domain_account, account, display, placeholder };
  Form form = Form::empty;
  std::string user;    // lower case: the upn, the account, or the display name without its "(id)"
  std::string domain;  // domain_account: lower case, as logged (NetBIOS or DNS)
  std::string id;      // display: what stood in the parentheses, lower case
};

// Takes apart a logged name: "bob@contoso.com", "CONTOSO\bob" with one, two or four backslashes, "contoso.com\bob",
// "LAST FIRST (ID0025465) ", "bob", and what is nobody: "", "N/A", "NA", "None", "-", "unknown", "A->B", bare numbers.
UserName parse_user_name(std::string_view raw);

struct ResolvedUser {
  std::string upn;                  // lower case; empty when the name cannot be turned into one
  std::string account;              // lower case part before '@', or the account; empty for placeholders
  UserMatch how = UserMatch::none;  // upn, mapped, or account (a bare account with no domain known)
};

// Immutable once in use; build it at start-up and on reload. Safe to read from many threads.
class IdentityMap {
 public:
  // NetBIOS or DNS domain -> UPN suffix; case-insensitive.
  void add_domain(std::string_view domain, std::string_view suffix);
  // A name exactly as a device logs it (case and surrounding blanks do not matter) -> user principal name.
  void add_name(std::string_view logged, std::string_view upn);
  // CSV (RFC 4180, optional header row "logged name,user principal name"); returns the number of rows taken.
  // Error detail names the line.
  Result<std::size_t> add_csv(std::string_view text);

  // `domain_hint` is a domain that stands in another field of the same message; may be empty.
  ResolvedUser resolve(std::string_view raw, std::string_view domain_hint = {}) const;

 private:
  std::unordered_map<std::string, std::string> domains_;
  std::unordered_map<std::string, std::string> names_;
};

}  // namespace parsers
