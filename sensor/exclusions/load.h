// Reads exclusions.d/*.toml, in the order of the file names; finds every mistake, as the main configuration does.
//
//   [[exclusion]]
//   name = "backup"                     # one of a kind
//   owner = "backup-team@contoso.com"   # whom to ask
//   reason = "..."                      # why it is harmless
//   expires = 2027-06-30                # a TOML date (its end, UTC) or offset date-time
//   [exclusion.event]                   # conditions over the click, each a value or a list of values
//   source_address = ["10.9.0.0/24"]
//   [exclusion.signin]                  # and over the sign-in; one of the two may be missing
//   app_display_name = "Backup portal"
//
// fields.h tells of the names, condition.h of the values.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "sensor/config/mistake.h"
#include "sensor/exclusions/exclusion.h"

namespace exclusions {

inline constexpr std::size_t kMaxFileBytes = 4u << 20;
inline constexpr std::size_t kMaxExclusions = 10'000;  // in all files
inline constexpr std::size_t kMaxValues = 10'000;      // of one field

struct Loaded {
  std::shared_ptr<const ExclusionSet> set;  // to be used only when there are no mistakes; never null
  std::vector<config::Mistake> mistakes;
  std::string text;  // names and contents of the files: equal texts, equal exclusions
};

// A missing folder is no mistake when it is `default_directory`.
Loaded load_directory(const std::string& directory, std::string_view default_directory);
Loaded load_text(std::string_view text, const std::string& path);  // one file

}  // namespace exclusions
