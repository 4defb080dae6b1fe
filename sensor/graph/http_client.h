// One HTTP/1.1 request after another over TLS 1.2 or newer, with the peer's certificate and name always verified.
//
// Threads: `send` from one thread, which it blocks until the answer, a time limit or `stop`; `stop` from any thread.
// Limits: every step has a time limit and the body a size limit, before and after unpacking (Limits); connections are
// kept, one an origin. Bodies may come as gzip, and are unpacked while they arrive.
// A proxy is asked for a tunnel (CONNECT, RFC 9110 9.3.6) to the origin, inside which the same TLS runs.
// Redirects are answers like any other: following one could carry a token to another host.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "parsers/result.h"
#include "sensor/graph/origin.h"
#include "sensor/graph/proxy.h"
#include "sensor/graph/settings.h"

namespace graph {

struct HttpHeader {
  std::string name, value;
};

struct HttpRequest {
  const char* method = "GET";
  Origin origin;
  std::string target;  // path and query, escaped
  std::vector<HttpHeader> headers;
  std::string body;
  bool direct = false;  // not through the proxy, whatever the rules say
};

struct HttpResponse {
  int status = 0;
  std::vector<HttpHeader> headers;
  std::string body;
  std::string cut;  // why the body ended early; empty when it is whole

  std::string_view header(std::string_view name) const;  // empty when absent; valid as long as the response
};

// Takes a body while it arrives, unpacked, in pieces of any size.
class BodySink {
 public:
  virtual ~BodySink() = default;
  virtual void take(std::string_view piece) = 0;
};

class HttpClient {
 public:
  HttpClient(const Limits& limits, std::string ca_file, ProxyRules proxy = {});
  ~HttpClient();

  // Errors: stopped, ca_file, resolve, connect, proxy, tls, timeout, reset, too_large, protocol; the detail is a
  // sentence. The body of an answer 200 or 206 goes to `sink` when there is one, and HttpResponse::body stays empty.
  parsers::Result<HttpResponse> send(const HttpRequest& request, BodySink* sink = nullptr);
  void stop();  // ends the request under way and refuses all later ones

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace graph
