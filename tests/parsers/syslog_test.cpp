#include "parsers/syslog.h"

#include <doctest/doctest.h>

#include <initializer_list>
#include <ostream>
#include <string_view>

#include <algorithm>
#include <string>

using namespace parsers;

namespace {

const TimePoint kReceived = *parse_rfc3339("2025-11-24T12:00:00Z");

std::string names(Flags flags) {
  std::string text;
  for (const auto name : flags.names()) text.append(text.empty() ? "" : " ").append(name);
  return text;
}

SyslogMessage read(std::string_view message) { return parse_syslog(message, kReceived, cctz::utc_time_zone()); }

}  // namespace

#define CEF "CEF:0|V|P|1|sig|name|5|src=192.0.2.1"

TEST_CASE("syslog: every header that devices and relays put before CEF is read") {
  struct Row {
    std::string_view header;
    std::string_view format;
    int pri;  // -1: none
    std::string_view time;
    std::string_view host;
    std::string_view app;
    std::string_view flags;
  };
  constexpr Row kRows[] = {
      {"", "none", -1, "", "", "", "no_syslog_header"},
      {"<6>", "rfc3164", 6, "", "", "", ""},
      {"<134> ", "rfc3164", 134, "", "", "", ""},
      {"<192>", "rfc3164", -1, "", "", "", "no_pri"},
      {"<134>Mar  4 10:11:12 fw01 ", "rfc3164", 134, "2025-03-04T10:11:12.000Z", "fw01", "",
       "time_without_year time_without_zone"},
      {"<134> Mar  4 10:11:12 fw01 ", "rfc3164", 134, "2025-03-04T10:11:12.000Z", "fw01", "",
       "time_without_year time_without_zone"},
      {"<14>Mar  4 10:11:12 1984-fgt ", "rfc3164", 14, "2025-03-04T10:11:12.000Z", "1984-fgt", "",
       "time_without_year time_without_zone"},
      {"<14>Mar  4 10:11:12 1999.corp.com ", "rfc3164", 14, "2025-03-04T10:11:12.000Z", "1999.corp.com", "",
       "time_without_year time_without_zone"},
      {"<14>Mon Mar  4 10:11:12 UTC 2024 fw01 ", "rfc3164", 14, "2024-03-04T10:11:12.000Z", "fw01", "", ""},
      {"<14>1 Mar  4 10:11:12 fw01 app 12 - - ", "rfc5424", 14, "2025-03-04T10:11:12.000Z", "fw01", "app",
       "time_without_year time_without_zone"},
      {"<14>Mar  4 10:11:12 fw01#011", "rfc3164", 14, "2025-03-04T10:11:12.000Z", "fw01", "",
       "time_without_year time_without_zone"},
      {"<14>Mar  4 10:11:12 fw01 #012", "rfc3164", 14, "2025-03-04T10:11:12.000Z", "fw01", "",
       "time_without_year time_without_zone"},
      {"<14>Mar  4 10:11:12 fw01 \n", "rfc3164", 14, "2025-03-04T10:11:12.000Z", "fw01", "",
       "time_without_year time_without_zone"},
      {"<14>Jun 31 01:10:31 fw01 ", "rfc3164", 14, "", "fw01", "", ""},
      {"<14>Feb 30 2024 01:10:31 fw01 ", "rfc3164", 14, "", "fw01", "", ""},
      {"<14>Mar  4 24:10:31 fw01 - - ", "rfc3164", 14, "", "fw01", "", ""},
      {"<14>2024-13-08T01:10:31.123+02:00 fw01 ", "rfc3164", 14, "", "fw01", "", ""},
      {"<14>1 2024-13-08T01:10:31Z fw01 app 12 - - ", "rfc5424", 14, "", "fw01", "app", ""},
      {"<14>Mar  4 10:11:12 GMT+02:00 fw01 ", "rfc3164", 14, "2025-03-04T08:11:12.000Z", "fw01", "",
       "time_without_year"},
      {"<14>Mar  4 10:11:12 UTC-3 fw01 ", "rfc3164", 14, "2025-03-04T13:11:12.000Z", "fw01", "", "time_without_year"},
      {"2>Aug 19 10:11:12 fw01 ", "rfc3164", 2, "2025-08-19T10:11:12.000Z", "fw01", "",
       "time_without_year time_without_zone"},
      {"Sep 21 17:07:40 fgt-1 ", "rfc3164", -1, "2025-09-21T17:07:40.000Z", "fgt-1", "",
       "no_pri time_without_year time_without_zone"},
      {"Jan 17 2018 15:05:27 192.0.2.26 ", "rfc3164", -1, "2018-01-17T15:05:27.000Z", "192.0.2.26", "",
       "no_pri time_without_zone"},
      {"<132>Jun 21 13:41:36 ", "rfc3164", 132, "2025-06-21T13:41:36.000Z", "", "",
       "time_without_year time_without_zone"},
      {"<14>Sep  6 10:10:00 192.0.2.44 - -  ", "rfc3164", 14, "2025-09-06T10:10:00.000Z", "192.0.2.44", "",
       "time_without_year time_without_zone"},
      {"Dec 19 10:48:57 EST 192.0.2.21 ", "rfc3164", -1, "2025-12-19T15:48:57.000Z", "192.0.2.21", "",
       "no_pri time_without_year"},
      {"2023 Oct 12 10:11:12 zscaler-nss ", "rfc3164", -1, "2023-10-12T10:11:12.000Z", "zscaler-nss", "",
       "no_pri time_without_zone"},
      {"2023 Oct 12 10:11:12 zscaler-nss: ", "rfc3164", -1, "2023-10-12T10:11:12.000Z", "", "zscaler-nss",
       "no_pri time_without_zone"},
      {"<14>2025-11-22T17:17Z fw01 ", "rfc3164", 14, "2025-11-22T17:17:00.000Z", "fw01", "", ""},
      {"<134> 2024-03-04T10:11:12.345678 fw01 ", "rfc3164", 134, "2024-03-04T10:11:12.345Z", "fw01", "",
       "time_without_zone"},
      {"<5>1 2020-01-24T22:53:03Z fw01 ", "rfc5424", 5, "2020-01-24T22:53:03.000Z", "fw01", "", ""},
      {"<14>1 2024-05-08T01:10:31-07:00 fw01 - - - - ", "rfc5424", 14, "2024-05-08T08:10:31.000Z", "fw01", "", ""},
      {"<14>1 2024-05-08T01:10:31Z fw01 app 12 id - ", "rfc5424", 14, "2024-05-08T01:10:31.000Z", "fw01", "app", ""},
      {"<14>1 - - - - - - ", "rfc5424", 14, "", "", "", ""},
      {"<14>1 2024-05-08T01:10:31Z fw01 app - - [a@1 b=\"x \\] \\\" CEF:\"][c@1] ", "rfc5424", 14,
       "2024-05-08T01:10:31.000Z", "fw01", "app", ""},
      {"<14>1 2024-05-08T01:10:31Z fw01 app - - - \xef\xbb\xbf", "rfc5424", 14, "2024-05-08T01:10:31.000Z", "fw01",
       "app", ""},
      {"<134>1 2020-01-24T22:53:03Z gw CheckPoint 12103 - [action:\"Accept\"; x:\"a\\]b\"] ", "rfc5424", 134,
       "2020-01-24T22:53:03.000Z", "gw", "CheckPoint", ""},
      {"Oct 18 11:00:10 192.0.2.77 1 2019-10-18T03:00:09Z gw CheckPoint 12103 - - ", "rfc5424", -1,
       "2019-10-18T03:00:09.000Z", "gw", "CheckPoint", "no_pri nested_header"},
      {"1273 <14>1 2024-05-08T01:10:31-07:00 fw01 - - - - ", "rfc5424", 14, "2024-05-08T08:10:31.000Z", "fw01", "",
       "octet_count_in_text"},
      {"<14>Mar 1 20:48:23 relay 4377 <13>1 2021-03-01T20:48:23.048Z fwd logforwarder - panwlogs - ", "rfc5424", 13,
       "2021-03-01T20:48:23.048Z", "fwd", "logforwarder", "nested_header octet_count_in_text"},
      {"<13>Oct 16 22:55:48 relay Oct 16 22:55:47 zscaler-nss ", "rfc3164", 13, "2025-10-16T22:55:47.000Z",
       "zscaler-nss", "", "nested_header time_without_year time_without_zone"},
      {"<13>Oct 16 22:55:48 relay <14>Oct 16 2025 22:55:47 UTC ", "rfc3164", 14, "2025-10-16T22:55:47.000Z", "relay",
       "", "nested_header"},
      {"<164>fenotify-123.alert: ", "rfc3164", 164, "", "", "fenotify-123.alert", ""},
      {"Mar  4 10:11:12 fw01 : ", "rfc3164", -1, "2025-03-04T10:11:12.000Z", "fw01", "",
       "no_pri time_without_year time_without_zone"},
      {"<134>Mar  4 10:11:12 fw01 vectra_cef -: ", "rfc3164", 134, "2025-03-04T10:11:12.000Z", "fw01", "vectra_cef",
       "time_without_year time_without_zone"},
      {"<134> Mar  4 10:11:12 fw01 Arbor-Manager 86680 AEM ", "rfc3164", 134, "2025-03-04T10:11:12.000Z", "fw01",
       "Arbor-Manager", "time_without_year time_without_zone"},
      {"<134>*Mar  4 2025 10:11:12.123 UTC: fw01 ", "rfc3164", 134, "2025-03-04T10:11:12.123Z", "fw01", "", ""},
      {"\xef\xbb\xbf", "none", -1, "", "", "", "no_syslog_header"},
      {"<14>Mar  4 10:11:12 fw01 \xef\xbb\xbf", "rfc3164", 14, "2025-03-04T10:11:12.000Z", "fw01", "",
       "time_without_year time_without_zone"},
      {"fw01 ", "none", -1, "", "fw01", "", "no_pri"},
      {"<>Mar  4 10:11:12 UTC fw01 ", "rfc3164", -1, "2025-03-04T10:11:12.000Z", "fw01", "",
       "no_pri time_without_year"},
  };
  for (const auto& row : kRows) {
    for (const std::string_view payload : std::initializer_list<std::string_view>{
             CEF, "CEF: 0|V|P|1|sig|name|5|src=192.0.2.1", "CEF:1|V|P|1|sig|name|5|"}) {
      const std::string message = std::string{row.header} + std::string{payload};
      CAPTURE(message);
      const SyslogMessage read_message = read(message);
      CHECK(std::string{to_string(read_message.format)} == row.format);
      CHECK(read_message.pri.value_or(-1) == row.pri);
      CHECK((read_message.time ? format_rfc3339(*read_message.time) : "") == row.time);
      CHECK(read_message.host == row.host);
      CHECK(read_message.app == row.app);
      CHECK(read_message.rest == payload);
      CHECK(read_message.rest_offset == row.header.size());
      CHECK(names(read_message.flags) == row.flags);
    }
  }
}

