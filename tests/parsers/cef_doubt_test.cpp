// What an attacker can put into a URL, a referer or a user agent must not become a field of the device.
#include "parsers/cef_doubt.h"

#include <doctest/doctest.h>

#include <initializer_list>
#include <ostream>
#include <string>
#include <string_view>

using namespace parsers;

namespace {

std::string value(const CefMessage& message, CefKey key) {
  std::string scratch;
  return std::string{message.value(key, scratch)};
}

CefMessage read(const std::string& text) {
  CefMessage message;
  REQUIRE(parse_cef(text, message).has_value());
  return message;
}

}  // namespace

TEST_CASE("cef forgery: no spelling of a field inside client text changes what the device wrote") {
  struct Row {
    std::string_view what;
    std::string_view text;
    std::string_view suser;
    std::string_view dst;
    Flag flag;
  };
  constexpr Row kRows[] = {
      {"bare, in a template with the user in front",
       "CEF:0|Palo Alto Networks|PAN-OS|1|url|THREAT|1|src=192.0.2.1 dst=203.0.113.9 suser=corp\\\\bob act=alert "
       "request=http://h.example/?x suser=victim dst=192.0.2.66 cs2Label=URL Category cs2=any",
       "corp\\bob", "203.0.113.9", Flag::key_forged},
      {"in the quotes that the device puts around",
       "CEF:0|Palo Alto Networks|PAN-OS|1|url|THREAT|1|src=192.0.2.1 dst=203.0.113.9 suser=corp\\\\bob act=alert "
       "request=\"h.example/?x suser=victim dst=192.0.2.66\" cs2Label=URL Category cs2=any",
       "corp\\bob", "203.0.113.9", Flag::embedded_field},
      {"in quotes, with the quote doubled by the device",
       "CEF:0|Palo Alto Networks|PAN-OS|1|url|THREAT|1|src=192.0.2.1 dst=203.0.113.9 suser=corp\\\\bob act=alert "
       "request=\"h.example/?x\"\" suser=victim dst=192.0.2.66 y=\"\"\" cs2=any",
       "corp\\bob", "203.0.113.9", Flag::embedded_field},
      {"percent-encoded",
       "CEF:0|Zscaler|NSSWeblog|5.7|Allowed|Allowed|3|dst=203.0.113.9 "
       "request=h.example/?x%20suser%3Dvictim%20dst%3D192.0.2.66 suser=bob@contoso.com",
       "bob@contoso.com", "203.0.113.9", Flag::embedded_field},
      {"with encoded blanks and raw equals",
       "CEF:0|Zscaler|NSSWeblog|5.7|Allowed|Allowed|3|dst=203.0.113.9 "
       "request=h.example/?x%20suser=victim+dst=192.0.2.66 suser=bob@contoso.com",
       "bob@contoso.com", "203.0.113.9", Flag::embedded_field},
      {"with escaped equals",
       "CEF:0|Fortinet|Fortigate|v7|13056|n|4|suser=bob dst=203.0.113.9 request=/x suser\\=victim dst\\=192.0.2.66 "
       "out=1",
       "bob", "203.0.113.9", Flag::embedded_field},
      {"bare in the user agent, in a template with the user behind",
       "CEF:0|Zscaler|NSSWeblog|5.7|Allowed|Allowed|3|dst=203.0.113.9 request=h.example/ "
       "requestClientApplication=curl suser=victim dst=192.0.2.66 requestMethod=GET suser=bob@contoso.com spriv=HQ",
       "bob@contoso.com", "203.0.113.9", Flag::key_forged},
      {"the same with made-up fields in front",
       "CEF:0|Zscaler|NSSWeblog|5.7|Allowed|Allowed|3|dst=203.0.113.9 request=h.example/ "
       "requestClientApplication=curl a=1 b=2 suser=victim dst=192.0.2.66 requestMethod=GET suser=bob@contoso.com",
       "bob@contoso.com", "203.0.113.9", Flag::key_forged},
      {"bare in the referer behind the user",
       "CEF:0|Zscaler|NSSWeblog|5.7|Allowed|Allowed|3|dst=203.0.113.9 request=h.example/ "
       "requestClientApplication=curl requestMethod=GET suser=bob@contoso.com spriv=HQ "
       "requestContext=http://r.example/ suser=victim dst=192.0.2.66 contenttype=x",
       "bob@contoso.com", "203.0.113.9", Flag::key_forged},
      {"the same with made-up fields in front",
       "CEF:0|Zscaler|NSSWeblog|5.7|Allowed|Allowed|3|dst=203.0.113.9 request=h.example/ "
       "requestClientApplication=curl requestMethod=GET suser=bob@contoso.com spriv=HQ "
       "requestContext=http://r.example/ a=1 b=2 c=3 suser=victim dst=192.0.2.66 contenttype=x",
       "bob@contoso.com", "203.0.113.9", Flag::key_forged},
      {"bare in the URL, with the user behind another client's text",
       "CEF:0|Zscaler|NSSWeblog|5.7|Allowed|Allowed|3|dst=203.0.113.9 request=h.example/ suser=victim rt=x "
       "requestClientApplication=curl requestMethod=GET suser=bob@contoso.com",
       "bob@contoso.com", "203.0.113.9", Flag::key_forged},
      {"behind a line break in the URL",
       "CEF:0|V|P|1|1|n|5|suser=bob dst=203.0.113.9 request=h.example/x\nsuser=victim dst=192.0.2.66", "bob",
       "203.0.113.9", Flag::embedded_field},
      {"with a blank before the equals",
       "CEF:0|V|P|1|1|n|5|dst=203.0.113.9 suser=bob request=h.example/x suser =victim", "bob", "203.0.113.9",
       Flag::unescaped_equals},
      {"behind a relay's TAB", "CEF:0|V|P|1|1|n|5|dst=203.0.113.9 suser=bob request=h.example/x#011suser=victim", "bob",
       "203.0.113.9", Flag::unescaped_equals},
  };
  for (const auto& row : kRows) {
    CAPTURE(row.what);
    const std::string text{row.text};
    const CefMessage message = read(text);
    CHECK(value(message, CefKey::suser) == row.suser);
    CHECK(value(message, CefKey::dst) == row.dst);
    CHECK(message.flags.has(row.flag));
  }
}

