#include "parsers/cef_doubt.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "parsers/ascii.h"

namespace parsers {
namespace {

// Keys that some devices repeat in good faith, once for each rule layer or custom slot.
constexpr CefKeySet kRepeatable = {
    CefKey::cs1,         CefKey::cs1Label,         CefKey::cs2,         CefKey::cs2Label,
    CefKey::cs3,         CefKey::cs3Label,         CefKey::cs4,         CefKey::cs4Label,
    CefKey::cs5,         CefKey::cs5Label,         CefKey::cs6,         CefKey::cs6Label,
    CefKey::cn1,         CefKey::cn1Label,         CefKey::cn2,         CefKey::cn2Label,
    CefKey::cn3,         CefKey::cn3Label,         CefKey::flexString1, CefKey::flexString1Label,
    CefKey::flexString2, CefKey::flexString2Label, CefKey::flexNumber1, CefKey::flexNumber1Label,
    CefKey::flexNumber2, CefKey::flexNumber2Label, CefKey::layer_name,  CefKey::rule_uid,
    CefKey::UserCheck,
};

using Place = Layout::Place;

constexpr CefKey kAddresses[] = {CefKey::src, CefKey::dst};
// In the spellings of all vendors, and IPv6.
constexpr CefKey kAnyAddresses[] = {CefKey::src,
                                    CefKey::dst,
                                    CefKey::c6a2,
                                    CefKey::c6a3,
                                    CefKey::cintip,
                                    CefKey::FTNTFGTsrcip,
                                    CefKey::FTNTFGTdstip,
                                    CefKey::FortinetFortiGatesrcip,
                                    CefKey::FortinetFortiGatedstip};

bool is_one_of(CefKey key, std::span<const CefKey> keys) { return std::ranges::find(keys, key) != keys.end(); }

// A text in which a client can make up fields, of a vendor with an order of its own: there `msg` is the device's words.
bool is_text_in_order(const CefField& field) { return may_hold_fields(field.id) && field.id != CefKey::msg; }

// Whether the vendor's own order is in use: no address stands in front of all texts of clients and of the mark.
bool has_own_order(const CefFields& fields, const CefField* first_text, const CefField* mark) {
  if (first_text == fields.end() || mark == fields.end()) return false;
  return std::none_of<const CefField*>(fields.begin(), std::min(first_text, mark),
                                       [](const CefField& field) { return is_one_of(field.id, kAddresses); });
}

// The fields of a message, and what its vendor's layout says of them.
struct Row {
  CefFields& fields;
  const Layout& layout;
  const CefField* own_message = nullptr;  // the device's own words, if it has any
  std::size_t mark = 0;                   // index of the first Layout::order_mark; 0: none
  // The first text of a client where the vendor's own order is in use, which no address in front of all texts and of
  // the mark tells.
  const CefField* first_in_order = nullptr;
  std::array<const CefField*, Layout::kMostAgain> again{};  // by row of Layout::again

  Row(CefFields& fields_of_row, const Layout& layout_of_row) : fields(fields_of_row), layout(layout_of_row) {
    if (layout.order_mark != CefKey::unknown) find_order();
    if (layout.opens_with_message) find_own_message();
    if (layout.again_mark != CefKey::unknown) find_again();
  }

  bool is_client(const CefField& field) const { return is_client_controlled(field.id) && &field != own_message; }
  bool may_hold(const CefField& field) const { return may_hold_fields(field.id) && &field != own_message; }
  bool is_of(Layout::Rows rows) const {
    return rows == Layout::Rows::any || (own_message != nullptr) == (rows == Layout::Rows::with_message);
  }
  bool is_repeatable(CefKey key) const { return layout.repeats_custom_fields && kRepeatable.has(key); }
  // Whether a field is one of Layout::again.
  bool is_again(const CefField& field) const { return std::ranges::find(again, &field) != again.end(); }
  bool has_name(const CefField& field, Layout::Name name) const {
    if (!field.key.ends_with(name)) return false;
    const std::string_view prefix = field.key.substr(0, field.key.size() - name.size());
    return std::ranges::find(layout.prefixes, prefix) != layout.prefixes.end();
  }

 private:
  void find_order() {
    const CefField* const marked = std::ranges::find(fields, layout.order_mark, &CefField::id);
    if (marked == fields.end()) return;
    mark = static_cast<std::size_t>(marked - fields.begin());
    const CefField* const text = std::ranges::find_if(fields, is_text_in_order);
    if (text != fields.end() && has_own_order(fields, text, marked)) first_in_order = text;
  }

