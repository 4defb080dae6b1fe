#include "parsers/identity.h"

#include <doctest/doctest.h>

namespace {

using parsers::IdentityMap;
using parsers::ResolvedUser;
using parsers::UserMatch;
using parsers::UserName;
using Form = parsers::UserName::Form;

TEST_CASE("user name: each vendor's spelling is taken apart") {
  struct Row {
    const char* name;
    std::string raw;
    Form form;
    const char* user;
    const char* domain = "";
    const char* id = "";
  };
  const Row rows[] = {
      {"mail form", "bob@contoso.com", Form::upn, "bob@contoso.com"},
      {"mail form in another case", "Bob@Contoso.COM", Form::upn, "bob@contoso.com"},
      {"blanks around", " bob@contoso.com \n", Form::upn, "bob@contoso.com"},
      {"quotes around", "\"bob@contoso.com\"", Form::upn, "bob@contoso.com"},
      {"Kerberos name", "bob@CONTOSO", Form::domain_account, "bob", "contoso"},
      {"domain", R"(CONTOSO\Bob)", Form::domain_account, "bob", "contoso"},
      {"two backslashes", R"(contoso\\bob)", Form::domain_account, "bob", "contoso"},
      {"four backslashes", R"(contoso\\\\bob)", Form::domain_account, "bob", "contoso"},
      {"DNS domain", R"(contoso.com\bob)", Form::domain_account, "bob", "contoso.com"},
      {"domain before a mail form", R"(CONTOSO\bob@contoso.com)", Form::upn, "bob@contoso.com"},
      {"two names", R"(contoso\sales\bob)", Form::domain_account, R"(sales\bob)", "contoso"},
      {"account", "Bob", Form::account, "bob"},
      {"account behind a backslash", R"(\bob)", Form::account, "bob"},
      {"account with dots and dashes", "bob.lee-x_1", Form::account, "bob.lee-x_1"},
      {"account with quotes inside", "o\"'\"test", Form::account, "o\"'\"test"},
      {"display name", "EXAMPLE BOB (CORP0025465) ", Form::display, "example bob", "", "corp0025465"},
      {"display name with a comma", "Example3, Bob3   \n (ABC12345)", Form::display, "example3, bob3", "", "abc12345"},
      {"display name alone", "Bob  Example", Form::display, "bob example"},
      {"id alone", "(ABC12345)", Form::display, "abc12345", "", "abc12345"},
      {"unclosed id", "Bob Example (ABC", Form::display, "bob example (abc"},
      {"empty parentheses", "Bob Example ()", Form::display, "bob example ()"},
      {"distinguished name", "CN=Bob Example,OU=Staff,DC=contoso,DC=com", Form::display, "bob example"},
      {"distinguished name with an escaped comma", R"(cn=Example\, Bob,OU=Staff)", Form::display, R"(example\, bob)"},
      {"distinguished name with an id", "CN=Bob Example (CORP1),DC=contoso", Form::display, "bob example", "", "corp1"},
      {"empty", "", Form::empty, ""},
      {"blank", " \t\n", Form::empty, ""},
      {"two quotes", "\"\"", Form::empty, ""},
      {"one quote", "\"", Form::empty, ""},
      {"not applicable", "N/A", Form::placeholder, ""},
      {"NA", "NA", Form::placeholder, ""},
      {"None", "None", Form::placeholder, ""},
      {"dash", "-", Form::placeholder, ""},
      {"unknown", "Unknown", Form::placeholder, ""},
      {"location chain", "Branch->other", Form::placeholder, ""},
      {"number", "2195246850", Form::placeholder, ""},
      {"computer", R"(CONTOSO\PC-17$)", Form::placeholder, ""},
      {"domain alone", R"(CONTOSO\)", Form::placeholder, ""},
      {"backslashes alone", R"(\\)", Form::placeholder, ""},
      {"number in a domain", R"(CONTOSO\12345)", Form::placeholder, ""},
      {"nameless distinguished name", "CN=,OU=Staff", Form::placeholder, ""},
      {"longest", std::string(parsers::kMaxUserBytes, 'a'), Form::account, nullptr},
      {"too long", std::string(parsers::kMaxUserBytes + 1, 'a'), Form::placeholder, ""},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    const UserName name = parsers::parse_user_name(row.raw);
    CHECK(name.form == row.form);
    if (row.user) CHECK(name.user == row.user);
    CHECK(name.domain == row.domain);
    CHECK(name.id == row.id);
  }
}

IdentityMap example_map() {
  IdentityMap map;
  map.add_domain("CONTOSO", "contoso.com");
  map.add_domain("corp.contoso.local", "@Contoso.com");
  map.add_name("EXAMPLE CAROL", "Carol@contoso.com");
  map.add_name("corp0025465", "dave@contoso.com");
  map.add_name(R"(CONTOSO\eve)", "eve.example@contoso.com");
  map.add_name("Mu\u00F1oz-\u0141\u00F3d\u017A \u0106wik\u0178", "ivan@contoso.com");
  map.add_name("\u0418\u0432\u0430\u043D \u03A3\u03BF\u03C6\u03CC\u0401", "judy@contoso.com");
  map.add_name("frank", "frank@fabrikam.example");
  map.add_name("2195246850", "grace@contoso.com");
  map.add_name("heidi@old.example", "heidi@contoso.com");
  return map;
}

TEST_CASE("identity: a logged name becomes the user principal name by the strongest evidence") {
  struct Row {
    const char* name;
    const char* raw;
    const char* hint;
    const char* upn;
    const char* account;
    UserMatch how;
  };
  const Row rows[] = {
      {"mail form", "Bob@Contoso.com", "", "bob@contoso.com", "bob", UserMatch::upn},
      {"mail form, foreign domain", "bob@example.com", "CONTOSO", "bob@example.com", "bob", UserMatch::upn},
      {"mail form in an inner domain", "bob@corp.contoso.local", "", "bob@contoso.com", "bob", UserMatch::mapped},
      {"mail form in the map", "heidi@old.example", "", "heidi@contoso.com", "heidi", UserMatch::mapped},
      {"configured domain", R"(contoso\BOB)", "", "bob@contoso.com", "bob", UserMatch::mapped},
      {"configured domain, four backslashes", R"(contoso\\\\bob)", "", "bob@contoso.com", "bob", UserMatch::mapped},
      {"Kerberos name", "bob@CONTOSO", "", "bob@contoso.com", "bob", UserMatch::mapped},
      {"configured DNS domain", R"(corp.contoso.local\bob)", "", "bob@contoso.com", "bob", UserMatch::mapped},
      {"DNS domain not configured", R"(Fabrikam.example\bob)", "", "bob@fabrikam.example", "bob", UserMatch::mapped},
      {"domain not configured", R"(FABRIKAM\Bob)", "", "", "bob", UserMatch::account},
      {"own domain wins over the hint", R"(FABRIKAM\bob)", "CONTOSO", "", "bob", UserMatch::account},
      {"map wins over the domain", R"(contoso\\EVE)", "", "eve.example@contoso.com", "eve.example", UserMatch::mapped},
      {"account", "Bob", "", "", "bob", UserMatch::account},
      {"account with a hint", "Bob", " contoso ", "bob@contoso.com", "bob", UserMatch::mapped},
      {"account with a DNS hint", "bob", "fabrikam.example", "", "bob", UserMatch::account},
      {"account with a configured DNS hint", "bob", "corp.contoso.local", "bob@contoso.com", "bob", UserMatch::mapped},
      {"account with an unknown hint", "bob", "FABRIKAM", "", "bob", UserMatch::account},
      {"account in the map", "FRANK", "CONTOSO", "frank@fabrikam.example", "frank", UserMatch::mapped},
      {"number in the map", "2195246850", "", "grace@contoso.com", "grace", UserMatch::mapped},
      {"display name by name", "Example  Carol (CORP1) ", "", "carol@contoso.com", "carol", UserMatch::mapped},
      {"display name by id", "EXAMPLE DAVE (CORP0025465) ", "", "dave@contoso.com", "dave", UserMatch::mapped},
      {"distinguished name", "CN=Example Carol,DC=x", "", "carol@contoso.com", "carol", UserMatch::mapped},
      {"display name with accents", "MU\u00D1OZ-\u0142\u00D3D\u0179 \u0107WIK\u00FF", "", "ivan@contoso.com", "ivan",
       UserMatch::mapped},
      {"display name, Cyrillic and Greek", "\u0438\u0412\u0410\u041D \u03C3\u039F\u03A6\u03CC\u0451", "",
       "judy@contoso.com", "judy", UserMatch::mapped},
      {"display name unknown", "Example Ivan (CORP9)", "contoso.com", "", "", UserMatch::none},
      {"placeholder", "N/A", "CONTOSO", "", "", UserMatch::none},
      {"empty", "", "CONTOSO", "", "", UserMatch::none},
  };
  const IdentityMap map = example_map();
  ResolvedUser reused;
  for (const Row& row : rows) {
    CAPTURE(row.name);
    map.resolve(row.raw, row.hint, reused);
    CHECK(reused.upn == row.upn);
    CHECK(reused.account == row.account);
    CHECK(reused.how == row.how);
    CHECK(map.resolve(row.raw, row.hint).upn == row.upn);
  }
}

TEST_CASE("identity: without a map a mail form and a DNS domain are still understood") {
  const IdentityMap map;
  CHECK(map.resolve(R"(contoso.com\bob)").upn == "bob@contoso.com");
  CHECK(map.resolve("BOB@contoso.com").upn == "bob@contoso.com");
  CHECK(map.resolve(R"(CONTOSO\bob)").how == UserMatch::account);
}

TEST_CASE("identity: a name longer than the limit is nobody even when the map could hold it") {
  IdentityMap map;
  const std::string name(parsers::kMaxUserBytes + 1, 'a');
  map.add_name(name, "bob@contoso.com");
  CHECK(map.resolve(name).how == UserMatch::none);
}

TEST_CASE("identity: a map file is read as RFC 4180 says") {
  IdentityMap map;
  const auto rows = map.add_csv(
      "\xEF\xBB\xBFLogged name,User principal name\r\n"
      "\"Example, Carol\",carol@contoso.com\r\n"
      "\r\n"
      "\"EXAMPLE \"\"DAVE\"\"\", Dave@contoso.com \r\n"
      "\"Two\nLines\",eve@contoso.com\n"
      "CONTOSO\\frank,frank@contoso.com");
  REQUIRE(rows.has_value());
  CHECK(*rows == 4);
  CHECK(map.resolve("example, carol").upn == "carol@contoso.com");
  CHECK(map.resolve("Example \"Dave\"").upn == "dave@contoso.com");
  CHECK(map.resolve("two lines").upn == "eve@contoso.com");
  CHECK(map.resolve(R"(contoso\\frank)").upn == "frank@contoso.com");
}

TEST_CASE("identity: a map file that is wrong says where and takes nothing") {
  struct Row {
    const char* name;
    const char* text;
    std::string_view code;
    const char* detail;
    std::size_t offset;
  };
  const Row rows[] = {
      {"one column", "a,a@x.example\nb\n", "csv_columns", "line 2: ", 14},
      {"three columns", "a,a@x.example,c\n", "csv_columns", "line 1: ", 0},
      {"no name", "a,a@x.example\r\n\r\n ,b@x.example\n", "csv_empty", "line 3: ", 17},
      {"no user principal name", "a,b\n", "csv_upn", "line 1: ", 0},
      {"header row further down", "a,a@x.example\nlogged name,user principal name\n", "csv_upn", "line 2: ", 14},
      {"quote inside", "a\"b,a@x.example\n", "csv_quote", "line 1: ", 1},
      {"text after a quote", "\"a\"b,a@x.example\n", "csv_quote", "line 1: ", 3},
      {"quote without end", "a,a@x.example\n\"b,\nb@x.example", "csv_quote", "line 2: ", 29},
      {"line of a row after a field of two lines", "\"a\nb\",a@x.example\nc\n", "csv_columns", "line 3: ", 18},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    IdentityMap map;
    const auto rows_taken = map.add_csv(row.text);
    REQUIRE(rows_taken.has_error());
    CHECK(rows_taken.error().code == row.code);
    CHECK(rows_taken.error().offset == row.offset);
    CHECK(rows_taken.error().detail.starts_with(row.detail));
    CHECK(map.resolve("a").how == UserMatch::account);
  }
  IdentityMap map;
  CHECK(*map.add_csv("") == 0);
}

TEST_CASE("identity: the names of the matches are those of the finding record") {
  CHECK(parsers::to_string(UserMatch::upn) == std::string_view("upn"));
  CHECK(parsers::to_string(UserMatch::mapped) == std::string_view("mapped"));
  CHECK(parsers::to_string(UserMatch::account) == std::string_view("account"));
  CHECK(parsers::to_string(UserMatch::address) == std::string_view("address"));
  CHECK(parsers::to_string(UserMatch::none) == std::string_view("none"));
}

}  // namespace
