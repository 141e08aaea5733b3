// Two real API servers (hack/realkube) with the move of reference between them, moved to and fro by a process that may be killed, and what must hold at every
// moment and at the end. Started once for all cases of this program; without SLIPWAY_KUBE_ASSETS its cases are skipped.
// A case leaves no move unfinished: the next one starts from where the Clusters are then.
#pragma once

#include <array>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "pkg/kube/client.h"
#include "pkg/pivot/pivot.h"
#include "pkg/proc/proc.h"
#include "test/real/pivot/network.h"
#include "test/real/pivot/real_world.h"
#include "test/support/loop.h"

namespace slipway::test {

using Shelf = std::map<std::string, Object>;  // by "Kind ns/name"

struct RealServer {
  std::string dir, kubeconfig, far_kubeconfig;  // far: through `network`
  std::shared_ptr<kube::Client> client;
  std::unique_ptr<Network> network;
};

class TwoServers {
 public:
  static TwoServers& shared();
  ~TwoServers();
  TwoServers(const TwoServers&) = delete;
  TwoServers& operator=(const TwoServers&) = delete;

  [[nodiscard]] RealServer& source() { return servers_[at_]; }
  [[nodiscard]] RealServer& target() { return servers_[1 - at_]; }
  void flip() { at_ = 1 - at_; }
  [[nodiscard]] Shelf read(const RealServer& server);  // what a move could concern; not what the servers keep for themselves
  void wake_providers(const RealServer& server);       // those of a source stay down after a move
  // What the controllers of a target would: a move copies no status, and what is not provisioned does not move on.
  void report_status(const RealServer& server, const Shelf& before);
  [[nodiscard]] std::string next_id() { return "m" + std::to_string(++moves_); }

  // hack/realkube's launcher: "kill9", "restart-apiserver".
  [[nodiscard]] async::Awaitable<void> realkube(std::string command, std::string dir);
  template <class T>
  T run(async::Awaitable<T> task) {
    return loop.run_real(std::move(task), std::chrono::minutes(10));
  }

  Loop loop;
  async::RealClock clock;
  async::TaskGroup tasks{loop.executor()};  // what happens to servers while they are moved between
  World world = real_world();

 private:
  TwoServers();
  void prepare();
  void start(RealServer& server, const std::string& name);
  void connect(RealServer& server);
  void install(RealServer& server, bool with_clusters);
  [[nodiscard]] kube::GroupVersionResource gvr_of(const std::string& kind) const;

  std::string dir_, assets_;
  std::array<RealServer, 2> servers_;
  std::vector<pivot::Kind> kinds_;
  std::size_t at_ = 0, moves_ = 0;
};

// One move, from where the Clusters are to the other side.
class Trip {
 public:
  explicit Trip(TwoServers& servers);
  struct How {
    std::optional<std::size_t> kill_after = {};  // writes
    std::optional<pivot::Phase> kill_at = {};
    bool undo = false;
    bool far = false;  // through the networks
  };
  struct Outcome {
    bool killed = false;
    bool ok = false;
    std::string said, log;
    [[nodiscard]] std::size_t writes() const;
  };
  Outcome run(How how);
  // Nothing is lost, nothing runs on both sides, and what its user paused is paused. For any moment at which no mover runs.
  void check_now();
  // The move is done: every object where its fate wants it, whole, owned, unmarked, as paused as its user wants it. Turns round for the next trip.
  void finish();
  // As before the move: every object of both sides but for resourceVersion, generation and the times of managedFields.
  void check_undone();
  [[nodiscard]] std::optional<pivot::Progress> journal();

 private:
  void check_copy(const std::string& key, const Object& original, const Shelf& there, const std::map<std::string, std::string>& names);

  TwoServers& servers_;
  pivot::Options options_;
  pivot::Plan plan_;
  Shelf here_, there_;  // before the move
};

// What counts of an object on whichever side: all but what servers set, owners (they are compared by name), and the status.
[[nodiscard]] json::Value essence(const Object& object);
// All that an undo must leave as it was.
[[nodiscard]] json::Value memory(const Object& object);

}  // namespace slipway::test
