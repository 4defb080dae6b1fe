#include "parsers/columns.h"

#include <doctest/doctest.h>

#include <cstdlib>
#include <fstream>
#include <initializer_list>
#include <iostream>
#include <ostream>
#include <sstream>
#include <string_view>

#include <algorithm>
#include <string>

using namespace parsers;

namespace {

struct Rows {
  std::vector<Column> columns;

  std::string value(std::string_view name) const {
    const auto found = std::find_if(columns.begin(), columns.end(), [name](const auto& c) { return c.name == name; });
    return found == columns.end() ? "(none)" : found->value;
  }
};

Rows read(const std::string& message, std::string_view collector = {}) {
  const TimePoint received = *parse_rfc3339("2025-11-24T12:00:00.5Z");
  const auto syslog = parse_syslog(message, received, cctz::utc_time_zone());
  CefMessage cef;
  REQUIRE(parse_cef(syslog.rest, cef).has_value());
  return {common_security_log(syslog, cef, received, collector)};
}

}  // namespace

TEST_CASE("columns: header, mapped keys and all other keys stand where Sentinel has them") {
  const auto rows = read(
      "<14>Apr  7 10:10:10 fw01 CEF:0|V\\|x|P|1.0|sig|na me|High|rt=Apr 07 2017 00:10:10 suser=CORP\\\\bob dpt=443 "
      "in=5000000000 FTNTFGTlogid=7 cs1Label=Rule cs1=a\\=b start=now cat=web x=y;z externalId=77 cn1=9 cfp1=1.5 "
      "dmac=00:00:5e:00:53:01 duid=u oldFileId=o deviceExternalId=s");
  constexpr std::pair<const char*, const char*> kExpected[] = {
      {"DeviceVendor", "V|x"},
      {"DeviceProduct", "P"},
      {"DeviceVersion", "1.0"},
      {"DeviceEventClassID", "sig"},
      {"Activity", "na me"},
      {"LogSeverity", "High"},
      {"Computer", "fw01"},
      {"ReceiptTime", "Apr 07 2017 00:10:10"},
      {"SourceUserName", "CORP\\bob"},
      {"DestinationPort", "443"},
      {"ReceivedBytes", "5000000000"},
      {"DeviceCustomString1Label", "Rule"},
      {"DeviceCustomString1", "a=b"},
      {"DeviceEventCategory", "web"},
      {"ExtID", "77"},
      {"ExternalID", "77"},
      {"FieldDeviceCustomNumber1", "9"},
      {"DeviceCustomNumber1", "9"},
      {"DeviceCustomFloatingPoint1", "1.5"},
      {"DestinationMACAddress", "00:00:5e:00:53:01"},
      {"DestinationUserID", "u"},
      {"OldFileID", "o"},
      {"DeviceExternalID", "s"},
      {"AdditionalExtensions", "FTNTFGTlogid=7;start=now;x=y;z"},
      {"TimeGenerated", "2025-11-24T12:00:00.500Z"},
      {"SourceSystem", "OpsManager"},
      {"Type", "CommonSecurityLog"},
  };
  for (const auto& [name, value] : kExpected) {
    CAPTURE(name);
    CHECK(rows.value(name) == value);
  }
  CHECK(rows.columns.size() == std::size(kExpected));
  CHECK(rows.value("StartTime") == "(none)");
}

TEST_CASE("columns: the collector is the machine that received the message, and stands nowhere in it") {
  const std::string message = "<14>Apr  7 10:10:10 fw01 CEF:0|V|P|1|1|n|5|suser=bob CollectorHostName=forged";
  CHECK(read(message, "collector-1").value("CollectorHostName") == "collector-1");
  CHECK(read(message, "collector-1").value("Computer") == "fw01");
  CHECK(read(message).value("CollectorHostName") == "(none)");
  CHECK_FALSE(is_verbatim(*column_place("CollectorHostName")));
}

TEST_CASE("columns: a number that does not fit its column is left out") {
  struct Row {
    std::string_view extension;
    std::string_view column;
    std::string_view value;
  };
  constexpr Row kRows[] = {
      {"spt=65535", "SourcePort", "65535"},
      {"spt=2147483647", "SourcePort", "2147483647"},
      {"spt=2147483648", "SourcePort", "(none)"},
      {"spt=4294967295", "SourcePort", "(none)"},
      {"spt=-2147483648", "SourcePort", "-2147483648"},
      {"spt=-2147483649", "SourcePort", "(none)"},
      {"spt=80a", "SourcePort", "(none)"},
      {"spt= 80 ", "SourcePort", "80"},
      {"spt=", "SourcePort", "(none)"},
      {"in=9223372036854775807", "ReceivedBytes", "9223372036854775807"},
      {"in=9223372036854775808", "ReceivedBytes", "(none)"},
      {"externalId=7466982072104517632", "ExternalID", "(none)"},
      {"externalId=7466982072104517632", "ExtID", "7466982072104517632"},
      {"externalId=abc", "ExtID", "abc"},
      {"cfp1=-1e3", "DeviceCustomFloatingPoint1", "-1e3"},
      {"cfp1=nan", "DeviceCustomFloatingPoint1", "(none)"},
      {"cfp1=inf", "DeviceCustomFloatingPoint1", "(none)"},
  };
  for (const auto& row : kRows) {
    CAPTURE(row.extension);
    CHECK(read(std::string{"CEF:0|V|P|1|1|n|5|"} + std::string{row.extension}).value(row.column) == row.value);
  }
}

