#include "parsers/time_text.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "parsers/ascii.h"
#include "parsers/calendar.h"

namespace parsers {
namespace {

constexpr std::chrono::days kMaxAhead{30};

constexpr ByteSet kMonthInitials = ByteSet("adefjmnosADEFJMNOS");

// Three letters as one number, without case.
constexpr std::uint32_t letters(std::string_view text) {
  const auto byte = [&](std::size_t i) {
    return static_cast<std::uint32_t>(static_cast<unsigned char>(to_lower(text[i])));
  };
  return byte(0) << 16 | byte(1) << 8 | byte(2);
}
constexpr std::array<std::uint32_t, 12> kEnglish = {letters("jan"), letters("feb"), letters("mar"), letters("apr"),
                                                    letters("may"), letters("jun"), letters("jul"), letters("aug"),
                                                    letters("sep"), letters("oct"), letters("nov"), letters("dec")};

// The months by a hash of their letters, which gives each a place of its own.
constexpr std::size_t month_slot(std::uint32_t word) { return (word * 0x9b575bd1u) >> 28; }
constexpr auto kMonthSlots = [] {
  std::array<std::uint8_t, 16> slots{};
  for (std::size_t i = 0; i < kEnglish.size(); ++i) slots[month_slot(kEnglish[i])] = static_cast<std::uint8_t>(i);
  return slots;
}();
static_assert([] {
  for (std::size_t i = 0; i < kEnglish.size(); ++i) {
    if (kMonthSlots[month_slot(kEnglish[i])] != i) return false;
  }
  return true;
}());
// 1 to 12, or 0.
int english_month(std::uint32_t word) {
  const std::size_t month = kMonthSlots[month_slot(word)];
  return kEnglish[month] == word ? static_cast<int>(month) + 1 : 0;
}

struct MonthName {
  std::string_view name;
  int month;
};
// Other spellings, longer ones before their own beginnings. Bytes above 0x7f are UTF-8, and Latin-1 where that is
// short.
// clang-format off
constexpr MonthName kMonths[] = {
    {"january", 1}, {"february", 2}, {"march", 3}, {"april", 4}, {"june", 6}, {"july", 7}, {"august", 8},
    {"september", 9}, {"october", 10}, {"november", 11}, {"december", 12},
    {"janv", 1}, {"f\xc3\xa9vr", 2}, {"f\xe9vr", 2}, {"mars", 3}, {"avr", 4}, {"mai", 5}, {"juin", 6}, {"juil", 7},
    {"ao\xc3\xbbt", 8}, {"sept", 9}, {"d\xc3\xa9" "c", 12}, {"d\xe9" "c", 12},
    {"m\xc3\xa4rz", 3}, {"m\xc3\xa4r", 3}, {"mrz", 3}, {"okt", 10}, {"dez", 12},
    {"ene", 1}, {"abr", 4}, {"ago", 8}, {"dic", 12},
};
// clang-format on

constexpr std::array<std::uint32_t, 7> kWeekdays = {letters("mon"), letters("tue"), letters("wed"), letters("thu"),
                                                    letters("fri"), letters("sat"), letters("sun")};

struct ZoneWord {
  std::string_view word;
  int minutes;  // east of UTC
};
constexpr int kAmbiguous = 10000;
// A word that several parts of the world use for different offsets is eaten and taken for no zone at all.
constexpr ZoneWord kZones[] = {
    {"UTC", 0},          {"GMT", 0},          {"UCT", 0},          {"Z", 0},
    {"EST", -300},       {"EDT", -240},       {"CDT", -300},       {"MST", -420},
    {"MDT", -360},       {"PST", -480},       {"PDT", -420},       {"AKST", -540},
    {"AKDT", -480},      {"HST", -600},       {"WET", 0},          {"WEST", 60},
    {"CET", 60},         {"CEST", 120},       {"MEZ", 60},         {"MESZ", 120},
    {"EET", 120},        {"EEST", 180},       {"MSK", 180},        {"JST", 540},
    {"KST", 540},        {"HKT", 480},        {"SGT", 480},        {"AEST", 600},
    {"AEDT", 660},       {"ACST", 570},       {"AWST", 480},       {"NZST", 720},
    {"NZDT", 780},       {"CST", kAmbiguous}, {"IST", kAmbiguous}, {"BST", kAmbiguous},
    {"AST", kAmbiguous}, {"SST", kAmbiguous}, {"GST", kAmbiguous},
};

class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  std::size_t at() const { return at_; }
  void move_to(std::size_t at) { at_ = at; }
  std::string_view rest() const { return text_.substr(at_); }
  bool done() const { return at_ >= text_.size(); }
  char peek(std::size_t ahead = 0) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }

