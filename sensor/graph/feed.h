// What to ask Graph next and what its page means: windows, paging and cursors of the feeds, without a socket.
//
// A poll is a series of requests. `next` names the request to send, beginning a poll when none is under way, and names
// the same one again until `end_page` or `refused` says that it was answered. Nothing here waits or knows why it is
// late.
// Threads: one.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "parsers/graph.h"
#include "parsers/time.h"
#include "sensor/graph/answer.h"
#include "sensor/graph/http_client.h"
#include "sensor/graph/origin.h"
#include "sensor/graph/poller.h"
#include "sensor/graph/settings.h"

namespace graph {

struct FeedRequest {
  Resource resource = Resource::alerts;
  std::string target;
};

enum class PageState { whole, partial, cut };  // partial: answer 206; cut: the body ended early

struct FeedStep {
  FeedBatch batch;
  bool poll_complete = false;
  std::string error;  // the page was not what was asked for: wait before the next request
  std::vector<std::string> warnings;
  std::uint64_t received = 0, rejected = 0;
  bool damaged = false;  // the page was cut, damaged or partial
  bool gap = false;      // something was passed over; a warning says what
};

class Feed {
 public:
  virtual ~Feed() = default;
  virtual FeedRequest next(parsers::TimePoint now) = 0;
  // The answer's body goes to what `begin_page` gives, while it arrives; `end_page` says what became of it.
  virtual BodySink& begin_page() = 0;
  virtual FeedStep end_page(PageState state, parsers::TimePoint now) = 0;
  FeedStep take(std::string_view body, PageState state, parsers::TimePoint now) {
    begin_page().take(body);
    return end_page(state, now);
  }
  // Graph refused the request with this status. A step when the feed knows another way; else an error to report.
  virtual std::optional<FeedStep> refused(int status, parsers::TimePoint now) = 0;
  // Between two polls: makes the next one read from `from` to `until` again and leave the cursor alone.
  virtual void read_again(parsers::TimePoint, parsers::TimePoint) {}
  virtual bool reads_again() const { return false; }  // the poll under way is such a one
  // Graph keeps failing at this request: ask for less at once from now on.
  virtual void narrow() = 0;
  virtual std::optional<Progress> progress() const { return std::nullopt; }
};

// A page that arrives damaged is asked for again; one that stays damaged is asked for in smaller pieces; the smallest
// piece that stays damaged is passed over, so that no record can hold up a feed for ever. But only where the damage is
// in what Graph itself wrote: a connection that breaks, or a proxy's page of HTML, is an outage, and is waited out.
constexpr unsigned kDamagedTries = 3;
enum class Damage { by_graph, on_the_way };
Damage damage_of(PageState state, std::string_view start_of_body);

// A page on its way: its records, and the start of its text, which tells whose words it is.
template <class Record>
class ArrivingPage final : public BodySink {
 public:
  static constexpr std::size_t kStart = 1024;

  void take(std::string_view piece) override {
    if (start_.size() < kStart) start_ += piece.substr(0, kStart - start_.size());
    reader_.take(piece);
  }
  parsers::Result<parsers::Page<Record>> finish() { return reader_.finish(); }
  std::string_view start() const { return start_; }

 private:
  std::string start_;
  parsers::PageReader<Record> reader_;
};

// Follows nextLinks within one collection; refuses foreign ones, ones it has seen, and collections without an end.
class LinkTrail {
 public:
  static constexpr std::size_t kMaxPages = 10'000;  // ten million records

  explicit LinkTrail(Origin origin) : origin_(std::move(origin)) {}
  std::optional<parsers::Error> follow(std::string_view link);
  void reset();
  const std::string& target() const { return target_; }  // empty: at the beginning

 private:
  Origin origin_;
  std::string target_;
  std::unordered_set<std::string> seen_;
};

// A time as a filter or a cursor writes it: UTC with six fraction digits.
std::string filter_time(parsers::TimePoint time);

// security/alerts_v2, by lastUpdateDateTime, because evidence and severity of an alert change after its creation.
//
// Graph often sends no nextLink here, so a full page moves the lower time bound to its newest stamp, inclusive: what
// shares the stamp comes again and is recognised by id. A page that is full of one single stamp is continued with
// $skip, which Graph allows up to 500; what lies behind that can't be reached and is a warning. The cursor is the
// newest stamp seen, never the clock, because Graph shows alerts minutes after it stamps them; a stamp in the future
// counts as now. While pages come in order of time the cursor follows them, so that history can be interrupted.
class AlertFeed final : public Feed {
 public:
  AlertFeed(const FeedSettings& settings, std::size_t page_size, Origin endpoint, std::string_view cursor);

  using Feed::take;
  FeedRequest next(parsers::TimePoint now) override;
  BodySink& begin_page() override { return arriving_.emplace(); }
  FeedStep end_page(PageState state, parsers::TimePoint now) override;
  FeedStep take(parsers::Page<parsers::Alert> page, PageState state, parsers::TimePoint now);
  std::optional<FeedStep> refused(int status, parsers::TimePoint now) override;
  void read_again(parsers::TimePoint from, parsers::TimePoint until) override;
  bool reads_again() const override { return polling_ && again_; }
  void narrow() override;
  std::optional<Progress> progress() const override;

 private:
  void begin(parsers::TimePoint now);
  FeedStep abandon(FeedStep step, std::string error);
  void continue_by_time(const std::vector<parsers::Alert>& page, std::size_t count, FeedStep& step);
  void continue_tie(std::size_t count, FeedStep& step);
  FeedStep complete(FeedStep step, parsers::TimePoint now);
  FeedStep damaged(FeedStep step, Damage damage);
  void move_cursor(FeedStep& step);
  void keep_new(std::vector<parsers::Alert> page, std::vector<parsers::Alert>& out);

