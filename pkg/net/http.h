// HTTP as values, and the two seams everything above stands on: Transport (a client's way out) and Handler (a server's way in). A test
// connects one to the other without a socket (net/memory_transport.h). Thread: the loop's only.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "pkg/async/clock.h"
#include "pkg/base/error.h"

namespace slipway::net {

using async::Awaitable;
using async::Deadline;

// Header fields in order; names compare without case.
class Headers {
 public:
  Headers() = default;
  Headers(std::initializer_list<std::pair<std::string, std::string>> fields) : fields_(fields) {}
  void add(std::string name, std::string value) { fields_.emplace_back(std::move(name), std::move(value)); }
  void set(std::string name, std::string value);                             // replaces all of that name
  [[nodiscard]] std::string_view get(std::string_view name) const noexcept;  // first, or empty
  [[nodiscard]] bool contains(std::string_view name) const noexcept;
  [[nodiscard]] const std::vector<std::pair<std::string, std::string>>& all() const noexcept { return fields_; }

 private:
  std::vector<std::pair<std::string, std::string>> fields_;
};

struct Peer {                  // who called, as the server's TLS layer saw it
  std::string address;         // "127.0.0.1:40312"
  std::string certificate_cn;  // subject CN of a client certificate that verified, else empty
  std::vector<std::string> certificate_o;
};

struct Request {
  Request() = default;
  Request(std::string method_, std::string target_) : method(std::move(method_)), target(std::move(target_)) {}
  std::string method;  // "GET"
  std::string target;  // origin form, already percent-encoded: "/api/v1/pods?limit=500"
  Headers headers;
  std::string body;
  Peer peer;  // servers only
};

// A body that arrives in pieces. Not thread-safe; one read at a time.
class BodyStream {
 public:
  virtual ~BodyStream() = default;
  // The next bytes; an empty string is the clean end. Errors: Transient (connection lost before the end), Timeout, Canceled.
  virtual Awaitable<Result<std::string>> read(Deadline deadline) = 0;
};

struct Response {
  Response() = default;
  Response(int status_, std::string content_type, std::string body_) : status(status_), body(std::move(body_)) {
    headers.set("Content-Type", std::move(content_type));
  }
  int status = 200;
  Headers headers;
  std::string body;                    // whole, where stream is null
  std::unique_ptr<BodyStream> stream;  // from Transport::open, or set by a Handler that streams (chunked)
};

// A client's way to one server. Errors: Transient (refused, reset, TLS; the message says which and where), Timeout, Canceled.
class Transport {
 public:
  virtual ~Transport() = default;
  // The whole answer; bodies over max_body bytes (64 MiB) are an error. Any HTTP status is a success here.
  virtual Awaitable<Result<Response>> send(Request request, Deadline deadline) = 0;
  // Headers within the deadline, then the body as a stream on a connection of its own (watches). Dropping the stream closes it.
  virtual Awaitable<Result<Response>> open(Request request, Deadline headers_deadline) = 0;
  // Closes idle connections. The owner calls it before the loop ends.
  virtual void close() {}
  // Looks at its TLS source again (client.h), because the caller knows that it has changed.
  virtual void refresh() {}
};

// A server's way in: gets a request, answers. Must not throw. Status 0 closes the connection without an answer (faults).
using Handler = std::function<Awaitable<Response>(Request)>;

[[nodiscard]] std::string_view reason_phrase(int status) noexcept;

// Path and query of a request target, decoded. Errors: Invalid where an escape is broken.
struct Target {
  std::string path;
  std::vector<std::pair<std::string, std::string>> query;                   // in order, decoded
  [[nodiscard]] std::string_view get(std::string_view key) const noexcept;  // first, or empty
  [[nodiscard]] bool has(std::string_view key) const noexcept;
};
[[nodiscard]] Result<Target> parse_target(std::string_view target);

}  // namespace slipway::net
