// The tenant's users in the state database: what turns logged names into user principal names.
#include "storage/state_impl.h"

namespace storage {
namespace {

std::string joined(const std::vector<std::string>& lines) {
  std::string out;
  for (const std::string& line : lines) {
    if (line.find('\n') == std::string::npos) out += (out.empty() ? "" : "\n") + line;
  }
  return out;
}

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> out;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    out.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

}  // namespace

void State::put_user(const parsers::DirectoryUser& user) {
  TransactionScope scope(impl_->connection);
  if (user.removed) {
    Statement statement(impl_->connection, "DELETE FROM users WHERE id = ?");
    statement.use().bind_text(user.id).run();
    return scope.commit();
  }
  {
    Statement statement(impl_->connection, "INSERT OR IGNORE INTO users VALUES (?, '', '', '', '', '', '')");
    statement.use().bind_text(user.id).run();
  }
  // What the answer didn't mention stays.
  const auto set = [&](const char* sql, const std::optional<std::string>& value) {
    if (!value) return;
    Statement statement(impl_->connection, sql);
    statement.use().bind_text(*value).bind_text(user.id).run();
  };
  set("UPDATE users SET upn = ? WHERE id = ?", user.user_principal_name);
  set("UPDATE users SET mail = ? WHERE id = ?", user.mail);
  set("UPDATE users SET display_name = ? WHERE id = ?", user.display_name);
  set("UPDATE users SET sam_account = ? WHERE id = ?", user.sam_account_name);
  set("UPDATE users SET domain = ? WHERE id = ?", user.domain_name);
  set("UPDATE users SET addresses = ? WHERE id = ?",
      user.addresses ? std::optional(joined(*user.addresses)) : std::nullopt);
  scope.commit();
}

void State::clear_users() { impl_->connection.execute("DELETE FROM users"); }

void State::each_user(const std::function<void(const parsers::DirectoryUser&)>& take) {
  Statement statement(impl_->connection, R"(
      SELECT id, upn, mail, display_name, sam_account, domain, addresses FROM users ORDER BY id)");
  for (auto row = statement.use(); row.row();) {
    parsers::DirectoryUser user;
    user.id = row.text(0);
    user.user_principal_name = row.text(1);
    user.mail = row.text(2);
    user.display_name = row.text(3);
    user.sam_account_name = row.text(4);
    user.domain_name = row.text(5);
    user.addresses = lines_of(row.text(6));
    take(user);
  }
}

}  // namespace storage
