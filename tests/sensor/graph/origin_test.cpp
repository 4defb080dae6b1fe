#include "sensor/graph/origin.h"

#include <doctest/doctest.h>

#include <string>

using graph::Origin;

TEST_CASE("origin: https anywhere and http on this machine alone") {
  struct Row {
    const char* url;
    const char* text;  // nullptr: an error
    const char* code;
  };
  const Row rows[] = {
      {"https://graph.microsoft.com", "https://graph.microsoft.com", ""},
      {"https://Graph.Microsoft.com/", "https://graph.microsoft.com", ""},
      {"https://graph.microsoft.com:8443", "https://graph.microsoft.com:8443", ""},
      {"https://graph.microsoft.com:443", "https://graph.microsoft.com", ""},
      {"http://127.0.0.1:8080", "http://127.0.0.1:8080", ""},
      {"http://127.8.9.1:80", "http://127.8.9.1", ""},
      {"http://localhost:8080", "http://localhost:8080", ""},
      {"http://[::1]:8080", "http://[::1]:8080", ""},
      {"http://graph.example.com", nullptr, "plain_http"},
      {"http://127.0.0.1.example.com", nullptr, "plain_http"},
      {"http://192.0.2.1", nullptr, "plain_http"},
      {"http://localhost.example.com", nullptr, "plain_http"},
      {"graph.microsoft.com", nullptr, "bad_url"},
      {"ftp://graph.microsoft.com", nullptr, "bad_url"},
      {"https://", nullptr, "bad_url"},
      {"https://user@graph.microsoft.com", nullptr, "bad_url"},
      {"https://graph.microsoft.com:0", nullptr, "bad_url"},
      {"https://graph.microsoft.com:65536", nullptr, "bad_url"},
      {"https://graph.microsoft.com:", nullptr, "bad_url"},
      {"https://graph.microsoft.com/v1.0", nullptr, "bad_url"},
      {"https://graph.microsoft.com?x", nullptr, "bad_url"},
      {"https://[::1", nullptr, "bad_url"},
      {"https://[example]", nullptr, "bad_url"},
      {"", nullptr, "bad_url"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.url);
    const auto origin = graph::parse_origin(row.url);
    REQUIRE(origin.has_value() == (row.text != nullptr));
    if (origin) CHECK(origin->text() == row.text);
    if (!origin) CHECK(std::string(origin.error().code) == row.code);
  }
}

TEST_CASE("origin: a next link is followed verbatim on the same host and refused elsewhere") {
  const Origin graph_host = *graph::parse_origin("https://graph.microsoft.com");
  struct Row {
    const char* link;
    const char* target;  // nullptr: refused
  };
  const Row rows[] = {
      {"https://graph.microsoft.com/v1.0/auditLogs/signIns?$top=2&$skiptoken=70f6_2",
       "/v1.0/auditLogs/signIns?$top=2&$skiptoken=70f6_2"},
      {"https://GRAPH.microsoft.com:443/v1.0/x?$filter=createdDateTime+ge+2026-08-20T09%3a00%3a00Z",
       "/v1.0/x?$filter=createdDateTime+ge+2026-08-20T09%3a00%3a00Z"},
      {"https://graph.microsoft.com/v1.0/x?$filter=a eq 'b'", "/v1.0/x?$filter=a%20eq%20'b'"},
      {"https://graph.microsoft.com/x?q=\"\xc3\xa4\"", "/x?q=%22%C3%A4%22"},
      {"https://graph.microsoft.com/x#part", "/x"},
      {"https://graph.microsoft.com", "/"},
      {"https://graph.microsoft.com?a=1", "/?a=1"},
      {"http://graph.microsoft.com/v1.0/x", nullptr},
      {"https://graph.microsoft.com:444/v1.0/x", nullptr},
      {"https://graph.microsoft.com.evil.example/v1.0/x", nullptr},
      {"https://graph.microsoft.com@evil.example/v1.0/x", nullptr},
      {"https://evil.example/?https://graph.microsoft.com/", nullptr},
      {"https://evil.example\\@graph.microsoft.com/", nullptr},
      {"//evil.example/x", nullptr},
      {"/v1.0/x", nullptr},
      {"https://graph.microsoft.com/x\r\nHost: evil.example", nullptr},
      {"", nullptr},
  };
  for (const Row& row : rows) {
    CAPTURE(row.link);
    const auto target = graph::target_of_link(graph_host, row.link);
    REQUIRE(target.has_value() == (row.target != nullptr));
    if (target) CHECK(*target == row.target);
    if (!target) CHECK(std::string(target.error().code) == "foreign_link");
  }
  CHECK(graph::target_of_link(graph_host, "https://graph.microsoft.com/" + std::string(16 * 1024, 'a')).has_error());
}

TEST_CASE("origin: percent encoding leaves unreserved characters alone") {
  CHECK(graph::percent_encode("aZ09-._~") == "aZ09-._~");
  CHECK(graph::percent_encode("a+b&c=d e~\xc3\xa4") == "a%2Bb%26c%3Dd%20e~%C3%A4");
}

TEST_CASE("origin: foreign text is cut and made printable before it stands in an error") {
  CHECK(graph::printable("a\r\nb\x1b[31m\xff") == "a??b?[31m?");
  CHECK(graph::printable("abcdef", 3) == "abc...");
}
