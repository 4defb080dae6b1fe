#include <algorithm>
#include <array>

#include "parsers/ascii.h"
#include "parsers/cef_builder.h"
#include "parsers/native.h"

namespace parsers {
namespace {

constexpr auto kNone = std::string_view::npos;
constexpr std::string_view kPrefix = "FTNTFGT";  // of every key that CEF has no name for

// Who and where stand in front of every text that a client wrote, the verdict at least in front of its URL; but for
// kBehindUrl. FortiOS writes no keys of CEF.
enum class Who { nobody, user, address, verdict, agent, url, forged };

struct Name {
  std::string_view native, cef;
  Who who = Who::nobody;
};
constexpr Name kNames[] = {
    {"user", "duser", Who::user},
    {"unauthuser", "FTNTFGTunauthuser", Who::user},
    {"srcip", "src", Who::address},
    {"dstip", "dst", Who::address},
    {"action", "act", Who::verdict},
    {"url", "request", Who::url},
    {"referralurl", "FTNTFGTreferralurl", Who::url},
    {"agent", "requestClientApplication", Who::agent},
    {"suser", "", Who::forged},
    {"duser", "", Who::forged},
    {"src", "", Who::forged},
    {"dst", "", Who::forged},
    {"act", "", Who::forged},
    {"request", "", Who::forged},
    {"srcport", "spt"},
    {"dstport", "dpt"},
    {"srcintf", "deviceInboundInterface"},
    {"dstintf", "deviceOutboundInterface"},
    {"transip", "sourceTranslatedAddress"},
    {"transport", "sourceTranslatedPort"},
    {"tranip", "destinationTranslatedAddress"},
    {"tranport", "destinationTranslatedPort"},
    {"srcmac", "smac"},
    {"dstmac", "dmac"},
    {"proto", "proto"},
    {"service", "app"},
    {"hostname", "dhost"},
    {"catdesc", "requestContext"},
    {"sentbyte", "out"},
    {"rcvdbyte", "in"},
    {"msg", "msg"},
    {"status", "outcome"},
    {"reason", "reason"},
    {"ui", "sproc"},
    {"filename", "fname"},
    {"filesize", "fsize"},
    {"sessionid", "externalId"},
    {"devid", "deviceExternalId"},
    {"devname", "dvchost"},
};

// What rows of a subtype have behind the URL: between the first `until` and the last `after` in front of that.
struct BehindUrl {
  std::string_view subtype;
  Who who;
  std::string_view after, until;
};
constexpr BehindUrl kBehindUrl[] = {
    {"virus", Who::user, "profile", "agent"},
    {"ips", Who::user, "ref", ""},
    {"http-transaction", Who::user, "resplength", "agent"},
    {"waf", Who::verdict, "severity", "agent"},
};

// FortiOS numbers its syslog levels the other way round.
struct Level {
  std::string_view word, number;
};
constexpr std::array<Level, 9> kLevels = {{{"debug", "1"},
                                           {"information", "2"},
                                           {"notice", "3"},
                                           {"warning", "4"},
                                           {"error", "5"},
                                           {"critical", "6"},
                                           {"alert", "7"},
                                           {"emergency", "8"},
                                           {"informational", "2"}}};

bool is_name_char(char c) { return is_alnum(c) || c == '_' || c == '-' || c == '.'; }
bool is_separator(char c) { return c == ' ' || c == '\t' || c == ','; }

struct Pair {
  std::string_view name, value;
  bool is_escaped = false;  // holds \"
};

class Pairs {
 public:
  explicit Pairs(std::string_view text) : text_(text) {}

  bool next(Pair& pair) {
    pair = {};
    while (at_ < text_.size() && name_length(at_) == 0) ++at_;
    if (at_ >= text_.size()) return false;
    pair.name = text_.substr(at_, name_length(at_));
    at_ += pair.name.size() + 1;
    const bool is_quoted = at_ < text_.size() && text_[at_] == '"';
    const std::size_t end = is_quoted ? closing_quote(at_ + 1, pair.is_escaped) : kNone;
    if (end != kNone) {
      pair.value = text_.substr(at_ + 1, end - at_ - 1);
      at_ = end + 1;
      return true;
    }
    const std::size_t start = at_;
    while (!ends_value(at_)) ++at_;
    pair.value = text_.substr(start, at_ - start);
    if (is_quoted) pair.value.remove_prefix(1);  // the row was cut inside the value
    while (!pair.value.empty() && is_separator(pair.value.back())) pair.value.remove_suffix(1);
    return true;
  }

 private:
  // Of a name that begins at `at` and is followed by '='; 0 when there is none.
  std::size_t name_length(std::size_t at) const {
    std::size_t end = at;
    while (end < text_.size() && end - at <= kMaxNameBytes && is_name_char(text_[end])) ++end;
    return end < text_.size() && text_[end] == '=' ? end - at : 0;
  }

  // Of several separators the last counts, so that each is looked at once.
  bool ends_value(std::size_t at) const {
    if (at >= text_.size()) return true;
    return is_separator(text_[at]) && (at + 1 >= text_.size() || name_length(at + 1) > 0);
  }

  // Where none is found, none is looked for again: all of the text may be searched once.
  std::size_t closing_quote(std::size_t at, bool& is_escaped) {
    for (; has_closing_quotes_ && (at = text_.find('"', at)) != kNone; ++at) {
      if (ends_value(at + 1)) return at;
      if (text_[at - 1] == '\\') is_escaped = true;
    }
    has_closing_quotes_ = false;
    return kNone;
  }

