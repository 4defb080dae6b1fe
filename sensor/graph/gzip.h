// RFC 1952 bodies: `Content-Encoding: gzip`, which shrinks Graph's pages about tenfold.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string_view>

namespace graph {

// Unpacks a body while it arrives. Threads: one.
class Gunzip {
 public:
  enum class End { whole, cut, damaged, too_large };

  explicit Gunzip(std::size_t limit);  // at most so many bytes come out, whatever goes in
  ~Gunzip();

  // Hands `out` what `packed` brings, in pieces of at most 64 KiB; nothing after damage or when the limit is reached.
  void take(std::string_view packed, const std::function<void(std::string_view)>& out);
  // What it would be if nothing more came.
  End end() const { return end_; }

 private:
  struct State;
  std::unique_ptr<State> state_;
  std::size_t room_;
  End end_ = End::cut;
};

}  // namespace graph
