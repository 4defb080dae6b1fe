// Clicks on watched hosts, and findings with their outbox, in the state database.
#include <algorithm>
#include <limits>

#include "storage/state_impl.h"

namespace storage {
namespace {

FindingRow read_finding(const Statement::Use& row) {
  return {.id = std::string(row.text(0)),
          .revision = row.integer(1),
          .time = parsers::from_micros(row.integer(2)),
          .digest = std::string(row.text(3)),
          .json = std::string(row.text(4))};
}

std::vector<FindingRow> read_findings(Statement::Use& row) {
  std::vector<FindingRow> findings;
  while (row.row()) findings.push_back(read_finding(row));
  return findings;
}

std::vector<SuppressedRow> read_suppressed(Statement::Use& row) {
  std::vector<SuppressedRow> rows;
  while (row.row()) rows.push_back({read_finding(row), std::string(row.text(5))});
  return rows;
}

std::int64_t row_limit(std::size_t limit) {
  return static_cast<std::int64_t>(std::min<std::size_t>(limit, std::numeric_limits<std::int64_t>::max()));
}

}  // namespace

void State::put_click(const ClickRow& click) {
  impl_->insert_click.use()
      .bind(static_cast<std::int64_t>(click.event))
      .bind(static_cast<std::int64_t>(click.host_key))
      .bind(parsers::to_micros(click.time))
      .bind_text(click.user)
      .bind_text(click.account)
      .bind_text(click.source)
      .bind_text(click.destination)
      .run();
}

std::vector<ClickRow> State::clicks_of_user(std::string_view upn, parsers::TimePoint from, parsers::TimePoint to) {
  std::vector<ClickRow> clicks;
  auto row = impl_->clicks_of_user.use();
  row.bind_text(upn).bind(parsers::to_micros(from)).bind(parsers::to_micros(to)).bind_text(account_of(upn));
  while (row.row()) {
    clicks.push_back({.event = static_cast<EventId>(row.integer(0)),
                      .host_key = static_cast<std::uint64_t>(row.integer(1)),
                      .time = parsers::from_micros(row.integer(2)),
                      .user = std::string(row.text(3)),
                      .account = std::string(row.text(4)),
                      .source = std::string(row.text(5)),
                      .destination = std::string(row.text(6))});
  }
  return clicks;
}

std::optional<FindingRow> State::latest_finding(std::string_view id) {
  auto row = impl_->latest_finding.use();
  if (!row.bind_text(id).row()) return std::nullopt;
  return read_finding(row);
}

void State::put_finding(const FindingRow& finding, const std::vector<OutboxLine>& lines) {
  TransactionScope scope(impl_->connection);
  impl_->insert_finding.use()
      .bind_text(finding.id)
      .bind(finding.revision)
      .bind(parsers::to_micros(finding.time))
      .bind_text(finding.digest)
      .bind_text(finding.json)
      .run();
  for (const OutboxLine& line : lines) {
    auto use = impl_->insert_line.use();
    use.bind_text(line.format).bind_text(finding.id).bind(finding.revision).bind_text(line.line).run();
  }
  scope.commit();
}

std::vector<OutboxLine> State::outbox(std::string_view format, std::size_t limit) {
  std::vector<OutboxLine> lines;
  auto row = impl_->lines_of_format.use();
  for (row.bind_text(format).bind(row_limit(limit)); row.row();)
    lines.push_back({row.integer(0), std::string(row.text(1)), std::string(row.text(2))});
  return lines;
}

void State::mark_written(std::int64_t sequence) { impl_->delete_line.use().bind(sequence).run(); }

void State::drop_outboxes_except(const std::vector<std::string>& formats) {
  std::vector<std::string> waiting;
  Statement all(impl_->connection, "SELECT DISTINCT format FROM outbox");
  for (auto row = all.use(); row.row();) waiting.emplace_back(row.text(0));
  Statement drop(impl_->connection, "DELETE FROM outbox WHERE format = ?");
  for (const std::string& format : waiting)
    if (std::ranges::find(formats, format) == formats.end()) drop.use().bind_text(format).run();
}

std::vector<FindingRow> State::latest_findings(std::size_t limit) {
  auto row = impl_->latest_findings.use();
  row.bind(row_limit(limit));
  return read_findings(row);
}

void State::put_suppressed(const SuppressedRow& row) {
  impl_->insert_suppressed.use()
      .bind_text(row.finding.id)
      .bind(row.finding.revision)
      .bind(parsers::to_micros(row.finding.time))
      .bind_text(row.finding.digest)
      .bind_text(row.finding.json)
      .bind_text(row.rules)
      .run();
}

bool State::drop_suppressed(std::string_view id) {
  auto use = impl_->delete_suppressed.use();
  const bool was_there = use.bind_text(id).row();
  if (was_there) use.run();
  return was_there;
}

std::optional<SuppressedRow> State::suppressed(std::string_view id) {
  auto row = impl_->suppressed_by_id.use();
  auto rows = read_suppressed(row.bind_text(id));
  return rows.empty() ? std::nullopt : std::optional(std::move(rows.front()));
}

std::vector<State::SuppressedRules> State::suppressed_rules() {
  std::vector<SuppressedRules> rows;
  Statement all(impl_->connection, "SELECT id, rules FROM suppressed ORDER BY id");
  for (auto row = all.use(); row.row();) rows.push_back({std::string(row.text(0)), std::string(row.text(1))});
  return rows;
}

std::vector<SuppressedRow> State::suppressed(std::size_t limit) {
  auto row = impl_->suppressed_rows.use();
  return read_suppressed(row.bind(row_limit(limit)));
}

}  // namespace storage
