#include "parsers/identity.h"

#include <algorithm>
#include <array>
#include <bit>
#include <utility>

#include "parsers/ascii.h"
#include "parsers/code_point.h"
#include "parsers/lanes.h"
#include "parsers/words.h"

namespace parsers {
namespace {

using Form = UserName::Form;

constexpr ByteSet kBlank = ByteSet(" \t\r\n\v\f");
constexpr ByteSet kNotInMail = ByteSet(" \t\r\n\v\f\\/,;:\"<>()[]");
constexpr ByteSet kNotInDomain = ByteSet(" \t@/:");
constexpr ByteSet kBetweenWords = ByteSet(" \t\r\n\v\f,(");
constexpr WordTable kNobody{std::array<WordRow<bool>, 9>{{{"n/a", true},
                                                          {"na", true},
                                                          {"none", true},
                                                          {"null", true},
                                                          {"-", true},
                                                          {"unknown", true},
                                                          {"(na)", true},
                                                          {"anonymous", true},
                                                          {"(anonymous)", true}}}};

bool is_blank(char c) { return kBlank.has(c); }

std::string_view trim(std::string_view text) { return kBlank.trim(text); }

// Lower case of the letters in European names: Latin with accents, Greek, Cyrillic (Unicode's simple case folding).
char32_t fold_letter(char32_t c) {
  if ((c >= 0xc0 && c <= 0xde && c != 0xd7) || (c >= 0x391 && c <= 0x3a9) || (c >= 0x410 && c <= 0x42f))
    return c + 0x20;
  if (c >= 0x400 && c <= 0x40f) return c + 0x50;
  if (c == 0x178) return 0xff;
  const bool upper_is_odd = (c >= 0x139 && c <= 0x148) || (c >= 0x179 && c <= 0x17e);
  const bool in_pairs = c >= 0x100 && c <= 0x17e && c != 0x130 && c != 0x131 && c != 0x138 && c != 0x149;
  return in_pairs && (c % 2 == 1) == upper_is_odd ? c + 1 : c;
}

// The form in which names are compared: lower case, one blank for any run of blanks, one backslash for any run.
void append_folded(std::string_view text, std::string& out) {
  const std::size_t begin = out.size();
  text = trim(text);
  for (std::size_t at = 0; at < text.size();) {
    const CodePoint point = read_utf8(text, at);
    if (point.size > 1) {
      append_utf8(fold_letter(point.value), out);
      at += point.size;
      continue;
    }
    const char c = text[at++];
    const char folded = is_blank(c) ? ' ' : to_lower(c);
    if ((folded == ' ' || folded == '\\') && out.size() > begin && out.back() == folded) continue;
    out += folded;
  }
}

// A logged name in parts that point into it.
struct Parts {
  Form form = Form::empty;
  std::string_view user{}, domain{}, id{};
  bool is_plain = false;  // a user principal name of ASCII letters, in a DNS domain
};

// A name that ends in '$' is a computer's account.
bool is_placeholder(std::string_view name) {
  return name.size() > kMaxUserBytes || name.find("->") != std::string_view::npos || name.ends_with('$') ||
         std::ranges::all_of(name, is_digit) || kNobody.find(name) != nullptr;
}

bool is_mail_form(std::string_view name) {
  const auto at = name.find('@');
  return at != std::string_view::npos && at > 0 && at + 1 < name.size() && name.find('@', at + 1) == name.npos &&
         !kNotInMail.is_in(name);
}

bool is_dns_domain(std::string_view domain) {
  const auto dot = domain.find('.');
  return dot != std::string_view::npos && dot > 0 && !domain.ends_with('.') && !kNotInDomain.is_in(domain);
}

// "CN=Example\, Bob,OU=Staff,DC=contoso,DC=com" -> "Example\, Bob".
std::string_view common_name(std::string_view name) {
  const std::string_view value = name.substr(3);
  for (std::size_t i = 0; i < value.size(); ++i) {
    if (value[i] == '\\') {
      ++i;
    } else if (value[i] == ',') {
      return trim(value.substr(0, i));
    }
  }
  return trim(value);
}

Parts take_display(std::string_view name) {
  Parts parts{.form = Form::display, .user = name};
  if (!name.ends_with(')')) return parts;
  const auto open = name.rfind('(');
  const std::string_view id = trim(name.substr(open == name.npos ? name.size() : open + 1));
  if (open == std::string_view::npos || id.size() < 2) return parts;
  parts.id = trim(id.substr(0, id.size() - 1));
  parts.user = trim(name.substr(0, open));
  if (parts.user.empty()) parts.user = parts.id;
  return parts;
}

// "bob@CONTOSO" is a Kerberos name: its realm is a domain to be mapped, not a suffix.
Parts take_mail(std::string_view name) {
  const auto at = name.find('@');
  const std::string_view domain = name.substr(at + 1);
  if (is_dns_domain(domain)) return {.form = Form::upn, .user = name, .domain = domain};
  return {.form = Form::domain_account, .user = name.substr(0, at), .domain = domain};
}

// "account@domain.name", "DOMAIN\\account" and "account" of ASCII letters, digits and a few signs, told in one pass;
// false for all else.
bool take_plain_name(std::string_view name, Parts& parts) {
  std::size_t at = std::string_view::npos;  // of the one byte that is none of those
  for (std::size_t i = 0; i < name.size(); i += Lanes::kBytes) {
    const SomeLanes some = lanes_at(name, i);
    const Lanes& lanes = some.lanes;
    const LaneSet plain =
        lanes.letters() | lanes.within('0', '9') | lanes.within('-', '.') | lanes.equal('_') | lanes.equal('+');
    const unsigned others = some.others(plain);
    if (others == 0) continue;
    if (at != std::string_view::npos || (others & (others - 1)) != 0) return false;
    at = i + static_cast<std::size_t>(std::countr_zero(others));
  }
  if (name.empty() || at == 0 || at == name.size() - 1) return false;
  if (at == std::string_view::npos) {
    parts.form = is_placeholder(name) ? Form::placeholder : Form::account;
    if (parts.form == Form::account) parts.user = name;
    return true;
  }
  const std::string_view front = name.substr(0, at), back = name.substr(at + 1);
  if (name[at] == '@') {
    if (back.front() == '.' || back.back() == '.' || back.find('.') == back.npos) return false;
    parts.form = Form::upn;
    parts.user = name;
    parts.domain = back;
    parts.is_plain = true;
    return true;
  }
  if (name[at] != '\\' || is_placeholder(back)) return false;
  parts.form = Form::domain_account;
  parts.user = back;
  parts.domain = front;
  return true;
}

Parts take_any_name(std::string_view raw) {
  std::string_view name = trim(raw);
  while (name.size() >= 2 && name.front() == '"' && name.back() == '"') name = trim(name.substr(1, name.size() - 2));
  if (name.empty() || name == "\"") return {};
  if (is_placeholder(name)) return {.form = Form::placeholder};
  if (starts_with_ignoring_case(name, "CN=")) {
    const std::string_view common = common_name(name);
    return common.empty() || is_placeholder(common) ? Parts{.form = Form::placeholder} : take_display(common);
  }
  if (const auto slash = name.find('\\'); slash != std::string_view::npos && slash > 0) {
    const auto user_at = name.find_first_not_of('\\', slash);
    if (user_at == std::string_view::npos) return {.form = Form::placeholder};
    const std::string_view domain = trim(name.substr(0, slash)), user = trim(name.substr(user_at));
    if (is_placeholder(user)) return {.form = Form::placeholder};
    if (is_mail_form(user)) return take_mail(user);
    return {.form = Form::domain_account, .user = user, .domain = domain};
  }
  if (is_mail_form(name)) return take_mail(name);
  const bool many_words = kBetweenWords.is_in(name);
  if (many_words) return take_display(name);
  while (name.starts_with('\\')) name.remove_prefix(1);
  return name.empty() ? Parts{.form = Form::placeholder} : Parts{.form = Form::account, .user = name};
}

void take_apart(std::string_view raw, Parts& parts) {
  if (!take_plain_name(raw, parts)) parts = take_any_name(raw);
}

struct CsvRow {
  std::vector<std::string> fields{};
  std::size_t line = 1;  // where the row begins
};

// Reads the row at `at`, which must be inside `text`, and moves `at` and `line` behind it.
Result<CsvRow> read_csv_row(std::string_view text, std::size_t& at, std::size_t& line) {
  CsvRow row{.fields = {""}, .line = line};
  bool quoted = false, closed = false;
  for (; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '\n') ++line;
    if (quoted) {
      if (c != '"') {
        row.fields.back() += c;
      } else if (at + 1 < text.size() && text[at + 1] == '"') {
        row.fields.back() += text[++at];
      } else {
        quoted = false;
        closed = true;
      }
    } else if (c == '\n') {
      ++at;
      return row;
    } else if (c == '\r' && (at + 1 == text.size() || text[at + 1] == '\n')) {
      continue;
    } else if (c == ',') {
      row.fields.emplace_back();
      closed = false;
    } else if (c == '"' && row.fields.back().empty() && !closed) {
      quoted = true;
    } else if (closed || c == '"') {
      return Error{"csv_quote", at, "line " + std::to_string(line) + ": a quote in the middle of a field"};
    } else {
      row.fields.back() += c;
    }
  }
  if (quoted) return Error{"csv_quote", at, "line " + std::to_string(row.line) + ": a quoted field has no end"};
  return row;
}

}  // namespace

