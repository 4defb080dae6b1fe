#include "sensor/query/message.h"

namespace query {

Message::Message(const config::Config& config, const parsers::IdentityMap& identity) : identity_(identity) {
  for (const config::Listen& input : config.listen) zones_[input.name] = input.zone;
}

void Message::look_at(const storage::BlockView& block, std::uint32_t at) {
  block_ = &block;
  at_ = at;
  parsed_ = Parsed::nothing;
}

const storage::Source& Message::source() const {
  static const storage::Source kNone;
  return entry().source < block_->sources.size() ? block_->sources[entry().source] : kNone;
}

std::string_view Message::reason() const {
  const std::uint16_t reason = entry().reason;
  if (reason == 0) return {};
  return reason <= block_->reasons.size() ? std::string_view(block_->reasons[reason - 1u]) : "unknown";
}

void Message::parse(Parsed wanted) {
  if (parsed_ >= wanted) return;
  parsed_ = wanted;
  const auto found = zones_.find(source().input);
  const cctz::time_zone zone = found == zones_.end() ? cctz::utc_time_zone() : found->second;
  // A row in the device's own format is read as CEF by normalise() alone.
  if (wanted == Parsed::all || parsers::Flags::from_bits(entry().flags).has(parsers::Flag::native_row)) {
    parsed_ = Parsed::all;
    parsers::normalise(raw(), {entry().received, zone, &identity_}, result_);
    return;
  }
  result_.clear();
  result_.syslog = parsers::parse_syslog(raw(), entry().received, zone);
  result_.has_cef = parsers::parse_cef(result_.syslog.rest, result_.cef).operator bool();
}

bool Message::has_cef() {
  parse(Parsed::cef);
  return result_.has_cef;
}

const parsers::SyslogMessage& Message::syslog() {
  parse(Parsed::cef);
  return result_.syslog;
}

const parsers::CefMessage& Message::cef() {
  parse(Parsed::cef);
  return result_.cef;
}

const parsers::Event* Message::event() {
  parse(Parsed::all);
  return result_.has_event ? &result_.event : nullptr;
}

const parsers::Normalised& Message::whole() {
  parse(Parsed::all);
  return result_;
}

}  // namespace query
