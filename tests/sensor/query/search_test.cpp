#include "sensor/query/search.h"

#include <doctest/doctest.h>

#include "sensor/query/printer.h"
#include "sensor/runtime/host_name.h"
#include "tests/sensor/query/searching.h"

using namespace query;
using test::Searching;

namespace {

std::string zscaler(const std::string& time, const std::string& rest) {
  return "<14>Nov 24 " + time + " nss CEF:0|Zscaler|NSSWeblog|5.7|Allowed|Allowed|3|" + rest;
}

const std::vector<std::string> kLines = {
    zscaler("08:00:00",
            "act=Allowed request=login.example.com/a?x\\=1 suser=ana@contoso.com src=192.0.2.7 dst=203.0.113.5"),
    zscaler("09:00:00", "act=Blocked request=login.example.com/a suser=bob@contoso.com src=192.0.2.8 dst=203.0.113.5"),
    zscaler("10:00:00",
            "act=Allowed request=www.example.net/b suser=ana@fabrikam.com src=203.0.113.5 dst=198.51.100.1 "
            "cn1=12"),
    "<14>Nov 24 11:00:00 fg CEF:0|Fortinet|Fortigate|v7.4|13312|utm:webfilter ftgd_allow passthrough|4|act=passthrough "
    "request=https://www.example.net/c suser=CONTOSO\\\\carl src=192.0.2.9 dst=198.51.100.1 dpt=8443",
    "this is not CEF, and login.example.com stands in it"};

}  // namespace

TEST_CASE("query: each condition finds what it says, and all of them must hold") {
  Searching store(kLines);
  const struct {
    std::vector<std::string> words;
    const char* found;
  } kRows[] = {
      {{}, "0 1 2 3 "},
      {{"host=login.example.com"}, "0 1 "},
      {{"host=login.example.com", "host=www.example.net"}, ""},
      {{"host~example.net$"}, "2 3 "},
      {{"host=login.example.com", "outcome=blocked"}, "1 "},
      {{"outcome!=blocked"}, "0 2 3 "},
      {{"vendor=Fortinet"}, "3 "},
      {{"vendor~^Z"}, "0 1 2 "},
      {{"user=ana@contoso.com"}, "0 "},
      {{"account=ana"}, "0 2 "},
      {{"address=203.0.113.5"}, "0 1 2 "},
      {{"source_address=203.0.113.5"}, "2 "},
      {{"address!=203.0.113.5"}, "3 "},
      {{"time>=2026-11-24T09:00:00Z", "time<=2026-11-24T10:00:00Z"}, "1 2 "},
      {{"DestinationPort>=8000"}, "3 "},
      {{"DeviceCustomNumber1=12"}, "2 "},
      {{"DeviceCustomNumber1="}, "0 1 3 "},
      {{"RequestURL~x=1"}, "0 "},
      {{"DeviceVendor=Zscaler", "SourceUserName~@contoso"}, "0 1 "},
      {{"raw~LOGIN"}, ""},
      {{"raw~(?i)LOGIN"}, "0 1 "},
      {{"Computer=nss", "DeviceAction!=Blocked"}, "0 2 "},
  };
  for (const auto& row : kRows) {
    CAPTURE(row.words);
    CHECK(store.find(row.words) == row.found);
  }
}

TEST_CASE("query: a URL finds its page with any query string, and with one exactly that") {
  Searching store(kLines);
  const auto find = [&](const char* url) {
    Query query;
    query.url.emplace();
    REQUIRE(parsers::parse_url(url, "https", *query.url).has_value());
    return store.find({}, std::move(query));
  };
  CHECK(find("https://login.example.com/a") == "0 1 ");
  CHECK(find("http://LOGIN.example.com/a?x=1") == "0 ");
  CHECK(find("login.example.com/a?x=2") == "");
  CHECK(find("login.example.com/") == "");
}

