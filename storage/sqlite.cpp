#include "storage/sqlite.h"

#include <sqlite3.h>

namespace storage {
namespace {

constexpr int kBusyMilliseconds = 5000;

std::string uri_of(const std::string& path, const char* parameters) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  std::string uri = "file:";
  for (unsigned char c : path) {
    if (c == '%' || c == '?' || c == '#') {
      uri += {'%', kHex[c >> 4], kHex[c & 15]};
    } else {
      uri += static_cast<char>(c);
    }
  }
  return uri + parameters;
}

}  // namespace

bool SqliteError::is_damage() const {
  const int primary = code_ & 0xff;
  return primary == SQLITE_CORRUPT || primary == SQLITE_NOTADB || code_ == SQLITE_IOERR_READ ||
         code_ == SQLITE_IOERR_SHORT_READ || code_ == SQLITE_IOERR_CORRUPTFS;
}

Connection::Connection(const std::string& path, Mode mode) : path_(path) {
  if (mode == Mode::read_write) {
    open("", SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
    return;
  }
  open("?mode=ro", SQLITE_OPEN_READONLY);
  try {
    integer("PRAGMA schema_version");
  } catch (const SqliteError& error) {
    const int primary = error.code() & 0xff;
    if (primary != SQLITE_CANTOPEN && primary != SQLITE_READONLY) throw;
    // A copy of the file alone, in a place where the files beside it can't be made: nobody writes to it.
    open("?mode=ro&immutable=1", SQLITE_OPEN_READONLY);
  }
}

void Connection::open(const char* parameters, int flags) {
  const std::string uri = uri_of(path_, parameters);
  sqlite3* handle = nullptr;
  const int code = sqlite3_open_v2(uri.c_str(), &handle,
                                   flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_URI | SQLITE_OPEN_EXRESCODE, nullptr);
  handle_.reset(handle);  // there is one even after an error
  if (code != SQLITE_OK) {
    const std::string why = handle != nullptr ? sqlite3_errmsg(handle) : sqlite3_errstr(code);
    throw SqliteError(code, "Cannot open " + path_ + ": " + why + ".");
  }
  sqlite3_busy_timeout(handle_.get(), kBusyMilliseconds);
  // A plan that looks at values is made again whenever one is bound. Indexes with a condition are asked by literals.
  sqlite3_db_config(handle_.get(), SQLITE_DBCONFIG_ENABLE_QPSG, 1, nullptr);
}

void Connection::Close::operator()(sqlite3* handle) const { sqlite3_close_v2(handle); }

void Connection::fail(int code, std::string_view what) const {
  std::string sentence = "Cannot ";
  sentence.append(what).append(" ").append(path_).append(": ").append(sqlite3_errmsg(handle_.get()));
  throw SqliteError(code, sentence.append(" (").append(std::to_string(code)).append(")."));
}

void Connection::execute(const char* sql) {
  const int code = sqlite3_exec(handle_.get(), sql, nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) fail(code, "use");
}

std::int64_t Connection::integer(std::string_view sql) {
  Statement statement(*this, sql);
  auto use = statement.use();
  return use.row() ? use.integer(0) : 0;
}

void Connection::copy_to(const std::string& path) {
  Connection target(path, Mode::read_write);
  sqlite3_backup* backup = sqlite3_backup_init(target.handle_.get(), "main", handle_.get(), "main");
  if (backup == nullptr) target.fail(sqlite3_extended_errcode(target.handle_.get()), "copy to");
  sqlite3_backup_step(backup, -1);  // finish() tells what went wrong
  const int code = sqlite3_backup_finish(backup);
  // Reading and writing fail alike here: which of the two it was, only the source can tell.
  if (code != SQLITE_OK) (sqlite3_errcode(handle_.get()) != SQLITE_OK ? *this : target).fail(code, "copy");
  target.execute("PRAGMA journal_mode = DELETE");
}

void Connection::release_memory() { sqlite3_db_release_memory(handle_.get()); }

bool Connection::in_transaction() const { return sqlite3_get_autocommit(handle_.get()) == 0; }

Statement::Statement(Connection& connection, std::string_view sql) : connection_(connection) {
  const int code = sqlite3_prepare_v3(connection.handle_.get(), sql.data(), static_cast<int>(sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &handle_, nullptr);
  if (code != SQLITE_OK) connection.fail(code, "use");
}

Statement::~Statement() { sqlite3_finalize(handle_); }

Statement::Use::~Use() {
  sqlite3_reset(statement_.handle_);
  sqlite3_clear_bindings(statement_.handle_);
}

void Statement::Use::check(int code) {
  if (code != SQLITE_OK) statement_.connection_.fail(code, "use");
}

Statement::Use& Statement::Use::bind(std::int64_t value) {
  check(sqlite3_bind_int64(statement_.handle_, ++bound_, value));
  return *this;
}

Statement::Use& Statement::Use::bind_text(std::string_view value) {
  const char* data = value.data() != nullptr ? value.data() : "";
  check(sqlite3_bind_text64(statement_.handle_, ++bound_, data, value.size(), SQLITE_STATIC, SQLITE_UTF8));
  return *this;
}

Statement::Use& Statement::Use::bind_blob(std::string_view value) {
  const char* data = value.data() != nullptr ? value.data() : "";
  check(sqlite3_bind_blob64(statement_.handle_, ++bound_, data, value.size(), SQLITE_STATIC));
  return *this;
}

Statement::Use& Statement::Use::bind_null() {
  check(sqlite3_bind_null(statement_.handle_, ++bound_));
  return *this;
}

bool Statement::Use::row() {
  const int code = sqlite3_step(statement_.handle_);
  if (code == SQLITE_ROW) return true;
  if (code != SQLITE_DONE) {
    const bool writes = sqlite3_stmt_readonly(statement_.handle_) == 0;
    statement_.connection_.fail(code, writes ? "write to" : "read");
  }
  return false;
}

void Statement::Use::run() {
  while (row()) {
  }
}

std::int64_t Statement::Use::integer(int column) const { return sqlite3_column_int64(statement_.handle_, column); }

std::string_view Statement::Use::text(int column) const {
  const auto* data = reinterpret_cast<const char*>(sqlite3_column_text(statement_.handle_, column));
  if (data == nullptr) return {};
  return {data, static_cast<std::size_t>(sqlite3_column_bytes(statement_.handle_, column))};
}

std::string_view Statement::Use::blob(int column) const {
  const auto* data = static_cast<const char*>(sqlite3_column_blob(statement_.handle_, column));
  if (data == nullptr) return {};
  return {data, static_cast<std::size_t>(sqlite3_column_bytes(statement_.handle_, column))};
}

bool Statement::Use::is_null(int column) const {
  return sqlite3_column_type(statement_.handle_, column) == SQLITE_NULL;
}

Transaction::Transaction(Connection& connection) : connection_(connection) { connection_.execute("BEGIN IMMEDIATE"); }

Transaction::~Transaction() {
  // A full disk may have rolled back already; an error here leaves nothing to do, the next BEGIN will speak.
  if (!open_ || !connection_.in_transaction()) return;
  try {
    connection_.execute("ROLLBACK");
  } catch (const SqliteError&) {
  }
}

void Transaction::commit() {
  connection_.execute("COMMIT");
  open_ = false;
}

}  // namespace storage
