#include "sensor/redact.h"

#include <doctest/doctest.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

using sensor::Redactor;

TEST_CASE("redact: a configuration keeps its shape and loses names, addresses, secrets and comments") {
  Redactor redactor;
  CHECK(redactor.configuration(
            "# of Jane Doe\n[storage]\nquota = \"50GiB\" # ask bob\nretention = \"30d\"\n[[listen]]\nname = "
            "\"berlin-fw\"\n"
            "transport = \"udp\"\naddress = \"192.0.2.1:514\"\nallow = [\"10.0.0.0/8\",\n  \"192.0.2.0/24\"]\n"
            "client_secret = \"s3cr~t\"\nminimum_confidence = 0.5\nname = \"berlin-fw\"\n") ==
        "[storage]\nquota = 50GiB\nretention = 30d\n[[listen]]\nname = <removed-1>\ntransport = udp\naddress = "
        "<removed-2>\n"
        "allow = <removed-3>\n# <removed-4>\nclient_secret = <removed-5>\nminimum_confidence = 0.5\nname = "
        "<removed-1>\n");
}

TEST_CASE("redact: status keeps counters, times and keys, and no finding") {
  Redactor redactor;
  const auto status =
      boost::json::parse(R"({"version": "0.1.0", "inputs": [{"name": "berlin", "received": 7, "transport": "udp",
    "last_event": "2026-11-24T12:00:00Z"}], "last_findings": [{"user": "jdoe@contoso.com"}],
    "trouble": "writing fails: /srv/berlin/x: disk full"})");
  CHECK(
      boost::json::serialize(redactor.record(status)) ==
      R"({"version":"0.1.0","inputs":[{"name":"<removed-1>","received":7,"transport":"udp","last_event":"2026-11-24T12:00:00Z"}],)"
      R"("trouble":"writing fails: <removed-2>: disk full"})");
}

TEST_CASE("redact: a log keeps our sentences and numbers, and values only where they are harmless") {
  Redactor redactor;
  CHECK(redactor.log("A connection is given up. input=berlin peer=192.0.2.7 error=\"read of jdoe@contoso.com failed\" "
                     "count=3\n") ==
        "A connection is given up. input=<removed-1> peer=<removed-2> error=\"read of <removed-3> failed\" count=3\n");
  CHECK(redactor.log("Graph answers 401: AADSTS7000222 for CONTOSO\\jdoe (Jane Doe) at fw01.contoso.com\n") ==
        "Graph answers 401: AADSTS7000222 for <removed-4> (<removed-5> <removed-6>) at <removed-7>\n");
  CHECK(redactor.log("x \"a quoted secret\" `y z` end\n") == "x <removed-8> <removed-9> end\n");
}

TEST_CASE("redact: whatever the line, it ends, and an unclosed quote gives nothing away") {
  Redactor redactor;
  CHECK(redactor.log("error=\"S3cret") == "error=\"<removed-1>\"\n");
  CHECK(redactor.log("=\n\"\nkey=\n`\n").find("S3cret") == std::string::npos);
  CHECK(redactor.configuration("name = \"S3cret").find("S3cret") == std::string::npos);
}

TEST_CASE("redact: a plain word goes from the log where configuration, status or a finding named it") {
  Redactor redactor;
  redactor.configuration("[[listen]]\nname = \"berlin\"\n");
  redactor.record(boost::json::parse(R"({"last_findings": [{"user": "jane.doe@contoso.com"}]})"));
  const std::string log = redactor.log("Serving on berlin for jane and doe: input closed\n");
  for (const char* name : {"berlin", "jane", "doe"}) CHECK_MESSAGE(log.find(name) == std::string::npos, name);
  CHECK(log.find("Serving on ") == 0);
  CHECK(log.find("input closed") != std::string::npos);
}