TEST_CASE("query: the quarantine is searched by itself, and a limit ends the search") {
  Searching store(kLines);
  Query query;
  query.quarantine = true;
  CHECK(store.find({}, query) == "4 ");
  CHECK(store.find({"reason=not_cef", "raw~example"}, query) == "4 ");
  Query limited;
  limited.limit = 2;
  CHECK(store.find({}, limited) == "0 1 ");
  limited.limit = 0;
  CHECK(store.find({}, limited) == "");
  Query timed;
  timed.since = *parsers::parse_rfc3339("2026-11-24T09:30:00Z");
  timed.until = *parsers::parse_rfc3339("2026-11-24T10:30:00Z");
  CHECK(store.find({}, timed) == "2 ");
}

TEST_CASE("query: the quarantine's offset is where the message stopped being readable") {
  const std::string header = "<14>Nov 24 08:00:00 fw ";
  const struct {
    std::string line;
    std::size_t offset;
  } kRows[] = {
      {"this is not CEF", 0},
      {header + "neither is this", header.size()},
      {header + "CEF:0|Zscaler|NSSWeb", header.size() + 20},
      {"\xef\xbb\xbf" + header + "CEF:0|V", 3 + header.size() + 7},
      {header + std::string(Searching::kLongest, 'x'), 0},
  };
  std::vector<std::string> lines;
  for (const auto& row : kRows) lines.push_back(row.line);
  Searching store(lines);
  Query query;
  query.quarantine = true;
  CHECK(store.find({}, query) == "0 1 2 3 4 ");
  for (std::size_t i = 0; i < lines.size(); ++i) {
    CAPTURE(lines[i]);
    const std::string offset = std::to_string(kRows[i].offset);
    CHECK(store.find({"offset=" + offset}, query).find(std::to_string(i) + " ") != std::string::npos);
  }
  CHECK(store.find({"offset>=1"}, query) == "1 2 3 ");
  CHECK(store.find({"offset>=1", "reason=cef_header_cut"}, query) == "2 3 ");
  CHECK(store.find({"offset=0", "reason=message_too_long"}, query) == "4 ");
}

TEST_CASE("query: the collector of a message is this machine") {
  Searching store(kLines);
  CHECK(store.find({"CollectorHostName=" + runtime::host_name()}) == "0 1 2 3 ");
  CHECK(store.find({"CollectorHostName!=" + runtime::host_name()}) == "");
}

TEST_CASE("query: what was read has no offset") {
  Searching store(kLines);
  CHECK(store.find({"offset="}) == "0 1 2 3 ");
}

TEST_CASE("query: rows are printed as a table, as text, as CSV and as JSON, and foreign bytes stay harmless") {
  Searching store(
      {zscaler("08:00:00", "act=Allowed request=a.example/\"q\" msg=two\\nlines, \x1b[31m suser=ana@contoso.com")});
  const auto print = [&](Format format, const std::vector<std::string>& names) {
    std::vector<Field> fields;
    for (const std::string& name : names) fields.push_back(*find_field(name));
    const Printer printer(format, fields, false, 60);
    storage::StoreOptions options = store.options();
    options.read_only = true;
    storage::EventStore reader(options);
    std::string out = printer.heading();
    Search search({}, store.config(), store.identity());
    search.run(reader, [&](Message& message) { return out += printer.row(message), true; }, [](const Progress&) {});
    return out;
  };
  CHECK(print(Format::csv, {"user", "Message"}) == "user,Message\r\nana@contoso.com,\"two\nlines, \x1b[31m\"\r\n");
  CHECK(print(Format::plain, {"user", "Message"}) == "user\tMessage\nana@contoso.com\ttwo\\nlines, \\u001b[31m\n");
  CHECK(print(Format::table, {"vendor", "time", "Message"}) ==
        "vendor              time                      Message\n"
        "Zscaler             2026-11-24T08:00:00.000Z  two\\nlines, \\u001b[…\n");
  CHECK(print(Format::json, {"user", "DestinationPort", "vendor"}) == R"({"user":"ana@contoso.com","vendor":"Zscaler"})"
                                                                      "\n");
  const std::string whole = print(Format::json, {});
  CHECK(whole.starts_with(
      R"({"id":"4294967297","time":"2026-11-24T08:00:00.000Z","received":"2026-11-24T12:00:00.000Z","input":"firewalls","peer":"192.0.2.1","vendor":"Zscaler",)"));
  CHECK(whole.find(R"("columns":{"Activity":"Allowed",)") != std::string::npos);
}
