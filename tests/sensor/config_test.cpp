#include <doctest/doctest.h>

#include <fstream>
#include <sstream>

#include "sensor/config/load.h"
#include "sensor/config/values.h"
#include "tests/support/folder.h"

using config::Loaded;

namespace {

std::string mistakes_of(const Loaded& loaded) {
  std::string text;
  for (const config::Mistake& mistake : loaded.mistakes) text += config::to_text(mistake);
  return text;
}

std::string mistakes_in(const std::string& text) { return mistakes_of(config::load_text(text, "t.toml")); }

std::string read(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

}  // namespace

TEST_CASE("an empty file is a valid file and means the defaults") {
  const Loaded loaded = config::load_text("", "t.toml");
  CHECK(mistakes_of(loaded) == "");
  CHECK(loaded.config.storage.directory == "/var/lib/lurewatch");
  CHECK(loaded.config.correlation.click_lookback == std::chrono::hours(48));
  CHECK(loaded.config.listen.empty());
  CHECK(loaded.config.graph.tenant_id.empty());
  CHECK(loaded.config.graph.endpoint == "https://graph.microsoft.com");
}

TEST_CASE("an unknown key is an error with its place and the likely mend") {
  CHECK(mistakes_in("[storage]\nretension = \"30d\"\n") ==
        "t.toml:2:1: `retension` is not a key of [storage] that there is\n"
        "  retension = \"30d\"\n"
        "  ^\n"
        "  did you mean `retention`?\n");
}

TEST_CASE("an unknown section is an error with the likely mend") {
  CHECK(mistakes_in("[storrage]\n") ==
        "t.toml:1:2: `storrage` is not a section that there is\n"
        "  [storrage]\n"
        "   ^\n"
        "  did you mean `storage`?\n");
}

TEST_CASE("every mistake is reported at once, in the order of the file") {
  const Loaded loaded = config::load_text(
      "[[listen]]\n"
      "name = \"a\"\n"
      "transport = \"upd\"\n"
      "address = \"0.0.0.0\"\n"
      "allow = [\"10.0.0.0/33\"]\n"
      "timezone = \"Europe/Berln\"\n"
      "max_message = \"64KB\"\n"
      "[correlation]\n"
      "window = \"6 hours\"\n"
      "minimum_confidence = 2\n",
      "t.toml");
  std::vector<unsigned> lines;
  for (const config::Mistake& mistake : loaded.mistakes) lines.push_back(mistake.line);
  CHECK(lines == std::vector<unsigned>{3, 4, 5, 6, 7, 9, 10});
}

TEST_CASE("a value of the wrong type says what was expected") {
  CHECK(mistakes_in("[storage]\nquota = 5\n") ==
        "t.toml:2:9: quota: expected a size like \"64MiB\", got integer\n"
        "  quota = 5\n"
        "          ^\n");
}

TEST_CASE("a value out of its range names the range") {
  CHECK(mistakes_in("[storage]\ncommit_interval = \"1ms\"\n").find("from \"10ms\" to \"1m\"") != std::string::npos);
}

TEST_CASE("a file that is no TOML is an error with its place") {
  CHECK(mistakes_in("[storage\n").starts_with("t.toml:1:"));
}

TEST_CASE("a tenant without client and secret is an error, and the all-zero tenant polls nothing") {
  CHECK(config::load_text("[graph]\ntenant_id = \"contoso\"\n", "t.toml").mistakes.size() == 2);
  const std::string ids = "[graph]\ntenant_id = \"contoso\"\nclient_id = \"app\"\n";
  CHECK(mistakes_in(ids + "certificate_file = \"/a.pem\"\n") == "");
  CHECK(mistakes_in("[graph]\ntenant_id = \"contoso\"\nmanaged_identity = true\n") == "");
  CHECK(mistakes_in(ids + "certificate_file = \"/a.pem\"\nclient_secret_file = \"/s\"\n").find("more than one of") !=
        std::string::npos);
  CHECK(mistakes_in(ids + "client_secret_file = \"/s\"\nprivate_key_file = \"/k\"\n").find("certificate_file is not") !=
        std::string::npos);
  const std::string proxied = mistakes_in("[graph]\nproxy = \"http://u:hunter2@proxy:1\"\n");
  CHECK(proxied.find("proxy_credentials_file") != std::string::npos);
  CHECK(proxied.find("hunter2") == std::string::npos);
  CHECK(mistakes_in("[graph.signins]\nrequests_per_minute = 0\n").find("out of range") != std::string::npos);
  const Loaded zero = config::load_text("[graph]\ntenant_id = \"00000000-0000-0000-0000-000000000000\"\n", "t.toml");
  CHECK(mistakes_of(zero) == "");
  CHECK(zero.config.graph.tenant_id.empty());
}

TEST_CASE("plain http to Graph is accepted for loopback addresses alone") {
  CHECK(mistakes_in("[graph]\nendpoint = \"http://127.0.0.1:8080\"\n") == "");
  CHECK(mistakes_in("[graph]\nendpoint = \"http://graph.example.com\"\n").find("must begin with https://") !=
        std::string::npos);
  CHECK(mistakes_in("[graph]\nendpoint = \"http://127.example.com\"\n").find("must begin with https://") !=
        std::string::npos);
}

TEST_CASE("a cloud brings its hosts, and explicit hosts win wherever they stand") {
  const Loaded usgov = config::load_text("[graph]\ncloud = \"usgov\"\n", "t.toml");
  CHECK(usgov.config.graph.endpoint == "https://graph.microsoft.us");
  const Loaded own = config::load_text("[graph]\nendpoint = \"https://127.0.0.1:1\"\ncloud = \"usgov\"\n", "t.toml");
  CHECK(own.config.graph.endpoint == "https://127.0.0.1:1");
  CHECK(own.config.graph.authority == "https://login.microsoftonline.us");
}

TEST_CASE("a tap is an input that reads an interface") {
  const Loaded loaded = config::load_text(
      "[[tap]]\nname = \"beside\"\ninterface = \"ens5\"\n\n[[listen]]\nname = \"firewalls\"\n", "t.toml");
  CHECK(mistakes_of(loaded) == "");
  REQUIRE(loaded.config.listen.size() == 2);
  const config::Listen& tap = loaded.config.listen.back();
  CHECK(tap.name == "beside");
  CHECK(tap.transport == config::Transport::tap);
  CHECK(tap.address() == "ens5");
  CHECK(tap.filter == "udp port 514 or tcp port 514");
  CHECK_FALSE(tap.both_directions);
}

TEST_CASE("a tap's mistakes stand where they were made") {
  const auto tap = [](const std::string& keys) {
    return mistakes_in("[[tap]]\nname = \"a\"\ninterface = \"e\"\n" + keys);
  };
  const struct {
    std::string keys, told;  // "": right
  } kRows[] = {
      {"filter = \"udp port 514 and net 10.0.0.0/8\"", ""},
      {"filter = \"vlan 100 and udp port 514\"", ""},
      {"filter = \"\"", ""},
      {"filter = \"udp prt 514\"", "t.toml:4:10: filter: `udp prt 514` is no capture filter: "},
      {"filter = \"udp port 51400000\"", "t.toml:4:10: filter: `udp port 51400000` is no capture filter: "},
      {"direction = \"out\"", "t.toml:4:13: direction: `out` is no direction"},
      {"receive_buffer = \"1MiB\"", "`receive_buffer` is not a key of [tap]"},
      {"buffer = \"1KiB\"", "`1KiB` is out of range"},
  };
  for (const auto& [keys, told] : kRows) {
    CAPTURE(keys);
    const std::string told_in_fact = tap(keys + "\n");
    CAPTURE(told_in_fact);
    CHECK(told_in_fact.empty() == told.empty());
    CHECK(told_in_fact.find(told) != std::string::npos);
  }
  CHECK(mistakes_in("[[tap]]\nname = \"a\"\n").find("a tap needs an interface") != std::string::npos);
  CHECK(mistakes_in("[tap]\nname = \"a\"\n").find("write [[tap]], with two brackets") != std::string::npos);
  CHECK(mistakes_in("[[listen]]\nname = \"a\"\n[[tap]]\nname = \"a\"\ninterface = \"e\"\n")
            .find("another input has the name `a` already") != std::string::npos);
  CHECK(mistakes_in("[[listen]]\nname = \"a\"\ntransport = \"tap\"\n").find("`tap` is no transport") !=
        std::string::npos);
}

TEST_CASE("alert formats are names from a list, each once") {
  const Loaded loaded = config::load_text("[alerts]\nformats = [\"cef\", \"json\", \"cef\"]\n", "t.toml");
  CHECK(mistakes_of(loaded) == "");
  CHECK(loaded.config.alerts.formats == std::vector{findings::Format::cef, findings::Format::json});
  CHECK(mistakes_in("[alerts]\nformats = [\"jsn\"]\n").find("`jsn` is no alert format") != std::string::npos);
  CHECK(mistakes_in("[alerts]\nformats = [5]\n").find("expected a format's name") != std::string::npos);
  CHECK(mistakes_in("[alerts]\nformats = []\n").find("at least one") != std::string::npos);
}

TEST_CASE("the folder of exclusions is an absolute path") {
  CHECK(config::load_text("", "t.toml").config.correlation.exclusions == config::kDefaultExclusions);
  CHECK(mistakes_in("[correlation]\nexclusions = \"exclusions.d\"\n").find("is not an absolute path") !=
        std::string::npos);
}

TEST_CASE("each transport takes the keys that mean something for it, whatever their order") {
  const auto listen = [](const std::string& keys) { return mistakes_in("[[listen]]\nname = \"a\"\n" + keys); };
  const std::string pair = "certificate = \"/c.pem\"\nprivate_key = \"/k.pem\"\n";
  const std::string long_path = "address = \"/" + std::string(107, 'p') + "\"\n";
  const struct {
    std::string keys, told;  // "": right
  } kRows[] = {
      {"transport = \"tls\"\n" + pair + "client_ca = \"/ca.pem\"\n", ""},
      {pair + "transport = \"tls\"\n", ""},
      {"transport = \"relp\"\n", ""},
      {"transport = \"relp\"\n" + pair, ""},
      {"transport = \"unix-dgram\"\naddress = \"/run/l\"\nsocket_mode = \"0660\"\n", ""},
      {"address = \"/run/l\"\ntransport = \"unix-stream\"\nmax_connections = 5\n", ""},
      {"transport = \"tls\"\n", "transport \"tls\" needs a certificate"},
      {"transport = \"tls\"\ncertificate = \"/c.pem\"\n", "t.toml:1:1: private_key: certificate and private_key go"},
      {"transport = \"relp\"\nclient_ca = \"/ca.pem\"\n", "needs a certificate"},
      {"transport = \"tcp\"\n" + pair, "t.toml:4:15: certificate: means nothing for transport \"tcp\""},
      {"transport = \"udp\"\nidle_timeout = \"1h\"\n", "it is for tcp, tls, relp, unix-stream"},
      {"transport = \"unix-dgram\"\n", "listens on a path"},
      {"transport = \"unix-dgram\"\naddress = \"0.0.0.0:514\"\n",
       "t.toml:4:11: address: transport \"unix-dgram\" listens"},
      {"transport = \"unix-dgram\"\n" + long_path, "at most 107 bytes, this one 108"},
      {"transport = \"unix-dgram\"\naddress = \"/run/l\"\nallow = [\"10.0.0.0/8\"]\n", "allow: means nothing"},
      {"transport = \"unix-dgram\"\naddress = \"/run/l\"\nsocket_mode = \"0888\"\n", "`0888` is no file mode"},
      {"transport = \"tcp\"\naddress = \"/run/l\"\n", "listens on an address and a port"},
      {"transport = \"tcp\"\nmax_connections = 0\n", "0 is out of range"},
      {"transport = \"tcp\"\nmax_connections = \"5\"\n", "expected a whole number"},
      {"transport = \"tcp\"\nmax_connections = 5\nmax_connections_per_peer = 6\n", "is more than max_connections"},
      {"transport = \"tls\"\ncertificate = \"c.pem\"\nprivate_key = \"/k.pem\"\n", "is not an absolute path"},
  };
  for (const auto& row : kRows) {
    CAPTURE(row.keys);
    const std::string mistakes = listen(row.keys);
    CAPTURE(mistakes);
    CHECK((row.told.empty() ? mistakes.empty() : mistakes.find(row.told) != std::string::npos));
  }
}

TEST_CASE("a sub-section that is no section is an error, not a silence") {
  CHECK(mistakes_in("[graph]\nalerts = false\n").find("`alerts` must be a section") != std::string::npos);
}

TEST_CASE("a secret written into the file by mistake is not shown again") {
  const std::string mistakes = mistakes_in("[graph]\nclient_secret = \"hunter2\"\n");
  CHECK(mistakes.find("client_secret_file") != std::string::npos);
  CHECK(mistakes.find("hunter2") == std::string::npos);
}

TEST_CASE("inputs need names of their own") {
  const std::string mistakes =
      mistakes_in("[[listen]]\nname = \"a\"\n[[listen]]\nname = \"a\"\n[[listen]]\naddress = \"[::]:514\"\n");
  CHECK(mistakes.find("t.toml:3:1: another input has the name `a` already") != std::string::npos);
  CHECK(mistakes.find("t.toml:5:1: an input needs a `name`") != std::string::npos);
}

TEST_CASE("the configuration that is installed is right as it is, and means the defaults") {
  const std::string path = support::tests_folder() + "/../packaging/lurewatch.toml";
  const Loaded loaded = config::load_text(read(path), "lurewatch.toml");
  CHECK(mistakes_of(loaded) == "");
  CHECK(loaded.config.graph.tenant_id.empty());
}

TEST_CASE("the configuration that is installed shows every key with its default") {
  const std::string text = read(support::tests_folder() + "/../packaging/lurewatch.toml");
  for (const config::KnownKey& key : config::known_keys()) {
    const std::size_t dot = key.name.rfind('.');
    const std::string section = key.name.substr(0, dot), name = key.name.substr(dot + 1);
    const std::string header = section == "listen" ? "[[listen]]" : "[" + section + "]";
    CAPTURE(key.name);
    const std::size_t begin = text.find(header);
    REQUIRE(begin != std::string::npos);
    const std::size_t end = text.find("\n[", begin + 1);
    const std::string body = text.substr(begin, end - begin);
    const bool shown = body.find("\n" + name + " ") != std::string::npos ||
                       body.find("\n# " + name + " ") != std::string::npos ||
                       body.find("\n#" + name + " ") != std::string::npos;
    CHECK(shown);
    if (!key.default_text.empty() && key.name.find("listen.") != 0)
      CHECK(body.find("= " + key.default_text) != std::string::npos);
  }
}

TEST_CASE("durations and sizes are a whole number and one unit") {
  using std::chrono::milliseconds;
  CHECK(config::parse_duration("250ms") == milliseconds(250));
  CHECK(config::parse_duration("30d") == std::chrono::hours(720));
  for (const char* bad : {"", "5", "s", "5 s", "1.5h", "-1s", "99999999999999d", "5sec"}) {
    CAPTURE(bad);
    CHECK_FALSE(config::parse_duration(bad).has_value());
  }
  CHECK(config::parse_size("64KiB") == 65536);
  CHECK(config::parse_size("4096B") == 4096);
  for (const char* bad : {"", "64", "64KB", "64 KiB", "-1B", "99999999TiB"}) {
    CAPTURE(bad);
    CHECK_FALSE(config::parse_size(bad).has_value());
  }
  CHECK(config::format_duration(milliseconds(1500)) == "1500ms");
  CHECK(config::format_duration(std::chrono::hours(48)) == "2d");
}

TEST_CASE("addresses to listen on are literal, with a port") {
  CHECK(config::parse_host_port("[::1]:6514")->host == "::1");
  CHECK(config::parse_host_port("0.0.0.0:514")->port == 514);
  for (const char* bad : {"", "514", "localhost:514", "0.0.0.0:", "0.0.0.0:70000", "::1:514", "0.0.0.0:51x"}) {
    CAPTURE(bad);
    CHECK_FALSE(config::parse_host_port(bad).has_value());
  }
}
