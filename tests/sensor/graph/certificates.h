// Keys and certificates for tests, made by the openssl command line.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <string>

#include "tests/support/temporary_directory.h"

namespace graph_test {

inline bool run_quietly(const std::string& command) {
  return std::system(("(" + command + ") >/dev/null 2>&1").c_str()) == 0;
}

inline bool without_openssl() {
  if (run_quietly("openssl version")) return false;
  std::puts("skipped: the openssl command line is missing");
  return true;
}

// NAME.pem and NAME.key, self-signed; both for their owner alone. `key`: what openssl req's -newkey takes.
inline bool make_pair(const support::TemporaryDirectory& directory, const std::string& name,
                      const std::string& key = "rsa:2048", const std::string& validity = "-days 90") {
  return run_quietly("cd '" + directory.path() + "' && openssl req -x509 -newkey " + key + " -nodes -keyout " + name +
                     ".key -out " + name + ".pem " + validity + " -subj '/CN=Lurewatch test' && chmod 600 " + name +
                     ".key && chmod 644 " + name + ".pem");
}

}  // namespace graph_test