TEST_CASE("syslog: without CEF the rest is what the header leaves") {
  struct Row {
    std::string_view message;
    std::string_view host;
    std::string_view app;
    std::string_view rest;
  };
  constexpr Row kRows[] = {
      {"", "", "", ""},
      {"<", "", "", "<"},
      {"<13>", "", "", ""},
      {"plain text", "", "", "plain text"},
      {"<34>Oct 11 22:14:15 web01 su: 'su root' failed", "web01", "su", "'su root' failed"},
      {"<30>Aug  4 16:53:13 web01 ping[1334]: 64 bytes", "web01", "ping", "64 bytes"},
      {"<30>Aug  4 16:53:13 ping[1334]: 64 bytes", "", "ping", "64 bytes"},
      {"<34>1 2003-10-11T22:14:15.003Z web01 su - ID47 - \xef\xbb\xbf'su root' failed", "web01", "su",
       "'su root' failed"},
      {"<134>1 2020-01-24T22:53:03Z gw CheckPoint 12103 - [action:\"Accept\"; flags:\"18692\"]", "gw", "CheckPoint",
       "[action:\"Accept\"; flags:\"18692\"]"},
      {"<189>date=2025-09-13 time=10:12:18 devname=fgt1", "", "", "date=2025-09-13 time=10:12:18 devname=fgt1"},
      {"<14>Apr  7 10:10:10 fw01 1,2025/04/07 10:10:10,0123,THREAT,url", "fw01", "",
       "1,2025/04/07 10:10:10,0123,THREAT,url"},
      {"<13>Feb 31 10:10:10 fw01 text", "fw01", "", "text"},
      {"<13>1 2003-10-11 fw01", "", "", "1 2003-10-11 fw01"},
      {"<13>1 2003-10-11T22:14:15Z h a p m [x@1 y=\"", "h", "a", "[x@1 y=\""},
  };
  for (const auto& row : kRows) {
    CAPTURE(row.message);
    const SyslogMessage message = read(row.message);
    CHECK(message.host == row.host);
    CHECK(message.app == row.app);
    CHECK(message.rest == row.rest);
  }
}

