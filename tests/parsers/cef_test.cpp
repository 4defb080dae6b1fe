#include "parsers/cef.h"

#include <doctest/doctest.h>

#include <initializer_list>
#include <ostream>
#include <string>
#include <string_view>

using namespace parsers;

namespace {

std::string names(Flags flags) {
  std::string text;
  for (const auto name : flags.names()) text.append(text.empty() ? "" : " ").append(name);
  return text;
}

// "key=value;key=value" with escapes undone; a superseded field stands in parentheses.
std::string fields(const CefMessage& message) {
  std::string text;
  std::string scratch;
  for (const CefField& field : message.extension) {
    if (!text.empty()) text.push_back(';');
    std::string pair = std::string{field.key} + "=" + std::string{unescape_value(field.raw, scratch)};
    text += field.superseded ? "(" + pair + ")" : pair;
  }
  return text;
}

std::string header(const CefMessage& m) {
  std::string text;
  std::string scratch;
  for (const auto field : {m.device_vendor, m.device_product, m.device_version, m.signature_id, m.name, m.severity}) {
    text.append(unescape_header(field, scratch)).push_back('|');
  }
  text.pop_back();
  return text;
}

struct ExtensionRow {
  std::string_view extension;
  std::string_view fields;
  std::string_view flags;
};

void check_extension(const ExtensionRow& row) {
  CAPTURE(row.extension);
  CefMessage message;
  const std::string text = std::string{"CEF:0|V|P|1|1|n|5|"} + std::string{row.extension};
  REQUIRE(parse_cef(text, message).has_value());
  CHECK(header(message) == "V|P|1|1|n|5");
  CHECK(fields(message) == row.fields);
  CHECK(names(message.flags) == row.flags);
}

}  // namespace

// The shapes on which published parsers disagree, each with the reading that loses the least.
TEST_CASE("cef: each ambiguous extension has one documented reading") {
  constexpr ExtensionRow kRows[] = {
      {"act=allow request=http://h.example/p?a=1&b=2 dst=192.0.2.4",
       "act=allow;request=http://h.example/p?a=1&b=2;dst=192.0.2.4", "unescaped_equals"},
      {"msg=a b=c d = e src=192.0.2.1", "msg=a;b=c d = e;src=192.0.2.1", "unescaped_equals"},
      {"suser= duser= app=ssl", "suser=;duser=;app=ssl", ""},
      {"app=ssl suser=", "app=ssl;suser=", ""},
      {"suser=bob  lee  src=192.0.2.1", "suser=bob  lee ;src=192.0.2.1", ""},
      {"src=192.0.2.1 msg=tail   ", "src=192.0.2.1;msg=tail   ", ""},
      {"spt=1\tsrc=192.0.2.1", "spt=1;src=192.0.2.1", ""},
      {"moo=this|has a pipe src=192.0.2.1", "moo=this|has a pipe;src=192.0.2.1", ""},
      {"moo=this\\|has src=192.0.2.1", "moo=this\\|has;src=192.0.2.1", "unknown_escape"},
      {"suser=CORP\\bob src=192.0.2.1", "suser=CORP\\bob;src=192.0.2.1", "unknown_escape"},
      {"suser=CORP\\\\bob src=192.0.2.1", "suser=CORP\\bob;src=192.0.2.1", ""},
      {"msg=a\\rb\\nc src=192.0.2.1", "msg=a\rb\nc;src=192.0.2.1", ""},
      {"originsicname=CN\\\\=gw,O\\=x src=192.0.2.1", "originsicname=CN\\=gw,O=x;src=192.0.2.1", "unescaped_equals"},
      {"layer_name=Network layer_name=Application src=192.0.2.1",
       "(layer_name=Network);layer_name=Application;src=192.0.2.1", "duplicate_key"},
      {"PanOSX-Forwarded-For=192.0.2.9 src=192.0.2.1", "PanOSX-Forwarded-For=192.0.2.9;src=192.0.2.1", "odd_key"},
      {"act=x PanOSParent SessionID=0 src=192.0.2.1", "act=x;PanOSParent SessionID=0;src=192.0.2.1", "odd_key"},
      {"ad.field[0]=f ad.Error_,Code=3 src=192.0.2.1", "ad.field[0]=f;ad.Error_,Code=3;src=192.0.2.1", "odd_key"},
      {"request=\"www.example.com/\" src=192.0.2.1", "request=\"www.example.com/\";src=192.0.2.1", ""},
      {"", "", ""},
      {"src=192.0.2.1|", "src=192.0.2.1|", ""},
      {" src=192.0.2.1", "src=192.0.2.1", ""},
      {"cs2=vers les\ninternes src=192.0.2.1", "cs2=vers les\ninternes;src=192.0.2.1", "raw_newline"},
      {"cl\xc3\xa9=\xc3\xa9t\xc3\xa9 src=192.0.2.1", "cl\xc3\xa9=\xc3\xa9t\xc3\xa9;src=192.0.2.1", "odd_key"},
      {"aid==abc src=192.0.2.1", "aid==abc;src=192.0.2.1", "unescaped_equals"},
      {"aid=abc== src=192.0.2.1", "aid=abc==;src=192.0.2.1", "unescaped_equals"},
      {"src=192.0.2.1 filePath=c:\\", "src=192.0.2.1;filePath=c:\\", "unknown_escape"},
  };
  for (const auto& row : kRows) check_extension(row);
}