  static constexpr std::size_t kMaxNameBytes = 64;

  std::string_view text_;
  std::size_t at_ = 0;
  bool has_closing_quotes_ = true;
};

std::string_view plain_text(const Pair& pair, std::string& scratch, CefBuilder& builder) {
  if (!pair.is_escaped) return pair.value;
  scratch.clear();
  for (std::size_t i = 0; i < pair.value.size(); ++i) {
    if (pair.value[i] == '\\' && i + 1 < pair.value.size() && pair.value[i + 1] == '"') ++i;
    scratch += pair.value[i];
  }
  return builder.keep(scratch);
}

// What the CEF header is made of, and the time; the first of each name counts.
struct Head {
  std::string_view date, time, type, subtype, eventtype, action, status, level, logid;

  void take(const Pair& pair) {
    const std::pair<std::string_view, std::string_view*> parts[] = {
        {"date", &date},     {"time", &time},     {"type", &type},   {"subtype", &subtype}, {"eventtype", &eventtype},
        {"action", &action}, {"status", &status}, {"level", &level}, {"logid", &logid}};
    for (const auto& [name, part] : parts) {
      if (pair.name == name && part->empty()) *part = pair.value;
    }
  }

  std::string_view severity() const {
    const auto row = std::ranges::find(kLevels, level, &Level::word);
    return row == kLevels.end() ? std::string_view() : row->number;
  }
};

// What of a client's text has come so far, and what may still come behind it.
class Seen {
 public:
  // `rest` is what follows the pair; `subtype` stands in front of it.
  void take(Who who, std::string_view subtype, Pairs rest) {
    if (who == Who::agent) agent_ = true;
    if (who == Who::url && !url_) look_ahead(subtype, rest);
    if (who == Who::url) url_ = true;
  }

  bool forbids(const Pair& pair, Who who) const {
    if (who == Who::forged) return true;
    const bool is_late = who == Who::user || who == Who::address ? agent_ || url_ : who == Who::verdict && url_;
    return is_late && !(who == allowed_ && pair.name.data() > from_ && (to_ == nullptr || pair.name.data() < to_));
  }

 private:
  void look_ahead(std::string_view subtype, Pairs rest) {
    const auto row = std::ranges::find(kBehindUrl, subtype, &BehindUrl::subtype);
    if (row == std::end(kBehindUrl)) return;
    for (Pair pair; rest.next(pair) && to_ == nullptr;) {
      if (pair.name == row->after) from_ = pair.name.data();
      if (pair.name == row->until) to_ = pair.name.data();
    }
    if (from_ != nullptr) allowed_ = row->who;
  }

  bool agent_ = false, url_ = false;
  Who allowed_ = Who::nobody;  // between the two
  const char *from_ = nullptr, *to_ = nullptr;
};

const Name* find_name(std::string_view native) {
  const auto found = std::ranges::find(kNames, native, &Name::native);
  return found == std::end(kNames) ? nullptr : found;
}

void add_pair(const Pair& pair, const Name* known, const Seen& seen, std::string& scratch, CefBuilder& builder,
              Flags& flags) {
  const std::string_view value = plain_text(pair, scratch, builder);
  if (known == nullptr) {
    if (pair.name == "direction") {
      builder.add("deviceDirection", value == "incoming" ? "0" : value == "outgoing" ? "1" : value);
    } else if (pair.name != "date" && pair.name != "time" && pair.name != "type") {
      builder.add(builder.join(kPrefix, pair.name), value);
    }
    return;
  }
  if (seen.forbids(pair, known->who)) {
    flags.set(Flag::key_forged);
    builder.add(builder.join("refused.", pair.name), value);
    return;
  }
  builder.add(known->cef, value);
}

void fill_header(const Head& head, std::string& scratch, CefBuilder& builder, CefMessage& out) {
  out.device_vendor = "Fortinet";
  out.device_product = "Fortigate";
  out.signature_id = head.logid.size() > 5 ? head.logid.substr(head.logid.size() - 5) : head.logid;
  out.severity = head.severity();
  scratch.assign(head.type).append(":").append(head.subtype);
  builder.add("cat", builder.keep(scratch));
  for (const std::string_view part : {head.eventtype, head.action, head.status}) {
    if (!part.empty()) scratch.append(" ").append(part);
  }
  out.name = builder.keep(scratch);
  if (head.date.empty() || head.time.empty()) return;
  scratch.assign(head.date).append(" ").append(head.time);
  builder.add("rt", builder.keep(scratch));
}

}  // namespace

bool read_fortinet_pairs(std::string_view row, NativeScratch& scratch, CefMessage& out) {
  // A name of n bytes with its "=" becomes 8 + n; a value is copied at most twice, with each backslash doubled.
  CefBuilder builder(10 * row.size() + 256, scratch.text, out);
  Head head;
  Pair pair;
  Seen seen;
  for (Pairs pairs(row); !builder.is_full() && pairs.next(pair);) {
    head.take(pair);
    const Name* const known = find_name(pair.name);
    add_pair(pair, known, seen, scratch.value, builder, out.flags);
    if (known != nullptr) seen.take(known->who, head.subtype, pairs);
  }
  if (head.type.empty() && head.subtype.empty()) {
    out.clear();
    return false;
  }
  fill_header(head, scratch.value, builder, out);
  builder.finish();
  return true;
}

}  // namespace parsers
