#include "storage/state.h"

#include "storage/migrations.h"
#include "storage/state_impl.h"

namespace storage {
namespace {

constexpr std::size_t kMaxRecordBytes = 64u << 20;  // of one alert or sign-in as JSON; a limit against damage

Connection& prepared(Connection& connection, State::Mode mode) {
  connection.execute("PRAGMA foreign_keys = ON");
  if (mode == State::Mode::read_write) {
    // 32 MiB of pages: its indexes are read at random, and SQLite's own 2 MiB hold a small part of a month's.
    connection.execute(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA secure_delete = OFF; PRAGMA cache_size = -32768");
    migrate(connection, kStateSchema);
  } else if (checked_version(connection, kStateSchema) < static_cast<int>(kStateSchema.size())) {
    throw SqliteError(0, connection.path() + " was written by an older Lurewatch: start the service once to renew it.");
  }
  return connection;
}

}  // namespace

State::Impl::Impl(const std::string& path, Mode mode)
    : connection(path, mode == Mode::read_write ? Connection::Mode::read_write : Connection::Mode::read_only),
      bump_sequence(prepared(connection, mode), "UPDATE sequences SET last = last + 1 WHERE name = ? RETURNING last"),
      read_cursor(connection, "SELECT value FROM cursors WHERE name = ?"),
      write_cursor(connection, "INSERT OR REPLACE INTO cursors(name, value) VALUES (?, ?)"),
      alert_by_id(connection, "SELECT created, title, raw FROM alerts WHERE id = ?"),
      delete_alert(connection, "DELETE FROM alerts WHERE id = ?"),
      insert_alert(connection, "INSERT INTO alerts(sequence, id, created, title, raw) VALUES (?, ?, ?, ?, ?)"),
      hosts_of_alert(connection, "SELECT host_key FROM alert_hosts WHERE alert = ? ORDER BY host_key"),
      delete_hosts(connection, "DELETE FROM alert_hosts WHERE alert = ?"),
      insert_host(connection, "INSERT INTO alert_hosts(host_key, alert, first, last) VALUES (?, ?, ?, ?)"),
      alerts_after(connection, R"(
          SELECT sequence, id, created, title, raw FROM alerts WHERE sequence > ? ORDER BY sequence LIMIT ?)"),
      alerts_created_since(connection, R"(
          SELECT sequence, id, created, title, raw FROM alerts WHERE created >= ? ORDER BY created, id)"),
      alerts_on_host(connection, R"(
          SELECT sequence, id, created, title, raw FROM alert_hosts JOIN alerts ON alerts.id = alert_hosts.alert
          WHERE host_key = ? ORDER BY created, id)"),
      watched_hosts(connection, "SELECT DISTINCT host_key FROM alert_hosts ORDER BY host_key"),
      watched(connection, "SELECT host_key, min(first), max(last) FROM alert_hosts GROUP BY host_key"),
      alert_ids_on_host(connection, R"(
          SELECT id FROM alert_hosts JOIN alerts ON alerts.id = alert_hosts.alert
          WHERE host_key = ? ORDER BY created, id)"),
      whole_alert(connection, "SELECT sequence, id, created, title, raw FROM alerts WHERE id = ?"),
      sign_in_by_id(connection, "SELECT created, upn, address, error_code, raw FROM sign_ins WHERE id = ?"),
      delete_sign_in(connection, "DELETE FROM sign_ins WHERE id = ?"),
      insert_sign_in(connection, R"(
          INSERT INTO sign_ins(sequence, id, created, upn, account, address, error_code, raw, session)
          VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?))"),
      sign_ins_after(connection, R"(
          SELECT sequence, id, created, upn, address, error_code, raw FROM sign_ins
          WHERE sequence > ? ORDER BY sequence LIMIT ?)"),
      sign_ins_of_user(connection, R"(
          SELECT sequence, id, created, upn, address, error_code, raw FROM sign_ins
          WHERE upn = ? AND created BETWEEN ? AND ? ORDER BY created, id)"),
      sign_ins_of_account(connection, R"(
          SELECT sequence, id, created, upn, address, error_code, raw FROM sign_ins
          WHERE account = ? AND created BETWEEN ? AND ? ORDER BY created, id)"),
      sign_ins_from(connection, R"(
          SELECT sequence, id, created, upn, address, error_code, raw FROM sign_ins
          WHERE upn = ? AND address = ? AND created BETWEEN ? AND ? AND error_code = 0 ORDER BY created, id LIMIT ?)"),
      insert_click(connection, R"(
          INSERT OR REPLACE INTO clicks(event, host_key, time, user, account, source, destination)
          VALUES (?, ?, ?, ?, ?, ?, ?))"),
      clicks_of_user(connection, R"(
          SELECT event, host_key, time, user, account, source, destination FROM clicks
          WHERE user = ?1 AND time BETWEEN ?2 AND ?3
          UNION ALL
          SELECT event, host_key, time, user, account, source, destination FROM clicks
          WHERE account = ?4 AND user = '' AND time BETWEEN ?2 AND ?3
          ORDER BY time, event, host_key)"),
      insert_backlog(connection, R"(
          INSERT OR REPLACE INTO backlog(host_key, turn, first, last, after, until, again)
          VALUES (?, (SELECT coalesce(max(turn), 0) + 1 FROM backlog), ?, ?, ?, ?, ?))"),
      delete_backlog(connection, "DELETE FROM backlog WHERE host_key = ?"),
      backlog_of_host(connection, "SELECT host_key, first, last, after, until, again FROM backlog WHERE host_key = ?"),
      next_backlog(connection, R"(
          SELECT host_key, first, last, after, until, again FROM backlog ORDER BY turn LIMIT 1)"),
      insert_due(connection, "INSERT OR IGNORE INTO due(user) VALUES (?)"),
      take_due(connection, "DELETE FROM due WHERE turn IN (SELECT turn FROM due ORDER BY turn LIMIT ?) RETURNING user"),
      any_due(connection, "SELECT 1 FROM due LIMIT 1"),
      latest_finding(connection, R"(
          SELECT id, revision, time, digest, json FROM findings WHERE id = ? ORDER BY revision DESC LIMIT 1)"),
      insert_finding(connection, "INSERT INTO findings(id, revision, time, digest, json) VALUES (?, ?, ?, ?, ?)"),
      latest_findings(connection, R"(
          SELECT id, revision, time, digest, json FROM findings AS this
          WHERE revision = (SELECT max(revision) FROM findings WHERE id = this.id)
          ORDER BY time DESC, sequence DESC LIMIT ?)"),
      insert_line(connection, "INSERT INTO outbox(format, id, revision, line) VALUES (?, ?, ?, ?)"),
      lines_of_format(connection, R"(
          SELECT sequence, format, line FROM outbox WHERE format = ? ORDER BY sequence LIMIT ?)"),
      delete_line(connection, "DELETE FROM outbox WHERE sequence = ?"),
      insert_suppressed(connection, R"(
          INSERT OR REPLACE INTO suppressed(id, revision, time, digest, json, rules) VALUES (?, ?, ?, ?, ?, ?))"),
      delete_suppressed(connection, "DELETE FROM suppressed WHERE id = ? RETURNING 1"),
      suppressed_by_id(connection, "SELECT id, revision, time, digest, json, rules FROM suppressed WHERE id = ?"),
      suppressed_rows(connection, R"(
          SELECT id, revision, time, digest, json, rules FROM suppressed ORDER BY time DESC, id LIMIT ?)") {}

std::int64_t State::Impl::next_sequence(std::string_view name) {
  auto use = bump_sequence.use();
  use.bind_text(name).row();
  const std::int64_t next = use.integer(0);
  use.run();
  return next;
}

std::string State::Impl::unpack(std::string_view blob) {
  std::string text;
  if (!decompressor.decompress(blob, kMaxRecordBytes, text)) text.clear();
  return text;
}

State::State(const std::string& path, Mode mode) : impl_(std::make_unique<Impl>(path, mode)) {}
State::~State() = default;

State::Transaction::Transaction(State& state) : state_(&state) { state_->impl_->connection.execute("BEGIN IMMEDIATE"); }

State::Transaction::~Transaction() {
  if (!open_ || !state_->impl_->connection.in_transaction()) return;
  try {
    state_->impl_->connection.execute("ROLLBACK");
  } catch (const SqliteError&) {
    // Nothing is left to do; the next BEGIN will speak.
  }
}

void State::Transaction::commit() {
  state_->impl_->connection.execute("COMMIT");
  open_ = false;
}

std::optional<std::string> State::cursor(std::string_view name) {
  auto use = impl_->read_cursor.use();
  if (!use.bind_text(name).row()) return std::nullopt;
  return std::string(use.text(0));
}

void State::set_cursor(std::string_view name, std::string_view value) {
  impl_->write_cursor.use().bind_text(name).bind_text(value).run();
}

State::Counts State::counts() {
  const auto count = [this](std::string_view sql) {
    return static_cast<std::uint64_t>(impl_->connection.integer(sql));
  };
  return {.alerts = count("SELECT count(*) FROM alerts"),
          .sign_ins = count("SELECT count(*) FROM sign_ins"),
          .clicks = count("SELECT count(*) FROM clicks"),
          .findings = count("SELECT count(DISTINCT id) FROM findings"),
          .suppressed = count("SELECT count(*) FROM suppressed"),
          .backlog_hosts = count("SELECT count(*) FROM backlog"),
          .users_due = count("SELECT count(*) FROM due")};
}

bool State::forget_before(parsers::TimePoint before) {
  TransactionScope scope(impl_->connection);
  bool alerts = false;
  {
    Statement oldest(impl_->connection, "SELECT 1 FROM alerts WHERE created < ? LIMIT 1");
    alerts = oldest.use().bind(parsers::to_micros(before)).row();
  }
  for (const char* sql : {"DELETE FROM alert_hosts WHERE alert IN (SELECT id FROM alerts WHERE created < ?)",
                          "DELETE FROM alerts WHERE created < ?", "DELETE FROM sign_ins WHERE created < ?",
                          "DELETE FROM clicks WHERE time < ?", "DELETE FROM suppressed WHERE time < ?"}) {
    Statement statement(impl_->connection, sql);
    statement.use().bind(parsers::to_micros(before)).run();
  }
  scope.commit();
  return alerts;
}

}  // namespace storage