TEST_CASE("cef: each ambiguous header has one documented reading") {
  struct Row {
    std::string_view text;
    int version;
    std::string_view header;
    std::string_view fields;
    std::string_view flags;
  };
  constexpr Row kRows[] = {
      {"CEF:0|V\\|x|P\\\\|1|1|n|5|src=192.0.2.1", 0, "V|x|P\\|1|1|n|5", "src=192.0.2.1", ""},
      {"CEF:0|V\\x|P|1|1|n|5|src=192.0.2.1", 0, "V\\x|P|1|1|n|5", "src=192.0.2.1", ""},
      {"CEF:0|Palo Alto Networks|PAN-OS|10.0.0|GLOBALPROTECT|0|rt=2024/01/02 03:04:05 PanOSEventID=x", 0,
       "Palo Alto Networks|PAN-OS|10.0.0|GLOBALPROTECT|0|", "rt=2024/01/02 03:04:05;PanOSEventID=x",
       "header_fields_missing"},
      {"CEF:0|V|P|1|GLOBALPROTECT|0|rt=2024/01/02 03:04:05 cs1=a|b|c=d", 0, "V|P|1|GLOBALPROTECT|0|",
       "rt=2024/01/02 03:04:05;cs1=a|b|c=d", "header_fields_missing unescaped_equals"},
      {"CEF:0|V|P|1|sig|High|src=192.0.2.1", 0, "V|P|1|sig||High", "src=192.0.2.1", "header_fields_missing"},
      {"CEF:0|V|P|1|sig|7|src=192.0.2.1", 0, "V|P|1|sig||7", "src=192.0.2.1", "header_fields_missing"},
      {"CEF:0|V|P|10.0|SCTP|rt=2024/01/02 03:04:05 src=192.0.2.1", 0, "V|P|10.0|SCTP||",
       "rt=2024/01/02 03:04:05;src=192.0.2.1", "header_fields_missing"},
      {"CEF:0||Check Point|URL Filtering|Check Point|cat|domain.example|Unknown|act=Accept src=192.0.2.1", 0,
       "Check Point|URL Filtering|Check Point|cat|domain.example|Unknown", "act=Accept;src=192.0.2.1",
       "header_field_extra"},
      {"CEF:0||Check Point|URL Filtering|Check Point|Log|Log|Critical|act=Accept src=192.0.2.1", 0,
       "Check Point|URL Filtering|Check Point|Log|Log|Critical", "act=Accept;src=192.0.2.1", "header_field_extra"},
      {"CEF:0||Check Point|URL Filtering|Check Point|Log|Log||act=Accept src=192.0.2.1", 0,
       "Check Point|URL Filtering|Check Point|Log|Log|", "act=Accept;src=192.0.2.1", "header_field_extra"},
      {"CEF:0|V|P|1|sig|na|me|informational|act=drop", 0, "V|P|1|sig|na|me|informational", "act=drop",
       "header_field_extra"},
      {"CEF:0|V|P|1|sig|na|me||act=drop", 0, "V|P|1|sig|na|me|", "act=drop", "header_field_extra"},
      {"CEF:0|V|P|1|sig|na|me|5|src=192.0.2.1", 0, "V|P|1|sig|na|me|5", "src=192.0.2.1", "header_field_extra"},
      {"CEF: 0|V|P|1|1|n|4|src=192.0.2.1", 0, "V|P|1|1|n|4", "src=192.0.2.1", "cef_prefix_repaired"},
      {"0|V|P|1|1|n|4|src=192.0.2.1", 0, "V|P|1|1|n|4", "src=192.0.2.1", "cef_prefix_repaired"},
      {"cef:0|V|P|1|1|n|4|src=192.0.2.1", 0, "V|P|1|1|n|4", "src=192.0.2.1", "cef_prefix_repaired"},
      {"CEF:1|V|P|1|1|n|5|src=192.0.2.1", 1, "V|P|1|1|n|5", "src=192.0.2.1", ""},
      {"CEF:0|V|P|1|1|n|5|", 0, "V|P|1|1|n|5", "", ""},
      {"CEF:0|V|P|1|1|n|5", 0, "V|P|1|1|n|5", "", "header_fields_missing"},
      {"CEF:0|V|P|1|1", 0, "V|P|1|1||", "", "header_fields_missing"},
      {"CEF:0|V=a|P|1|1|n|5|src=192.0.2.1", 0, "V=a|P|1|1|n|5", "src=192.0.2.1", ""},
      {"CEF:0|V|P|1|1|n|Very-High|src=192.0.2.1", 0, "V|P|1|1|n|Very-High", "src=192.0.2.1", ""},
      {"CEF:0|V|P|1|1|n|Sev (x)|src=192.0.2.1", 0, "V|P|1|1|n|Sev (x)", "src=192.0.2.1", ""},
      {"CEF:0|V|P|1|1|n||src=192.0.2.1", 0, "V|P|1|1|n|", "src=192.0.2.1", ""},
      {"CEF:0|||||||src=192.0.2.1", 0, "|||||", "src=192.0.2.1", ""},
      {"CEF:0|V|P|1|1|app=x failed|5|src=192.0.2.1", 0, "V|P|1|1|app=x failed|5", "src=192.0.2.1", ""},
      {"CEF:0|V|P|1|1|n|5|text without a key", 0, "V|P|1|1|n|5", "=text without a key", "odd_key"},
      {"CEF:0|V|P|1|1|n|5|text then src=192.0.2.1", 0, "V|P|1|1|n|5", "=text then;src=192.0.2.1", "odd_key"},
      {"CEF:0|Palo Alto#012Networks|P|1|1|n|5|src=192.0.2.1", 0, "Palo Alto Networks|P|1|1|n|5", "src=192.0.2.1", ""},
  };
  for (const auto& row : kRows) {
    CAPTURE(row.text);
    CefMessage message;
    REQUIRE(parse_cef(row.text, message).has_value());
    CHECK(message.version == row.version);
    CHECK(header(message) == row.header);
    CHECK(fields(message) == row.fields);
    CHECK(names(message.flags) == row.flags);
  }
}

