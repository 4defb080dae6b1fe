// Who a log line means: the spellings of one person in four vendors' logs, and the way from each to the user principal
// name that Entra signs in.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "parsers/result.h"
#include "parsers/user_directory.h"

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
// "bob@CONTOSO", "LAST FIRST (ID0025465) ", "bob", a distinguished name ("CN=Bob Example,DC=contoso,DC=com": its first
// CN), and what is nobody: "", "N/A", "NA", "None", "-", "unknown", "A->B", bare numbers, a computer's account
// ("HOST$"). Longer than kMaxUserBytes is nobody too.
UserName parse_user_name(std::string_view raw);

inline constexpr std::size_t kMaxUserBytes = 1024;  // CEF allows 1023 for suser

struct ResolvedUser {
  std::string upn;                  // lower case; empty when the name cannot be turned into one
  std::string account;              // lower case part before '@', or the account; empty for placeholders
  UserMatch how = UserMatch::none;  // upn, mapped, or account (a bare account with no domain known)
  UserName::Form form = UserName::Form::empty;
};

// Immutable once in use; build it at start-up and on reload. Safe to read from many threads.
class IdentityMap {
 public:
  // NetBIOS or DNS domain -> UPN suffix; case-insensitive.
  void add_domain(std::string_view domain, std::string_view suffix);
  // A name as a device logs it (UTF-8; the case of Latin, Greek and Cyrillic letters, surrounding blanks, and how many
  // blanks or backslashes stand together do not matter) -> user principal name.
  void add_name(std::string_view logged, std::string_view upn);
  // CSV (RFC 4180, optional header row "logged name,user principal name"); returns the number of rows taken. All or
  // nothing: on an error no row is taken. Error codes: "csv_quote", "csv_columns", "csv_empty", "csv_upn"; detail names
  // the line.
  Result<std::size_t> add_csv(std::string_view text);

  // Names that the map does not know are looked up there; it may be refilled at any time and outlives the map.
  void use_directory(const UserDirectory* directory) { directory_ = directory; }

  // Strongest evidence first: the map (the whole name, then the id in parentheses, then the display name), then the
  // directory of users in the same way, a name in mail form (its domain may be configured, too), a domain that is
  // configured or is a DNS name itself, a bare account in `domain_hint`, a domain that stands in another field of the
  // same message and counts only when it is configured.
  ResolvedUser resolve(std::string_view raw, std::string_view domain_hint = {}) const;
  // The same into strings that keep their capacity.
  void resolve(std::string_view raw, std::string_view domain_hint, ResolvedUser& out) const;

 private:
  struct TextHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };
  using Table = std::unordered_map<std::string, std::string, TextHash, std::equal_to<>>;

  bool find_name(std::string_view name, ResolvedUser& out) const;
  enum class Suffix { none, itself, configured };                // what a domain is worth
  const std::string* find_domain(std::string_view lower) const;  // its suffix, or nullptr
  void take_principal(std::string_view name, std::string_view domain, ResolvedUser& out) const;
  Suffix append_suffix(std::string_view domain, std::string& upn) const;

  bool find_in_directory(std::string_view name, const UserDirectory::Names& names, ResolvedUser& out) const;

  const UserDirectory* directory_ = nullptr;
  std::uint64_t domain_sizes_ = 0;  // bit n: a configured domain has n bytes, or n modulo 64
  Table domains_;                   // lower case
  Table names_;                     // lower case, blanks and backslashes collapsed
};

}  // namespace parsers
