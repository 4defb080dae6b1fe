// A key of the configuration as data: its name, its default as TOML text, and how a value gets into the Config.
#pragma once

#include <toml++/toml.h>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sensor/config/config.h"

namespace config {

// What is wrong with a value; `what` is empty when nothing is.
struct Fault {
  std::string what, hint;
  bool ok() const { return what.empty(); }
};

struct Key {
  std::string name;
  std::string default_text;
  std::function<Fault(const toml::node&)> set;
};

struct Section {
  std::string name;  // "storage", "graph.alerts"; "" is the top level
  std::vector<Key> keys;
};

// The setters write into `config` and, for [[listen]] and [[tap]], into the input: both outlive the sections.
std::vector<Section> sections(Config& config);
Section listen_section(Listen& listen);
Section tap_section(Listen& tap);

// What must hang together across the keys of one input: each mistake with the key that it stands at. `given` are the
// keys that the file has.
using InputFaults = std::vector<std::pair<std::string, Fault>>;
InputFaults listen_faults(const Listen& listen, const std::vector<std::string>& given);
InputFaults tap_faults(const Listen& tap, const std::vector<std::string>& given);

}  // namespace config
