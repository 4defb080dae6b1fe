// The inside of State, shared by its source files.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "storage/compression.h"
#include "storage/sqlite.h"
#include "storage/state.h"

namespace storage {

// Begins a transaction unless one is open already; several statements then stand or fall together either way.
class TransactionScope {
 public:
  explicit TransactionScope(Connection& connection) {
    if (!connection.in_transaction()) own_.emplace(connection);
  }
  void commit() {
    if (own_) own_->commit();
  }

 private:
  std::optional<Transaction> own_;
};

struct State::Impl {
  Impl(const std::string& path, Mode mode);

  std::int64_t next_sequence(std::string_view name);
  std::string unpack(std::string_view blob);  // empty when damaged
  // Of rows that begin with sequence, id, created.
  parsers::Alert read_alert(const Statement::Use& row);
  parsers::SignIn read_sign_in(const Statement::Use& row);
  bool holds(const parsers::Alert& alert, const std::vector<std::uint64_t>& hosts);
  bool holds(const parsers::SignIn& sign_in);

  Connection connection;
  Compressor compressor;
  Decompressor decompressor;

  Statement bump_sequence, read_cursor, write_cursor;
  Statement alert_by_id, delete_alert, insert_alert, hosts_of_alert, delete_hosts, insert_host;
  Statement alerts_after, alerts_created_since, alerts_on_host, watched_hosts, watched, alert_ids_on_host, whole_alert;
  Statement sign_in_by_id, delete_sign_in, insert_sign_in, sign_ins_after, sign_ins_of_user, sign_ins_of_account,
      sign_ins_from;
  Statement insert_click, clicks_of_user;
  Statement insert_backlog, delete_backlog, backlog_of_host, next_backlog;
  Statement insert_due, take_due, any_due;
  Statement latest_finding, insert_finding, latest_findings;
  Statement insert_line, lines_of_format, delete_line;
  Statement insert_suppressed, delete_suppressed, suppressed_by_id, suppressed_rows;
};

// The part before '@', or all of it.
inline std::string_view account_of(std::string_view upn) { return upn.substr(0, upn.find('@')); }

}  // namespace storage