TEST_CASE("cef: text without a header is an error that says why") {
  struct Row {
    std::string_view text;
    std::string_view code;
    std::size_t offset;
  };
  constexpr Row kRows[] = {
      {"", "not_cef", 0},
      {"CEF", "not_cef", 0},
      {"CEF:", "not_cef", 0},
      {"CEF:|V|P|1", "not_cef", 0},
      {"CEF:x|V|P|1", "not_cef", 0},
      {"CEF:0", "not_cef", 0},
      {"hello|a|b", "not_cef", 0},
      {"CEF:1234|V|P|1", "not_cef", 0},
      {"CEF:0|", "cef_header_cut", 6},
      {"CEF:0|V", "cef_header_cut", 7},
      {"CEF:0|V|P|1", "cef_header_cut", 11},
      {"CEF:0|V\\|P\\|1\\|1", "cef_header_cut", 16},
  };
  for (const auto& row : kRows) {
    CAPTURE(row.text);
    CefMessage message;
    const auto result = parse_cef(row.text, message);
    REQUIRE(result.has_error());
    CHECK(std::string{result.error().code} == row.code);
    CHECK(result.error().offset == row.offset);
    CHECK(message.extension.empty());
  }
}

TEST_CASE("cef: keys and values of real templates survive their oddities") {
  constexpr ExtensionRow kRows[] = {
      // a distinguished name without escapes
      {"src_user_dn=CN=Bob Smith,OU=Users,DC=contoso,DC=com src=192.0.2.1",
       "src_user_dn=CN=Bob Smith,OU=Users,DC=contoso,DC=com;src=192.0.2.1", "unescaped_equals"},
      {"act=Accept =0.0.0.0 dst=192.0.2.7", "act=Accept =0.0.0.0;dst=192.0.2.7", "unescaped_equals"},
      {"act=Accept suser =bob dst=192.0.2.7", "act=Accept;suser=bob;dst=192.0.2.7", "odd_key"},
      {"cs1=WHERE foo =3 dst=192.0.2.7", "cs1=WHERE foo =3;dst=192.0.2.7", "unescaped_equals"},
      {"cs1=a dst= 192.0.2.7", "cs1=a;dst= 192.0.2.7", ""},
      {"\xe2\x80\x8b"
       "cs1=a \xe2\x80\x8b"
       "dst=192.0.2.7",
       "cs1=a;dst=192.0.2.7", ""},
      {"6=6 proto=6", "6=6;proto=6", ""},
      {"spt=1#011src=192.0.2.1#012dst=192.0.2.2", "spt=1;src=192.0.2.1;dst=192.0.2.2", "control_escaped"},
      {"cs1=a#012b msg=x#011y", "cs1=a\nb;msg=x\ty", "control_escaped"},
      {"request=http://h.example/x#012y src=192.0.2.1", "request=http://h.example/x#012y;src=192.0.2.1",
       "control_escaped"},
      {"cs1=a\nsrc=192.0.2.1", "cs1=a;src=192.0.2.1", "raw_newline"},
      // Check Point's Log Exporter behind a relay that wraps lines
      {"request=https://h.example:443 \nconn_direction=Internal \nsrc=192.0.2.1",
       "request=https://h.example:443 ;conn_direction=Internal ;src=192.0.2.1", "raw_newline"},
      {"src_user_dn=CN\\=LAST \nFIRST,OU\\=Users,DC\\=com x=1", "src_user_dn=CN=LAST \nFIRST,OU=Users,DC=com;x=1",
       "raw_newline"},
      {"request=\\\"www.example.com/\\\" app=ssl", "request=\"www.example.com/\";app=ssl", ""},
      {"msg=C:\\\\Windows\\\\reg.exe", "msg=C:\\Windows\\reg.exe", ""},
      {"cs1=Zugriff verweigert f\xfcr M\xfcller", "cs1=Zugriff verweigert f\xfcr M\xfcller", "invalid_utf8"},
      {"cs6label=threatname cs6=None", "cs6label=threatname;cs6=None", ""},
      {"a.b=1 _c=2", "a.b=1;_c=2", ""},
      {"cs1=- -x=1", "cs1=- -x=1", "unescaped_equals"},
      {"cs1=a b\\=c d", "cs1=a b=c d", ""},
      {"cs1=a\\\\\\=b", "cs1=a\\=b", ""},
      {"msg=", "msg=", ""},
      {"=x", "==x", "odd_key"},
  };
  for (const auto& row : kRows) check_extension(row);
}

