// SQLite with ownership and errors in C++: a connection, prepared statements with short-lived uses, transactions.
//
// Threads: a Connection and everything made from it belong to one thread. A Statement must not outlive its Connection,
// a Use not its Statement; views returned by a Use hold until its next row() or its end.
// Errors: every function throws SqliteError; its text is a sentence that names the file.
#pragma once

#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

namespace storage {

class SqliteError : public std::runtime_error {
 public:
  SqliteError(int code, const std::string& sentence) : std::runtime_error(sentence), code_(code) {}
  int code() const { return code_; }  // extended result code of SQLite; 0 when it is ours
  bool is_damage() const;             // the file itself is broken; retrying can't help

 private:
  int code_;
};

class Connection {
 public:
  enum class Mode {
    read_write,  // creates the file
    read_only,   // writes nothing to the database; the file must exist
  };
  Connection(const std::string& path, Mode mode);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  void execute(const char* sql);               // one or more statements without parameters or wanted rows
  std::int64_t integer(std::string_view sql);  // first column of the first row; 0 when there is none
  bool in_transaction() const;
  // Copies the database as it is at this moment to a new file that stands alone, without log. Writers go on meanwhile.
  void copy_to(const std::string& path);
  void release_memory();  // of pages that were read
  const std::string& path() const { return path_; }

 private:
  friend class Statement;
  void open(const char* parameters, int flags);
  [[noreturn]] void fail(int code, std::string_view what) const;
  std::string path_;
  struct Close {
    void operator()(sqlite3* handle) const;
  };
  std::unique_ptr<sqlite3, Close> handle_;
};

class Statement {
 public:
  Statement(Connection& connection, std::string_view sql);
  ~Statement();
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  // One execution. Parameters bind in order; the statement is reset at the end of the Use, whatever happens.
  // Bound text and blobs are not copied: they must outlive the Use.
  class Use {
   public:
    explicit Use(Statement& statement) : statement_(statement) {}
    ~Use();
    Use(const Use&) = delete;
    Use& operator=(const Use&) = delete;

    Use& bind(std::int64_t value);
    Use& bind_text(std::string_view value);
    Use& bind_blob(std::string_view value);
    Use& bind_null();
    bool row();  // advances; false after the last
    void run();  // to the end

    std::int64_t integer(int column) const;
    std::string_view text(int column) const;
    std::string_view blob(int column) const;
    bool is_null(int column) const;

   private:
    void check(int code);
    Statement& statement_;
    int bound_ = 0;
  };
  Use use() { return Use(*this); }

 private:
  Connection& connection_;
  sqlite3_stmt* handle_ = nullptr;
};

// BEGIN IMMEDIATE; rolls back in its destructor unless committed.
class Transaction {
 public:
  explicit Transaction(Connection& connection);
  ~Transaction();
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  void commit();

 private:
  Connection& connection_;
  bool open_ = true;
};

}  // namespace storage
