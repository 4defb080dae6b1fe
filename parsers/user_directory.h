// The names of a tenant's users, as Entra knows them: from DOMAIN\account, mail and proxy addresses and display names
// to the user principal name. Filled from Graph's users; asked by IdentityMap.
//
// Threads: `replace` from one thread, everything else from any; a reader keeps the table that it found.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "parsers/graph_users.h"

namespace parsers {

class UserDirectory {
 public:
  // Names to user principal names. A name that two users share belongs to neither.
  class Names {
   public:
    void add(const DirectoryUser& user);
    // `folded`: as fold_name gives it. Null when nobody, or more than one, is called so.
    const std::string* find(std::string_view folded) const;
    std::size_t size() const { return table_.size(); }

   private:
    struct TextHash {
      using is_transparent = void;
      std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
    };
    void add_name(std::string_view name, const std::string& upn);

    std::unordered_map<std::string, std::string, TextHash, std::equal_to<>> table_;  // '' : more than one
  };

  void replace(Names names) { names_.store(std::make_shared<const Names>(std::move(names))); }
  std::shared_ptr<const Names> names() const { return names_.load(); }  // null before the first `replace`

 private:
  std::atomic<std::shared_ptr<const Names>> names_;
};

// How names are compared: lower case (Latin, Greek, Cyrillic), blanks and backslashes collapsed and trimmed.
std::string fold_name(std::string_view name);

}  // namespace parsers