TEST_CASE("columns: bytes that are no UTF-8 are read as Latin-1") {
  const auto rows = read("CEF:0|V|P|1|1|n|5|suser=Andr\xe9 x=\xfc");
  CHECK(rows.value("SourceUserName") == "Andr\xc3\xa9");
  CHECK(rows.value("AdditionalExtensions") == "x=\xc3\xbc");
}

TEST_CASE("columns: a refused field fills no column") {
  const auto rows = read("CEF:0|V|P|1|1|n|5|suser=bob request=http://h.example/ suser=victim");
  CHECK(rows.value("SourceUserName") == "bob");
  CHECK(rows.value("AdditionalExtensions") == "(none)");
}

// What it made of suser0=paloaltonetwork\\\\name in Microsoft's sample rows still holds two backslashes.
TEST_CASE("columns: additional extensions keep the escapes of the message, as Microsoft's agent does") {
  const auto rows = read("CEF:0|V|P|1|1|n|5|suser0=CORP\\\\bob originsicname=cn\\=gw,o\\=x x=a\\nb y=c#012d");
  CHECK(rows.value("AdditionalExtensions") == "suser0=CORP\\\\bob;originsicname=cn\\=gw,o\\=x;x=a\\nb;y=c#012d");
}

TEST_CASE("columns: they come in the table's order and have its types") {
  const auto rows = read("CEF:0|V|P|1|1|n|5|suser=a spt=1 src=192.0.2.1 act=x cfp1=1 foo=1");
  const auto lower = [](std::string_view name) {
    std::string text{name};
    std::transform(text.begin(), text.end(), text.begin(), [](char c) { return static_cast<char>(std::tolower(c)); });
    return text;
  };
  CHECK(std::is_sorted(rows.columns.begin(), rows.columns.end(),
                       [&](const auto& a, const auto& b) { return lower(a.name) < lower(b.name); }));
  REQUIRE(find_column("SourcePort") != nullptr);
  CHECK(*find_column("SourcePort") == ColumnType::integer);
  CHECK(*find_column("ReceivedBytes") == ColumnType::integer);
  CHECK(*find_column("DeviceCustomFloatingPoint4") == ColumnType::real);
  CHECK(*find_column("StartTime") == ColumnType::datetime);
  CHECK(*find_column("ReceiptTime") == ColumnType::text);
  CHECK(find_column("sourceport") == nullptr);
  CHECK(find_column("") == nullptr);
  for (const auto& column : rows.columns) CHECK(*find_column(column.name) == column.type);
}

TEST_CASE("columns: the simplified action is Sentinel's word for a denial, and otherwise the device's") {
  CHECK(read("CEF:0|V|P|1|1|n|5|act=deny").value("SimplifiedDeviceAction") == "Deny");
  CHECK(read("CEF:0|V|P|1|1|n|5|act=Denied").value("SimplifiedDeviceAction") == "Deny");
  CHECK(read("CEF:0|V|P|1|1|n|5|act=passthrough").value("SimplifiedDeviceAction") == "passthrough");
  CHECK(read("CEF:0|V|P|1|1|n|5|act=").value("SimplifiedDeviceAction") == "(none)");
}

TEST_CASE("columns: the remote side is the source of what comes in and the destination of what goes out") {
  const std::string ends = "src=192.0.2.1 spt=1024 dst=203.0.113.9 dpt=443";
  struct Row {
    const char* direction;
    const char* address;
    const char* port;
  };
  constexpr Row kRows[] = {
      {"deviceDirection=0 ", "192.0.2.1", "1024"},  {"deviceDirection=1 ", "203.0.113.9", "443"},
      {"deviceDirection= ", "(none)", "(none)"},    {"deviceDirection=2 ", "(none)", "(none)"},
      {"deviceDirection=out ", "(none)", "(none)"}, {"", "(none)", "(none)"},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.direction);
    const auto rows = read("CEF:0|V|P|1|1|n|5|" + (row.direction + ends));
    CHECK(rows.value("RemoteIP") == row.address);
    CHECK(rows.value("RemotePort") == row.port);
  }
  CHECK(read("CEF:0|V|P|1|1|n|5|deviceDirection=1 src=192.0.2.1").value("RemoteIP") == "(none)");
}

TEST_CASE("columns: names and types are those of the recorded schema of the table") {
  const char* data = std::getenv("LUREWATCH_TEST_DATA");
  if (data == nullptr) {
    std::cout << "skipped: LUREWATCH_TEST_DATA is not set\n";
    return;
  }
  std::ifstream file(std::string(data) + "/commonsecuritylog_schema.tsv");
  std::size_t checked = 0;
  std::string line;
  std::getline(file, line);
  while (std::getline(file, line)) {
    std::istringstream cells(line);
    std::string name, type;
    std::getline(cells, name, '\t');
    std::getline(cells, type, '\t');
    CAPTURE(name);
    REQUIRE(find_column(name) != nullptr);
    const ColumnType expected = type == "datetime"                ? ColumnType::datetime
                                : type == "real"                  ? ColumnType::real
                                : type == "int" || type == "long" ? ColumnType::integer
                                                                  : ColumnType::text;
    CHECK(*find_column(name) == expected);
    ++checked;
  }
  CHECK(checked == 163);
}
