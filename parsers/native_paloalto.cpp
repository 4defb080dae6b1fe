#include <algorithm>
#include <array>
#include <span>

#include "parsers/cef_builder.h"
#include "parsers/native.h"

namespace parsers {
namespace {

constexpr auto kNone = std::string_view::npos;
constexpr std::size_t kMaxCells = 160;     // PAN-OS 11.1 sends 121 for a threat
constexpr std::size_t kMaxQuoteTries = 8;  // quotes of a URL that may be its end

// A cell, counted from the log type's, and the keys that it fills. A label goes with a custom field.
struct CellKey {
  int at;
  std::string_view key;
  std::string_view label_key = {}, label = {};
};

constexpr CellKey kCommon[] = {{-2, "rt"}, {-1, "deviceExternalId"}, {3, "start"}};

// What threat and traffic logs begin with.
constexpr CellKey kSession[] = {
    {4, "src"},
    {5, "dst"},
    {6, "sourceTranslatedAddress"},
    {7, "destinationTranslatedAddress"},
    {8, "cs1", "cs1Label", "Rule"},
    {9, "suser"},
    {10, "duser"},
    {11, "app"},
    {12, "cs3", "cs3Label", "Virtual System"},
    {13, "cs4", "cs4Label", "Source Zone"},
    {14, "cs5", "cs5Label", "Destination Zone"},
    {15, "deviceInboundInterface"},
    {16, "deviceOutboundInterface"},
    {17, "cs6", "cs6Label", "LogProfile"},
    {19, "cn1", "cn1Label", "SessionID"},
    {20, "cnt"},
    {21, "spt"},
    {22, "dpt"},
    {23, "sourceTranslatedPort"},
    {24, "destinationTranslatedPort"},
    {25, "flexString1", "flexString1Label", "Flags"},
    {26, "proto"},
    {27, "act"},
};

constexpr int kUrlCell = 28, kSeverityCell = 31;
constexpr CellKey kThreat[] = {
    {28, "request"},
    {29, "cat"},
    {30, "cs2", "cs2Label", "URL Category"},
    {32, "flexString2", "flexString2Label", "Direction"},
    {33, "externalId"},
    {34, "PanOSActionFlags"},
    {35, "PanOSSourceLocation"},
    {36, "PanOSDestinationLocation"},
    {38, "requestContext"},
    {39, "fileId"},
    {40, "fileHash"},
    {41, "filePath"},
    {43, "requestClientApplication"},
    {44, "fileType"},
    {45, "PanOSXForwarderfor"},
    {46, "PanOSReferer"},
    {47, "suid"},
    {48, "msg"},
    {49, "duid"},
    {50, "oldFileId"},
    {51, "PanOSDGl1"},
    {52, "PanOSDGl2"},
    {53, "PanOSDGl3"},
    {54, "PanOSDGl4"},
    {55, "PanOSVsysName"},
    {56, "dvchost"},
    {58, "PanOSSrcUUID"},
    {59, "PanOSDstUUID"},
    {60, "requestMethod"},
    {61, "PanOSTunnelID"},
    {62, "PanOSMonitorTag"},
    {63, "PanOSParentSessionID"},
    {64, "PanOSParentStartTime"},
    {65, "PanOSTunnelType"},
    {66, "PanOSThreatCategory"},
    {67, "PanOSContentVer"},
    {69, "PanOSAssocID"},
    {70, "PanOSPPID"},
    {71, "PanOSHTTPHeader"},
    {72, "PanOSURLCatList"},
    {73, "PanOSRuleUUID"},
    {74, "PanOSHTTP2Con"},
    {75, "PanDynamicUsrgrp"},
    {76, "PanXFFIP"},
    {104, "PanTimeHighRes"},
};

constexpr CellKey kTraffic[] = {
    {28, "flexNumber1", "flexNumber1Label", "Total bytes"},
    {29, "in"},
    {30, "out"},
    {31, "cn2", "cn2Label", "Packets"},
    {33, "cn3", "cn3Label", "Elapsed time in seconds"},
    {34, "cs2", "cs2Label", "URL Category"},
    {36, "externalId"},
    {37, "PanOSActionFlags"},
    {38, "PanOSSourceLocation"},
    {39, "PanOSDestinationLocation"},
    {41, "PanOSPacketsSent"},
    {42, "PanOSPacketsReceived"},
    {43, "reason"},
    {44, "PanOSDGl1"},
    {45, "PanOSDGl2"},
    {46, "PanOSDGl3"},
    {47, "PanOSDGl4"},
    {48, "PanOSVsysName"},
    {49, "dvchost"},
    {50, "cat"},
    {51, "PanOSSrcUUID"},
    {52, "PanOSDstUUID"},
    {53, "PanOSTunnelID"},
    {54, "PanOSMonitorTag"},
    {55, "PanOSParentSessionID"},
    {56, "PanOSParentStartTime"},
    {57, "PanOSTunnelType"},
    {62, "PanOSRuleUUID"},
    {63, "PanOSHTTP2Con"},
    {99, "PanTimeHighRes"},
};

constexpr CellKey kGlobalProtect[] = {
    {4, "PanOSVirtualSystem"},
    {5, "PanOSEventID"},
    {6, "PanOSStage"},
    {7, "PanOSAuthMethod"},
    {8, "PanOSTunnelType"},
    {9, "PanOSSourceUserName"},
    {10, "PanOSSourceRegion"},
    {11, "PanOSEndpointDeviceName"},
    {12, "PanOSPublicIPv4"},
    {13, "PanOSPublicIPv6"},
    {14, "PanOSPrivateIPv4"},
    {15, "PanOSPrivateIPv6"},
    {16, "PanOSHostID"},
    {17, "PanOSDeviceSN"},
    {18, "PanOSGlobalProtectClientVersion"},
    {19, "PanOSEndpointOSType"},
    {20, "PanOSEndpointOSVersion"},
    {21, "PanOSCountOfRepeats"},
    {22, "PanOSQuarantineReason"},
    {23, "PanOSConnectionError"},
    {24, "PanOSDescription"},
    {25, "PanOSEventStatus"},
    {26, "PanOSGPGatewayLocation"},
    {27, "PanOSLoginDuration"},
    {28, "PanOSConnectionMethod"},
    {29, "PanOSConnectionErrorID"},
    {30, "PanOSPortal"},
    {31, "PanOSSequenceNo"},
    {32, "PanOSActionFlags"},
};

constexpr int kSystemSeverityCell = 10;
constexpr CellKey kSystem[] = {
    {4, "cs3", "cs3Label", "Virtual System"},
    {5, "cat"},
    {6, "fname"},
    {9, "flexString2", "flexString2Label", "Module"},
    {11, "msg"},
    {12, "externalId"},
    {13, "PanOSActionFlags"},
    {18, "PanOSVsysName"},
    {19, "dvchost"},
};

struct Layout {
  std::string_view type;
  std::span<const CellKey> first, second;
  int severity_cell;  // 0: PAN's templates write the constant 1
};
constexpr Layout kLayouts[] = {
    {"THREAT", kSession, kThreat, kSeverityCell},
    {"TRAFFIC", kSession, kTraffic, 0},
    {"GLOBALPROTECT", kGlobalProtect, {}, 0},
    {"SYSTEM", kSystem, {}, kSystemSeverityCell},
};

// PAN's own numbers, as $number-of-severity prints them.
struct Severity {
  std::string_view word, number;
};
constexpr std::array<Severity, 5> kSeverities = {
    {{"informational", "1"}, {"low", "2"}, {"medium", "3"}, {"high", "4"}, {"critical", "5"}}};

std::string_view severity_number(std::string_view word) {
  for (const Severity& row : kSeverities) {
    if (row.word == word) return row.number;
  }
  return {};
}

struct Cell {
  std::string_view text;  // without the quotes around it
  bool is_quoted = false, has_doubled_quotes = false;
};

// Which quote ends a cell: of those behind the offset `behind`, the one with `skipped` others in front. The second of
// two in a row is one where `may_be_two`, since PAN-OS does not always double those of a URL.
struct End {
  std::size_t behind = 0, skipped = 0;
  bool may_be_two = false;
};

class Row {
 public:
  explicit Row(std::string_view text) : text_(text) { split(kNone, {}); }

