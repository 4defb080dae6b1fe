#include "parsers/graph.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>

#include "tests/support/folder.h"

namespace parsers {
namespace {

using Strings = std::vector<std::string>;

std::string read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  REQUIRE_MESSAGE(file.good(), path.string());
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string corpus(const char* name) {
  return read_file(std::filesystem::path(support::tests_folder()) / "corpus/graph" / name);
}

Page<Alert> alerts_of(std::string_view text) {
  auto page = parse_alert_page(text);
  REQUIRE_MESSAGE(page.has_value(), page.error().code);
  return std::move(*page);
}

// "id id ..." of what was read, then " !code@offset" for each rejection, then " cut".
std::string outline(std::string_view text) {
  const auto page = parse_alert_page(text);
  if (!page) return std::string("error ") + page.error().code + "@" + std::to_string(page.error().offset);
  std::string line;
  for (const Alert& alert : page->records) line += alert.id + " ";
  for (const Error& error : page->rejected)
    line += "!" + std::string(error.code) + "@" + std::to_string(error.offset) + " ";
  if (page->truncated) line += "cut ";
  if (!page->next_link.empty()) line += "next=" + page->next_link + " ";
  if (!line.empty()) line.pop_back();
  return line;
}

TEST_CASE("graph: an alert gives its times, its users, its addresses and every URL once, in order") {
  const Page<Alert> page = alerts_of(corpus("alerts.json"));
  CHECK(page.next_link ==
        "https://graph.example.com/v1.0/security/alerts_v2?$skip=2&$filter=createdDateTime ge 2026-01-01T00:00:00Z");
  CHECK(page.rejected.empty());
  CHECK_FALSE(page.truncated);
  REQUIRE(page.records.size() == 2);

  const Alert& alert = page.records[0];
  CHECK(alert.id == "fa01");
  CHECK(alert.title == "A potentially malicious URL click was detected");
  CHECK(alert.service_source == "microsoftDefenderForOffice365");
  CHECK(alert.detection_source == "microsoftDefenderForOffice365");
  CHECK(alert.product_name == "Microsoft Defender for Office 365");
  CHECK(alert.severity == "high");
  CHECK(alert.status == "new");
  CHECK(alert.category == "InitialAccess");
  CHECK(format_rfc3339(alert.created) == "2026-08-20T09:44:31.260Z");
  CHECK(to_micros(alert.last_update) % 1'000'000 == 93'333);
  CHECK(format_rfc3339(alert.first_activity) == "2026-08-18T09:41:00.000Z");
  CHECK(alert.last_activity == alert.created);
  CHECK(alert.urls == Strings{"https://login.example.net/Auth?rid=8QxZ", "https://img.example.org/p.png",
                              "https://chat.example.net/"});
  CHECK(alert.users == Strings{"bob@contoso.com", "bob.smith@contoso.com"});
  CHECK(alert.addresses == Strings{"2001:db8::1", "203.0.113.7"});
  CHECK(alert.network_message_ids == Strings{"nm-1", "nm-2"});

  CHECK(page.records[1].last_update == page.records[1].created);
  CHECK(page.records[1].urls.empty());
  CHECK(page.records[1].raw ==
        R"({"id":"fa02","title":"Title only","createdDateTime":"2026-08-20T09:45:00Z","evidence":null})");
}

TEST_CASE("graph: a sign-in gives what v1.0 and beta say about it") {
  const auto page = parse_sign_in_page(corpus("sign_ins.json"));
  REQUIRE(page.has_value());
  REQUIRE(page->records.size() == 3);
  const SignIn& first = page->records[0];
  CHECK(first.id == "s1");
  CHECK(to_micros(first.created) % 1'000'000 == 123'456);
  CHECK(first.user_principal_name == "bob@contoso.com");
  CHECK(first.user_id == "26be570a-0000-4189-b4e2-a37c6808512d");
  CHECK(first.user_display_name == "Bob Smith");
  CHECK(first.address == "2001:db8::77");
  CHECK(first.error_code == 0);
  CHECK(first.failure_reason == "Other.");
  CHECK(first.app_display_name == "OfficeHome");
  CHECK(first.client_app_used == "Browser");
  CHECK(first.user_agent == "Mozilla/5.0");
  CHECK(first.resource_display_name == "Office 365");
  CHECK(first.device_id.empty());
  CHECK(first.operating_system == "Windows 10");
  CHECK(first.browser == "Edge 80.0.361");
  CHECK(first.city == "Amsterdam");
  CHECK(first.state == "Noord-Holland");
  CHECK(first.country == "NL");
  CHECK_FALSE(first.is_interactive);
  CHECK(first.risk_level_during_sign_in == "hidden");
  CHECK(first.risk_state == "none");
  CHECK(first.session_id == "session-1");
  CHECK(first.authentication_requirement == "multiFactorAuthentication");
  CHECK(first.autonomous_system_number == 64500);
  CHECK(first.event_types == Strings{"nonInteractiveUser"});

  CHECK(page->records[1].error_code == 50126);
  CHECK(page->records[1].address.empty());
  CHECK(page->records[1].is_interactive);
  CHECK(page->records[2].error_code == -1);
  CHECK(format_rfc3339(page->records[2].created) == "2026-08-20T07:43:12.000Z");
}

struct Row {
  std::string_view name, text, outline;
};

#define ALERT(id) "{\"id\":\"" id "\",\"createdDateTime\":\"2026-08-20T09:44:31Z\"}"

constexpr Row kRows[] = {
    {"page", "{\"value\":[" ALERT("a") "," ALERT("b") "],\"@odata.nextLink\":\"n\"}", "a b next=n"},
    {"link before value", "{\"@odata.nextLink\":\"n\",\"value\":[" ALERT("a") "]}", "a next=n"},
    {"link with escapes", "{\"@odata.nextLink\":\"a\\/\\u0062\",\"value\":[]}", "next=a/b"},
    {"empty page", "{\"value\":[]}", ""},
    {"record", ALERT("a"), "a"},
    {"record that has a value", "{\"id\":\"a\",\"createdDateTime\":\"2026-08-20T09:44:31Z\",\"value\":[{}]}", "a"},
    {"array", "[" ALERT("a") " , " ALERT("b") "]", "a b"},
    {"lines", ALERT("a") "\n" ALERT("b") "\r\n\n" ALERT("c"), "a b c"},
    {"pages", "{\"value\":[" ALERT("a") "],\"@odata.nextLink\":\"n\"}\n{\"value\":[" ALERT("b") "]}", "a b"},
    {"byte order mark", "\xef\xbb\xbf[" ALERT("a") "]", "a"},
    {"no id", "[{\"createdDateTime\":\"2026-08-20T09:44:31Z\"}," ALERT("b") "]", "b !no_id@1"},
    {"id of another type", "[{\"id\":7,\"createdDateTime\":\"2026-08-20T09:44:31Z\"}," ALERT("b") "]", "b !no_id@1"},
    {"no time", "[" ALERT("a") ",{\"id\":\"b\"}]", "a !no_created@53"},
    {"bad time", "[{\"id\":\"b\",\"createdDateTime\":\"yesterday\"}," ALERT("a") "]", "a !no_created@1"},
    {"not a record", "[1,\"x\",null,[]," ALERT("a") "]",
     "a !not_a_record@1 !not_a_record@3 !not_a_record@7 !not_a_record@12"},
    {"bad record", "[{\"id\":\"b\",}," ALERT("a") "]", "a !bad_json@1"},
    {"cut in a record", "{\"value\":[" ALERT("a") ",{\"id\":\"b\",\"crea", "a !json_cut@62 cut"},
    {"cut in a string", "[" ALERT("a") ",{\"id\":\"b\\", "a !json_cut@53 cut"},
    {"cut after a comma", "[" ALERT("a") ",", "a !json_cut@53 cut"},
    {"cut after value", "{\"value\":[" ALERT("a") "]", "a !json_cut@62 cut"},
    {"cut in the link", "{\"value\":[" ALERT("a") "],\"@odata.nextLink\":\"htt", "a !json_cut@81 cut"},
    {"first page cut", "{\"value\":[" ALERT("a") ",{\"id\n{\"value\":[" ALERT("b") "]}", "a b !json_cut@62 cut"},
    {"damaged line", ALERT("a") "\n{\"id\":\"\n" ALERT("b"), "a b !json_cut@52 cut"},
    {"rubbish between lines", ALERT("a") "\n--\n" ALERT("b"), "a b !bad_json@52 cut"},
    {"nothing", " \r\n", "error empty@0"},
    {"not JSON", "<html>", "error bad_json@0"},
    {"no record complete", "{\"value\":[{\"id\":", "error json_cut@10"},
    {"Graph's error", "{\"error\":{\"code\":\"TooManyRequests\",\"message\":\"later\"}}", "error error_answer@0"},
    {"invalid UTF-8", "[{\"id\":\"a\",\"title\":\"\xff\",\"createdDateTime\":\"2026-08-20T09:44:31Z\"}]", "a"},
    {"lone surrogate", "[{\"id\":\"a\",\"title\":\"\\ud83d\",\"createdDateTime\":\"2026-08-20T09:44:31Z\"}]", "a"},
    {"raw control", "[{\"id\":\"a\",\"title\":\"\x01\n\",\"createdDateTime\":\"2026-08-20T09:44:31Z\"}]", "a"},
};

TEST_CASE("graph: whatever stands complete in a text is read, and the rest is named with its offset") {
  for (const Row& row : kRows) {
    CAPTURE(row.name);
    CHECK(outline(row.text) == row.outline);
  }
}

// The folder of recorded answers, or "" after saying that the test is skipped.
std::filesystem::path samples() {
  const char* data = std::getenv("LUREWATCH_TEST_DATA");
  if (data) return std::filesystem::path(data) / "graph/samples";
  std::cout << "skipped: LUREWATCH_TEST_DATA is not set\n";
  return {};
}

TEST_CASE("graph: an alert with every type of evidence that there is loses nothing") {
  const std::filesystem::path folder = samples();
  if (folder.empty()) return;
  std::ifstream file(folder / "../evidence-fields.tsv");
  std::string line, evidence;
  std::getline(file, line);  // the header
  int types = 0;
  for (; std::getline(file, line); ++types) {
    evidence +=
        R"({"@odata.type":")" + line.substr(0, line.find('\t')) + R"(","createdDateTime":"2026-08-20T09:00:00Z"},)";
  }
  CHECK(types >= 48);
  const Page<Alert> page = alerts_of(R"({"value":[{"id":"a","createdDateTime":"2026-08-20T09:00:00Z","evidence":[)" +
                                     evidence + R"({"@odata.type":"#x.urlEvidence","url":"https://x.example/"}]}]})");
  REQUIRE(page.records.size() == 1);
  CHECK(page.rejected.empty());
  CHECK(page.records[0].urls == Strings{"https://x.example/"});
}

TEST_CASE("graph: recorded answers are read whole") {
  const std::filesystem::path folder = samples();
  if (folder.empty()) return;
  const Page<Alert> phishing = alerts_of(read_file(folder / "synthetic/alerts_v2-phishing-page.json"));
  REQUIRE(phishing.records.size() == 5);
  CHECK(phishing.rejected.empty());
  CHECK(phishing.records[0].urls.size() == 2);
  CHECK(phishing.records[0].users == Strings{"alice.reed@contoso.com"});
  CHECK(title_key(phishing.records[1].title) ==
        title_key("Email messages containing malicious URL removed after delivery"));
  CHECK(phishing.records[2].addresses == Strings{"203.0.113.77"});
  CHECK(phishing.records[4].users == Strings{"alice.reed@contoso.com"});
  CHECK(alerts_of(read_file(folder / "synthetic/alerts_v2-unknown-evidence-type.json")).records.size() == 1);
  CHECK(alerts_of(read_file(folder / "official/msdocs-v1.0-alerts_v2-list.json")).records.size() == 1);

  const auto beta = parse_sign_in_page(read_file(folder / "official/msdocs-beta-signIns-list.json"));
  REQUIRE(beta.has_value());
  REQUIRE(beta->records.size() == 1);
  CHECK(beta->records[0].error_code == 50126);
  CHECK(beta->records[0].autonomous_system_number == 3598);
  CHECK(parse_sign_in_page(read_file(folder / "official/msdocs-v1.0-signIns-list-page1.json"))->rejected.empty());
  CHECK(parse_sign_in_page(read_file(folder / "synthetic/signIns-page1.json"))->records[1].address == "2001:db8::77");
  const auto empty = parse_sign_in_page(read_file(folder / "synthetic/signIns-page2-empty-with-nextLink.json"));
  REQUIRE(empty.has_value());
  CHECK(empty->records.empty());
  CHECK_FALSE(empty->next_link.empty());
}

TEST_CASE("graph: an answer cut at any byte keeps every record that came whole") {
  const std::string text = corpus("alerts.json");
  const std::size_t first_end = text.rfind('}', text.find("{\"id\": \"fa02\"")) + 1;
  const std::size_t second_end = text.rfind('}', text.rfind('}') - 1) + 1;
  for (std::size_t size = 0; size + 1 < text.size(); ++size) {
    const auto page = parse_alert_page(std::string_view(text).substr(0, size));
    const std::size_t complete = page ? page->records.size() : 0;
    const std::size_t expected = size >= second_end ? 2 : size >= first_end ? 1 : 0;
    if (complete != expected) FAIL_CHECK("cut at " << size << " gave " << complete << " of " << expected);
    if (page && size < text.find_last_of('}')) CHECK(page->truncated);
  }
}

// outline() of a text that arrives in pieces of `size` bytes, without the offsets and their order.
std::string outline_in_pieces(std::string_view text, std::size_t size) {
  PageReader<Alert> reader;
  for (std::size_t at = 0; at < text.size(); at += size) reader.take(text.substr(at, size));
  const auto page = reader.finish();
  if (!page) return std::string("error ") + page.error().code;
  std::string line;
  for (const Alert& alert : page->records) line += alert.id + " ";
  Strings rejected;
  for (const Error& error : page->rejected) rejected.push_back("!" + std::string(error.code) + " ");
  std::sort(rejected.begin(), rejected.end());
  for (const std::string& code : rejected) line += code;
  return line + (page->truncated ? "cut " : "") + page->next_link;
}

TEST_CASE("graph: a page that arrives in pieces gives what the whole text gives, however it is cut or damaged") {
  const std::string page = corpus("alerts.json");
  std::string damaged = page;
  damaged.insert(damaged.find("fa02"), "\"]}}{{{");
  const std::string texts[] = {
      page,
      damaged,
      page.substr(0, page.size() / 2),
      page + page,
      "\xef\xbb\xbf" + page,
      "[" + std::string(ALERT("a")) + "," + ALERT("b") + "]",
      std::string(ALERT("a")) + "\n" + ALERT("b"),
      R"({"@odata.nextLink":"https://x","value":[)" + std::string(ALERT("a")) + "]}",
      R"({"value":[]})",
      R"({"value":[1,)" + std::string(ALERT("a")) + R"(,{"id":"no time"},)" + ALERT("b") + "]}",
      R"({"value":[)" + std::string(ALERT("a")) + R"(,{"id":"no time"},)" + ALERT("b") + R"(],"a":{"b":[)",
      R"({"error":{"code":"x","message":"y"}})",
      "<html>no page</html>",
      "",
  };
  for (const std::string& text : texts) {
    const std::string whole = outline_in_pieces(text, text.size() + 1);
    const auto read = parse_alert_page(text);
    REQUIRE(read.has_value() == !whole.starts_with("error"));
    if (read) CHECK(std::count(whole.begin(), whole.end(), '!') == static_cast<long>(read->rejected.size()));
    for (const std::size_t size : {1, 2, 3, 7, 64, 1000}) {
      CAPTURE(size);
      CAPTURE(text.substr(0, 200));
      CHECK(outline_in_pieces(text, size) == whole);
    }
  }
}

TEST_CASE("graph: a mail cluster's own words give the URLs that its messages share, and messages their recipients") {
  const Page<Alert> page = alerts_of(
      R"({"value":[{"id":"a","createdDateTime":"2026-08-20T09:00:00Z","categories":["InitialAccess","CredentialAccess"],)"
      R"("evidence":[{"@odata.type":"#microsoft.graph.security.mailClusterEvidence","clusterBy":"Url;Subject",)"
      R"("clusterByValue":"https://lure.example/a?b=c;Pay now","query":"( (Url:\"HTTP://Lure.example/d\") ) AND ftp://no ://",)"
      R"("networkMessageIds":["m-1"]},)"
      R"({"@odata.type":"#microsoft.graph.security.teamsMessageEvidence","recipients":["Ana@contoso.com","8:orgid:7"]},)"
      R"({"@odata.type":"#microsoft.graph.security.submissionMailEvidence","recipient":"bo@contoso.com",)"
      R"("networkMessageId":"m-2"}]}]})");
  REQUIRE(page.records.size() == 1);
  const Alert& alert = page.records[0];
  CHECK(alert.urls == Strings{"https://lure.example/a?b=c", "HTTP://Lure.example/d"});
  CHECK(alert.users == Strings{"ana@contoso.com", "bo@contoso.com"});
  CHECK(alert.network_message_ids == Strings{"m-1", "m-2"});
  CHECK(alert.category == "InitialAccess");
  CHECK(alert.categories == Strings{"InitialAccess", "CredentialAccess"});
}

TEST_CASE("graph: limits hold and the record over them alone is refused") {
  const std::string deep = "[{\"id\":\"a\",\"x\":" + std::string(kMaxRecordDepth, '[') +
                           std::string(kMaxRecordDepth, ']') + "}," + ALERT("b") + "]";
  CHECK(outline(deep) == "b !bad_json@1");
  const std::string wide = "[{\"id\":\"" + std::string(kMaxRecordBytes, 'a') + "\"}," + ALERT("b") + "]";
  CHECK(outline(wide) == "b !record_too_long@1");
  CHECK(outline(std::string(kMaxPageBytes + 1, ' ')) == "error too_long@0");
  CHECK(outline(std::string(1'000'000, '[')) == "error json_cut@1");
  std::string ones = "[1";
  for (std::size_t i = 0; i < kMaxRejected * 2; ++i) ones += ",1";
  CHECK(alerts_of(ones + "," + ALERT("b") + "]").rejected.size() == kMaxRejected);
  std::string torn;
  for (int i = 0; i < 100'000; ++i) torn += "{\"a\":{\n";
  const auto page = parse_alert_page(torn + ALERT("b"));
  REQUIRE_FALSE(page.has_value());
  CHECK(std::string_view(page.error().code) == "json_cut");
  CHECK(outline(std::string(1'000'000, '{')) == "error json_cut@0");
}

}  // namespace
}  // namespace parsers