  bool is_in_place(const Layout::Again& row, const CefField& field, CefKey nearest_text) const {
    const CefField* const next = &field + 1;
    if (row.behind == CefKey::unknown && row.in_front_of == CefKey::unknown) return next == fields.end();
    if (field.raw.empty() || !std::ranges::all_of(field.raw, is_digit)) return false;
    if (row.behind != CefKey::unknown) return nearest_text == row.behind;
    return next != fields.end() && next->id == row.in_front_of;
  }

  void find_again() {
    CefKey text = CefKey::unknown;  // the nearest in front
    bool has_mark = false;
    for (const CefField& field : fields) {
      if (text == CefKey::unknown && field.id == layout.again_mark) has_mark = true;
      if (is_client(field)) text = field.id;
      if (!has_mark || text == CefKey::unknown) continue;
      for (std::size_t i = 0; i < layout.again.size(); ++i) {
        const Layout::Again& row = layout.again[i];
        if (field.id == row.key && is_in_place(row, field, text)) again[i] = &field;
      }
    }
  }

  void find_own_message() {
    for (const CefField& field : fields) {
      if (field.id == CefKey::msg) own_message = &field;
      if (is_client_controlled(field.id) || is_one_of(field.id, kAddresses)) return;
    }
  }
};

// For each field the nearest in front of it that a client controls and that counts, and the nearest of a known key, in
// one step each, however many fields a client makes up.
class Neighbours {
 public:
  explicit Neighbours(const Row& row) : fields_(row.fields) {
    std::uint16_t client = kNone, known = kNone;
    for (std::size_t i = 0; i < fields_.size(); ++i) {
      clients_[i] = client;
      known_[i] = known;
      if (row.is_client(fields_[i])) client = static_cast<std::uint16_t>(i);
      if (fields_[i].id != CefKey::unknown) known = static_cast<std::uint16_t>(i);
    }
  }

  std::optional<std::size_t> client(std::size_t index) {
    std::uint16_t found = clients_[index];
    while (found != kNone && fields_[found].superseded) found = clients_[found];
    // What has been superseded stays so, and is passed over once.
    for (std::size_t at = index; clients_[at] != found;) at = std::exchange(clients_[at], found);
    return found == kNone ? std::nullopt : std::optional<std::size_t>(found);
  }
  // Whether all keys between the two are unknown ones.
  bool has_only_unknown_keys(std::size_t from, std::size_t index) const {
    return known_[index] == kNone || known_[index] <= from;
  }

 private:
  static constexpr std::uint16_t kNone = 0xffff;
  static_assert(kMaxCefFields < kNone);

