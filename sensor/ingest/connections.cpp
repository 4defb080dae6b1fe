#include "sensor/ingest/connections.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>
#include <vector>

#include "sensor/ingest/peers.h"
#include "sensor/ingest/read_buffer.h"
#include "sensor/runtime/clock.h"

namespace ingest {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

constexpr auto kRoomPoll = std::chrono::milliseconds(2);  // how often waiting connections look for room
constexpr unsigned kHandshakeTicks = 15;
constexpr int kReadsWhileStopping = 1024;  // of one connection: a flood must not keep us

}  // namespace

struct Connections::Peer {
  Peer(std::unique_ptr<Connection> with, std::string peer_name, std::uint64_t place, std::size_t max_message_bytes)
      : connection(std::move(with)), name(std::move(peer_name)), number(place), buffer(max_message_bytes) {}

  std::unique_ptr<Connection> connection;
  std::unique_ptr<Session> session;
  std::string name;
  std::uint64_t number;  // in the order in which they came
  ReadBuffer buffer;
  std::string writing;  // bytes on their way out
  bool is_reading = true, is_writing = false, is_ended = false, has_brought = false;
  bool waits_for_room = false, shakes_hands = true;
  // Ticks without a byte; without the end of a frame that has begun; without progress in writing.
  unsigned silent_ticks = 0, frame_ticks = 0, write_ticks = 0;
};

Connections::Connections(asio::io_context& io, Input& input, Intake& intake)
    : io_(io), input_(input), intake_(intake), room_timer_(io) {
  intake_.observe(*this);
}

Connections::~Connections() { intake_.forget(*this); }

bool Connections::admits(const std::string& peer) {
  const auto of_peer = by_peer_.find(peer);
  const bool is_full = peers_.size() >= input_.config.max_connections;
  const bool is_peer_full =
      !peer.empty() && of_peer != by_peer_.end() && of_peer->second >= input_.config.max_connections_per_peer;
  if (!is_peer_full && (!is_full || make_room())) return true;
  input_.stats.over_limit.fetch_add(1, std::memory_order_relaxed);
  if (limit_log_.pass()) {
    spdlog::warn("More connections are refused. input={} peer={} limit={}", input_.config.name, peer,
                 is_peer_full ? "max_connections_per_peer" : "max_connections");
  }
  return false;
}

bool Connections::make_room() {
  if (newcomers_.empty()) return false;
  give_up(*newcomers_.begin()->second, input_.stats.over_limit, "max_connections");
  return true;
}

void Connections::add(std::unique_ptr<Connection> connection, const std::string& peer_name) {
  auto peer = std::make_shared<Peer>(std::move(connection), peer_name, ++added_, input_.config.max_message_bytes);
  const std::string source = peer_name.empty() ? kLocalPeer : peer_name;
  peer->session = input_.config.transport == config::Transport::relp ? make_relp_session(input_, intake_, source)
                                                                     : make_syslog_session(input_, intake_, source);
  peers_.insert(peer);
  newcomers_.emplace(peer->number, peer.get());
  ++by_peer_[peer_name];
  ++reading_;
  input_.stats.connections.store(peers_.size(), std::memory_order_relaxed);
  asio::co_spawn(io_, run(peer), asio::detached);
}

asio::awaitable<void> Connections::run(PeerPtr peer) {
  ++running_;
  try {
    error_code error = asio::error::operation_aborted;
    if (!stopping_) error = co_await peer->connection->handshake();
    peer->shakes_hands = false;
    if (!error) {
      co_await converse(peer);
    } else if (!stopping_) {
      input_.stats.failed_handshakes.fetch_add(1, std::memory_order_relaxed);
      if (handshake_log_.pass())
        spdlog::warn("A TLS handshake fails. input={} peer={} error=\"{}\"", input_.config.name, peer->name,
                     runtime::printable(error.message()));
    }
    if (error) peer->is_ended = true;
  } catch (const std::exception& error) {
    peer->is_ended = true;
    if (error_log_.pass())
      spdlog::error("A connection is given up. input={} peer={} error=\"{}\"", input_.config.name, peer->name,
                    error.what());
  }
  peer->is_reading = false;
  --reading_;
  --running_;
  send(peer);
}

asio::awaitable<void> Connections::converse(PeerPtr peer) {
  Session& session = *peer->session;
  while (!stopping_ && !peer->is_ended && !session.is_over()) {
    const Connection::Transfer read = co_await peer->connection->read(peer->buffer.free());
    peer->silent_ticks = 0;
    peer->buffer.commit(read.count);
    co_await take_frames(peer);
    send(peer);
    if (read.error && read.error != asio::error::operation_aborted) peer->is_ended = true;
    if (read.error) break;
  }
  if (session.acknowledges()) {
    if (stopping_) session.stop();
    co_return;
  }
  if (stopping_ && !peer->is_ended) {
    for (int i = 0; i < kReadsWhileStopping; ++i) {
      const std::size_t count = peer->connection->read_ready(peer->buffer.free());
      if (count == 0) break;
      peer->buffer.commit(count);
      co_await take_frames(peer);
    }
  }
  session.finish(peer->buffer.view(), runtime::now());
  peer->is_ended = true;
}

