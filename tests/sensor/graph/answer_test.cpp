#include "sensor/graph/answer.h"

#include <doctest/doctest.h>

#include <string>

#include "sensor/graph/backoff.h"

using graph::HttpResponse;
using graph::Resource;
using graph::Verdict;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

HttpResponse response(int status, std::string body = "", std::vector<graph::HttpHeader> headers = {}) {
  return {status, std::move(headers), std::move(body), ""};
}

std::string graph_body(const std::string& code, const std::string& message) {
  return R"({"error":{"code":")" + code + R"(","message":")" + message +
         R"(","innerError":{"date":"2026-08-20T10:00:00","request-id":"inner-7"}}})";
}

bool holds(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("answer: the status decides what happens next") {
  struct Row {
    int status;
    Verdict verdict;
  };
  const Row rows[] = {{200, Verdict::ok},        {206, Verdict::partial},   {204, Verdict::refused},
                      {302, Verdict::refused},   {400, Verdict::refused},   {401, Verdict::unauthorized},
                      {403, Verdict::refused},   {404, Verdict::refused},   {408, Verdict::transient},
                      {429, Verdict::throttled}, {500, Verdict::transient}, {504, Verdict::transient}};
  for (const Row& row : rows) {
    CAPTURE(row.status);
    CHECK(graph::judge(response(row.status)) == row.verdict);
  }
  HttpResponse cut = response(200);
  cut.cut = "the connection closed.";
  CHECK(graph::judge(cut) == Verdict::cut);
  cut.status = 500;
  CHECK(graph::judge(cut) == Verdict::transient);
}

TEST_CASE("answer: a refusal names what is missing and both request ids") {
  struct Row {
    const char* name;
    Resource resource;
    int status;
    const char *code, *message, *expected;
  };
  const Row rows[] = {
      {"alerts without consent", Resource::alerts, 403, "Forbidden", "Missing application roles.",
       "SecurityAlert.Read.All"},
      {"sign-ins without consent", Resource::signins, 403, "Authentication_MSGraphPermissionMissing",
       "Calling principal does not have required MSGraph permissions", "AuditLog.Read.All"},
      {"no premium licence", Resource::signins, 403, "Authentication_RequestFromNonPremiumTenantOrB2CTenant",
       "Neither tenant is B2C or tenant doesn't have premium license", "P1 or P2"},
      {"licence check", Resource::signins, 403, "UnknownError", "Failed to do premium license check",
       "Directory.Read.All"},
      {"conditional access", Resource::alerts, 403, "insufficient_claims", "", "Conditional Access"},
      {"wrong cloud", Resource::alerts, 404, "BadRequest", "Resource not found for the segment", "cloud"},
      {"throttled", Resource::signins_beta, 429, "TooManyRequests", "Too Many Requests", "throttles"},
      {"wrong audience", Resource::alerts, 401, "InvalidAuthenticationToken", "Invalid audience", "same cloud"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    const auto text =
        graph::graph_error(row.resource, response(row.status, graph_body(row.code, row.message)), "client-1");
    CAPTURE(text);
    CHECK(holds(text, row.expected));
    CHECK(holds(text, row.code));
    CHECK(holds(text, std::to_string(row.status)));
    CHECK(holds(text, "client-request-id client-1, request-id inner-7"));
  }
}

TEST_CASE("answer: a body that is no Graph error still gives a sentence") {
  for (const char* body : {"", "<html>", "[]", R"({"error":"x"})", R"({"error":{"code":1,"message":null}})"}) {
    CAPTURE(body);
    const auto text = graph::graph_error(Resource::alerts, response(500, body), "id");
    CHECK(text.starts_with("Graph answered 500 to security/alerts_v2"));
    CHECK(holds(text, "client-request-id id"));
  }
  graph::HttpResponse redirect = response(302, "");
  redirect.headers.push_back({"Location", "https://portal.example/login"});
  CHECK(holds(graph::graph_error(Resource::alerts, redirect, "id"), "not followed to 'https://portal.example/login'"));
  CHECK(holds(graph::token_error(graph::Issuer::entra, redirect, "id", {}), "not followed to 'https://portal.ex"));
  const auto forged =
      graph::graph_error(Resource::alerts, response(500, graph_body("a", "b\\nError: forged line")), "id");
  CHECK_FALSE(holds(forged, "\n"));
}

TEST_CASE("answer: a token error says what to put right") {
  struct Row {
    const char *number, *expected;
  };
  const Row rows[] = {{"7000215", "value"},
                      {"7000222", "expired"},
                      {"700016", "client_id"},
                      {"90002", "no such tenant"},
                      {"700027", "certificate"},
                      {"50002", "proxy"},
                      {"900382", "national cloud"},
                      {"53003", "Conditional Access"},
                      {"500021", "proxy restricts"},
                      {"7000112", "enable it"},
                      {"500133", "clock"},
                      {"50013", "clock"},
                      {"70011", "[graph] cloud"},
                      {"28002", "[graph] cloud"},
                      {"530032", "exclude the application"},
                      {"90033", "nothing to do unless"},
                      {"90024", "nothing to do unless"},
                      {"90090", "nothing to do unless"},
                      {"90055", "which other applications"},
                      {"90038", "[graph] cloud"},
                      {"900432", "[graph] cloud"},
                      {"50012", "upload it"},
                      {"700024", "clock"}};
  for (const Row& row : rows) {
    CAPTURE(row.number);
    const std::string body = std::string(R"({"error":"invalid_client","error_description":"AADSTS)") + row.number +
                             R"(: It failed. Trace ID: t-1 Correlation ID: c-1","trace_id":"t-1"})";
    const auto text = graph::token_error(graph::Issuer::entra, response(401, body), "client-1", {});
    CAPTURE(text);
    CHECK(holds(text, row.expected));
    CHECK(holds(text, "It failed."));
    CHECK(holds(text, "(client-request-id client-1, trace id t-1)"));
    CHECK_FALSE(holds(text, "Correlation"));
  }
  const std::string older =
      R"({"error":"invalid_client","error_description":"It failed.\r\nTrace ID: t-1\r\nCorrelation )"
      R"(ID: c-1","error_codes":[7000222],"trace_id":"t-1","correlation_id":"c-1",)"
      R"("timestamp":"2026-08-20 10:00:00Z"})";
  const auto text = graph::token_error(graph::Issuer::entra, response(401, older), "client-1", {});
  CHECK(holds(text, "It failed. The secret has expired"));
  CHECK(holds(text, "(client-request-id client-1, trace id t-1, correlation id c-1, 2026-08-20 10:00:00Z)"));
  const std::string longer =
      R"({"error":"invalid_request","error_description":"AADSTS5000212: Access to tenant is denied."})";
  CHECK_FALSE(holds(graph::token_error(graph::Issuer::entra, response(400, longer), "id", {}), "proxy restricts"));
}

