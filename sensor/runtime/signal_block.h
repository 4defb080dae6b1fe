// Holds back the signals that the daemon answers, so that none is lost or kills while it isn't listening for them.
#pragma once

#include <csignal>

namespace runtime {

class SignalBlock {
 public:
  SignalBlock() {
    sigset_t set;
    sigemptyset(&set);
    for (const int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&set, signal);
    pthread_sigmask(SIG_BLOCK, &set, &before_);
  }
  ~SignalBlock() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  SignalBlock(const SignalBlock&) = delete;
  SignalBlock& operator=(const SignalBlock&) = delete;

  // For the thread that serves, while it serves: what came in the meantime arrives now.
  class Lift {
   public:
    explicit Lift(const SignalBlock& block) { pthread_sigmask(SIG_SETMASK, &block.before_, &blocked_); }
    ~Lift() { pthread_sigmask(SIG_SETMASK, &blocked_, nullptr); }
    Lift(const Lift&) = delete;
    Lift& operator=(const Lift&) = delete;

   private:
    sigset_t blocked_;
  };

 private:
  sigset_t before_;
};

}  // namespace runtime
