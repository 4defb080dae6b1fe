// The connections of one stream input: how many there may be, how long a silent one lasts, and the coroutine of each.
//
// A peer costs the others nothing: it has a buffer and a place of its own, its turn ends with each read, and it waits
// for room in the Intake alone. Threads: the network thread.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <unordered_set>

#include "sensor/ingest/connection.h"
#include "sensor/ingest/session.h"
#include "sensor/runtime/log.h"

namespace ingest {

class Connections final : public CommitObserver {
 public:
  Connections(boost::asio::io_context& io, Input& input, Intake& intake);
  ~Connections();
  Connections(const Connections&) = delete;
  Connections& operator=(const Connections&) = delete;

  // Whether another of this peer may be added; counted and logged where not. Where there are as many as there may be,
  // the oldest that has not brought a message yet makes room: nobody keeps others out by silence. Whose bytes wait for
  // room in the Intake is passed over.
  bool admits(const std::string& peer);
  void add(std::unique_ptr<Connection> connection, const std::string& peer);

  void stop();
  bool idle() const { return reading_ == 0; }
  bool closed() const { return peers_.empty() && running_ == 0; }
  void tick();  // once a second
  void settled(std::uint64_t batch_number, Fate fate) override;

 private:
  struct Peer;
  using PeerPtr = std::shared_ptr<Peer>;
  boost::asio::awaitable<void> run(PeerPtr peer);
  boost::asio::awaitable<void> converse(PeerPtr peer);
  boost::asio::awaitable<void> take_frames(PeerPtr peer);
  boost::asio::awaitable<void> write(PeerPtr peer);
  boost::asio::awaitable<void> room(Peer& peer);
  void send(const PeerPtr& peer);
  void remove(const PeerPtr& peer);
  bool make_room();
  void give_up(Peer& peer, std::atomic<std::uint64_t>& counter, const char* why);

  boost::asio::io_context& io_;
  Input& input_;
  Intake& intake_;
  std::unordered_set<PeerPtr> peers_;
  std::map<std::uint64_t, Peer*> newcomers_;  // in the order in which they came: without a message yet, and not waiting
  std::unordered_map<std::string, std::uint64_t> by_peer_;
  boost::asio::steady_timer room_timer_;
  std::uint64_t added_ = 0;
  std::size_t reading_ = 0, running_ = 0;  // peers that may bring messages; coroutines
  bool stopping_ = false;
  runtime::LogLimit limit_log_, error_log_, timeout_log_, handshake_log_;
};

}  // namespace ingest
