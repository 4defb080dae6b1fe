// In which order the vendors' own templates write what matters: where two readings of a message are possible, it tells
// what the device wrote from what a client made up (parsers/cef_doubt.h).
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "parsers/cef_keys.h"

namespace parsers {

// How a vendor's own template is laid out; what it says decides where two readings are possible.
struct Layout {
  // Of which rows something holds: of those that open with the device's message, or of the others.
  enum class Rows { any, without_message, with_message };

  // Where a key stands behind texts of clients: behind `behind`, with no such text between the two; or, where
  // `in_front_of` is given, `behind` comes somewhere before it and `in_front_of` somewhere after.
  struct Place {
    CefKey key, behind, in_front_of = CefKey::unknown;
    Rows rows = Rows::any;
  };

  enum class Marks { one, all };

  // The name of a field: its key without what it begins with (`prefixes`), which changes with the version and with who
  // forwards the row. One in front of every text of a client tells a kind of row.
  using Name = std::string_view;

  // Keys that stand in front of every text of a client or nowhere, in the vendor's own template. That it is in use, and
  // not one in a customer's order, is told by `marks` (one of them, or all) and an address that stand in front of all
  // such texts. Where `behind` is given, the keys may also stand behind that text; where `in_front_of` is, they are
  // late only in front of it, with no further text between; where `after` is, they stand between the first `until` and
  // the last `after` in front of that, whatever else there is. `of` and `unless` are names of kinds of rows.
  struct Late {
    std::span<const CefKey> marks, keys;
    CefKey behind = CefKey::unknown, in_front_of = CefKey::unknown, until = CefKey::unknown;
    Name after{}, of{};
    std::span<const Name> unless{};
    Rows rows = Rows::any;
    Marks needed = Marks::one;
  };

  // What rows that have `again_mark` in front of all texts of clients have a second time behind them: as the last field
  // of all, or as a number behind the text `behind` or directly in front of `in_front_of`. The second counts.
  struct Again {
    CefKey key, behind = CefKey::unknown, in_front_of = CefKey::unknown;
  };
  static constexpr std::size_t kMostAgain = 3;  // rows of them

  // Keys that stand behind `behind`, with no text of a client between the two; or, where that is unknown, in front of
  // every such text. That the vendor's own order is in use is told by `order_mark`, and by no address in front of it
  // and of all texts; what stands behind another key than the mark stands in front of the mark.
  struct Order {
    std::span<const CefKey> keys;
    CefKey behind = CefKey::unknown;
  };

  // DeviceVendor as it nearly always is, and how it begins in any spelling (parsers/header_text.h).
  std::string_view vendor, folded_vendor;
  std::span<const Late> late{};
  std::span<const Place> places{};
  bool quotes_urls = false;  // the URL stands in quotes, whatever it holds
  std::span<const Order> order{};
  CefKey order_mark = CefKey::unknown;
  // Of the vendor's order: the texts of clients that stand in front of the mark, as they follow one another, and keys
  // that stand behind the mark.
  std::span<const CefKey> text_order{}, behind_mark{};
  // Keys that it has between all of text_order and the mark.
  std::span<const CefKey> before_mark{};
  CefKeySet texts_in_front{};          // those of text_order
  bool opens_with_message = false;     // a `msg` in front of the addresses and of all texts of clients is the device's
  bool glues_keys = false;             // a template lost the blank in front of a key
  bool repeats_custom_fields = false;  // cs1 to cs6 and the like come once for each layer of rules
  std::span<const std::string_view> prefixes{};  // of keys that CEF has no name for
  std::span<const Again> again{};
  CefKey again_mark = CefKey::unknown;
  CefKeySet first_keys{};  // of two with no text of a client between them the first counts, not the second

  // Keys of `late` and `order`, and the same with those that a client controls.
  CefKeySet late_keys{}, watched_keys{};
  // Of those, the ones that stand well where this key came in front of them.
  CefKeySet settled_keys{};
  CefKey settled_by = CefKey::unknown;

  struct Vendor {
    std::string_view usual, folded;
  };
  constexpr Layout(Vendor name, std::span<const Late> late_rows, std::span<const Place> place_rows);
  constexpr Layout(Vendor name, std::span<const Place> place_rows, std::span<const Order> order_rows, CefKey mark);

 private:
  constexpr void watch(std::span<const CefKey> keys, bool may_be_settled);
};
const Layout& layout_of(std::string_view vendor);

}  // namespace parsers