TEST_CASE("cef: delimiters at the end of the text are not part of the last value") {
  CefMessage message;
  const std::string text{"CEF:0|V|P|1|1|n|5|msg=x \r\n\0", 28};
  REQUIRE(parse_cef(text, message).has_value());
  CHECK(fields(message) == "msg=x ");
  CHECK(names(message.flags).empty());
}

TEST_CASE("cef: a blank that a Palo Alto template lost is found again, and in no other vendor's message") {
  const std::string extension =
      "rt=Mar 21 2021 11:22:45 GMTdeviceExternalId=98 sourceTranslatedAddress=192.0.2.1destinationTranslatedAddress="
      "192.0.2.2 app=sshcs3Label=Virtual System act=allowrequest= flexString2=to-clientPanOSActionFlags=0x1";
  CefMessage message;
  const std::string glued = "CEF:0|Palo Alto Networks|PAN-OS|1|1|n|5|" + extension;
  REQUIRE(parse_cef(glued, message).has_value());
  CHECK(fields(message) ==
        "rt=Mar 21 2021 11:22:45 GMT;deviceExternalId=98;sourceTranslatedAddress=192.0.2.1;"
        "destinationTranslatedAddress=192.0.2.2;app=ssh;cs3Label=Virtual System;act=allow;request=;"
        "flexString2=to-client;PanOSActionFlags=0x1");
  CHECK(message.flags.has(Flag::odd_key));

  const std::string url =
      "CEF:0|Palo Alto Networks|PAN-OS|1|1|n|5|request=h.example/cs1Label=1?myrequest=2 src=192.0.2.1";
  REQUIRE(parse_cef(url, message).has_value());
  CHECK(fields(message) == "request=h.example/cs1Label=1?myrequest=2;src=192.0.2.1");
  const std::string other = "CEF:0|V|P|1|1|n|5|" + extension;
  REQUIRE(parse_cef(other, message).has_value());
  CHECK(message.find(CefKey::deviceExternalId) == nullptr);
}