const char* to_string(UserMatch match) {
  switch (match) {
    case UserMatch::upn:
      return "upn";
    case UserMatch::mapped:
      return "mapped";
    case UserMatch::account:
      return "account";
    case UserMatch::address:
      return "address";
    case UserMatch::none:
      return "none";
  }
  return "none";
}

UserName parse_user_name(std::string_view raw) {
  Parts parts;
  take_apart(raw, parts);
  UserName name{.form = parts.form, .user = {}, .domain = {}, .id = {}};
  append_folded(parts.user, name.user);
  if (parts.form == Form::domain_account) append_lower(parts.domain, name.domain);
  append_lower(parts.id, name.id);
  return name;
}

void IdentityMap::add_domain(std::string_view domain, std::string_view suffix) {
  std::string key, value;
  append_lower(trim(domain), key);
  append_lower(trim(suffix), value);
  if (value.starts_with('@')) value.erase(0, 1);
  if (key.empty() || value.empty()) return;
  domain_sizes_ |= std::uint64_t{1} << (key.size() % 64);
  domains_.insert_or_assign(std::move(key), std::move(value));
}

void IdentityMap::add_name(std::string_view logged, std::string_view upn) {
  std::string key, value;
  append_folded(logged, key);
  append_lower(trim(upn), value);
  if (!key.empty() && !value.empty()) names_.insert_or_assign(std::move(key), std::move(value));
}