TEST_CASE("cef forgery: a quoted value is given back whole") {
  const std::string text =
      "CEF:0|V|P|1|1|n|5|request=\"h.example/?x suser=victim a=\\\\b\" cs2=any requestContext=\"\" act=x";
  const CefMessage message = read(text);
  REQUIRE(message.extension.size() == 4);
  CHECK(message.extension[0].raw == "\"h.example/?x suser=victim a=\\\\b\"");
  CHECK(message.extension[0].has_escape);
  CHECK(message.extension[1].key == "cs2");
  CHECK(message.extension[2].raw == "\"\"");
  CHECK(message.find(CefKey::suser) == nullptr);
  CHECK(value(message, CefKey::act) == "x");
}

TEST_CASE("cef forgery: lone quotes in two of a client's texts do not hide the fields between them") {
  const std::string text =
      "CEF:0|V|P|1|1|n|5|requestClientApplication=\"evil suser=bob dst=203.0.113.9 requestContext=http://r.example/\" "
      "act=allow";
  const CefMessage message = read(text);
  CHECK(value(message, CefKey::suser) == "bob");
  CHECK(value(message, CefKey::dst) == "203.0.113.9");
  CHECK(value(message, CefKey::requestContext) == "http://r.example/\"");
}

TEST_CASE("cef forgery: a quote that nothing closes has no meaning") {
  const std::string text = "CEF:0|V|P|1|1|n|5|request=\"h.example/ suser=bob dst=203.0.113.9";
  const CefMessage message = read(text);
  CHECK(value(message, CefKey::suser) == "bob");
  CHECK(value(message, CefKey::request) == "\"h.example/");
}

TEST_CASE("cef forgery: quotes around other values hide no field") {
  const std::string text = "CEF:0|V|P|1|1|n|5|cs1=\"odd suser=bob cs2=name\" dst=203.0.113.9";
  CHECK(value(read(text), CefKey::suser) == "bob");
}

TEST_CASE("cef forgery: what devices repeat in good faith is not called forged") {
  struct Row {
    std::string_view extension;
    CefKey key;
    std::string_view value;
  };
  constexpr Row kRows[] = {
      {"msg=x cs4Label=A cs4=1 cs4Label=B cs4=2", CefKey::cs4, "2"},
      {"request=/x layer_name=Network layer_name=Application", CefKey::layer_name, "Application"},
      {"suser=bob request=/x suser=bob", CefKey::suser, "bob"},
      {"suser=old suser=bob request=/x", CefKey::suser, "bob"},
  };
  for (const auto& row : kRows) {
    CAPTURE(row.extension);
    const std::string text = std::string{"CEF:0|V|P|1|1|n|5|"} + std::string{row.extension};
    const CefMessage message = read(text);
    CHECK(value(message, row.key) == row.value);
    CHECK(message.flags.has(Flag::duplicate_key));
    CHECK_FALSE(message.flags.has(Flag::key_forged));
  }
}

TEST_CASE("cef forgery: ordinary URLs with parameters named like keys raise no flag") {
  for (const std::string_view url : std::initializer_list<std::string_view>{
           "http://h.example/?src=1&dst=2&msg=3", "/x?type=a&in=b;out=c", "h.example/?q=a%20b&end=3", "h.example/a%3Db",
           "h.example/?q=x%26src%3D1"}) {
    CAPTURE(url);
    const std::string text = std::string{"CEF:0|V|P|1|1|n|5|request="} + std::string{url};
    const CefMessage message = read(text);
    CHECK_FALSE(message.flags.has(Flag::embedded_field));
    CHECK(value(message, CefKey::request) == url);
  }
}

TEST_CASE("cef forgery: exactly one field of each known key counts, however many there are") {
  std::string text = "CEF:0|V|P|1|1|n|5|";
  for (int i = 0; i < 500; ++i) text += "request=\"h suser=u" + std::to_string(i) + " msg=x\" dst=192.0.2.1 ";
  const CefMessage message = read(text);
  std::size_t counting = 0;
  for (const CefField& field : message.extension) counting += field.id == CefKey::suser && !field.superseded;
  CHECK(counting == 1);
  REQUIRE(message.find(CefKey::suser) != nullptr);
  CHECK_FALSE(message.find(CefKey::suser)->superseded);
}
