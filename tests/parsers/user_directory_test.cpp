#include "parsers/user_directory.h"

#include <doctest/doctest.h>

#include <string>

#include "parsers/identity.h"

using parsers::DirectoryUser;
using parsers::IdentityMap;
using parsers::UserDirectory;
using parsers::UserMatch;

namespace {

DirectoryUser user(const std::string& upn, const std::string& sam, const std::string& name) {
  DirectoryUser out;
  out.id = upn;
  out.user_principal_name = upn;
  out.mail = "mail." + upn;
  out.display_name = name;
  out.sam_account_name = sam;
  out.domain_name = "corp.contoso.com";
  out.addresses = {"alias." + upn, upn};
  return out;
}

}  // namespace

TEST_CASE("users: a page of users/delta gives names, removals and what to ask next") {
  const auto page = parsers::parse_user_page(
      R"({"@odata.context":"x","@odata.deltaLink":"https://graph.example.com/v1.0/users/delta?$deltatoken=1","value":[
      {"id":"1","userPrincipalName":"Alice@Contoso.com","displayName":"Alice Example","mail":null,
       "proxyAddresses":["SMTP:Alice@contoso.com","smtp:al@contoso.com","x500:/o=x"],
       "onPremisesSamAccountName":"AEXAMPLE","onPremisesDomainName":"corp.contoso.com"},
      {"id":"2","@removed":{"reason":"deleted"}},{"displayName":"without an id"},
      {"id":"3","displayName":"\ud800 lone"}]})");
  REQUIRE(page.has_value());
  CHECK(page->delta_link == "https://graph.example.com/v1.0/users/delta?$deltatoken=1");
  CHECK(page->next_link == "");
  CHECK(page->rejected == 1);
  REQUIRE(page->users.size() == 3);
  CHECK(page->users[0].user_principal_name == "alice@contoso.com");
  CHECK(page->users[0].mail == "");
  CHECK(page->users[0].addresses == std::vector<std::string>{"alice@contoso.com", "al@contoso.com"});
  CHECK(page->users[1].removed);
  CHECK_FALSE(page->users[2].mail.has_value());
  CHECK_FALSE(parsers::parse_user_page("").has_value());
  CHECK_FALSE(parsers::parse_user_page("<html>").has_value());
}

TEST_CASE("users: a logged name is found as account, mail, alias or display name, unless two people share it") {
  UserDirectory::Names names;
  names.add(user("alice@contoso.com", "aexample", "Alice Example"));
  names.add(user("bob@contoso.com", "bexample", "B. Example"));
  names.add(user("bert@contoso.com", "bertx", "B. Example"));
  UserDirectory directory;
  IdentityMap identity;
  identity.add_name("mapped by hand", "carol@contoso.com");
  identity.use_directory(&directory);
  CHECK(identity.resolve("CORP\\aexample").upn == "");
  directory.replace(std::move(names));
  struct Row {
    const char *logged, *upn;
  };
  const Row rows[] = {
      {"CORP\\AEXAMPLE", "alice@contoso.com"},
      {"corp.contoso.com\\aexample", "alice@contoso.com"},
      {"aexample@corp.contoso.com", "alice@contoso.com"},
      {"aexample", "alice@contoso.com"},
      {"mail.alice@contoso.com", "alice@contoso.com"},
      {"ALIAS.alice@contoso.com", "alice@contoso.com"},
      {"CN=Alice Example,OU=x,DC=contoso,DC=com", "alice@contoso.com"},
      {"mapped by hand", "carol@contoso.com"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.logged);
    CHECK(identity.resolve(row.logged).upn == row.upn);
    CHECK(identity.resolve(row.logged).how == UserMatch::mapped);
  }
  CHECK(identity.resolve("alice@contoso.com").how == UserMatch::upn);
  CHECK(identity.resolve("CN=B. Example,DC=contoso,DC=com").upn == "");
  CHECK(identity.resolve("OTHER\\aexample").upn == "");
  CHECK(identity.resolve("unknown").upn == "");
}