Result<std::size_t> IdentityMap::add_csv(std::string_view text) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  std::vector<std::pair<std::string, std::string>> rows;
  std::size_t line = 1, at = 0;
  while (at < text.size()) {
    const std::size_t row_at = at;
    Result<CsvRow> row = read_csv_row(text, at, line);
    if (!row) return row.error();
    std::vector<std::string>& fields = row->fields;
    const std::string where = "line " + std::to_string(row->line) + ": ";
    if (fields.size() == 1 && trim(fields[0]).empty()) continue;
    if (fields.size() != 2) return Error{"csv_columns", row_at, where + "two columns are wanted"};
    const std::string_view logged = trim(fields[0]), upn = trim(fields[1]);
    if (row->line == 1 && equal_ignoring_case(logged, "logged name") && equal_ignoring_case(upn, "user principal name"))
      continue;
    if (logged.empty()) return Error{"csv_empty", row_at, where + "the logged name is empty"};
    if (!is_mail_form(upn)) return Error{"csv_upn", row_at, where + "the second column is no user principal name"};
    rows.emplace_back(logged, upn);
  }
  for (const auto& [logged, upn] : rows) add_name(logged, upn);
  return rows.size();
}

bool IdentityMap::find_name(std::string_view name, ResolvedUser& out) const {
  if (names_.empty() || name.empty()) return false;
  std::string& key = out.account;  // as room for the key; overwritten below
  key.clear();
  append_folded(name, key);
  const auto found = names_.find(std::string_view(key));
  if (found == names_.end()) return false;
  out.upn = found->second;
  out.how = UserMatch::mapped;
  return true;
}