  const CefFields& fields_;
  std::array<std::uint16_t, kMaxCefFields> clients_, known_;
};

constexpr std::size_t kMaxLookBack = 64;  // fields around one that are searched for what the template has there

// Which of two fields of one key counts when a client-controlled value stands in front of the second.
//   - The first stands before all such values: the device wrote it.
//   - Both follow the same value: a forgery is part of that value, so the device's own comes after it.
//   - The first follows a host name, the second another such value: the first.
//   - One stands directly behind such a value, or behind unknown keys alone, and the other does not: the other.
// With known keys made up in between the last case cannot be decided; the first field counts then, for templates put
// who and where in front. What a vendor's layout says goes before all this. It leaves open: a Zscaler referer that
// holds all that the template has between user agent and referer, and "requestContext=" behind it, reads as well as a
// user agent that does. The later field counts then, for NSS encodes the blanks of referers, and not of user agents.
//
// A field that the device did not write competes with none. It is refused where the vendor's template has it elsewhere:
// a user of Check Point that stands behind the URL and in front of the time, or behind both. That is known in Log
// Exporter's own order alone, which loguid tells. A message or an outcome is refused likewise. What stays open, and is
// the device's: a user behind the URL in a customer's order, and in a row without loguid; a message behind the URL of a
// FortiGate row without bytes there, and behind "filePath=" in a PAN-OS row. So do texts that know more of the layout:
// "loguid=" behind another known key in a text of Check Point's own order, and a second URL in its file name; a second
// URL or user, with the keys around it, in a text of FortiGate's antivirus; a field and another client's key behind it
// ("act=x msg=y") in the URL of FortiGate's WAF and in PAN-OS's; "rt=" or "suser=" with "requestContext=" in a user
// agent of Zscaler's older templates; a URL behind a blank in a FortiGate host name. All of these are flagged. What is
// not: a user behind a blank in a FortiGate host name, and keys of columns that the vendor's template does not have.
//
// The other way round, a device's own user behind the URL is refused, and flagged, in a PAN-OS row that a customer put
// in another order but for "rt", "deviceExternalId" and an address in front of it.
bool first_counts(const Row& row, Neighbours& neighbours, std::size_t first, std::size_t second,
                  std::size_t first_client) {
  if (first <= first_client) return true;
  const auto near_first = neighbours.client(first), near_second = neighbours.client(second);
  if (!near_second || *near_second < first) return false;
  if (!near_first || kClientHostNames.has(row.fields[*near_first].id)) return true;
  return !neighbours.has_only_unknown_keys(*near_first, first) ||
         neighbours.has_only_unknown_keys(*near_second, second);
}

// Whether a key `behind` stands in front of a field, with no text of a client between the two.
bool is_directly_behind(const Row& row, Neighbours& neighbours, std::size_t index, CefKey behind) {
  const auto client = neighbours.client(index);
  if (client && row.fields[*client].id == behind) return true;
  if (is_client_controlled(behind)) return false;
  const std::size_t near = index - std::min(index, kMaxLookBack);
  const std::size_t from = std::max(near, client ? *client + 1 : 0);
  return std::any_of(row.fields.begin() + from, row.fields.begin() + index,
                     [behind](const CefField& field) { return field.id == behind && !field.superseded; });
}

bool is_in_place(const Row& row, Neighbours& neighbours, std::size_t index, const Place& place) {
  if (place.in_front_of == CefKey::unknown) return is_directly_behind(row, neighbours, index, place.behind);
  const CefFields& fields = row.fields;
  const auto at = fields.begin() + static_cast<std::ptrdiff_t>(index);
  return std::any_of(fields.begin(), at, [&](const CefField& field) { return field.id == place.behind; }) &&
         std::any_of(at, fields.end(), [&](const CefField& field) { return field.id == place.in_front_of; });
}

// Whether all keys that the template has between the two texts of `place` stand in the stretch of a field, near it.
bool is_in_whole_stretch(const Row& row, std::size_t index, const Place& place) {
  const CefFields& fields = row.fields;
  std::size_t from = index, to = index;
  while (from > 0 && index - from < kMaxLookBack && !row.may_hold(fields[from - 1])) --from;
  while (to < fields.size() && to - index < kMaxLookBack && !row.may_hold(fields[to])) ++to;
  return std::ranges::all_of(row.layout.places, [&](const Place& other) {
    if (other.behind != place.behind || other.in_front_of != place.in_front_of) return true;
    return std::any_of(fields.begin() + static_cast<std::ptrdiff_t>(from),
                       fields.begin() + static_cast<std::ptrdiff_t>(to),
                       [&](const CefField& field) { return field.id == other.key; });
  });
}

// Whether the second of two fields of one key counts by the vendor's own order: it stands behind the mark, where the
// order has it, or both stand in front of the mark, and the second behind more texts of clients.
bool second_counts_by_order(const Row& row, std::size_t first, std::size_t second) {
  const CefFields& fields = row.fields;
  const Layout& layout = row.layout;
  if (row.mark == 0 || first >= row.mark) return false;
  if (second > row.mark) return is_one_of(fields[first].id, layout.behind_mark);
  if (!is_one_of(fields[first].id, layout.before_mark)) return false;
  return row.first_in_order != nullptr && &fields[first] > row.first_in_order;
}

// Of two fields of one key that the template has behind a client's text, which one counts: the one in its place, of
// two such the later, for a forgery is part of the text in front; but one among all that the template has there rather
// than one without. Empty when the template says nothing.
std::optional<bool> first_is_in_place(const Row& row, Neighbours& neighbours, std::size_t first, std::size_t second) {
  const Layout& layout = row.layout;
  if (second_counts_by_order(row, first, second)) return false;
  const auto place = std::ranges::find(layout.places, row.fields[second].id, &Place::key);
  if (place == layout.places.end() || !row.is_of(place->rows)) return std::nullopt;
  const bool is_first = is_in_place(row, neighbours, first, *place);
  if (is_in_place(row, neighbours, second, *place)) {
    return is_first && place->in_front_of != CefKey::unknown && is_in_whole_stretch(row, first, *place) &&
           !is_in_whole_stretch(row, second, *place);
  }
  if (is_first) return true;
  return std::nullopt;
}

// Marks what lies between a client's text and a field behind it that contradicts one in front of all such text: it is
// part of that text, whether the device wrote the same key or not.
void refuse_forged_stretches(const Row& row, Flags& flags) {
  CefFields& fields = row.fields;
  std::array<std::uint16_t, kCefKeyCount> in_front{};  // index plus one
  std::size_t at = 0;
  for (; at < fields.size() && !row.is_client(fields[at]); ++at) {
    if (fields[at].id != CefKey::unknown)
      in_front[static_cast<std::size_t>(fields[at].id)] = static_cast<std::uint16_t>(at + 1);
  }
  for (std::size_t client = at; at < fields.size(); ++at) {
    const CefField& field = fields[at];
    if (row.is_client(field)) client = at;
    if (field.id == CefKey::unknown || row.is_repeatable(field.id) || at == client || row.is_again(field)) continue;
    const std::uint16_t own = in_front[static_cast<std::size_t>(field.id)];
    if (own == 0 || fields[own - 1u].raw == field.raw) continue;
    while (client < at) fields[++client].superseded = true;
    flags.set(Flag::key_forged);
    flags.set(Flag::duplicate_key);
  }
}

// Marks what lies between a client's text and a field that is part of it, and that field.
void refuse_stretch(CefFields& fields, const CefField& client, const CefField& last, Flags& flags) {
  const auto from = fields.begin() + (&client - fields.begin()) + 1;
  std::for_each(from, fields.begin() + (&last - fields.begin()) + 1, [](CefField& field) { field.superseded = true; });
  flags.set(Flag::key_forged);
}

// Where `late` has its keys: behind the field `from` and in front of `to`; nowhere, and `from` is nullptr.
struct Window {
  const CefField *from = nullptr, *to = nullptr;

