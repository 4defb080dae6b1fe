// Numbers for keys that repeat: the sources and reasons of a segment.
#pragma once

#include <cstdint>
#include <map>
#include <utility>
#include <vector>

namespace storage {

// Mirrors a table that only grows; what a transaction added is taken back when it fails.
template <class Key>
class Interned {
 public:
  void load(Key key, std::uint16_t number) { numbers_.emplace(std::move(key), number); }
  std::size_t size() const { return numbers_.size(); }

  template <class Insert>
  std::uint16_t number(const Key& key, std::uint16_t next, Insert insert) {
    const auto found = numbers_.find(key);
    if (found != numbers_.end()) return found->second;
    insert(key, next);
    fresh_.push_back(numbers_.emplace(key, next).first);
    return next;
  }
  void keep() { fresh_.clear(); }
  void take_back() {
    for (auto added : fresh_) numbers_.erase(added);
    fresh_.clear();
  }

 private:
  std::map<Key, std::uint16_t> numbers_;
  std::vector<typename std::map<Key, std::uint16_t>::iterator> fresh_;
};

}  // namespace storage
