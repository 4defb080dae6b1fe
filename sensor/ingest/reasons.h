// Why messages are in quarantine, for counting: the parser's codes (parsers/normalise.h), then framing's
// (parsers/frame.h), then the capture's: capture_gap, a message of which the capture lost a part; capture_cut, one that
// was captured with too small a snapshot length.
#pragma once

#include <algorithm>
#include <array>
#include <string_view>

namespace ingest {

inline constexpr std::array<std::string_view, 13> kReasons = {"empty",
                                                              "not_cef",
                                                              "cef_header_cut",
                                                              "native_paloalto",
                                                              "native_fortinet",
                                                              "native_checkpoint",
                                                              "message_too_long",
                                                              "bad_octet_count",
                                                              "tls_on_plain_port",
                                                              "incomplete_at_end",
                                                              "capture_gap",
                                                              "capture_cut",
                                                              "other"};

// The first so many are the parser's: such a message is whole, and a better parser may read it.
inline constexpr std::size_t kParserReasons = 6;

inline std::size_t reason_index(std::string_view reason) {
  const auto found = std::find(kReasons.begin(), kReasons.end() - 1, reason);
  return static_cast<std::size_t>(found - kReasons.begin());
}

inline bool is_parser_reason(std::string_view reason) { return reason_index(reason) < kParserReasons; }

}  // namespace ingest