bool IdentityMap::find_in_directory(std::string_view name, const UserDirectory::Names& names, ResolvedUser& out) const {
  if (name.empty()) return false;
  std::string& key = out.account;
  key.clear();
  append_folded(name, key);
  const std::string* upn = names.find(key);
  if (upn == nullptr) return false;
  out.upn = *upn;
  out.how = UserMatch::mapped;
  return true;
}

IdentityMap::Suffix IdentityMap::append_suffix(std::string_view domain, std::string& upn) const {
  const std::size_t end = upn.size();
  append_lower(domain, upn);
  const std::string_view key = std::string_view(upn).substr(end);
  if (const std::string* const suffix = find_domain(key); suffix != nullptr) {
    upn.replace(end, std::string::npos, *suffix);
    return Suffix::configured;
  }
  return is_dns_domain(domain) ? Suffix::itself : Suffix::none;
}

ResolvedUser IdentityMap::resolve(std::string_view raw, std::string_view domain_hint) const {
  ResolvedUser user;
  resolve(raw, domain_hint, user);
  return user;
}

// A name that is a user principal name as it stands, but for a domain that is configured.
void IdentityMap::take_principal(std::string_view name, std::string_view domain, ResolvedUser& out) const {
  append_lower(name, out.upn);
  const std::size_t domain_at = name.size() - domain.size();
  out.account.assign(out.upn, 0, domain_at - 1);
  out.how = UserMatch::upn;
  const std::string* const suffix = find_domain(std::string_view(out.upn).substr(domain_at));
  if (suffix == nullptr) return;
  out.upn.replace(domain_at, std::string::npos, *suffix);
  out.how = UserMatch::mapped;
}

const std::string* IdentityMap::find_domain(std::string_view lower) const {
  if ((domain_sizes_ >> (lower.size() % 64) & 1) == 0) return nullptr;
  const auto found = domains_.find(lower);
  return found == domains_.end() ? nullptr : &found->second;
}

void IdentityMap::resolve(std::string_view raw, std::string_view domain_hint, ResolvedUser& out) const {
  out.upn.clear();
  out.account.clear();
  out.how = UserMatch::none;
  Parts parts;
  if (raw.size() > kMaxUserBytes) {
    parts.form = Form::placeholder;
  } else {
    take_apart(raw, parts);
  }
  out.form = parts.form;
  if (raw.size() <= kMaxUserBytes && (find_name(raw, out) || find_name(parts.id, out) ||
                                      (parts.form == Form::display && find_name(parts.user, out)))) {
    out.account.assign(out.upn, 0, out.upn.find('@'));
    return;
  }
  out.account.clear();
  if (parts.form == Form::empty || parts.form == Form::placeholder) return;
  const auto names = directory_ == nullptr ? nullptr : directory_->names();
  if (names && (find_in_directory(raw, *names, out) || find_in_directory(parts.id, *names, out) ||
                (parts.form == Form::display && find_in_directory(parts.user, *names, out)))) {
    out.account.assign(out.upn, 0, out.upn.find('@'));
    return;
  }
  out.account.clear();
  if (parts.form == Form::display) return;
  if (parts.is_plain) return take_principal(parts.user, parts.domain, out);
  const std::string_view account = parts.user.substr(0, parts.user.find('@'));
  append_lower(account, out.account);
  if (parts.domain.empty() && domain_hint.empty()) {
    out.how = UserMatch::account;
    return;
  }
  out.upn = out.account;
  out.upn += '@';
  Suffix suffix = append_suffix(parts.domain.empty() ? trim(domain_hint) : parts.domain, out.upn);
  // A DNS name in another field is often the computer's inner domain; a wrong user would hide the right account.
  if (parts.domain.empty() && suffix == Suffix::itself) suffix = Suffix::none;
  if (suffix == Suffix::none) {
    out.upn.clear();
    out.how = UserMatch::account;
  } else {
    out.how = parts.form == Form::upn && suffix == Suffix::itself ? UserMatch::upn : UserMatch::mapped;
  }
}

std::string fold_name(std::string_view name) {
  std::string key;
  append_folded(name, key);
  return key;
}

}  // namespace parsers
