// A small HTTP/1.1 server for loopback: GET and HEAD, one answer a connection.
//
// Threads: everything on the io_context's. Limits: 16 connections at once, 8 KiB of header, 10 s a connection; what is
// more is closed.
#pragma once

#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace runtime {

struct HttpAnswer {
  unsigned status = 200;
  std::string type = "text/plain; charset=utf-8";
  std::string body;
};

class HttpServer {
 public:
  using Answer = std::function<HttpAnswer(std::string_view path)>;  // path without query

  // Throws std::runtime_error with the address when it can't listen.
  HttpServer(boost::asio::io_context& io, const std::string& host, std::uint16_t port, Answer answer);
  ~HttpServer();
  void stop();  // `answer` is called no more; connections that are open end by themselves, also after this object

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace runtime