TEST_CASE("syslog: CEF that lost its first word is found where the payload begins, and only there") {
  CHECK(read("<14>Nov  4 00:15:46 192.0.2.4 0|V|P|1|sig|name|5|src=192.0.2.1").rest ==
        "0|V|P|1|sig|name|5|src=192.0.2.1");
  CHECK(read("0|V|P|1|sig|name|5|src=192.0.2.1").rest_offset == 0);
  CHECK(read("<14>Nov  4 00:15:46 192.0.2.4 0|V").host == "192.0.2.4");
}

TEST_CASE("syslog: CEF inside of another message's text is not taken for the message") {
  for (const std::string_view row : std::initializer_list<std::string_view>{
           "<14>Apr  7 10:10:10 fw01 1,2025/04/07 10:10:10,0123,THREAT,url,\"x " CEF "\"",
           "<189>date=2025-09-13 devname=fgt1 url=\"/x " CEF "\"",
           "<134>1 2020-01-24T22:53:03Z web01 app - - - user=\"" CEF,
           "<38>Oct 11 22:14:15 web01 sshd[42]: Invalid user " CEF,
           "<38>Oct 11 22:14:15 web01 sshd[42]: x:" CEF,
           "<38>1 2020-01-24T22:53:03Z web01 sshd 42 - - Invalid user " CEF,
           "<38>Oct 11 22:14:15 web01 a login by the user " CEF,
       }) {
    CAPTURE(row);
    CHECK_FALSE(read(row).rest.starts_with("CEF"));
  }
  CHECK(read("<38>Oct 11 22:14:15 fw01:" CEF).rest == CEF);
  CHECK(read("<38>1 2020-01-24T22:53:03Z fw01 app 1 - - relayed: " CEF).rest == CEF);
}

