// An HTTP/1.1 server, plain or TLS, on the loop. Bounded: header 1 MiB, body 8 MiB, idle 90 s, header read 32 s; bad requests are answered
// 400 and closed. A certificate in files is replaced while it runs (cert_files.h). Out of descriptors it waits a little between its attempts to accept. Streams
// are sent chunked; when the peer goes away the stream's read is cancelled and the stream destroyed.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "pkg/async/task_group.h"
#include "pkg/net/http.h"

namespace slipway::net {

struct ServerTls {
  std::string cert_pem;  // chain
  std::string key_pem;
  std::string cert_file;  // instead of the two above: read now, and again whenever they change
  std::string key_file;
  std::string client_ca_pem;  // where set: a client certificate is asked for (not required) and verified against it
};
struct ServerOptions {
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;  // 0: any free one
  std::unique_ptr<ServerTls> tls;
  std::size_t max_body = 8UL << 20U;
};

class Server {
 public:
  // Binds at once. Errors: Transient (address in use), Invalid (bad PEM, unreadable file).
  [[nodiscard]] static Result<std::unique_ptr<Server>> listen(async::Executor executor, async::Clock& clock, ServerOptions options, Handler handler);
  ~Server();
  [[nodiscard]] std::uint16_t port() const noexcept;
  [[nodiscard]] std::size_t connections() const noexcept;
  void drop_connections();  // closes every connection at once, keeps listening
  // Stops listening, closes connections, cancels handlers and streams and waits for them. Await it before the server goes: the destructor only
  // begins it, and the loop must still run then.
  async::Awaitable<void> stop();

  struct State;  // private to server.cpp

 private:
  Server();
  std::shared_ptr<State> state_;
};

}  // namespace slipway::net