  FeedSettings settings_;
  std::size_t page_size_, full_page_size_;
  std::size_t largest_page_ = 0;
  std::optional<parsers::TimePoint> cursor_;
  bool orderby_ = true;  // undocumented; without it the newest come first and the upper bound moves instead

  std::optional<ArrivingPage<parsers::Alert>> arriving_;
  bool polling_ = false;
  bool again_ = false;    // this poll reads again what was read, and leaves the cursor alone
  bool whole_ = true;     // no 206 in this poll
  unsigned damaged_ = 0;  // pages in a row
  parsers::TimePoint begun_{}, begun_from_{};
  std::optional<parsers::TimePoint> newest_;
  parsers::TimePoint from_{};
  std::optional<parsers::TimePoint> until_;
  std::size_t skip_ = 0, pages_ = 0;
  LinkTrail links_;
  std::unordered_map<std::string, parsers::TimePoint> seen_;  // id -> lastUpdateDateTime delivered in this poll
};

// auditLogs/signIns, by createdDateTime, in windows [A, B]; each window interactive first, then beta's others.
//
// Rows appear minutes to hours late and in no order, so each poll begins `overlap` before the cursor. Why the cursor
// may follow the clock here: let H be the clock when a poll began, and a row be created at c and shown at v <= c +
// overlap. The last poll that began before v has H < v, so the next one, beginning at H - overlap < c, covers it. The
// cursor is the newest row seen, or the window's end minus `overlap` when that is later: a quiet tenant moves on, and
// while Entra's own pipeline stalls the cursor waits up to `overlap` more for the rows that are stuck in it.
//
// Where the overlap holds many pages, reading all of it each time would take what Microsoft allows and delay new rows:
// then most polls reach back kNear before the last one, and leave the cursor alone, and a full one follows when it
// takes at most a quarter of the allowed requests.
class SignInFeed final : public Feed {
 public:
  static constexpr std::chrono::minutes kCatchUpWindow{60};
  static constexpr std::chrono::minutes kSmallestWindow{1};
  static constexpr std::chrono::minutes kNear{10};
  static constexpr int kFullPollShare = 4;  // a full poll is followed by near ones for this many times its own length
  static constexpr std::chrono::hours kRetention{24 * 30};  // Graph keeps no sign-in longer; asking is an error
  static constexpr std::chrono::minutes kBetaPause{60};     // the most before a refused beta is tried again

  SignInFeed(const FeedSettings& settings, std::size_t page_size, Origin endpoint, std::string_view cursor);

  using Feed::take;
  FeedRequest next(parsers::TimePoint now) override;
  BodySink& begin_page() override { return arriving_.emplace(); }
  FeedStep end_page(PageState state, parsers::TimePoint now) override;
  FeedStep take(parsers::Page<parsers::SignIn> page, PageState state, parsers::TimePoint now);
  std::optional<FeedStep> refused(int status, parsers::TimePoint now) override;
  void read_again(parsers::TimePoint from, parsers::TimePoint until) override;
  bool reads_again() const override { return polling_ && again_; }
  void narrow() override;
  std::optional<Progress> progress() const override;

 private:
  void begin(parsers::TimePoint now);
  void begin(parsers::TimePoint from, parsers::TimePoint until, parsers::Duration window);
  FeedStep damaged(FeedStep step, Damage damage, parsers::TimePoint now);
  void open_window(parsers::TimePoint from);
  bool wants_beta(parsers::TimePoint now) const;
  FeedStep end_stage(FeedStep step, parsers::TimePoint now);
  FeedStep end_window(FeedStep step, parsers::TimePoint now);

  FeedSettings settings_;
  std::size_t page_size_;
  std::optional<parsers::TimePoint> cursor_;
  std::optional<parsers::TimePoint> beta_refused_at_;

  std::optional<ArrivingPage<parsers::SignIn>> arriving_;
  bool polling_ = false;
  bool again_ = false;  // as at AlertFeed
  bool whole_ = true;
  bool beta_stage_ = false;
  parsers::TimePoint from_{}, until_{}, poll_until_{};
  parsers::Duration window_limit_{};
  std::optional<parsers::TimePoint> newest_;
  unsigned restarts_ = 0;
  unsigned damaged_ = 0;  // pages in a row
  parsers::TimePoint begun_from_{};
  parsers::Duration widest_{};
  bool near_ = false;                                          // this poll
  std::optional<parsers::TimePoint> last_begun_, full_until_;  // of whole polls; no full poll is due before full_until_
  unsigned answers_ = 0;                                       // in this poll
  LinkTrail links_;
};

// users/delta: all users once, then what changed. The cursor is the deltaLink, whole; Graph forgets it after some days
// and answers 400 or 410, and then all users are read again.
class UserFeed final : public Feed {
 public:
  UserFeed(std::size_t page_size, Origin endpoint, std::string_view cursor);

  FeedRequest next(parsers::TimePoint now) override;
  BodySink& begin_page() override { return arriving_.emplace(); }
  FeedStep end_page(PageState state, parsers::TimePoint now) override;
  std::optional<FeedStep> refused(int status, parsers::TimePoint now) override;
  void narrow() override {}

 private:
  struct Text final : BodySink {
    void take(std::string_view piece) override { text += piece; }
    std::string text;
  };
  FeedStep begin_anew(FeedStep step);

  std::size_t page_size_;
  Origin endpoint_;
  std::optional<Text> arriving_;
  std::string delta_;  // the target of the last deltaLink; empty: none
  LinkTrail links_;
};

}  // namespace graph