  bool eat(char c) {
    if (peek() != c || done()) return false;
    ++at_;
    return true;
  }
  bool eat_blanks() {
    const std::size_t start = at_;
    while (peek() == ' ') ++at_;
    return at_ > start;
  }
  // Between `min` and `max` digits, not followed by another one.
  bool number(int min, int max, int& value) {
    int n = 0;
    int result = 0;
    while (n < max && is_digit(peek(static_cast<std::size_t>(n)))) {
      result = result * 10 + (peek(static_cast<std::size_t>(n)) - '0');
      ++n;
    }
    if (n < min || is_digit(peek(static_cast<std::size_t>(n)))) return false;
    at_ += static_cast<std::size_t>(n);
    value = result;
    return true;
  }
  bool month(int& value) {
    std::size_t length = 0;
    value = scan_month(rest(), length);
    at_ += length;
    return value != 0;
  }

 private:
  std::string_view text_;
  std::size_t at_ = 0;
};

// hh:mm[:ss[(. or ,)fraction]]
bool scan_clock(Scanner& in, TimeText& out) {
  if (!in.number(1, 2, out.hour) || !in.eat(':') || !in.number(2, 2, out.minute)) return false;
  if (in.peek() == ':' && is_digit(in.peek(1))) {
    in.eat(':');
    if (!in.number(2, 2, out.second)) return false;
    if ((in.peek() == '.' || in.peek() == ',') && is_digit(in.peek(1))) {
      in.move_to(in.at() + 1);
      int scale = 100000;
      while (is_digit(in.peek())) {
        out.micros += (in.peek() - '0') * scale;
        scale /= 10;
        in.move_to(in.at() + 1);
      }
    }
  }
  return out.hour < 24 && out.minute < 60 && out.second <= 60;
}

bool scan_numeric_zone(Scanner& in, TimeText& out) {
  const std::size_t start = in.at();
  const int sign = in.peek() == '-' ? -1 : 1;
  in.move_to(start + 1);
  int hours = 0;
  int minutes = 0;
  bool good = false;
  if (in.number(2, 2, hours)) {
    good = in.peek() != ':' || (in.eat(':') && in.number(2, 2, minutes));
  } else if (in.number(4, 4, hours)) {
    minutes = hours % 100;
    hours /= 100;
    good = true;
  }
  if (!good || hours > 15 || minutes > 59) {
    in.move_to(start);
    return false;
  }
  out.offset = std::chrono::minutes{sign * (hours * 60 + minutes)};
  return true;
}

// The capitals at the start of a text that are a word by themselves; empty when there are none or too many.
std::string_view zone_word(std::string_view text) {
  std::size_t n = 0;
  while (n < text.size() && n < 5 && text[n] >= 'A' && text[n] <= 'Z') ++n;
  const char next = n < text.size() ? text[n] : ' ';
  const bool goes_on = is_alpha(next) || is_digit(next) || next == '-' || next == '.' || next == '_';
  return text.substr(0, goes_on ? 0 : n);
}

// "GMT+02:00", "UTC-0430", "UTC+2": the whole word with its offset, or nothing.
bool scan_offset_word(Scanner& in, TimeText& out) {
  constexpr std::size_t kWordBytes = 3;
  const std::string_view text = in.rest();
  if (text.size() < kWordBytes + 2 || (!text.starts_with("GMT") && !text.starts_with("UTC"))) return false;
  if ((text[kWordBytes] != '+' && text[kWordBytes] != '-') || !is_digit(text[kWordBytes + 1])) return false;
  const std::size_t start = in.at();
  in.move_to(start + kWordBytes);
  bool is_read = scan_numeric_zone(in, out);
  if (int hours = 0; !is_read) {
    in.move_to(start + kWordBytes + 1);
    is_read = in.number(1, 1, hours);
    if (is_read) out.offset = std::chrono::hours{text[kWordBytes] == '-' ? -hours : hours};
  }
  if (is_read && (in.done() || !(is_alpha(in.peek()) || is_digit(in.peek()) || in.peek() == ':' || in.peek() == '.')))
    return true;
  out.offset.reset();
  in.move_to(start);
  return false;
}

