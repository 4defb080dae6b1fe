// Cuts the extension of a CEF message into fields: walks its '=' and decides for each whether it ends a key.
#pragma once

#include <cstddef>
#include <string_view>

#include "parsers/byte_scan.h"
#include "parsers/cef.h"
#include "parsers/cef_doubt.h"

namespace parsers {

class CefReader {
 public:
  CefReader(std::string_view extension, CefMessage& out);
  unsigned read();  // gives the RareBytes of the extension (parsers/byte_scan.h)

 private:
  bool has_percent(std::size_t begin, std::size_t end);
  std::size_t take_plain_keys(const Equals* equals, std::size_t count);
  CefKey find_plain_key(std::size_t start, std::size_t equals, std::size_t value_start) const;
  void consider(std::size_t equals, std::size_t start);
  void consider_unknown(std::size_t start, std::size_t equals);
  void consider_odd(std::size_t equals);
  bool stands_as_key(std::size_t start, std::string_view& key, bool is_detached);
  bool follows_relay_escape(std::size_t start, std::string_view& key);
  bool split_glued(std::size_t start, std::size_t equals);
  void accept_unknown(std::size_t value_end, std::size_t equals, std::string_view key);
  void accept_named(std::size_t value_end, std::size_t equals, std::string_view key, CefKey id);
  void open_field(std::size_t value_end, std::size_t equals, std::string_view key, CefKey id);
  std::size_t half_key_start(std::size_t value_start, std::size_t end) const;
  void join_half_key(std::size_t& value_end, std::string_view& key);
  void close_value(std::size_t end);
  void look_at(const CefField& field, std::size_t number);
  void note_late(const CefField& field, std::size_t number);
  void doubt_client_text(const CefField& field, std::size_t number);
  void note_escapes(unsigned rare);
  void note_relay_escapes(CefField& field);
  void keep_text_before_first_key(std::size_t end);
  void note_odd_bytes(unsigned rare);
  void revise();
  bool has_field() const { return fields_ != 0; }
  bool is_in_client_text() const;

  std::string_view text_;
  CefMessage& out_;
  const Layout& layout_;
  const CefKeySet* watched_ = &kClientControlled;  // whose values are looked at
  std::size_t fields_ = 0;                         // out_.extension.size(), while read() cuts
  std::size_t value_start_ = 0;                    // of the value that is open; not 0 once there is a field
  std::size_t odd_equals_in_ = 0;                  // the last field whose value holds '=', by its number from 1
  std::size_t percent_ = 0;  // the first '%' of the text behind what was asked for; each byte is looked at once
  bool may_hold_percent_ = false;
  bool has_duplicates_ = false;
  bool has_open_quotes_ = false;
  bool has_late_ = false;     // a key that the device writes in front of every text of a client may stand behind one
  bool has_settled_ = false;  // the same, though it follows what it should; another of that may come
  // The first and the last text of a client that may hold made-up fields, by their numbers from 1.
  std::size_t first_client_ = 0, last_client_ = 0;
};

}  // namespace parsers
