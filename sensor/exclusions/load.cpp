#include "sensor/exclusions/load.h"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>

#include "sensor/correlate/fingerprint.h"

namespace exclusions {
namespace {

constexpr std::string_view kKeys[] = {"name", "owner", "reason", "expires", "event", "signin"};
const std::vector<std::string_view> kKnownKeys(std::begin(kKeys), std::end(kKeys));

class FileLoader {
 public:
  FileLoader(const std::string& path, std::string_view text, std::map<std::string, std::string>& names,
             std::vector<config::Mistake>& mistakes)
      : source_(path, text), names_(names), mistakes_(mistakes) {}

  void load(std::string_view text, std::vector<Exclusion>& exclusions) {
    const std::size_t before = mistakes_.size();
    try {
      const toml::table root = toml::parse(text, source_.path());
      for (const auto& [key, value] : root) {
        if (key.str() != "exclusion")
          add(key.source(), fmt::format("`{}` is not a section that there is", key.str()), "write [[exclusion]]");
      }
      if (const toml::node* node = root.get("exclusion")) take_all(*node, exclusions);
    } catch (const toml::parse_error& error) {
      add(error.source(), std::string(error.description()), "");
    }
    std::sort(mistakes_.begin() + static_cast<std::ptrdiff_t>(before), mistakes_.end(), config::comes_before);
  }

 private:
  void add(const toml::source_region& where, std::string what, std::string hint) {
    mistakes_.push_back(source_.mistake(where.begin.line, where.begin.column, std::move(what), std::move(hint)));
  }

  void take_all(const toml::node& node, std::vector<Exclusion>& exclusions) {
    const toml::array* array = node.as_array();
    if (!array || !array->is_array_of_tables())
      return add(node.source(), "`exclusion` must be a list of sections", "write [[exclusion]], with two brackets");
    for (const toml::node& element : *array) {
      if (exclusions.size() == kMaxExclusions)
        return add(element.source(), fmt::format("more than {} exclusions", kMaxExclusions), "");
      exclusions.push_back(take(*element.as_table()));
    }
  }

  Exclusion take(const toml::table& table) {
    Exclusion rule;
    rule.file = source_.path();
    rule.line = table.source().begin.line;
    for (const auto& [key, value] : table) {
      if (std::ranges::find(kKnownKeys, key.str()) == kKnownKeys.end())
        add(key.source(), fmt::format("`{}` is not a key of [[exclusion]] that there is", key.str()),
            config::did_you_mean(key.str(), kKnownKeys));
    }
    take_text(table, "name", "a name that no other exclusion has", rule.name);
    take_text(table, "owner", "whom to ask about it", rule.owner);
    take_text(table, "reason", "why this is harmless", rule.reason);
    take_expiry(table, rule.expires);
    if (!rule.name.empty()) {
      const auto [known, is_new] = names_.emplace(rule.name, fmt::format("{}:{}", source_.path(), rule.line));
      if (!is_new)
        add(table.get("name")->source(),
            fmt::format("another exclusion has the name `{}`: {}", rule.name, known->second),
            "give each exclusion a name of its own");
    }
    correlate::Fingerprint print;
    const bool has_event = take_tests(table, "event", Side::event, rule.event, print);
    const bool has_sign_in = take_tests(table, "signin", Side::sign_in, rule.sign_in, print);
    if (!has_event && !has_sign_in)
      add(table.source(), "an exclusion without conditions would suppress every finding",
          "add [exclusion.event] or [exclusion.signin] with a field in it");
    rule.key = print.hex();
    return rule;
  }

  void take_text(const toml::table& table, std::string_view key, std::string_view hint, std::string& target) {
    const toml::node* node = table.get(key);
    if (!node) return add(table.source(), fmt::format("an exclusion needs `{}`", key), std::string(hint));
    const auto* text = node->as_string();
    if (!text || text->get().find_first_not_of(" \t") == std::string::npos)
      return add(node->source(), fmt::format("{}: expected a text in quotes", key), std::string(hint));
    target = text->get();
  }

  void take_expiry(const toml::table& table, parsers::TimePoint& expires) {
    constexpr const char* kHint = "write a date, without quotes: expires = 2027-06-30";
    const toml::node* node = table.get("expires");
    if (!node) return add(table.source(), "an exclusion needs `expires`", kHint);
    const auto days_of = [](const toml::date& date) {
      return std::chrono::sys_days(std::chrono::year(date.year) / date.month / date.day);
    };
    if (const auto* date = node->as_date()) {
      expires = days_of(date->get()) + std::chrono::days(1);
    } else if (const auto* time = node->as_date_time(); time && time->get().offset) {
      const toml::time& clock = time->get().time;
      expires = days_of(time->get().date) + std::chrono::hours(clock.hour) + std::chrono::minutes(clock.minute) +
                std::chrono::seconds(clock.second) - std::chrono::minutes(time->get().offset->minutes);
    } else {
      add(node->source(), "expires: expected a date, or a date and time with its offset", kHint);
    }
  }