// Takes a zone after at most one blank; leaves the scanner alone when there is none.
void scan_zone(Scanner& in, TimeText& out) {
  const std::size_t start = in.at();
  in.eat(' ');
  if (in.peek() == '+' || in.peek() == '-') {
    if (scan_numeric_zone(in, out)) return;
  } else {
    if (scan_offset_word(in, out)) return;
    const std::string_view word = zone_word(in.rest());
    if (word.empty()) {
      in.move_to(start);
      return;
    }
    const auto zone =
        std::find_if(std::begin(kZones), std::end(kZones), [word](const auto& z) { return z.word == word; });
    if (zone != std::end(kZones)) {
      in.move_to(in.at() + word.size());
      if (zone->minutes != kAmbiguous) out.offset = std::chrono::minutes{zone->minutes};
      return;
    }
  }
  in.move_to(start);
}

bool is_valid_date(const TimeText& time, int year) {
  if (time.month < 1 || time.month > 12 || time.day < 1) return false;
  if (time.day <= 28) return true;
  return (std::chrono::year{year} / time.month / time.day).ok();
}
// Without a year the day may be 29 February.
bool is_valid_date(const TimeText& time) { return is_valid_date(time, time.year == 0 ? 2000 : time.year); }

TimePoint utc_time_in(int year, const TimeText& time) {
  const std::int64_t hours = calendar::day_number(year, time.month, time.day) * 24 + time.hour;
  const std::int64_t seconds = (hours * 60 + time.minute) * 60 + time.second;
  return TimePoint{std::chrono::seconds{seconds} + Duration{time.micros}};
}

TimePoint local_time_in(int year, const TimeText& time, const cctz::time_zone& zone) {
  const cctz::civil_second civil(year, time.month, time.day, time.hour, time.minute, time.second);
  return TimePoint{std::chrono::time_point_cast<Duration>(cctz::convert(civil, zone))} + Duration{time.micros};
}

// The latest year that puts the time no more than kMaxAhead after `received`, and the time in UTC then; 0 when the day
// does not exist in that year.
int infer_year(const TimeText& time, TimePoint received, TimePoint& in_utc) {
  const TimePoint latest = received + kMaxAhead;
  const int last_year = calendar::year_of(latest);
  for (int year = last_year; year >= last_year - 1; --year) {
    if (!is_valid_date(time, year)) continue;
    in_utc = utc_time_in(year, time);
    if (in_utc <= latest) return year;
  }
  return 0;
}

// A word of its own, so that a host's name which begins with digits is none.
bool scan_year_after_blank(Scanner& in, int& year) {
  static constexpr ByteSet kGoesOn =
      ByteSet(":-._").add_range('a', 'z').add_range('A', 'Z').add_range('0', '9').add_range(0x80, 0xff);
  const std::size_t start = in.at();
  if (in.eat_blanks() && in.number(4, 4, year) && year >= 1900 && !kGoesOn.has(in.peek())) return true;
  year = 0;
  in.move_to(start);
  return false;
}

// The zone, and a year behind it, as date(1) and Java write it.
std::optional<TimeText> finish(Scanner& in, TimeText& out) {
  scan_zone(in, out);
  if (out.year == 0 && out.offset) scan_year_after_blank(in, out.year);
  if (!is_valid_date(out)) return std::nullopt;
  out.length = in.at();
  return out;
}

// Two digits.
bool read_two(std::string_view text, std::size_t at, int& value) {
  if (!is_digit(text[at]) || !is_digit(text[at + 1])) return false;
  value = (text[at] - '0') * 10 + (text[at + 1] - '0');
  return true;
}

// " dd hh:mm:ss" or " dd yyyy hh:mm:ss" with all its digits and no fraction, as nearly every device writes it; what it
// refuses is read byte by byte.
bool scan_fixed(Scanner& in, TimeText& out) {
  constexpr std::size_t kYear = 4, kClock = 4, kClockBytes = 8;
  const std::string_view text = in.rest();
  if (text.size() < kClock + kClockBytes || text[0] != ' ' || text[3] != ' ') return false;
  TimeText time = out;
  int century = 0, year = 0;
  std::size_t at = kClock;
  if (text[6] != ':') {
    if (text.size() < kYear + 5 + kClockBytes || text[8] != ' ' || !read_two(text, kYear, century) ||
        !read_two(text, kYear + 2, year) || century == 0)
      return false;
    time.year = century * 100 + year;
    at = kYear + 5;
  }
  const bool is_read = read_two(text, 1, time.day) && read_two(text, at, time.hour) && text[at + 2] == ':' &&
                       read_two(text, at + 3, time.minute) && text[at + 5] == ':' &&
                       read_two(text, at + 6, time.second);
  const char next = text.size() > at + kClockBytes ? text[at + kClockBytes] : '\0';
  if (!is_read || is_digit(next) || next == '.' || next == ',') return false;
  if (time.hour > 23 || time.minute > 59 || time.second > 60) return false;
  out = time;
  in.move_to(in.at() + at + kClockBytes);
  return true;
}

