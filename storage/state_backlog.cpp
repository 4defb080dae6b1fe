// What correlation has still to do, in the state database: hosts whose stored messages were not looked at, and users
// who were not judged.
#include "storage/state_impl.h"

namespace storage {
namespace {

std::optional<BacklogRow> read_backlog(Statement::Use& row) {
  if (!row.row()) return std::nullopt;
  return BacklogRow{.host_key = static_cast<std::uint64_t>(row.integer(0)),
                    .reach = {parsers::from_micros(row.integer(1)), parsers::from_micros(row.integer(2))},
                    .after = static_cast<EventId>(row.integer(3)),
                    .until = static_cast<EventId>(row.integer(4)),
                    .again = static_cast<EventId>(row.integer(5))};
}

}  // namespace

void State::put_backlog(const BacklogRow& row) {
  impl_->insert_backlog.use()
      .bind(static_cast<std::int64_t>(row.host_key))
      .bind(parsers::to_micros(row.reach.from))
      .bind(parsers::to_micros(row.reach.to))
      .bind(static_cast<std::int64_t>(row.after))
      .bind(static_cast<std::int64_t>(row.until))
      .bind(static_cast<std::int64_t>(row.again))
      .run();
}

void State::drop_backlog(std::uint64_t host_key) {
  impl_->delete_backlog.use().bind(static_cast<std::int64_t>(host_key)).run();
}

std::optional<BacklogRow> State::backlog(std::uint64_t host_key) {
  auto row = impl_->backlog_of_host.use();
  row.bind(static_cast<std::int64_t>(host_key));
  return read_backlog(row);
}

std::optional<BacklogRow> State::next_backlog() {
  auto row = impl_->next_backlog.use();
  return read_backlog(row);
}

void State::put_due(std::string_view user) { impl_->insert_due.use().bind_text(user).run(); }

std::vector<std::string> State::take_due(std::size_t limit) {
  std::vector<std::string> users;
  auto row = impl_->take_due.use();
  for (row.bind(static_cast<std::int64_t>(limit)); row.row();) users.emplace_back(row.text(0));
  return users;
}

bool State::has_due() { return impl_->any_due.use().row(); }

}  // namespace storage