  // Cuts the row anew, cell `index` at an end of its own.
  void split(std::size_t index, const End& end) {
    count_ = 0;
    for (std::size_t at = 0; at <= text_.size() && count_ < kMaxCells;)
      at = read_cell(at, count_ == index ? end : End{});
  }
  std::size_t end_of(std::size_t index) const {
    return static_cast<std::size_t>(cells_[index].text.data() - text_.data()) + cells_[index].text.size();
  }

  std::size_t count() const { return count_; }
  const Cell& operator[](std::size_t index) const { return cells_[index]; }

 private:
  bool ends_cell(std::size_t at) const { return at >= text_.size() || text_[at] == ','; }

  // Where the quote stands that ends the cell whose text begins at `at`.
  std::size_t closing_quote(std::size_t at, End wanted, bool& has_doubled) const {
    const auto is_end = [&](std::size_t quote) { return quote > wanted.behind && wanted.skipped-- == 0; };
    for (; (at = text_.find('"', at)) != kNone; ++at) {
      if (ends_cell(at + 1)) {
        if (is_end(at)) return at;
      } else if (text_[at + 1] == '"') {
        if (wanted.may_be_two && ends_cell(at + 2) && is_end(at + 1)) return at + 1;
        has_doubled = true;
        ++at;
      }
    }
    return kNone;
  }

