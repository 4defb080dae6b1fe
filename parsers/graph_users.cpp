#include "parsers/graph_users.h"

#include <boost/json.hpp>

#include "parsers/graph_page.h"
#include "parsers/json_scan.h"

namespace parsers {
namespace {

namespace json = boost::json;

std::string lower_text(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
  }
  return lower;
}

json::value parse_json(std::string_view text, json::error_code& error) {
  json::parse_options options;
  options.max_depth = kMaxRecordDepth;
  json::value value = json::parse(text, error, {}, options);
  return error ? json::parse(mend_json_text(text), error, {}, options) : value;
}

std::optional<std::string> text_at(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  if (value == nullptr) return std::nullopt;
  const json::string* text = value->if_string();
  return text == nullptr ? std::string() : std::string(text->data(), text->size());
}

std::optional<std::string> lower_at(const json::object& object, std::string_view key) {
  auto text = text_at(object, key);
  if (text) *text = lower_text(*text);
  return text;
}

std::optional<std::vector<std::string>> addresses_at(const json::object& object) {
  const json::value* value = object.if_contains("proxyAddresses");
  if (value == nullptr) return std::nullopt;
  std::vector<std::string> out;
  const json::array* list = value->if_array();
  for (const json::value& item : list == nullptr ? json::array() : *list) {
    const json::string* text = item.if_string();
    const std::string address = text == nullptr ? std::string() : lower_text({text->data(), text->size()});
    if (address.starts_with("smtp:")) out.push_back(address.substr(5));
  }
  return out;
}

std::optional<DirectoryUser> read_user(std::string_view text) {
  json::error_code failure;
  const json::value value = text.size() > kMaxRecordBytes ? json::value() : parse_json(text, failure);
  const json::object* object = failure ? nullptr : value.if_object();
  if (object == nullptr) return std::nullopt;
  DirectoryUser user;
  user.id = text_at(*object, "id").value_or("");
  if (user.id.empty()) return std::nullopt;
  user.removed = object->contains("@removed");
  if (user.removed) return user;
  user.user_principal_name = lower_at(*object, "userPrincipalName");
  user.mail = lower_at(*object, "mail");
  user.display_name = text_at(*object, "displayName");
  user.sam_account_name = text_at(*object, "onPremisesSamAccountName");
  user.domain_name = lower_at(*object, "onPremisesDomainName");
  user.addresses = addresses_at(*object);
  return user;
}

std::string link_of(std::string_view text) {
  if (text.empty()) return {};
  json::error_code failure;
  const json::value value = parse_json(text, failure);
  const json::string* link = failure ? nullptr : value.if_string();
  return link == nullptr ? std::string() : std::string(link->data(), link->size());
}

}  // namespace

Result<UserPage> parse_user_page(std::string_view text) {
  if (text.size() > kMaxPageBytes) return Error{"too_long", 0, {}};
  const PageText parts = split_pages(text);
  UserPage page;
  page.truncated = parts.truncated;
  page.rejected = parts.rejected.size();
  for (const PageText::Record& part : parts.records) {
    if (auto user = read_user(part.text)) {
      page.users.push_back(std::move(*user));
    } else {
      ++page.rejected;
    }
  }
  page.next_link = link_of(parts.next_link);
  page.delta_link = link_of(parts.delta_link);
  if (!page.users.empty() || parts.has_page) return page;
  if (parts.rejected.empty()) return Error{"empty", 0, {}};
  return parts.rejected.front();
}

}  // namespace parsers
