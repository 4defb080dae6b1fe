#include "parsers/frame.h"
#include "sensor/ingest/session.h"

namespace ingest {
namespace {

class SyslogSession final : public Session {
 public:
  SyslogSession(Input& input, Intake& intake, std::string peer)
      : input_(input), intake_(intake), peer_(std::move(peer)), framer_(input.config.max_message_bytes) {}

  Step take(std::string_view bytes, parsers::TimePoint received) override {
    return deliver(framer_.next(bytes), received);
  }

  void finish(std::string_view rest, parsers::TimePoint received) override {
    while (!rest.empty()) {
      const Step step = deliver(framer_.finish(rest), received);
      if (!step.took_frame) return;
      rest.remove_prefix(step.consumed);
    }
  }

 private:
  Step deliver(const parsers::FrameResult& frame, parsers::TimePoint received) {
    using Kind = parsers::FrameResult::Kind;
    if (frame.kind == Kind::message) intake_.take(input_, peer_, frame.message, received);
    if (frame.kind == Kind::bad) intake_.refuse(input_, peer_, frame.rejected, frame.error, received);
    return {frame.consumed, frame.kind != Kind::need_more};
  }

  Input& input_;
  Intake& intake_;
  std::string peer_;
  parsers::Framer framer_;
};

}  // namespace

std::unique_ptr<Session> make_syslog_session(Input& input, Intake& intake, std::string peer) {
  return std::make_unique<SyslogSession>(input, intake, std::move(peer));
}

}  // namespace ingest