  std::size_t read_cell(std::size_t at, const End& wanted) {
    Cell& cell = cells_[count_++];
    cell = {};
    if (at < text_.size() && text_[at] == '"') {
      cell.is_quoted = true;
      const std::size_t end = closing_quote(at + 1, wanted, cell.has_doubled_quotes);
      cell.text = text_.substr(at + 1, (end == kNone ? text_.size() : end) - at - 1);
      return end == kNone ? text_.size() + 1 : end + 2;
    }
    const std::size_t end = std::min(text_.find(',', at), text_.size());
    cell.text = text_.substr(at, end - at);
    return end + 1;
  }

  std::string_view text_;
  std::array<Cell, kMaxCells> cells_;
  std::size_t count_ = 0;
};

const Layout* find_layout(std::string_view type) {
  const auto found = std::ranges::find(kLayouts, type, &Layout::type);
  return found == std::end(kLayouts) ? nullptr : found;
}

// A URL may hold a quote and a comma that PAN-OS did not mark. Then the cells behind it stand where they should not,
// and another quote is its end. It may also hold all the cells that follow: of two ends that both line up the later one
// counts, for whoever makes up a link chooses its URL, and not the user agent at the row's end. What comes before the
// URL (who, where, what was done) is safe from it in any case.
void line_up(Row& row, std::size_t type, Flags& flags) {
  const std::size_t url = type + kUrlCell, severity = type + kSeverityCell;
  const auto lines_up = [&] { return row.count() > severity && !severity_number(row[severity].text).empty(); };
  if (row.count() <= url || !row[url].is_quoted) return;
  if (!lines_up() && row[url].has_doubled_quotes) {
    row.split(url, {.may_be_two = true});
    if (lines_up()) return flags.set(Flag::embedded_field);
    row.split(kNone, {});
  }
  const std::size_t end = row.end_of(url);
  for (std::size_t skipped = 0; skipped < kMaxQuoteTries; ++skipped) {
    row.split(url, {.behind = end, .skipped = skipped, .may_be_two = true});
    if (lines_up()) return flags.set(Flag::embedded_field);
    if (row.count() <= severity) break;
  }
  row.split(kNone, {});
}

std::string_view plain_text(const Cell& cell, std::string& scratch, CefBuilder& builder) {
  if (!cell.has_doubled_quotes) return cell.text;
  scratch.clear();
  for (std::size_t i = 0; i < cell.text.size(); ++i) {
    scratch += cell.text[i];
    if (cell.text[i] == '"' && i + 1 < cell.text.size() && cell.text[i + 1] == '"') ++i;
  }
  return builder.keep(scratch);
}

void add_cells(const Row& row, std::size_t type, std::span<const CellKey> keys, std::string& scratch,
               CefBuilder& builder) {
  for (const CellKey& key : keys) {
    const auto index = static_cast<std::size_t>(static_cast<int>(type) + key.at);
    if (index >= row.count() || row[index].text.empty()) continue;
    if (!key.label.empty()) builder.add(key.label_key, key.label);
    builder.add(key.key, plain_text(row[index], scratch, builder));
  }
}

}  // namespace

bool read_paloalto_csv(std::string_view text, NativeScratch& scratch, CefMessage& out) {
  CefBuilder builder(3 * text.size(), scratch.text, out);
  Row row(text);
  std::size_t type = 0;
  while (type < row.count() && !is_paloalto_log_type(row[type].text)) ++type;
  if (type < 2 || type + 1 >= row.count() || row[type + 1].text.empty()) return false;
  const Layout* layout = find_layout(row[type].text);
  if (row[type].text == "THREAT") line_up(row, type, out.flags);
  out.device_vendor = "Palo Alto Networks";
  out.device_product = "PAN-OS";
  out.signature_id = row[type + 1].text;
  out.name = row[type].text;
  out.severity = "1";
  if (layout && layout->severity_cell != 0) {
    const auto cell = type + static_cast<std::size_t>(layout->severity_cell);
    out.severity = cell < row.count() ? severity_number(row[cell].text) : std::string_view();
  }
  add_cells(row, type, kCommon, scratch.value, builder);
  if (layout) {
    add_cells(row, type, layout->first, scratch.value, builder);
    add_cells(row, type, layout->second, scratch.value, builder);
  }
  builder.finish();
  return true;
}

}  // namespace parsers
