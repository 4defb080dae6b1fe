// Alerts and sign-ins in the state database: the JSON is kept, the record is read from it again, so that a better
// parser mends history too. The columns beside it are for searching, and for records whose JSON can't be read.
#include <algorithm>
#include <limits>

#include "storage/state_impl.h"

namespace storage {
namespace {

using parsers::Alert;
using parsers::SignIn;

std::int64_t row_limit(std::size_t limit) {
  return static_cast<std::int64_t>(std::min<std::size_t>(limit, std::numeric_limits<std::int64_t>::max()));
}

template <class Record>
std::optional<Record> only_record(parsers::Result<parsers::Page<Record>> page, std::string_view id) {
  if (!page.has_value() || page->records.size() != 1 || page->records[0].id != id) return std::nullopt;
  return std::move(page->records[0]);
}

std::vector<std::uint64_t> distinct(std::vector<std::uint64_t> hosts) {
  std::ranges::sort(hosts, {}, [](std::uint64_t key) { return static_cast<std::int64_t>(key); });
  const auto repeated = std::ranges::unique(hosts);
  hosts.erase(repeated.begin(), repeated.end());
  std::erase(hosts, 0);
  return hosts;
}

}  // namespace

Alert State::Impl::read_alert(const Statement::Use& row) {
  std::string raw = unpack(row.blob(4));
  Alert alert;
  if (auto read = only_record(parsers::parse_alert_page(raw), row.text(1))) {
    alert = std::move(*read);
  } else {
    alert.id = row.text(1);
    alert.created = alert.last_update = parsers::from_micros(row.integer(2));
    alert.first_activity = alert.last_activity = alert.created;
    alert.title = row.text(3);
  }
  alert.raw = std::move(raw);
  return alert;
}

SignIn State::Impl::read_sign_in(const Statement::Use& row) {
  std::string raw = unpack(row.blob(6));
  SignIn sign_in;
  if (auto read = only_record(parsers::parse_sign_in_page(raw), row.text(1))) {
    sign_in = std::move(*read);
  } else {
    sign_in.id = row.text(1);
    sign_in.created = parsers::from_micros(row.integer(2));
    sign_in.user_principal_name = row.text(3);
    sign_in.address = row.text(4);
    sign_in.error_code = static_cast<int>(row.integer(5));
  }
  sign_in.raw = std::move(raw);
  return sign_in;
}

bool State::Impl::holds(const Alert& alert, const std::vector<std::uint64_t>& hosts) {
  auto row = alert_by_id.use();
  if (!row.bind_text(alert.id).row()) return false;
  if (row.integer(0) != parsers::to_micros(alert.created) || row.text(1) != alert.title ||
      unpack(row.blob(2)) != alert.raw) {
    return false;
  }
  std::vector<std::uint64_t> stored;
  auto host = hosts_of_alert.use();
  for (host.bind_text(alert.id); host.row();) stored.push_back(static_cast<std::uint64_t>(host.integer(0)));
  return stored == hosts;
}

bool State::Impl::holds(const SignIn& sign_in) {
  auto row = sign_in_by_id.use();
  return row.bind_text(sign_in.id).row() && row.integer(0) == parsers::to_micros(sign_in.created) &&
         row.text(1) == sign_in.user_principal_name && row.text(2) == sign_in.address &&
         row.integer(3) == sign_in.error_code && unpack(row.blob(4)) == sign_in.raw;
}

bool State::put_alert(const Alert& alert, const std::vector<std::uint64_t>& hosts, const Reach& reach) {
  const std::vector<std::uint64_t> keys = distinct(hosts);
  if (impl_->holds(alert, keys)) return false;
  TransactionScope scope(impl_->connection);
  impl_->delete_alert.use().bind_text(alert.id).run();
  impl_->delete_hosts.use().bind_text(alert.id).run();
  impl_->insert_alert.use()
      .bind(impl_->next_sequence("alerts"))
      .bind_text(alert.id)
      .bind(parsers::to_micros(alert.created))
      .bind_text(alert.title)
      .bind_blob(impl_->compressor.compress(alert.raw))
      .run();
  for (const std::uint64_t key : keys) {
    impl_->insert_host.use()
        .bind(static_cast<std::int64_t>(key))
        .bind_text(alert.id)
        .bind(parsers::to_micros(reach.from))
        .bind(parsers::to_micros(reach.to))
        .run();
  }
  scope.commit();
  return true;
}

bool State::put_sign_in(const SignIn& sign_in) {
  if (impl_->holds(sign_in)) return false;
  TransactionScope scope(impl_->connection);
  impl_->delete_sign_in.use().bind_text(sign_in.id).run();
  impl_->insert_sign_in.use()
      .bind(impl_->next_sequence("sign_ins"))
      .bind_text(sign_in.id)
      .bind(parsers::to_micros(sign_in.created))
      .bind_text(sign_in.user_principal_name)
      .bind_text(account_of(sign_in.user_principal_name))
      .bind_text(sign_in.address)
      .bind(sign_in.error_code)
      .bind_blob(impl_->compressor.compress(sign_in.raw))
      .bind_text(sign_in.session_id)
      .run();
  scope.commit();
  return true;
}

std::vector<State::NumberedAlert> State::alerts_after(std::int64_t after, std::size_t limit) {
  std::vector<NumberedAlert> alerts;
  auto row = impl_->alerts_after.use();
  for (row.bind(after).bind(row_limit(limit)); row.row();) {
    alerts.push_back({row.integer(0), impl_->read_alert(row)});
  }
  return alerts;
}

std::vector<State::NumberedSignIn> State::sign_ins_after(std::int64_t after, std::size_t limit) {
  std::vector<NumberedSignIn> sign_ins;
  auto row = impl_->sign_ins_after.use();
  for (row.bind(after).bind(row_limit(limit)); row.row();) {
    sign_ins.push_back({row.integer(0), impl_->read_sign_in(row)});
  }
  return sign_ins;
}

std::vector<Alert> State::alerts_created_since(parsers::TimePoint from) {
  std::vector<Alert> alerts;
  auto row = impl_->alerts_created_since.use();
  for (row.bind(parsers::to_micros(from)); row.row();) alerts.push_back(impl_->read_alert(row));
  return alerts;
}

std::vector<Alert> State::alerts_on_host(std::uint64_t host_key) {
  std::vector<Alert> alerts;
  auto row = impl_->alerts_on_host.use();
  for (row.bind(static_cast<std::int64_t>(host_key)); row.row();) alerts.push_back(impl_->read_alert(row));
  return alerts;
}

std::vector<State::Watched> State::watched() {
  std::vector<Watched> hosts;
  for (auto row = impl_->watched.use(); row.row();)
    hosts.push_back({static_cast<std::uint64_t>(row.integer(0)),
                     {parsers::from_micros(row.integer(1)), parsers::from_micros(row.integer(2))}});
  return hosts;
}

std::vector<std::string> State::alert_ids_on_host(std::uint64_t host_key) {
  std::vector<std::string> ids;
  auto row = impl_->alert_ids_on_host.use();
  for (row.bind(static_cast<std::int64_t>(host_key)); row.row();) ids.emplace_back(row.text(0));
  return ids;
}

std::optional<Alert> State::alert(std::string_view id) {
  auto row = impl_->whole_alert.use();
  if (!row.bind_text(id).row()) return std::nullopt;
  return impl_->read_alert(row);
}

std::vector<SignIn> State::sign_ins_from(std::string_view upn, std::string_view address, parsers::TimePoint from,
                                         parsers::TimePoint to, std::size_t limit) {
  std::vector<SignIn> sign_ins;
  auto row = impl_->sign_ins_from.use();
  row.bind_text(upn).bind_text(address).bind(parsers::to_micros(from)).bind(parsers::to_micros(to));
  for (row.bind(row_limit(limit)); row.row();) sign_ins.push_back(impl_->read_sign_in(row));
  return sign_ins;
}

std::vector<std::uint64_t> State::watched_hosts() {
  std::vector<std::uint64_t> hosts;
  for (auto row = impl_->watched_hosts.use(); row.row();) hosts.push_back(static_cast<std::uint64_t>(row.integer(0)));
  return hosts;
}

std::vector<SignIn> State::sign_ins_of_user(std::string_view upn, parsers::TimePoint from, parsers::TimePoint to) {
  std::vector<SignIn> sign_ins;
  auto row = impl_->sign_ins_of_user.use();
  for (row.bind_text(upn).bind(parsers::to_micros(from)).bind(parsers::to_micros(to)); row.row();) {
    sign_ins.push_back(impl_->read_sign_in(row));
  }
  return sign_ins;
}

std::vector<SignIn> State::sign_ins_of_account(std::string_view account, parsers::TimePoint from,
                                               parsers::TimePoint to) {
  std::vector<SignIn> sign_ins;
  auto row = impl_->sign_ins_of_account.use();
  for (row.bind_text(account).bind(parsers::to_micros(from)).bind(parsers::to_micros(to)); row.row();) {
    sign_ins.push_back(impl_->read_sign_in(row));
  }
  return sign_ins;
}

}  // namespace storage
