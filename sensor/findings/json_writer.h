// Writes one JSON object on one line, keys in the order of the calls.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "sensor/findings/text.h"

namespace findings {

class JsonWriter {
 public:
  // Text longer than `text_limit` bytes is cut. Once the line is certain to pass `line_limit` bytes, text is no longer
  // written in full: finish() then returns a line that is longer than that, and good for nothing else.
  JsonWriter(std::size_t text_limit, std::size_t line_limit) : text_limit_(text_limit), line_limit_(line_limit) {}

  void text(std::string_view key, std::string_view value) { text(key, value, text_limit_); }
  void text(std::string_view key, std::string_view value, std::size_t limit) {
    name(key);
    append(value, limit);
  }
  void whole(std::string_view key, std::int64_t value) {
    name(key);
    out_ += std::to_string(value);
  }
  void two_decimals(std::string_view key, double value);
  void null(std::string_view key) {
    name(key);
    out_ += "null";
  }
  void truth(std::string_view key, bool value) {
    name(key);
    out_ += value ? "true" : "false";
  }
  template <class Body>
  void object(std::string_view key, Body body) {
    name(key);
    braces('{', '}', body);
  }
  // `each` writes one row: members for an array of objects.
  template <class Rows, class Each>
  void objects(std::string_view key, const Rows& rows, Each each) {
    name(key);
    braces('[', ']', [&] {
      for (const auto& row : rows) {
        comma();
        braces('{', '}', [&] { each(row); });
      }
    });
  }
  template <class Rows>
  void texts(std::string_view key, const Rows& rows) {
    name(key);
    braces('[', ']', [&] {
      for (std::string_view row : rows) {
        comma();
        append(row, text_limit_);
      }
    });
  }

  // The line, once all members are written; leaves the writer empty.
  std::string finish() {
    out_ += '}';
    return std::move(out_);
  }

 private:
  void append(std::string_view value, std::size_t limit) {
    const std::size_t room = out_.size() < line_limit_ ? line_limit_ - out_.size() + 1 : 0;
    append_json_string(value, std::min(limit, room), out_);
  }
  template <class Body>
  void braces(char open, char close, Body body) {
    out_ += open;
    first_ = true;
    body();
    out_ += close;
    first_ = false;
  }
  void comma() {
    if (!first_) out_ += ',';
    first_ = false;
  }
  void name(std::string_view key) {
    comma();
    append_json_string(key, key.size(), out_);
    out_ += ':';
  }

  std::size_t text_limit_, line_limit_;
  std::string out_ = "{";
  bool first_ = true;
};

}  // namespace findings