TEST_CASE("syslog: delimiters at the end are no part of the payload and blanks are") {
  const std::string message = "<13>" CEF "  ";
  const std::string delimiters{"\r\n\0", 3};
  CHECK(read(message + delimiters).rest == CEF "  ");
  CHECK(read(delimiters).rest.empty());
}

TEST_CASE("syslog: any prefix of a message is read without complaint") {
  const std::string message = "12 <13>Oct 16 22:55:48 relay <14>1 2024-05-08T01:10:31Z h a p m [a@1 b=\"c\"] " CEF;
  for (std::size_t n = 0; n <= message.size(); ++n) {
    const auto part = read(std::string_view{message}.substr(0, n));
    CHECK(part.rest_offset + part.rest.size() == n);
  }
}

TEST_CASE(
    "syslog: the header that most devices write reads as the same one with an odd blank, which is read step by step") {
  constexpr std::string_view kHeaders[] = {
      "<134>Mar  4 10:11:12 fw01",      "Nov 24 10:11:12 fw-berlin.example.com",
      "<189>Dec 31 23:59:60 FGT-A-LOG", "<0>Jan 01 00:00:00 FortiGate-1",
      "<191>Feb 29 10:11:12 fw01",      "<192>Mar  4 10:11:12 fw01",
      "<13>Mar 04 24:11:12 fw01",       "<13>mar 32 10:11:12 fw01",
      "<13>Mar  4 10:11:12 UTC",        "<13>Mar  4 10:11:12 CET",
      "<13>Mar  4 10:11:12 2024",       "<13>Mar  4 10:11:12 192.0.2.1",
      "<13>Mar  4 10:11:12 2024.1.2.3", "<13>Mar  4 10:11:12 mar",
      "<13>Mar  4 10:11:12 sat",        "<13>Mar  4 10:11:12 -",
      "<13>Mar  4 10:11:12 fw01:",      "<13>Mar  4 10:11:12.123 fw01",
      "<13>Mar  4 2024 10:11:12 fw01",  "<>Mar  4 10:11:12 fw01",
      "<1234>Mar  4 10:11:12 fw01",
  };
  const std::string payload = "CEF:0|V|P|1|sig|name|5|src=192.0.2.1";
  for (const auto header : kHeaders) {
    CAPTURE(header);
    const std::string plain = std::string(header) + " " + payload, odd = std::string(header) + "  " + payload;
    const SyslogMessage quick = read(plain), slow = read(odd);
    CHECK(quick.format == slow.format);
    CHECK(quick.pri == slow.pri);
    CHECK(quick.time == slow.time);
    CHECK(quick.host == slow.host);
    CHECK(quick.app == slow.app);
    CHECK((quick.rest == payload) == (slow.rest == payload));
    CHECK(names(quick.flags) == names(slow.flags));
  }
}
