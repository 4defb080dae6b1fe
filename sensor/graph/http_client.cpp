#include "sensor/graph/http_client.h"

#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <atomic>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <optional>

#include "sensor/graph/gzip.h"
#include "sensor/graph/resolve.h"

namespace graph {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;
using boost::system::error_code;
constexpr std::uint32_t kHeaderBytes = 64 * 1024;
constexpr int kAddressesTried = 3;  // of those that don't answer, before the time to connect is over
constexpr auto kToken = asio::as_tuple(asio::use_awaitable);

struct Connection {
  Connection(asio::io_context& io, asio::ssl::context& tls, Origin to) : origin(std::move(to)), stream(io, tls) {}
  beast::tcp_stream& tcp() { return stream.next_layer(); }

  Origin origin;
  asio::ssl::stream<beast::tcp_stream> stream;  // plain connections use its lower layer alone
  beast::flat_buffer buffer;
  bool direct = false;  // made for a request that must not use the proxy
  bool used = false;    // an answer came over it before
};

// What came of one exchange. `stale`: a kept connection turned out to be closed, nothing was answered.
struct Exchange {
  parsers::Result<HttpResponse> result = parsers::Error{"stopped", 0, "stopped."};
  bool stale = false;
  bool keep = false;
};

parsers::Error network_error(const char* step, const Origin& origin, const error_code& error) {
  const std::string place = origin.authority();
  if (error == beast::error::timeout) return {"timeout", 0, place + " took too long: time ran out while " + step + "."};
  if (error == http::error::body_limit || error == http::error::header_limit) {
    return {"too_large", 0, "the answer of " + place + " is larger than the limit; it was not read to the end."};
  }
  if (error.category() == http::make_error_code(http::error::end_of_stream).category() &&
      error != http::error::end_of_stream && error != http::error::partial_message) {
    return {"protocol", 0, place + " sent no readable HTTP: " + error.message() + "."};
  }
  return {"reset", 0, "the connection to " + place + " failed while " + step + ": " + error.message() + "."};
}

parsers::Error handshake_error(const Origin& origin, SSL* ssl, const error_code& error) {
  const std::string place = origin.authority();
  const long verdict = SSL_get_verify_result(ssl);
  if (verdict == X509_V_OK) return network_error("setting up TLS", origin, error);
  std::string advice = "If a proxy inspects TLS, name its CA certificate in [graph] ca_file.";
  if (verdict == X509_V_ERR_HOSTNAME_MISMATCH || verdict == X509_V_ERR_IP_ADDRESS_MISMATCH) {
    advice = "It was issued for another name; something else answers there.";
  } else if (verdict == X509_V_ERR_CERT_HAS_EXPIRED || verdict == X509_V_ERR_CERT_NOT_YET_VALID) {
    advice = "Check this machine's clock.";
  }
  return {"tls", 0,
          "the certificate that " + place + " shows is not trusted (" + X509_verify_cert_error_string(verdict) + "). " +
              advice};
}

std::string connect_target(const Origin& origin) {
  const std::string host = origin.host.find(':') == std::string::npos ? origin.host : "[" + origin.host + "]";
  return host + ":" + std::to_string(origin.port);
}

parsers::Error proxy_refusal(const Proxy& proxy, const std::string& target, unsigned status) {
  std::string advice = " Allow that host and port there.";
  if (status / 100 == 2) advice = " It said more than HTTP allows there.";
  if (status >= 500) advice = " It may not reach the host.";
  if (status == 407) {
    advice = proxy.authorization.empty()
                 ? " It wants a user and a password: put them as user:password into a file and name it in [graph] "
                   "proxy_credentials_file."
                 : " It does not accept the user and the password.";
  }
  return {
      "proxy", 0,
      "the proxy " + proxy.place() + " answered " + std::to_string(status) + " to CONNECT " + target + "." + advice};
}

bool prepare_tls(SSL* ssl, const std::string& host) {
  X509_VERIFY_PARAM* param = SSL_get0_param(ssl);
  if (is_address(host)) return X509_VERIFY_PARAM_set1_ip_asc(param, host.c_str()) == 1;
  X509_VERIFY_PARAM_set_hostflags(param, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  return SSL_set_tlsext_host_name(ssl, host.c_str()) == 1 && SSL_set1_host(ssl, host.c_str()) == 1;
}

http::request<http::string_body> wire_request(const HttpRequest& request) {
  http::request<http::string_body> wire(http::string_to_verb(request.method), request.target, 11);
  wire.set(http::field::host, request.origin.authority());
  wire.set(http::field::user_agent, "Lurewatch");
  wire.set(http::field::accept, "application/json");
  wire.set(http::field::accept_encoding, "gzip");
  for (const auto& [name, value] : request.headers) wire.set(name, value);
  wire.body() = request.body;
  if (!request.body.empty()) wire.prepare_payload();
  return wire;
}

// One body on its way: counted, unpacked when it came packed, and handed on.
class Arrival {
 public:
  Arrival(std::size_t limit, BodySink* sink) : limit_(limit), sink_(sink) {}

  void begin(unsigned status, std::string_view encoding) {
    if (status != 200 && status != 206) sink_ = nullptr;
    if (beast::iequals(encoding, "gzip")) gunzip_.emplace(limit_);
  }
  // False: there is more than the limit allows.
  bool take(std::string_view piece) {
    came_ = came_ || !piece.empty();
    if (!gunzip_) return hand_on(piece);
    gunzip_->take(piece, [this](std::string_view unpacked) { hand_on(unpacked); });
    return gunzip_->end() != Gunzip::End::too_large;
  }
  // Why what came so far is not all of it; empty when it is, as far as the packing tells.
  std::string cut() const {
    if (!gunzip_ || !came_ || gunzip_->end() == Gunzip::End::whole) return {};
    return gunzip_->end() == Gunzip::End::cut ? "the packed body ends early." : "the packed body is damaged.";
  }
  std::string body() { return std::move(body_); }

 private:
  bool hand_on(std::string_view piece) {
    size_ += piece.size();
    if (size_ > limit_) return false;
    if (sink_ == nullptr) {
      body_ += piece;
    } else {
      sink_->take(piece);
    }
    return true;
  }

  std::size_t limit_, size_ = 0;
  BodySink* sink_;
  std::optional<Gunzip> gunzip_;
  bool came_ = false;
  std::string body_;
};

// What Beast calls a body: where its parser puts the pieces.
struct ArrivingBody {
  using value_type = Arrival*;

  class reader {
   public:
    template <bool is_request, class Fields>
    reader(http::header<is_request, Fields>&, Arrival*& arrival) : arrival_(arrival) {}

    void init(const boost::optional<std::uint64_t>&, error_code& error) { error = {}; }
    template <class Buffers>
    std::size_t put(const Buffers& buffers, error_code& error) {
      error = {};
      std::size_t size = 0;
      for (const auto buffer : beast::buffers_range_ref(buffers)) {
        if (!arrival_->take({static_cast<const char*>(buffer.data()), buffer.size()})) error = http::error::body_limit;
        size += buffer.size();
      }
      return size;
    }
    void finish(error_code& error) { error = {}; }

   private:
    Arrival*& arrival_;
  };
};
using Parser = http::response_parser<ArrivingBody>;

std::optional<parsers::Error> unknown_packing(Parser& parser, const Origin& origin) {
  const std::string_view encoding(parser.get()[http::field::content_encoding]);
  if (encoding.empty() || beast::iequals(encoding, "identity") || beast::iequals(encoding, "gzip")) return std::nullopt;
  return parsers::Error{
      "protocol", 0,
      origin.authority() + " packed its answer as '" + printable(encoding, 40) + "', which it was not asked to do."};
}

HttpResponse taken(Parser& parser) {
  HttpResponse response;
  response.status = static_cast<int>(parser.get().result_int());
  for (const auto& field : parser.get()) {
    response.headers.push_back({std::string(field.name_string()), std::string(field.value())});
  }
  response.body = parser.get().body()->body();
  response.cut = parser.get().body()->cut();
  return response;
}

}  // namespace

struct HttpClient::Impl {
  Impl(const Limits& limits_in, std::string ca_file_in, ProxyRules proxy_in)
      : limits(limits_in), ca_file(std::move(ca_file_in)), proxy(std::move(proxy_in)) {}