  Window(const Row& row, const CefField* first, const Layout::Late& late) : to(row.fields.end()) {
    if (late.after.empty()) return;
    const CefFields& fields = row.fields;
    if (late.until != CefKey::unknown) {
      to = std::find_if(first, fields.end(),
                        [&](const CefField& field) { return field.id == late.until && !field.superseded; });
    }
    for (const CefField* field = first; field != to; ++field)
      if (row.has_name(*field, late.after)) from = field;
  }
  bool has(const CefField& field) const { return from != nullptr && &field > from && &field < to; }
};

// Whether a key of `late` that stands behind the text `client` is part of it.
bool is_made_up(const CefFields& fields, const CefField& field, const CefField& client, const Layout::Late& late) {
  if (late.behind != CefKey::unknown) return client.id != late.behind || client.superseded;
  if (late.in_front_of == CefKey::unknown) return true;
  const auto* const end = std::find_if(
      &field + 1, fields.end(), [](const CefField& other) { return !other.superseded && may_hold_fields(other.id); });
  return std::any_of(&field + 1, end,
                     [&](const CefField& other) { return !other.superseded && other.id == late.in_front_of; });
}

// Whether a field behind the text `client` stands where `row` has it. A client may repeat the very value of the key
// that it stands behind: then it stands behind all of them.
bool is_in_order(const CefFields& fields, const CefField& field, const CefField& client, const CefField& mark,
                 const Layout::Order& row) {
  if (row.behind == CefKey::unknown) return false;
  if (row.behind != mark.id && &field > &mark) return false;
  const auto counts = [&](const CefField& other) { return !other.superseded && other.id == row.behind; };
  const auto* const behind = std::find_if(fields.begin(), fields.end(), counts);
  if (behind == fields.end()) return true;
  return std::all_of(fields.begin(), fields.end(), [&](const CefField& other) {
    if (other.id != row.behind || other.raw != behind->raw) return true;
    return &client < &other && &other < &field;
  });
}

// Marks texts of clients that stand where the vendor's order has none: they are part of the text in front of them.
// Behind the mark that is each of the order's own, but for one that follows no text.
bool refuse_texts_out_of_order(const Row& row, Flags& flags) {
  CefFields& fields = row.fields;
  if (row.first_in_order == nullptr) return false;
  const CefField* const mark = fields.begin() + row.mark;
  bool any = false;
  const std::span<const CefKey> order = row.layout.text_order;
  auto last = order.begin();
  bool follows_text = false;
  for (CefField& field : fields) {
    if (!is_client_controlled(field.id)) continue;
    const auto own = std::ranges::find(order, field.id);
    const bool is_out_of_order =
        own == order.end() ? last != order.begin() && &field < mark : own < last || (&field > mark && follows_text);
    follows_text = true;
    if (is_out_of_order) {
      field.superseded = true;
      flags.set(Flag::key_forged);
      any = true;
    } else if (own != order.end()) {
      last = own;
    }
  }
  return any;
}

bool refuse_out_of_order(CefFields& fields, const Layout& layout, Flags& flags) {
  const CefField* const first = std::find_if(fields.begin(), fields.end(), is_text_in_order);
  const CefField* const mark = std::find_if(fields.begin(), fields.end(), [&](const CefField& field) {
    return !field.superseded && field.id == layout.order_mark;
  });
  if (!has_own_order(fields, first, mark)) return false;
  bool any = false;
  const CefField* client = first;
  for (const CefField* field = first + 1; field != fields.end(); ++field) {
    if (is_text_in_order(*field) && !field->superseded) client = field;
    if (field->superseded) continue;
    const auto row = std::ranges::find_if(layout.order,
                                          [&](const Layout::Order& order) { return is_one_of(field->id, order.keys); });
    if (row == layout.order.end() || is_in_order(fields, *field, *client, *mark, *row)) continue;
    refuse_stretch(fields, *client, *field, flags);
    any = true;
  }
  return any;
}

}  // namespace

void choose_among_duplicates(CefFields& fields, const Layout& layout, Flags& flags) {
  std::array<std::uint16_t, kCefKeyCount> chosen{};  // index plus one
  std::size_t first_client = fields.size();
  const Row row(fields, layout);
  Neighbours neighbours(row);
  for (CefField& field : fields) field.superseded = false;
  if (layout.order_mark != CefKey::unknown) refuse_texts_out_of_order(row, flags);
  refuse_forged_stretches(row, flags);
  for (std::size_t i = 0; i < fields.size(); ++i) {
    CefField& field = fields[i];
    if (field.id == CefKey::unknown) continue;
    if (field.superseded) continue;
    std::uint16_t& slot = chosen[static_cast<std::size_t>(field.id)];
    if (slot == 0) {
      slot = static_cast<std::uint16_t>(i + 1);
    } else if (row.is_again(field)) {
      fields[slot - 1u].superseded = true;
      slot = static_cast<std::uint16_t>(i + 1);
    } else {
      flags.set(Flag::duplicate_key);
      CefField& earlier = fields[slot - 1u];
      const bool is_behind_client = first_client < i && !row.is_repeatable(field.id);
      const bool is_doubtful = is_behind_client && field.raw != earlier.raw;
      if (is_doubtful) flags.set(Flag::key_forged);
      // Which of two that say the same matters where their places are asked for.
      const bool is_asked = is_doubtful || (is_behind_client && layout.order_mark != CefKey::unknown);
      const auto in_place = is_asked ? first_is_in_place(row, neighbours, slot - 1u, i) : std::nullopt;
      const bool keeps_first = is_asked ? in_place.value_or(first_counts(row, neighbours, slot - 1u, i, first_client))
                                        : !is_behind_client && layout.first_keys.has(field.id);
      if (keeps_first) {
        field.superseded = true;
      } else {
        earlier.superseded = true;
        slot = static_cast<std::uint16_t>(i + 1);
      }
    }
    if (first_client == fields.size() && row.is_client(field)) first_client = i;
  }
}

bool refuse_late_fields(CefFields& fields, const Layout& layout, Flags& flags) {
  const Row row(fields, layout);
  if (layout.order_mark != CefKey::unknown) {
    const bool any_text = refuse_texts_out_of_order(row, flags);
    return refuse_out_of_order(fields, layout, flags) || any_text;
  }
  const auto is_text = [&](const CefField& field) { return row.may_hold(field); };
  const auto first = std::find_if(fields.begin(), fields.end(), is_text);
  const auto has_in_front = [&](std::span<const CefKey> keys) {
    return std::any_of(fields.begin(), first, [&](const CefField& field) { return is_one_of(field.id, keys); });
  };
  const auto is_of_kind = [&](Layout::Name kind) {
    return std::any_of(fields.begin(), first, [&](const CefField& field) { return row.has_name(field, kind); });
  };
  const auto is_marked = [&](const Layout::Late& late) {
    if (!row.is_of(late.rows) || std::ranges::any_of(late.unless, is_of_kind)) return false;
    if (!late.of.empty() && !is_of_kind(late.of)) return false;
    if (late.needed == Layout::Marks::one) return has_in_front(late.marks);
    return std::ranges::all_of(late.marks, [&](const CefKey& mark) { return has_in_front({&mark, 1}); });
  };
  if (!has_in_front(kAnyAddresses)) return false;
  bool any = false;
  for (const Layout::Late& late : layout.late) {
    if (!is_marked(late)) continue;
    const Window window(row, first, late);
    const CefField* client = first;
    for (auto field = first; field != fields.end(); ++field) {
      const bool is_late = field != first && !field->superseded && is_one_of(field->id, late.keys);
      if (is_late && !row.is_again(*field) && !window.has(*field) && is_made_up(fields, *field, *client, late)) {
        refuse_stretch(fields, *client, *field, flags);
        any = true;
      } else if (is_text(*field) && !field->superseded) {
        client = field;
      }
    }
  }
  return any;
}

}  // namespace parsers
