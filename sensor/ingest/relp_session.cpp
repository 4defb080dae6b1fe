// Source of the conversation: rsyslog's doc/relp.html and what librelp 1.11 sends and accepts.

#include <fmt/format.h>

#include <deque>

#include "parsers/relp.h"
#include "sensor/ingest/session.h"

namespace ingest {
namespace {

constexpr std::size_t kMostOutputBytes = 64 * 1024;  // of a sender that doesn't read its acknowledgements
constexpr std::size_t kMostEvidenceBytes = 1024;     // of a frame that is none

class RelpSession final : public Session {
 public:
  RelpSession(Input& input, Intake& intake, std::string peer)
      : input_(input), intake_(intake), peer_(std::move(peer)), reader_(input.config.max_message_bytes) {}

  Step take(std::string_view bytes, parsers::TimePoint received) override {
    if (!is_reading()) return {bytes.size(), false};
    const parsers::RelpFrame frame = reader_.next(bytes);
    if (frame.kind == parsers::RelpFrame::Kind::need_more) return {frame.consumed, false};
    if (frame.kind == parsers::RelpFrame::Kind::bad) {
      intake_.refuse(input_, peer_, bytes.substr(0, kMostEvidenceBytes), frame.error, received);
      input_.stats.protocol_errors.fetch_add(1, std::memory_order_relaxed);
      is_over_ = true;
      return {bytes.size(), false};
    }
    obey(frame, received);
    return {frame.consumed, true};
  }

  void finish(std::string_view, parsers::TimePoint) override {}

  bool acknowledges() const override { return true; }
  bool may_take() const override { return waiting_.size() < kMostUnacknowledged && output_.size() < kMostOutputBytes; }
  void out_of_bytes() override {
    if (!waiting_.empty() && waiting_.back().batch == intake_.batch_number()) intake_.hurry();
  }

  void settled(std::uint64_t batch, CommitObserver::Fate fate) override {
    for (; !waiting_.empty() && waiting_.front().batch <= batch; waiting_.pop_front()) {
      // Without an answer the sender keeps it, and sends it again on its next connection.
      if (fate == CommitObserver::Fate::lost) is_over_ = true;
      if (!is_over_) respond(waiting_.front().number, "200 OK");
    }
    end_when_all_is_said();
  }

  void stop() override {
    stopping_ = true;
    end_when_all_is_said();
  }

 private:
  struct Waiting {
    std::uint32_t number;
    std::uint64_t batch;
  };

  bool is_reading() const { return !is_over_ && !stopping_ && close_number_ == 0; }

  void obey(const parsers::RelpFrame& frame, parsers::TimePoint received) {
    if (frame.command == "open" && !is_open_) {
      is_open_ = true;
      respond(frame.number, "200 OK\nrelp_version=0\nrelp_software=lurewatch," LUREWATCH_VERSION "\ncommands=syslog");
    } else if (frame.command == "syslog" && is_open_ && frame.number != 0) {
      message(frame, received);
    } else if (frame.command == "close" && is_open_ && frame.number != 0) {
      close_number_ = frame.number;
      end_when_all_is_said();
    } else {
      input_.stats.protocol_errors.fetch_add(1, std::memory_order_relaxed);
      respond(frame.number, is_open_ ? "500 command is not supported" : "500 open comes first");
      is_over_ = true;
    }
  }

  void message(const parsers::RelpFrame& frame, parsers::TimePoint received) {
    std::string_view text = frame.data;
    while (!text.empty() && (text.back() == '\n' || text.back() == '\0')) text.remove_suffix(1);
    if (text.empty()) return respond(frame.number, "200 OK");
    waiting_.push_back({frame.number, intake_.batch_number()});
    if (frame.is_too_long)
      intake_.refuse(input_, peer_, text, "message_too_long", received);
    else
      intake_.take(input_, peer_, text, received);
  }

  void respond(std::uint32_t number, std::string_view text) {
    fmt::format_to(std::back_inserter(output_), "{} rsp {} {}\n", number, text.size(), text);
  }

  void end_when_all_is_said() {
    if (is_over_ || !waiting_.empty() || (close_number_ == 0 && !stopping_)) return;
    if (close_number_ != 0) output_ += fmt::format("{} rsp 0\n", close_number_);
    output_ += "0 serverclose 0\n";
    is_over_ = true;
  }

  Input& input_;
  Intake& intake_;
  std::string peer_;
  parsers::RelpReader reader_;
  std::deque<Waiting> waiting_;  // taken and not yet on disk, in the order of their batches
  std::uint32_t close_number_ = 0;
  bool is_open_ = false, stopping_ = false;
};

}  // namespace

std::unique_ptr<Session> make_relp_session(Input& input, Intake& intake, std::string peer) {
  return std::make_unique<RelpSession>(input, intake, std::move(peer));
}

}  // namespace ingest