// All of "Mmm dd yyyy hh:mm:ss" or "Mmm dd yyyy hh:mm:ss GMT", which is how most devices write their own time.
bool scan_plain_time(std::string_view text, TimeText& out) {
  constexpr std::size_t kBytes = 20, kZoneBytes = 4;
  if (text.size() != kBytes && (text.size() != kBytes + kZoneBytes || !text.ends_with(" GMT"))) return false;
  out.month = english_month(letters(text));
  if (out.month == 0 || text[3] != ' ' || text[6] != ' ' || text[11] != ' ' || text[14] != ':' || text[17] != ':')
    return false;
  int century = 0, year = 0;
  const bool is_read = read_two(text, 4, out.day) && read_two(text, 7, century) && read_two(text, 9, year) &&
                       read_two(text, 12, out.hour) && read_two(text, 15, out.minute) && read_two(text, 18, out.second);
  if (!is_read || century == 0 || out.hour > 23 || out.minute > 59 || out.second > 60) return false;
  out.year = century * 100 + year;
  if (!is_valid_date(out)) return false;
  if (text.size() != kBytes) out.offset = std::chrono::seconds{0};
  out.length = text.size();
  return true;
}

// "Mmm d[d][,] [yyyy] hh:mm:ss[.f] [yyyy] [zone]", and with "yyyy:hh:mm:ss"
std::optional<TimeText> scan_month_first(Scanner in, TimeText out) {
  if (!in.month(out.month)) return std::nullopt;
  if (out.year == 0 && scan_fixed(in, out)) {
    if (out.year == 0) scan_year_after_blank(in, out.year);
    return finish(in, out);
  }
  in.eat('.');
  if (!in.eat_blanks() || !in.number(1, 2, out.day)) return std::nullopt;
  in.eat(',');
  if (!in.eat_blanks()) return std::nullopt;
  if (out.year == 0 && is_digit(in.peek(2)) && is_digit(in.peek(3))) {
    if (!in.number(4, 4, out.year)) return std::nullopt;
    if (!in.eat_blanks() && !in.eat(':')) return std::nullopt;
  }
  if (!scan_clock(in, out)) return std::nullopt;
  if (out.year == 0) scan_year_after_blank(in, out.year);
  return finish(in, out);
}

// "yyyy Mmm dd hh:mm:ss" and "dd Mmm yyyy hh:mm:ss"
std::optional<TimeText> scan_number_first(Scanner in) {
  TimeText out;
  int first = 0;
  const bool year_first = is_digit(in.peek(2));
  if (!in.number(year_first ? 4 : 1, year_first ? 4 : 2, first) || !in.eat_blanks()) return std::nullopt;
  if (year_first) {
    out.year = first;
    return first >= 1900 ? scan_month_first(in, out) : std::nullopt;
  }
  out.day = first;
  if (!in.month(out.month)) return std::nullopt;
  in.eat('.');
  if (!in.eat_blanks() || !in.number(4, 4, out.year) || !in.eat_blanks() || !scan_clock(in, out)) return std::nullopt;
  return finish(in, out);
}

}  // namespace

int scan_month(std::string_view text, std::size_t& length) {
  if (text.size() < 3 || !kMonthInitials.has(text[0])) return 0;
  if (text.size() == 3 || !is_alpha(text[3])) {
    if (const int month = english_month(letters(text)); month != 0) {
      length = 3;
      return month;
    }
  }
  for (const auto& month : kMonths) {
    if (to_lower(text[0]) != month.name[0] || !starts_with_ignoring_case(text, month.name)) continue;
    if (text.size() > month.name.size() && is_alpha(text[month.name.size()])) continue;
    length = month.name.size();
    return month.month;
  }
  return 0;
}