TEST_CASE("answer: a token error tells a clock that is wrong") {
  graph::HttpResponse answer =
      response(401, R"({"error":"invalid_client","error_description":"AADSTS700024: Not valid."})");
  answer.headers.push_back({"Date", "Thu, 20 Aug 2026 10:00:00 GMT"});
  const auto text = [&](const char* now) {
    return graph::token_error(graph::Issuer::entra, answer, "id", parsers::parse_rfc3339(now).value());
  };
  CHECK(holds(text("2026-08-20T12:00:00Z"), "clock is 7200 s ahead of the server's"));
  CHECK(holds(text("2026-08-20T09:00:00Z"), "clock is 3600 s behind the server's"));
  CHECK_FALSE(holds(text("2026-08-20T10:00:05Z"), "the server's"));
}

TEST_CASE("answer: Retry-After is read as seconds or as a date, and is bounded") {
  const auto now = parsers::TimePoint{std::chrono::sys_days{std::chrono::year{2026} / 8 / 20}} + std::chrono::hours(10);
  struct Row {
    const char *name, *retry_after, *date;
    int seconds;  // -1: none
  };
  const Row rows[] = {
      {"seconds", "17", "", 17},
      {"zero", "0", "", 0},
      {"negative", "-5", "", 0},
      {"a year", "31536000", "", 3600},
      {"date against now", "Thu, 20 Aug 2026 10:00:30 GMT", "", 30},
      {"date against the server's clock", "Thu, 20 Aug 2026 12:00:30 GMT", "Thu, 20 Aug 2026 12:00:00 GMT", 30},
      {"date in the past", "Thu, 20 Aug 2026 09:00:00 GMT", "", 0},
      {"absent", "", "", -1},
      {"text", "soon", "", -1},
      {"number and text", "5 s", "", -1},
      {"beyond int", "99999999999", "", -1},
      {"no such day", "Thu, 32 Aug 2026 10:00:30 GMT", "", -1},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    const auto wait =
        graph::retry_after(response(429, "", {{"retry-after", row.retry_after}, {"Date", row.date}}), now);
    CHECK(wait.value_or(seconds(-1)) == seconds(row.seconds));
  }
}

TEST_CASE("answer: waits double up to the cap and keep at least half of it") {
  const milliseconds base(1000), cap(300'000);
  CHECK(graph::backoff(base, cap, 1, 0.0) == milliseconds(500));
  CHECK(graph::backoff(base, cap, 1, 1.0) == milliseconds(1000));
  CHECK(graph::backoff(base, cap, 3, 1.0) == milliseconds(4000));
  CHECK(graph::backoff(base, cap, 9, 1.0) == milliseconds(256'000));
  CHECK(graph::backoff(base, cap, 10, 1.0) == cap);
  CHECK(graph::backoff(base, cap, 4'000'000, 0.0) == cap / 2);
}