  Limits limits;
  std::string ca_file;
  ProxyRules proxy;
  Resolver resolver;
  std::atomic<bool> stopped = false;
  asio::io_context io{1};
  asio::ssl::context tls{asio::ssl::context::tls_client};
  bool tls_ready = false;
  std::vector<std::unique_ptr<Connection>> kept;
  std::unique_ptr<Connection> active;

  // Runs one coroutine to its end on the calling thread.
  template <class T>
  T run(asio::awaitable<T> task) {
    std::optional<T> out;
    io.restart();
    std::exception_ptr fault;
    asio::co_spawn(io, std::move(task), [&](const std::exception_ptr& failure, T value) {
      fault = failure;
      if (!failure) out = std::move(value);
    });
    io.run();
    if (fault && !stopped) std::rethrow_exception(fault);
    return out ? std::move(*out) : T{};
  }

  parsers::Error stopped_error() const { return {"stopped", 0, "stopped."}; }

  std::optional<parsers::Error> load_roots() {
    if (tls_ready) return std::nullopt;
    error_code error;
    SSL_CTX_set_min_proto_version(tls.native_handle(), TLS1_2_VERSION);
    tls.set_verify_mode(asio::ssl::verify_peer, error);
    if (ca_file.empty()) {
      tls.set_default_verify_paths(error);
    } else {
      tls.load_verify_file(ca_file, error);
    }
    if (error) {
      const std::string what = ca_file.empty() ? "the system's CA certificates" : "[graph] ca_file '" + ca_file + "'";
      return parsers::Error{"ca_file", 0, "could not load " + what + ": " + error.message() + "."};
    }
    tls_ready = true;
    return std::nullopt;
  }