TEST_CASE("cef: find gives the field that counts, by number and by name") {
  CefMessage message;
  REQUIRE(parse_cef("CEF:0|V|P|1|1|n|5|src=192.0.2.1 x=1 layer_name=a x=2 layer_name=b", message).has_value());
  REQUIRE(message.find(CefKey::src) != nullptr);
  CHECK(message.find(CefKey::src)->raw == "192.0.2.1");
  CHECK(message.find("src") == message.find(CefKey::src));
  CHECK(message.find(CefKey::layer_name)->raw == "b");
  REQUIRE(message.find("x") != nullptr);
  CHECK(message.find("x")->raw == "2");
  CHECK(message.find(CefKey::dst) == nullptr);
  CHECK(message.find(CefKey::unknown) == nullptr);
  CHECK(message.find("y") == nullptr);
}

TEST_CASE("cef: a message that is read into a used one leaves nothing of the old behind") {
  CefMessage message;
  REQUIRE(parse_cef("CEF:1|V|P|1|1|n|5|suser=a suser=b request=x?y=z", message).has_value());
  REQUIRE(parse_cef("CEF:0|W|Q|2|2|m|6|dst=192.0.2.1", message).has_value());
  CHECK(header(message) == "W|Q|2|2|m|6");
  CHECK(message.version == 0);
  CHECK(fields(message) == "dst=192.0.2.1");
  CHECK(message.find(CefKey::suser) == nullptr);
  CHECK(message.flags.bits() == 0);
  CHECK(parse_cef("nothing", message).has_error());
  CHECK(message.find(CefKey::dst) == nullptr);
}

