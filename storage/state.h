// The state database: alerts, sign-ins, clicks on watched hosts, findings with their outbox, and cursors. Small beside
// the event store; one SQLite file, `state.db`, in [storage] directory.
//
// Threads: one thread owns a writable State; commands open it read-only beside a running daemon.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "parsers/graph.h"
#include "parsers/graph_users.h"
#include "parsers/time.h"
#include "storage/event_store.h"

namespace storage {

// A stored event that reached a host some alert names; derived data, for the way back from a sign-in.
struct ClickRow {
  EventId event = 0;
  std::uint64_t host_key = 0;
  parsers::TimePoint time{};
  std::string user;                           // user principal name, lower case; empty when only the account is known
  std::string account;                        // lower case
  std::string source = {}, destination = {};  // canonical addresses; empty when unreadable
};

struct FindingRow {
  std::string id;
  std::int64_t revision = 0;
  parsers::TimePoint time{};  // when this revision was made
  std::string digest;         // of its evidence; equal digest: nothing new
  std::string json;           // the line of alerts.jsonl, without LF
};

// A line that the alert file of its format does not hold yet.
struct OutboxLine {
  std::int64_t sequence = 0;  // given by put_finding
  std::string format;         // "json", "ocsf", "ecs", "cef"
  std::string line;           // without LF
};

// A finding that exclusions cover: in no alert file.
struct SuppressedRow {
  FindingRow finding;
  std::string rules;  // JSON, exclusions::to_json
};

struct Reach {
  parsers::TimePoint from{}, to{};
};

// Stored messages of one host that have to be looked at, in pieces.
struct BacklogRow {
  std::uint64_t host_key = 0;
  Reach reach;                   // times of the messages that are looked for
  EventId after = 0, until = 0;  // after < id <= until, and then
  EventId again = 0;             // 0 < id <= again
};

class State {
 public:
  enum class Mode { read_write, read_only };
  // Applies migrations, each in one transaction; refuses a newer schema, naming both numbers. Throws SqliteError.
  State(const std::string& path, Mode mode);
  ~State();

  // Rolls back in its destructor unless committed.
  class Transaction {
   public:
    explicit Transaction(State& state);
    ~Transaction();
    Transaction(const Transaction&) = delete;
    void commit();

   private:
    State* state_;
    bool open_ = true;
  };

  // Insert, or replace when the record differs. True when something changed; then the record gets a new sequence
  // number. `hosts` are the keys under which alerts_on_host finds it; `reach` the times of clicks that it may concern.
  bool put_alert(const parsers::Alert& alert, const std::vector<std::uint64_t>& hosts, const Reach& reach = {});
  bool put_sign_in(const parsers::SignIn& sign_in);

  // In the order of their sequence numbers, those greater than `after`, at most `limit`.
  struct NumberedAlert {
    std::int64_t sequence;
    parsers::Alert alert;
  };
  struct NumberedSignIn {
    std::int64_t sequence;
    parsers::SignIn sign_in;
  };
  std::vector<NumberedAlert> alerts_after(std::int64_t after, std::size_t limit);
  std::vector<NumberedSignIn> sign_ins_after(std::int64_t after, std::size_t limit);

  std::vector<parsers::Alert> alerts_created_since(parsers::TimePoint from);  // by (created, id)
  std::vector<parsers::Alert> alerts_on_host(std::uint64_t host_key);         // by (created, id)
  std::vector<std::uint64_t> watched_hosts();                                 // every key of every stored alert, once
  struct Watched {
    std::uint64_t key = 0;
    Reach reach;  // of all its alerts together
  };
  std::vector<Watched> watched();
  std::vector<std::string> alert_ids_on_host(std::uint64_t host_key);  // the same, the ids alone
  std::optional<parsers::Alert> alert(std::string_view id);
  // Successful ones from this address; `from` <= created <= `to`, by (created, id), at most `limit`.
  std::vector<parsers::SignIn> sign_ins_from(std::string_view upn, std::string_view address, parsers::TimePoint from,
                                             parsers::TimePoint to, std::size_t limit);
  // Successful or not; `from` <= created <= `to`, by (created, id).
  std::vector<parsers::SignIn> sign_ins_of_user(std::string_view upn, parsers::TimePoint from, parsers::TimePoint to);
  // The same for every user whose part before '@' is `account`.
  std::vector<parsers::SignIn> sign_ins_of_account(std::string_view account, parsers::TimePoint from,
                                                   parsers::TimePoint to);

  void put_click(const ClickRow& click);  // twice is once
  // Clicks of this user, or of the bare account of the same name; by (time, event).
  std::vector<ClickRow> clicks_of_user(std::string_view upn, parsers::TimePoint from, parsers::TimePoint to);

  void put_backlog(const BacklogRow& row);  // replaces that of the host; has its turn after all others
  void drop_backlog(std::uint64_t host_key);
  std::optional<BacklogRow> backlog(std::uint64_t host_key);
  std::optional<BacklogRow> next_backlog();  // whose turn it is

  // Users who have to be judged: each stands there once.
  void put_due(std::string_view user);
  std::vector<std::string> take_due(std::size_t limit);  // those who waited longest; they are no longer due
  bool has_due();

  std::optional<FindingRow> latest_finding(std::string_view id);
  // (id, revision) must be new. The finding and its lines for the alert files stand or fall together.
  void put_finding(const FindingRow& finding, const std::vector<OutboxLine>& lines = {});
  std::vector<OutboxLine> outbox(std::string_view format, std::size_t limit);  // in the order they were put
  void mark_written(std::int64_t sequence);                                    // leaves the outbox
  void drop_outboxes_except(const std::vector<std::string>& formats);          // what no alert file waits for any more
  std::vector<FindingRow> latest_findings(std::size_t limit);                  // newest revision of each, newest first

  void put_suppressed(const SuppressedRow& row);  // replaces what is there of this id
  bool drop_suppressed(std::string_view id);      // whether there was one
  std::optional<SuppressedRow> suppressed(std::string_view id);
  std::vector<SuppressedRow> suppressed(std::size_t limit);  // newest first
  // The same of all, without their lines: there may be thousands.
  struct SuppressedRules {
    std::string id, rules;
  };
  std::vector<SuppressedRules> suppressed_rules();

  std::optional<std::string> cursor(std::string_view name);
  void set_cursor(std::string_view name, std::string_view value);

  // What `user` does not mention stays as it was; a removed one goes.
  void put_user(const parsers::DirectoryUser& user);
  void clear_users();
  void each_user(const std::function<void(const parsers::DirectoryUser&)>& take);  // by id; every property is set

  struct Counts {
    std::uint64_t alerts = 0, sign_ins = 0, clicks = 0, findings = 0, suppressed = 0;
    std::uint64_t backlog_hosts = 0, users_due = 0;  // what correlation has still to do
  };
  Counts counts();

  // Deletes alerts, sign-ins, clicks and suppressed findings older than `before`; other findings stay. True when alerts
  // were among them.
  bool forget_before(parsers::TimePoint before);

 private:
  friend class Transaction;
  friend class StateLookup;
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace storage