  // Asks `through` for a tunnel to `to`; what it says beyond its header would be mistaken for the server's words.
  asio::awaitable<std::optional<parsers::Error>> tunnel(Connection& to, const Proxy& through) {
    const std::string target = connect_target(to.origin);
    http::request<http::empty_body> wire(http::verb::connect, target, 11);
    wire.set(http::field::host, target);
    wire.set(http::field::user_agent, "Lurewatch");
    if (!through.authorization.empty()) wire.set(http::field::proxy_authorization, through.authorization);
    to.tcp().expires_after(limits.connect_time);
    auto [error, size] = co_await http::async_write(to.tcp(), wire, kToken);
    http::response_parser<http::empty_body> parser;
    parser.skip(true);
    parser.header_limit(kHeaderBytes);
    if (!error && !stopped) {
      to.tcp().expires_after(limits.connect_time);
      std::tie(error, size) = co_await http::async_read_header(to.tcp(), to.buffer, parser, kToken);
    }
    if (stopped) co_return stopped_error();
    if (error) {
      auto failed = network_error("asking the proxy", to.origin, error);
      co_return parsers::Error{failed.code, 0, "through the proxy " + through.place() + ": " + failed.detail};
    }
    const unsigned status = parser.get().result_int();
    if (status / 100 == 2 && to.buffer.size() == 0) co_return std::nullopt;
    co_return proxy_refusal(through, target, status);
  }

  asio::awaitable<std::optional<parsers::Error>> open(Connection& to, std::vector<tcp::endpoint> endpoints,
                                                      const Proxy* through) {
    if (stopped) co_return stopped_error();
    const auto give_up = std::chrono::steady_clock::now() + limits.connect_time;
    error_code connect_error = asio::error::host_unreachable;
    for (const tcp::endpoint& endpoint : endpoints) {
      // An address that swallows packets must leave time for the others.
      const auto share = limits.connect_time / (endpoints.size() == 1 ? 1 : kAddressesTried);
      to.tcp().close();
      to.tcp().expires_at(std::min(give_up, std::chrono::steady_clock::now() + share));
      std::tie(connect_error) = co_await to.tcp().async_connect(endpoint, kToken);
      if (stopped) co_return stopped_error();
      if (!connect_error || std::chrono::steady_clock::now() >= give_up) break;
    }
    if (connect_error) {
      auto error = network_error("connecting", to.origin, connect_error);
      if (connect_error != beast::error::timeout) error.code = "connect";
      if (through != nullptr) error.detail = "through the proxy " + through->place() + ": " + error.detail;
      co_return error;
    }
    error_code ignored;  // without it requests are only slower
    to.tcp().socket().set_option(tcp::no_delay(true), ignored);
    if (through != nullptr) {
      if (auto refused = co_await tunnel(to, *through)) co_return refused;
    }
    if (!to.origin.tls) co_return std::nullopt;
    if (!prepare_tls(to.stream.native_handle(), to.origin.host)) {
      co_return parsers::Error{"tls", 0, "TLS can't be set up for the host name " + to.origin.host + "."};
    }
    to.tcp().expires_after(limits.connect_time);
    const auto [tls_error] = co_await to.stream.async_handshake(asio::ssl::stream_base::client, kToken);
    if (stopped) co_return stopped_error();
    if (tls_error) co_return handshake_error(to.origin, to.stream.native_handle(), tls_error);
    co_return std::nullopt;
  }

