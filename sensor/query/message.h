// A stored message, taken apart only as far as somebody asks: most messages of a scan are never parsed.
#pragma once

#include <cctz/time_zone.h>

#include <map>
#include <string>
#include <string_view>

#include "parsers/normalise.h"
#include "sensor/config/config.h"
#include "storage/selection.h"

namespace query {

// Threads: one. Reuse it; what it returns holds until the next look_at().
class Message {
 public:
  // Copies the zones of the inputs; an input that the configuration no longer names is read as UTC.
  Message(const config::Config& config, const parsers::IdentityMap& identity);

  void look_at(const storage::BlockView& block, std::uint32_t at);

  storage::EventId id() const { return block_->first + at_; }
  const storage::IndexEntry& entry() const { return block_->entries[at_]; }
  std::string_view raw() const { return block_->raw(at_); }
  const storage::Source& source() const;
  std::string_view reason() const;  // why it is in quarantine; empty: parsed

  bool has_cef();
  const parsers::SyslogMessage& syslog();  // these two only when has_cef()
  const parsers::CefMessage& cef();
  const parsers::Event* event();       // nullptr when there is none
  const parsers::Normalised& whole();  // everything normalise() finds out

 private:
  enum class Parsed { nothing, cef, all };
  void parse(Parsed wanted);

  const parsers::IdentityMap& identity_;
  std::map<std::string, cctz::time_zone, std::less<>> zones_;
  const storage::BlockView* block_ = nullptr;
  std::uint32_t at_ = 0;
  Parsed parsed_ = Parsed::nothing;
  parsers::Normalised result_;
};

}  // namespace query