bool scan_bsd_time(std::string_view text, TimeText& out) {
  out.month = english_month(letters(text));
  if (out.month == 0 || text[3] != ' ' || text[6] != ' ' || text[9] != ':' || text[12] != ':') return false;
  if (text[4] == ' ' && is_digit(text[5])) {
    out.day = text[5] - '0';
  } else if (!read_two(text, 4, out.day)) {
    return false;
  }
  return read_two(text, 7, out.hour) && read_two(text, 10, out.minute) && read_two(text, 13, out.second) &&
         out.hour < 24 && out.minute < 60 && out.second <= 60 && is_valid_date(out);
}

std::optional<TimeText> scan_iso_time(std::string_view text) {
  Scanner in{text};
  TimeText out;
  if (!in.number(4, 4, out.year) || (in.peek() != '-' && in.peek() != '/')) return std::nullopt;
  const char separator = in.peek();
  if (!in.eat(separator) || !in.number(2, 2, out.month) || !in.eat(separator) || !in.number(2, 2, out.day)) {
    return std::nullopt;
  }
  if (!in.eat('T') && !in.eat('t') && !in.eat(' ')) return std::nullopt;
  if (!scan_clock(in, out) || !is_valid_date(out)) return std::nullopt;
  if (in.peek() == 'z') {
    in.eat('z');
    out.offset = std::chrono::seconds{0};
    out.length = in.at();
    return out;
  }
  return finish(in, out);
}

std::size_t time_shape_length(std::string_view text) {
  Scanner in{text};
  int number = 0;
  const auto clock = [&] {
    if (!in.number(1, 2, number) || !in.eat(':') || !in.number(2, 2, number)) return false;
    return !in.eat(':') || in.number(2, 2, number);
  };
  if (in.month(number)) {
    if (!in.eat_blanks() || !in.number(1, 2, number) || !in.eat_blanks()) return 0;
    if (in.number(4, 4, number) && !in.eat_blanks()) return 0;
    return clock() ? in.at() : 0;
  }
  if (!in.number(4, 4, number) || !in.eat('-') || !in.number(2, 2, number) || !in.eat('-') || !in.number(2, 2, number))
    return 0;
  if ((!in.eat('T') && !in.eat(' ')) || !clock()) return 0;
  while (is_digit(in.peek()) || in.peek() == '.' || in.peek() == ':' || in.peek() == '+' || in.peek() == '-')
    in.move_to(in.at() + 1);
  in.eat('Z');
  return in.at();
}

std::optional<TimeText> scan_time(std::string_view text) {
  if (text.size() < 9) return std::nullopt;
  if (std::optional<TimeText> plain(std::in_place); scan_plain_time(text, *plain)) return plain;
  if (is_digit(text[0])) {
    if (text[4] == '-' || text[4] == '/') return scan_iso_time(text);
    return scan_number_first(Scanner{text});
  }
  if (const auto found = scan_month_first(Scanner{text}, TimeText{})) return found;
  if (std::find(kWeekdays.begin(), kWeekdays.end(), letters(text)) == kWeekdays.end()) return std::nullopt;
  std::size_t skip = 3;
  if (text[skip] == ',') ++skip;
  if (text[skip] != ' ') return std::nullopt;
  while (skip < text.size() && text[skip] == ' ') ++skip;
  auto inner = scan_time(text.substr(skip));
  if (inner) inner->length += skip;
  return inner;
}

std::optional<std::chrono::seconds> scan_zone_name(std::string_view text) {
  Scanner in{text};
  TimeText out;
  scan_zone(in, out);
  return in.done() ? out.offset : std::nullopt;
}

TimePoint utc_time(const TimeText& time) { return utc_time_in(time.year, time); }

std::optional<TimePoint> resolve_time(const TimeText& time, TimePoint received, const cctz::time_zone& zone,
                                      Flags& flags) {
  static const cctz::time_zone kUtc = cctz::utc_time_zone();
  TimePoint in_utc;
  int year = time.year;
  if (year == 0) {
    year = infer_year(time, received, in_utc);
    if (year == 0) return std::nullopt;
    flags.set(Flag::time_without_year);
  } else {
    in_utc = utc_time_in(year, time);
  }
  if (time.offset) return in_utc - *time.offset;
  flags.set(Flag::time_without_zone);
  return zone == kUtc ? in_utc : local_time_in(year, time, zone);
}

}  // namespace parsers