asio::awaitable<void> Connections::take_frames(PeerPtr peer) {
  parsers::TimePoint received = runtime::now();
  while (!stopping_ && !peer->session->acknowledges() && intake_.is_behind(received)) {
    if (peer->is_ended) co_return;
    co_await room(*peer);
    received = runtime::now();
  }
  for (;;) {
    while (!intake_.has_room() || !peer->session->may_take()) {
      if (peer->is_ended) co_return;
      peer->session->out_of_bytes();
      send(peer);
      co_await room(*peer);
    }
    const Session::Step step = peer->session->take(peer->buffer.view(), received);
    peer->buffer.consume(step.consumed);
    if (!step.took_frame) break;
    peer->frame_ticks = 0;
    if (!std::exchange(peer->has_brought, true)) newcomers_.erase(peer->number);
  }
  if (!peer->has_brought && !peer->is_ended) newcomers_.emplace(peer->number, peer.get());  // it may have waited
  peer->session->out_of_bytes();
}

// One timer for all that wait. Until all bytes have been looked at, the peer makes no room for another: they would be
// lost with it.
asio::awaitable<void> Connections::room(Peer& peer) {
  newcomers_.erase(peer.number);
  peer.waits_for_room = true;
  if (room_timer_.expiry() <= std::chrono::steady_clock::now()) room_timer_.expires_after(kRoomPoll);
  co_await room_timer_.async_wait(asio::as_tuple(asio::use_awaitable));
  peer.waits_for_room = false;
}

// Sends what the session has to say, and ends the connection where there is nothing more to say or to hear.
void Connections::send(const PeerPtr& peer) {
  if (peer->is_writing) return;
  if (!peer->is_ended && !peer->session->output().empty()) {
    peer->is_writing = true;
    asio::co_spawn(io_, write(peer), asio::detached);
    return;
  }
  if (peer->session->is_over()) peer->is_ended = true;
  if (!peer->is_ended) return;
  if (peer->is_reading)
    peer->connection->cancel();
  else
    remove(peer);
}

asio::awaitable<void> Connections::write(PeerPtr peer) {
  ++running_;
  while (!peer->is_ended && !peer->session->output().empty()) {
    peer->writing.clear();
    peer->writing.swap(peer->session->output());
    const Connection::Transfer written = co_await peer->connection->write(asio::buffer(peer->writing));
    peer->write_ticks = 0;
    if (written.error) peer->is_ended = true;
  }
  --running_;
  peer->is_writing = false;
  send(peer);
}

void Connections::remove(const PeerPtr& peer) {
  if (peers_.erase(peer) == 0) return;
  newcomers_.erase(peer->number);
  peer->connection->close();
  const auto of_peer = by_peer_.find(peer->name);
  if (of_peer != by_peer_.end() && --of_peer->second == 0) by_peer_.erase(of_peer);
  input_.stats.connections.store(peers_.size(), std::memory_order_relaxed);
}

void Connections::stop() {
  stopping_ = true;
  for (const PeerPtr& peer : peers_) peer->connection->cancel();
}

void Connections::settled(std::uint64_t batch_number, Fate fate) {
  const std::vector<PeerPtr> peers(peers_.begin(), peers_.end());  // send() may remove
  for (const PeerPtr& peer : peers) {
    peer->session->settled(batch_number, fate);
    send(peer);
  }
}

void Connections::tick() {
  const auto idle = static_cast<unsigned>(input_.config.idle_timeout.count());
  const auto half_sent = static_cast<unsigned>(input_.config.frame_timeout.count());
  const std::vector<PeerPtr> peers(peers_.begin(), peers_.end());
  for (const PeerPtr& peer : peers) {
    if (peer->is_ended) continue;
    peer->write_ticks = peer->is_writing ? peer->write_ticks + 1 : 0;
    const bool is_our_turn = peer->waits_for_room || !peer->is_reading;
    const bool has_begun_frame = !peer->buffer.view().empty();
    peer->silent_ticks = is_our_turn ? 0 : peer->silent_ticks + 1;
    peer->frame_ticks = is_our_turn || !has_begun_frame ? 0 : peer->frame_ticks + 1;
    if (peer->shakes_hands && peer->silent_ticks > kHandshakeTicks)
      peer->connection->close();  // the handshake fails, and is counted there
    else if (peer->frame_ticks > half_sent || peer->write_ticks > half_sent)
      give_up(*peer, input_.stats.stalled_closed, "frame_timeout");
    else if (peer->silent_ticks > idle)
      give_up(*peer, input_.stats.idle_closed, "idle_timeout");
  }
}

// Ends what is under way; run() and write() do the rest.
void Connections::give_up(Peer& peer, std::atomic<std::uint64_t>& counter, const char* why) {
  counter.fetch_add(1, std::memory_order_relaxed);
  if (timeout_log_.pass())
    spdlog::warn("A connection is closed. input={} peer={} limit={}", input_.config.name, peer.name, why);
  newcomers_.erase(peer.number);  // it makes room already
  peer.connection->cancel();
  peer.is_ended = true;
}

}  // namespace ingest
