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
          .json = std::string(row.text(4)),
          .written = row.integer(5) != 0};
}

std::vector<FindingRow> read_findings(Statement::Use& row) {
  std::vector<FindingRow> findings;
  while (row.row()) findings.push_back(read_finding(row));
  return findings;
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

void State::put_finding(const FindingRow& finding) {
  impl_->insert_finding.use()
      .bind_text(finding.id)
      .bind(finding.revision)
      .bind(parsers::to_micros(finding.time))
      .bind_text(finding.digest)
      .bind_text(finding.json)
      .bind(finding.written ? 1 : 0)
      .run();
}

std::vector<FindingRow> State::unwritten_findings() {
  auto row = impl_->unwritten_findings.use();
  return read_findings(row);
}

void State::mark_written(std::string_view id, std::int64_t revision) {
  impl_->mark_written.use().bind_text(id).bind(revision).run();
}

std::vector<FindingRow> State::latest_findings(std::size_t limit) {
  auto row = impl_->latest_findings.use();
  row.bind(static_cast<std::int64_t>(std::min<std::size_t>(limit, std::numeric_limits<std::int64_t>::max())));
  return read_findings(row);
}

}  // namespace storage
