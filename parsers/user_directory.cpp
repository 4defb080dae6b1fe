#include "parsers/user_directory.h"

namespace parsers {

void UserDirectory::Names::add_name(std::string_view name, const std::string& upn) {
  std::string key = fold_name(name);
  if (key.empty() || key == upn) return;
  const auto [known, is_new] = table_.try_emplace(std::move(key), upn);
  if (!is_new && known->second != upn) known->second.clear();
}

void UserDirectory::Names::add(const DirectoryUser& user) {
  const std::string upn = user.user_principal_name.value_or("");
  if (upn.empty()) return;
  add_name(user.mail.value_or(""), upn);
  add_name(user.display_name.value_or(""), upn);
  for (const std::string& address : user.addresses.value_or(std::vector<std::string>())) add_name(address, upn);
  const std::string account = user.sam_account_name.value_or("");
  if (account.empty()) return;
  add_name(account, upn);
  const std::string domain = user.domain_name.value_or("");
  if (domain.empty()) return;
  // Devices write the DNS name or the NetBIOS name, which nearly always is the DNS name's first label.
  add_name(domain + "\\" + account, upn);
  add_name(domain.substr(0, domain.find('.')) + "\\" + account, upn);
  add_name(account + "@" + domain, upn);
}

const std::string* UserDirectory::Names::find(std::string_view folded) const {
  const auto found = table_.find(folded);
  return found == table_.end() || found->second.empty() ? nullptr : &found->second;
}

}  // namespace parsers