  template <class Stream>
  asio::awaitable<Exchange> exchange(Connection& over, Stream& stream, const HttpRequest& request, BodySink* sink) {
    Exchange out;
    if (stopped) co_return out;
    const auto wire = wire_request(request);
    over.tcp().expires_after(limits.connect_time);
    auto [error, sent] = co_await http::async_write(stream, wire, kToken);
    if (stopped) co_return out;
    Arrival arrival(limits.body_bytes, sink);
    Parser parser;
    parser.get().body() = &arrival;
    parser.body_limit(limits.body_bytes);
    parser.header_limit(kHeaderBytes);
    const char* step = "sending the request";
    if (!error) {
      step = "waiting for the answer";
      over.tcp().expires_after(limits.answer_time);
      std::tie(error, sent) = co_await http::async_read_header(stream, over.buffer, parser, kToken);
      if (stopped) co_return out;
    }
    if (error) {
      out.stale = over.used && !parser.got_some() && error != beast::error::timeout;
      out.result = network_error(step, over.origin, error);
      co_return out;
    }
    if (auto refused = unknown_packing(parser, over.origin)) {
      out.result = std::move(*refused);
      co_return out;
    }
    arrival.begin(parser.get().result_int(), parser.get()[http::field::content_encoding]);
    over.tcp().expires_after(limits.body_time);
    std::tie(error, sent) = co_await http::async_read(stream, over.buffer, parser, kToken);
    if (stopped) co_return out;
    if (error == http::error::body_limit) {
      out.result = network_error("reading the answer", over.origin, error);
      co_return out;
    }
    out.keep = !error && parser.keep_alive() && over.buffer.size() == 0;
    HttpResponse response = taken(parser);
    if (error) response.cut = network_error("reading the answer", over.origin, error).detail;
    out.result = std::move(response);
    co_return out;
  }

  asio::awaitable<Exchange> exchange(Connection& over, const HttpRequest& request, BodySink* sink) {
    return over.origin.tls ? exchange(over, over.stream, request, sink) : exchange(over, over.tcp(), request, sink);
  }

  std::optional<parsers::Error> connect(const Origin& origin, bool direct) {
    const Proxy* through = direct ? nullptr : proxy.for_origin(origin);
    if (origin.tls) {
      if (auto error = load_roots()) return error;
    }
    auto addresses = resolver.resolve(through ? through->host : origin.host, limits.connect_time);
    if (!addresses) return addresses.error();
    std::vector<tcp::endpoint> endpoints;
    for (const auto& text : families_in_turn(std::move(*addresses))) {
      error_code error;
      const auto address = asio::ip::make_address(text, error);
      if (!error) endpoints.emplace_back(address, through ? through->port : origin.port);
    }
    active = std::make_unique<Connection>(io, tls, origin);
    active->direct = direct;
    return run(open(*active, std::move(endpoints), through));
  }

  bool take_kept(const Origin& origin, bool direct) {
    for (auto it = kept.begin(); it != kept.end(); ++it) {
      if ((*it)->origin != origin || (*it)->direct != direct) continue;
      active = std::move(*it);
      kept.erase(it);
      return true;
    }
    return false;
  }
};

std::string_view HttpResponse::header(std::string_view name) const {
  for (const auto& header : headers) {
    if (beast::iequals(header.name, name)) return header.value;
  }
  return {};
}

HttpClient::HttpClient(const Limits& limits, std::string ca_file, ProxyRules proxy)
    : impl_(std::make_unique<Impl>(limits, std::move(ca_file), std::move(proxy))) {}
HttpClient::~HttpClient() = default;

parsers::Result<HttpResponse> HttpClient::send(const HttpRequest& request, BodySink* sink) {
  if (impl_->stopped) return impl_->stopped_error();
  bool reused = impl_->take_kept(request.origin, request.direct);
  while (true) {
    if (!reused) {
      if (auto error = impl_->connect(request.origin, request.direct)) {
        impl_->active.reset();
        return *error;
      }
    }
    Exchange exchange = impl_->run(impl_->exchange(*impl_->active, request, sink));
    if (exchange.keep) {
      impl_->active->used = true;
      impl_->kept.push_back(std::move(impl_->active));
    }
    impl_->active.reset();
    if (!exchange.stale) return std::move(exchange.result);
    reused = false;
  }
}

void HttpClient::stop() {
  impl_->stopped = true;
  impl_->resolver.stop();
  // Runs on the sending thread: either before the next step, which then sees `stopped`, or during one, which it ends.
  asio::post(impl_->io, [impl = impl_.get()] {
    if (impl->active) impl->active->tcp().close();
  });
}

}  // namespace graph
