// Reads a configuration file; finds every mistake in it, not just the first.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sensor/config/config.h"
#include "sensor/config/mistake.h"

namespace config {

struct Loaded {
  Config config;                  // to be used only when there are no mistakes
  std::vector<Mistake> mistakes;  // in the order of the file
};

Loaded load_file(const std::string& path);
Loaded load_text(std::string_view text, const std::string& path);

// Every key there is, as "section.key" with its default as TOML text: what documents and completions are held against.
struct KnownKey {
  std::string name;          // "storage.retention", "listen.allow"
  std::string default_text;  // "\"30d\""; empty for keys without one
};
std::vector<KnownKey> known_keys();

}  // namespace config