TEST_CASE("cef: users and paths keep the backslash before n and r that CEF would make a line break") {
  struct Row {
    std::string_view extension;
    CefKey key;
    std::string_view value;
  };
  constexpr Row kRows[] = {
      {"suser=CORP\\nina", CefKey::suser, "CORP\\nina"},
      {"duser=CORP\\rob", CefKey::duser, "CORP\\rob"},
      {"suser=CORP\\\\nina", CefKey::suser, "CORP\\nina"},
      {"filePath=C:\\new\\readme.txt", CefKey::filePath, "C:\\new\\readme.txt"},
      {"duser=DOE, Jane   \\n (AB123)", CefKey::duser, "DOE, Jane   \n (AB123)"},
      {"request=http://example.com/?p=C:\\new", CefKey::request, "http://example.com/?p=C:\\new"},
      {"msg=one\\ntwo", CefKey::msg, "one\ntwo"},
      {"suser=x\\n", CefKey::suser, "x\n"},
      {"suser=plain", CefKey::suser, "plain"},
      {"cs1=x", CefKey::suser, ""},
  };
  for (const auto& row : kRows) {
    CAPTURE(row.extension);
    CefMessage message;
    std::string scratch;
    const std::string text = std::string{"CEF:0|V|P|1|1|n|5|"} + std::string{row.extension};
    REQUIRE(parse_cef(text, message).has_value());
    CHECK(message.value(row.key, scratch) == row.value);
  }
}

TEST_CASE("cef: unescaping is one pass and gives text without escapes back as it is") {
  std::string scratch;
  const std::string plain = "plain text | with = all";
  CHECK(unescape_value(plain, scratch).data() == plain.data());
  CHECK(unescape_header(plain, scratch).data() == plain.data());
  CHECK(unescape_value("C:\\\\Windows\\\\reg.exe", scratch) == "C:\\Windows\\reg.exe");
  CHECK(unescape_value("\\\\n", scratch) == "\\n");
  CHECK(unescape_value("\\", scratch) == "\\");
  CHECK(unescape_value("\\\\", scratch) == "\\");
  CHECK(unescape_value("\\\\\\", scratch) == "\\\\");
  CHECK(unescape_value("\\q\\=", scratch) == "\\q=");
  CHECK(unescape_value("", scratch).empty());
  CHECK(unescape_header("a\\|b\\\\c\\d\\", scratch) == "a|b\\c\\d\\");
  CHECK(unescape_header("\\=", scratch) == "\\=");
}

TEST_CASE("cef: a message with more fields than the limit keeps the rest in its last value") {
  std::string text = "CEF:0|V|P|1|1|n|5|";
  for (std::size_t i = 0; i < kMaxCefFields + 10; ++i) text += "k" + std::to_string(i) + "=v ";
  CefMessage message;
  REQUIRE(parse_cef(text, message).has_value());
  REQUIRE(message.extension.size() == kMaxCefFields);
  CHECK(message.extension.back().raw.ends_with("k4105=v "));
}

TEST_CASE("cef: every byte of an extension lies in a key, in a value or between them") {
  const std::string text = "CEF:0|V|P|1|1|n|5|lead a=1 b=\"x c=2\" request=\"u d=3\" e =4 f=g=h  i=\\=j k";
  CefMessage message;
  REQUIRE(parse_cef(text, message).has_value());
  const char* at = text.data() + 18;
  for (const CefField& field : message.extension) {
    if (!field.key.empty()) {
      CHECK(field.key.data() - at <= 1);
      CHECK(field.raw.data() - (field.key.data() + field.key.size()) <= 2);
    }
    at = field.raw.data() + field.raw.size();
  }
  CHECK(at == text.data() + text.size());
}
