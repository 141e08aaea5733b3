// kubesim: an in-process Kubernetes API server, for the demo and for tests. README.md beside this file lists what it does not do and what it does otherwise
// than a real kube-apiserver; for everything else, test/contract runs the same tests on both.
// Thread: the loop's only.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "pkg/async/task_group.h"
#include "pkg/kube/client.h"
#include "pkg/kube/config.h"
#include "pkg/net/http.h"

namespace slipway::kubesim {

// A fault to inject: applies to requests that match, counted from 1. Empty members match all.
struct Fault {
  std::string verb;         // get list watch create update patch delete
  std::string resource;     // plural
  std::uint64_t nth = 0;    // only the nth match; 0: every one
  std::uint64_t times = 0;  // at most so many; 0: no limit
  enum class Action : std::uint8_t { Delay, Drop, Reset, Truncate, Status } action = Action::Status;
  // Delay: for `delay`. Drop: does the work, then closes without an answer. Reset: closes without doing it. Truncate: half of the body.
  int status = 500;    // Status: answers with this code, without doing it
  std::string reason;  // of the Status object
  async::Duration delay{};
};

struct Options {
  std::string name = "kubesim";        // in messages
  std::string version = "v1.36.3";     // gitVersion of /version
  std::size_t watch_history = 10'000;  // events kept for watches; older resourceVersions answer 410
  bool anonymous = false;              // accept requests without credentials (in-memory tests)
};

struct RequestRecord {  // what the audit hook sees, after the answer was made
  std::string verb, group, resource, subresource, ns, name, user;
  int status = 0;
};

class ApiServer {
 public:
  ApiServer(async::Executor executor, async::Clock& clock, Options options = {});
  ~ApiServer();  // stop() first
  ApiServer(const ApiServer&) = delete;
  ApiServer& operator=(const ApiServer&) = delete;

  // In memory.
  [[nodiscard]] net::Handler handler();
  [[nodiscard]] std::shared_ptr<kube::Client> local_client(std::string user_agent = "local");  // as system:masters

  // Over TLS on 127.0.0.1, with a CA of its own; port 0 picks a free one. Errors: Transient where the port is taken.
  [[nodiscard]] Result<std::uint16_t> listen(std::uint16_t port = 0);
  [[nodiscard]] kube::ClusterConfig admin_config() const;  // client certificate, group system:masters; after listen()
  [[nodiscard]] std::string token_for(std::string user, std::vector<std::string> groups);

  void inject(Fault fault);
  void clear_faults();
  void on_request(std::function<void(const RequestRecord&)> hook);
  [[nodiscard]] std::uint64_t requests() const noexcept;
  void compact();        // forgets watch history: open watches that are behind the newest revision, and new ones at an old resourceVersion, get 410
  void close_watches();  // as a server restart does: every stream breaks
  [[nodiscard]] std::size_t open_watches() const noexcept;

  async::Awaitable<void> stop();  // closes the listener and all streams, waits for handlers

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace slipway::kubesim
