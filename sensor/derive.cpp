#include "sensor/derive.h"

#include <array>
#include <string_view>

namespace sensor {
namespace {

// Zscaler's feed has the referer in requestContext, where others put a content type or a category: no URL, no referer.
constexpr std::array<std::string_view, 8> kRefererKeys = {
    "PanOSReferer", "PanOSHTTPRefererFQDN", "FTNTFGTreferralurl", "FortinetFortiGatereferralurl", "requestReferer",
    "referer",      "ZscalerReferer",       "requestContext"};
constexpr std::array<std::string_view, 4> kAgentKeys = {"requestClientApplication", "FTNTFGTagent",
                                                        "FortinetFortiGateagent", "user_agent"};
constexpr std::array<std::string_view, 2> kEgressKeys = {"sourceTranslatedAddress", "xlatesrc"};

template <std::size_t size>
std::string_view first_of(const parsers::CefMessage& cef, const std::array<std::string_view, size>& keys,
                          std::string& text) {
  for (const std::string_view key : keys) {
    const parsers::CefField* field = cef.find(key);
    const std::string_view value = field ? parsers::unescape_value(field->raw, text) : std::string_view();
    if (!value.empty()) return value;
  }
  return {};
}

}  // namespace

Deriver::Deriver(const config::Config& config, const parsers::IdentityMap& identity) : identity_(identity) {
  for (const config::Listen& input : config.listen) zones_[input.name] = input.zone;
}

const parsers::Normalised& Deriver::read(const storage::StoredEvent& stored) {
  const auto zone = zones_.find(stored.source.input);
  parsers::normalise(stored.raw,
                     {stored.entry.received, zone == zones_.end() ? cctz::utc_time_zone() : zone->second, &identity_},
                     scratch_);
  return scratch_;
}

const parsers::Event* Deriver::event(const storage::StoredEvent& stored) {
  if (!stored.reason.empty()) return nullptr;
  read(stored);
  return scratch_.error || !scratch_.has_event ? nullptr : &scratch_.event;
}

std::optional<correlate::Click> Deriver::click(const storage::StoredEvent& stored) {
  if (!event(stored)) return std::nullopt;
  correlate::Click click;
  click.event_id = stored.id;
  click.event = scratch_.event;
  click.received = stored.entry.received;
  click.input = stored.source.input;
  click.raw = stored.raw;
  add_web_fields(click);
  return click;
}

void Deriver::add_web_fields(correlate::Click& click) {
  click.user_agent = first_of(scratch_.cef, kAgentKeys, text_);
  parsers::canonical_address(first_of(scratch_.cef, kEgressKeys, text_), click.egress_address);
  parsers::Url url;
  if (parsers::parse_url(first_of(scratch_.cef, kRefererKeys, text_), "", url)) click.referer_host = url.host;
}

}  // namespace sensor
