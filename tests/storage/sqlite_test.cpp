#include "storage/sqlite.h"

#include <doctest/doctest.h>

#include <fstream>

#include "storage/migrations.h"
#include "tests/support/temporary_directory.h"

using namespace storage;
using support::TemporaryDirectory;
using Mode = Connection::Mode;

namespace {

std::string sentence_of(const auto& act) {
  try {
    act();
  } catch (const SqliteError& error) {
    return error.what();
  }
  return "";
}

// The schema as SQLite keeps it, of a database that took `steps`.
std::string schema_of(Connection& connection) {
  std::string all;
  Statement statement(connection, "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name");
  for (auto row = statement.use(); row.row();) all.append(row.text(0)).append("\n");
  return all;
}

constexpr std::string_view kSteps[] = {"CREATE TABLE a(x)", "ALTER TABLE a ADD COLUMN y; INSERT INTO a VALUES (1, 2)"};
constexpr std::string_view kBrokenSteps[] = {"CREATE TABLE a(x)", "INSERT INTO a VALUES (1); CREATE TABLE a(x)"};

}  // namespace

TEST_CASE("sqlite: values come back as they were bound, with zeros and all") {
  TemporaryDirectory directory;
  Connection connection(directory / "a.db", Mode::read_write);
  connection.execute("CREATE TABLE t(i, s, b, n)");
  const std::string blob("\0\xff\0", 3);
  Statement insert(connection, "INSERT INTO t VALUES (?, ?, ?, ?)");
  insert.use().bind(INT64_MIN).bind_text("").bind_blob(blob).bind_null().run();
  Statement select(connection, "SELECT i, s, b, n FROM t");
  auto row = select.use();
  REQUIRE(row.row());
  CHECK(row.integer(0) == INT64_MIN);
  CHECK(row.text(1).empty());
  CHECK_FALSE(row.is_null(1));
  CHECK(row.blob(2) == blob);
  CHECK(row.is_null(3));
  CHECK_FALSE(row.row());
}

TEST_CASE("sqlite: a statement can be used again after a use that ended half-way") {
  TemporaryDirectory directory;
  Connection connection(directory / "a.db", Mode::read_write);
  connection.execute("CREATE TABLE t(i); INSERT INTO t VALUES (1), (2)");
  Statement select(connection, "SELECT i FROM t WHERE i >= ? ORDER BY i");
  CHECK(select.use().bind(1).row());
  auto row = select.use();
  REQUIRE(row.bind(2).row());
  CHECK(row.integer(0) == 2);
}

TEST_CASE("sqlite: a transaction rolls back unless committed") {
  TemporaryDirectory directory;
  Connection connection(directory / "a.db", Mode::read_write);
  connection.execute("CREATE TABLE t(i)");
  {
    Transaction transaction(connection);
    connection.execute("INSERT INTO t VALUES (1)");
  }
  CHECK(connection.integer("SELECT count(*) FROM t") == 0);
  Transaction transaction(connection);
  connection.execute("INSERT INTO t VALUES (1)");
  transaction.commit();
  CHECK_FALSE(connection.in_transaction());
  CHECK(connection.integer("SELECT count(*) FROM t") == 1);
}

TEST_CASE("sqlite: an error is a sentence that names the file") {
  TemporaryDirectory directory;
  Connection connection(directory / "a.db", Mode::read_write);
  CHECK(sentence_of([&] { connection.execute("SELECT * FROM nowhere"); }) ==
        "Cannot use " + (directory / "a.db") + ": no such table: nowhere (1).");
  connection.execute("CREATE TABLE t(i UNIQUE); INSERT INTO t VALUES (1)");
  Statement insert(connection, "INSERT INTO t VALUES (1)");
  CHECK(sentence_of([&] { insert.use().run(); }) ==
        "Cannot write to " + (directory / "a.db") + ": UNIQUE constraint failed: t.i (2067).");
}

TEST_CASE("sqlite: the name of a file is taken literally") {
  TemporaryDirectory directory;
  const std::string path = directory / "a%41?mode=memory#b.db";
  {
    Connection(path, Mode::read_write).execute("CREATE TABLE t(i)");
  }
  CHECK(std::filesystem::exists(path));
  CHECK(Connection(path, Mode::read_only).integer("SELECT count(*) FROM t") == 0);
}

TEST_CASE("sqlite: what is no database is damage, what is missing is not") {
  TemporaryDirectory directory;
  std::ofstream(directory / "a.db") << std::string(5000, 'x');
  bool is_damage = false;
  try {
    Connection(directory / "a.db", Mode::read_only);
  } catch (const SqliteError& error) {
    is_damage = error.is_damage();
  }
  CHECK(is_damage);
  try {
    Connection(directory / "b.db", Mode::read_only);
  } catch (const SqliteError& error) {
    is_damage = error.is_damage();
  }
  CHECK_FALSE(is_damage);
}

TEST_CASE("migrations: a fresh database and one that was stepped there are the same") {
  TemporaryDirectory directory;
  Connection fresh(directory / "fresh.db", Mode::read_write), stepped(directory / "stepped.db", Mode::read_write);
  migrate(fresh, kSteps);
  migrate(stepped, std::span(kSteps).first(1));
  CHECK(checked_version(stepped, kSteps) == 1);
  migrate(stepped, kSteps);
  migrate(stepped, kSteps);
  CHECK(schema_of(stepped) == schema_of(fresh));
  CHECK(checked_version(stepped, kSteps) == 2);
  CHECK(stepped.integer("SELECT count(*) FROM a") == 1);
}

TEST_CASE("migrations: a step that fails leaves the version before it, whole") {
  TemporaryDirectory directory;
  Connection connection(directory / "a.db", Mode::read_write);
  CHECK_THROWS_AS(migrate(connection, kBrokenSteps), SqliteError);
  CHECK(checked_version(connection, kBrokenSteps) == 1);
  CHECK(connection.integer("SELECT count(*) FROM a") == 0);
}

TEST_CASE("migrations: a newer file is refused with both numbers, and is not changed") {
  TemporaryDirectory directory;
  Connection connection(directory / "a.db", Mode::read_write);
  migrate(connection, kSteps);
  connection.execute("PRAGMA user_version = 3");
  CHECK(sentence_of([&] { migrate(connection, kSteps); }) ==
        (directory / "a.db") +
            " has schema version 3, but this Lurewatch knows versions up to 2: a newer Lurewatch wrote it.");
  CHECK(connection.integer("PRAGMA user_version") == 3);
}

TEST_CASE("migrations: the shipped steps can be applied") {
  TemporaryDirectory directory;
  for (const auto steps : {kSegmentSchema, kStateSchema}) {
    REQUIRE_FALSE(steps.empty());
    Connection connection(directory / ("v" + std::to_string(steps.data() == kStateSchema.data()) + ".db").c_str(),
                          Mode::read_write);
    migrate(connection, steps);
    CHECK(checked_version(connection, steps) == static_cast<int>(steps.size()));
  }
}
