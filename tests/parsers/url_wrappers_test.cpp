#include "parsers/url_wrappers.h"

#include <doctest/doctest.h>

#include <string>

namespace parsers {
namespace {

std::string unwrapped(std::string_view text) {
  Url url;
  const auto result = parse_url_unwrapped(text, "https", url);
  return result ? url.canonical() : result.error().code;
}

struct Row {
  std::string_view name, wrapped, target;
};

constexpr Row kRows[] = {
    {"Safe Links",
     "https://nam02.safelinks.protection.outlook.com/"
     "?url=https%3A%2F%2FLogin.example.com%2FA%3Fb%3D1%26c%3D2&data=05%7C01"
     "&sdata=x%3D&reserved=0",
     "https://login.example.com/A?b=1&c=2"},
    {"Safe Links of GCC, in HTML",
     "https://gcc02.safelinks.protection.outlook.com/?data=05&amp;url=http%3A%2F%2Fexample.com%2F&amp;reserved=0",
     "http://example.com/"},
    {"Safe Links of GCC High",
     "https://usg01.safelinks.protection.office365.us/ap/w-59584e83/?url=https%3A%2F%2Fexample.com%2Fx",
     "https://example.com/x"},
    {"Safe Links of Teams",
     "https://statics.teams.cdn.office.net/evergreen-assets/safelinks/1/"
     "atp-safelinks.html?url=https%3A%2F%2Fexample.com"
     "%2Fx&locale=en",
     "https://example.com/x"},
    {"Proofpoint v1", "https://urldefense.proofpoint.com/v1/url?u=http://www.example.com/a%3Fb&k=oIv",
     "http://www.example.com/a?b"},
    {"Proofpoint v2",
     "https://urldefense.proofpoint.com/v2/url?u=https-3A__my-2Dhost.example.com_a-5Fb-3Fq-3D1&d=DwMFaQ&c=x",
     "https://my-host.example.com/a_b?q=1"},
    {"Proofpoint v3", "https://urldefense.com/v3/__https://example.com/*bob/key.txt__;fg!!GjvTz_vk!Ueht58J$",
     "https://example.com/~bob/key.txt"},
    {"Proofpoint v3 with a query", "https://urldefense.com/v3/__https://example.com:443/log/?h=log*2F1__;JQ!!A!Z$",
     "https://example.com/log/?h=log%2F1"},
    {"Proofpoint v3 with a run", "https://urldefense.com/v3/__https://example.com/**B/x*__;w6TDtsO8IQ!!A!Z$",
     "https://example.com/%C3%A4%C3%B6%C3%BC/x!"},
    {"Proofpoint v3 with one slash", "https://urldefense.us/v3/__https:/example.com/a__;!!A!Z$",
     "https://example.com/a"},
    {"Google", "https://www.google.com/url?sa=t&q=https%3A%2F%2Fexample.com%2Fx&usg=A", "https://example.com/x"},
    {"Google with a search in q", "https://www.google.com/url?sa=t&q=free+money&url=https%3A%2F%2Fexample.com%2Fx",
     "https://example.com/x"},
    {"Google Maps", "https://maps.google.com/url?q=https%3A%2F%2Fexample.com%2Fx", "https://example.com/x"},
    {"Google AMP", "https://www.google.com/amp/s/example.com/x?a=1", "https://example.com/x?a=1"},
    {"Google AMP without TLS", "https://www.google.com/amp/example.com/x", "http://example.com/x"},
    {"Cisco, nothing encoded", "https://secure-web.cisco.com/1abc-_d/https://example.com/x?a=1",
     "https://example.com/x?a=1"},
    {"Google elsewhere", "https://www.google.co.uk/url?sa=t&url=https://example.com/x", "https://example.com/x"},
    {"Bing in another country", "https://cn.bing.com/ck/a?p=1&u=a1aHR0cHM6Ly9leGFtcGxlLmNvbS9ydXN0&ntb=1",
     "https://example.com/rust"},
    {"Proofpoint v2 for the government", "https://urldefense.us/v2/url?u=https-3A__example.com_a&d=1",
     "https://example.com/a"},
    {"Mimecast offshore", "https://protect.mimecast-offshore.com/s/abc?domain=example.com", "https://example.com/"},
    {"Bing", "https://www.bing.com/ck/a?!&&p=1&u=a1aHR0cHM6Ly9leGFtcGxlLmNvbS9ydXN0&ntb=1", "https://example.com/rust"},
    {"Barracuda", "https://linkprotect.cudasvc.com/url?a=https%3a%2f%2fexample.com%2fx&c=E,1,a&typo=1",
     "https://example.com/x"},
    {"Cisco", "https://secure-web.cisco.com/1abc-_d/https%3A%2F%2Fexample.com%2Fx%3Fa%3D1",
     "https://example.com/x?a=1"},
    {"Sophos",
     "https://eu-central-1.protection.sophos.com/?d=example.com&u=aHR0cDovL3d3dy5leGFtcGxlLmNvbS9FbjcyMg%3D%3D&i=N",
     "http://www.example.com/En722"},
    {"Trellix", "https://protect2.fireeye.com/v1/url?k=2-7&q=1&e=9&u=https%3A%2F%2Fexample.com%2Fx",
     "https://example.com/x"},
    {"Symantec", "https://clicktime.symantec.com/3Xk?u=https%3A%2F%2Fexample.com%2Fx", "https://example.com/x"},
    {"Mimecast", "https://protect-eu.mimecast.com/s/AbC123XyZ?domain=login.example.com", "https://login.example.com/"},
    {"Mimecast's new host", "https://url.us.m.mimecastprotect.com/s/AbC123?domain=Example.com", "https://example.com/"},
    {"nested",
     "https://eur01.safelinks.protection.outlook.com/"
     "?url=https%3A%2F%2Furldefense.com%2Fv3%2F__https%3A%2F%2Fwww.google.com"
     "%2Furl%3Fq%3Dhttps%3A%2F%2Fexample.com%2Fx__%3B!!A!Z%24&data=1",
     "https://example.com/x"},
};

constexpr Row kLeft[] = {
    {"a parameter alone", "https://example.com/?url=https%3A%2F%2Fexample.net%2F", ""},
    {"a host that ends alike", "https://evilsafelinks.protection.outlook.com/?url=https%3A%2F%2Fexample.net%2F", ""},
    {"a host that begins alike", "https://urldefense.com.example.net/v2/url?u=https-3A__example.com", ""},
    {"a Google of anybody", "https://www.google.example.com/url?q=https%3A%2F%2Fexample.net%2F", ""},
    {"Google's search", "https://www.google.com/search?q=https%3A%2F%2Fexample.net%2F", ""},
    {"another scheme inside", "https://www.google.com/url?q=javascript:alert(1)", ""},
    {"a relative target", "https://www.google.com/url?q=/search", ""},
    {"nothing inside", "https://eur01.safelinks.protection.outlook.com/?url=", ""},
    {"Bing's own pages", "https://www.bing.com/ck/a?u=a1L2ltYWdlcy9zZWFyY2g", ""},
    {"Mimecast's token alone", "https://protect-eu.mimecast.com/s/AbC123XyZ", ""},
    {"Mimecast's own pages", "https://www.mimecast.com/s/AbC123XyZ?domain=example.com", ""},
    {"Mimecast with more than a host", "https://protect-eu.mimecast.com/s/AbC?domain=example.com/x", ""},
    {"Cisco's token alone", "https://secure-web.cisco.com/1abc", ""},
    {"Proofpoint v3 without an end", "https://urldefense.com/v3/__https://example.com/", ""},
};

TEST_CASE("url wrappers: a link rewritten by a known host is the link that was written") {
  for (const Row& row : kRows) {
    CAPTURE(row.name);
    CHECK(unwrapped(row.wrapped) == row.target);
  }
}

TEST_CASE("url wrappers: a URL of any other host, or with nothing to be undone, stays") {
  for (const Row& row : kLeft) {
    CAPTURE(row.name);
    Url url;
    Url inner;
    REQUIRE(parse_url(row.wrapped, {}, url).has_value());
    CHECK_FALSE(unwrap(url, inner));
    CHECK(unwrapped(row.wrapped) == url.canonical());
  }
}

TEST_CASE("url wrappers: no more than five layers are undone") {
  std::string text = "https://example.com/x";
  for (int layer = 0; layer < kMaxWrappers; ++layer) text = "https://linkprotect.cudasvc.com/url?a=" + text;
  CHECK(unwrapped(text) == "https://example.com/x");
  CHECK(unwrapped("https://linkprotect.cudasvc.com/url?a=" + text) ==
        "https://linkprotect.cudasvc.com/url?a=https://example.com/x");
}

TEST_CASE("url wrappers: what cannot be parsed fails as parse_url does") {
  CHECK(unwrapped("") == "empty");
  CHECK(unwrapped("https://") == "bad_host");
}

}  // namespace
}  // namespace parsers