  // Whether there are conditions, right or wrong.
  bool take_tests(const toml::table& rule, const char* name, Side side, std::vector<FieldTest>& tests,
                  correlate::Fingerprint& print) {
    print.add(name);
    const toml::node* node = rule.get(name);
    if (!node) return false;
    const toml::table* table = node->as_table();
    if (!table) {
      add(node->source(), fmt::format("`{}` must be a section", name), fmt::format("write [exclusion.{}]", name));
      return true;
    }
    for (const auto& [key, value] : *table) {
      const auto kind = find_field(side, key.str());
      if (!kind) {
        std::string hint = config::did_you_mean(key.str(), field_names(side));
        if (hint.empty() && side == Side::event)
          hint = "columns of CommonSecurityLog are spelled exactly: DestinationPort";
        add(key.source(), fmt::format("`{}` is not a field of [exclusion.{}] that there is", key.str(), name), hint);
        continue;
      }
      FieldTest test{std::string(key.str()), {}};
      print.add(key.str());
      take_values(value, *kind, test, print);
      tests.push_back(std::move(test));
    }
    return !table->empty();
  }

  void take_values(const toml::node& node, FieldKind kind, FieldTest& test, correlate::Fingerprint& print) {
    const toml::array* list = node.as_array();
    if (!list) return take_value(node, kind, test, print);
    if (list->empty()) return add(node.source(), fmt::format("{}: an empty list matches nothing", test.field), "");
    if (list->size() > kMaxValues)
      return add(node.source(), fmt::format("{}: more than {} values", test.field, kMaxValues), "");
    for (const toml::node& element : *list) take_value(element, kind, test, print);
  }

  void take_value(const toml::node& node, FieldKind kind, FieldTest& test, correlate::Fingerprint& print) {
    std::string text;
    if (const auto* string = node.as_string())
      text = string->get();
    else if (const auto* number = node.as_integer())
      text = std::to_string(number->get());
    else if (const auto* truth = node.as_boolean())
      text = truth->get() ? "true" : "false";
    else
      return add(node.source(), fmt::format("{}: expected a text in quotes, a whole number, true or false", test.field),
                 "");
    auto condition = Condition::parse(text, kind);
    if (!condition)
      return add(node.source(), fmt::format("{}: {}", test.field, condition.error().detail), hint_for(kind));
    print.add(text);
    test.any_of.push_back(std::move(*condition));
  }

  static const char* hint_for(FieldKind kind) {
    return kind == FieldKind::address ? "\"10.9.0.0/24\", \"2001:db8::7\", or \"~\" and a pattern"
                                      : "\"text\", \"*.suffix\", \"~pattern\", or \"=text\" for a text that begins so";
  }

  config::SourceText source_;
  std::map<std::string, std::string>& names_;
  std::vector<config::Mistake>& mistakes_;
};

struct File {
  std::string path, text;
};

std::optional<std::string> read_file(const std::string& path, std::string& why) {
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  if (!file) return why = std::strerror(errno), std::nullopt;
  const auto size = static_cast<std::size_t>(file.tellg());
  if (size > kMaxFileBytes) return why = fmt::format("it is longer than {} bytes", kMaxFileBytes), std::nullopt;
  std::string text(size, '\0');
  file.seekg(0).read(text.data(), static_cast<std::streamsize>(size));
  if (!file) return why = "reading it fails", std::nullopt;
  return text;
}

Loaded load_files(const std::vector<File>& files, std::vector<config::Mistake> mistakes) {
  Loaded loaded;
  loaded.mistakes = std::move(mistakes);
  std::vector<Exclusion> exclusions;
  std::map<std::string, std::string> names;
  for (const File& file : files) {
    FileLoader(file.path, file.text, names, loaded.mistakes).load(file.text, exclusions);
    loaded.text += file.path + '\0' + file.text + '\0';
  }
  loaded.set = std::make_shared<const ExclusionSet>(std::move(exclusions));
  return loaded;
}

}  // namespace

Loaded load_text(std::string_view text, const std::string& path) { return load_files({{path, std::string(text)}}, {}); }

Loaded load_directory(const std::string& directory, std::string_view default_directory) {
  std::vector<config::Mistake> mistakes;
  std::vector<std::string> paths;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(directory, error)) {
    const std::string name = entry.path().filename().string();
    if (name.ends_with(".toml") && !name.starts_with('.')) paths.push_back(entry.path().string());
  }
  const bool is_absent_default = error == std::errc::no_such_file_or_directory && directory == default_directory;
  if (error && !is_absent_default)
    mistakes.push_back({directory, 0, 0, fmt::format("cannot be read: {}", error.message()), "",
                        "[correlation] exclusions names a folder of *.toml files"});
  std::ranges::sort(paths);
  std::vector<File> files;
  for (const std::string& path : paths) {
    std::string why;
    if (auto text = read_file(path, why))
      files.push_back({path, std::move(*text)});
    else
      mistakes.push_back({path, 0, 0, fmt::format("cannot be read: {}", why), "", ""});
  }
  return load_files(files, std::move(mistakes));
}

}  // namespace exclusions
