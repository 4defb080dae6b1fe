// The bytes of one connection that were received and not yet framed.
#pragma once

#include <boost/asio/buffer.hpp>
#include <cstring>
#include <memory>
#include <string_view>

namespace ingest {

class ReadBuffer {
 public:
  static constexpr std::size_t kReadBytes = 64 * 1024;

  // Holds any message of `max_message_bytes` and a read behind it. Left untouched until it is read into: most
  // connections never need more than a page of it.
  explicit ReadBuffer(std::size_t max_message_bytes)
      : capacity_(max_message_bytes + 2 * kReadBytes), bytes_(std::make_unique_for_overwrite<char[]>(capacity_)) {}

  std::string_view view() const { return {bytes_.get() + begin_, end_ - begin_}; }
  void consume(std::size_t count) {
    begin_ += count;
    if (begin_ == end_) begin_ = end_ = 0;
  }
  void commit(std::size_t count) { end_ += count; }
  // Never empty as long as a whole message is consumed before more is read.
  boost::asio::mutable_buffer free() {
    if (capacity_ - end_ < kReadBytes && begin_ > 0) {
      std::memmove(bytes_.get(), bytes_.get() + begin_, end_ - begin_);
      end_ -= begin_;
      begin_ = 0;
    }
    return boost::asio::buffer(bytes_.get() + end_, capacity_ - end_);
  }

 private:
  std::size_t capacity_;
  std::unique_ptr<char[]> bytes_;
  std::size_t begin_ = 0, end_ = 0;
};

}  // namespace ingest
