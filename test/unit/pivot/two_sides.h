// Two API servers in memory under virtual time, one with a world to move, and what must hold of them at every moment and at the end.
#pragma once

#include <memory>
#include <string>

#include "pkg/kubesim/server.h"
#include "pkg/log/log.h"
#include "pkg/pivot/pivot.h"
#include "test/support/loop.h"
#include "test/unit/pivot/world.h"

namespace slipway::test {

// Lets a number of writes through to both servers, then nothing: as SIGKILL does after a call was answered to the kernel.
struct Budget {
  std::size_t limit = SIZE_MAX;
  std::size_t writes = 0;
  bool dead = false;
  std::map<std::string, std::size_t> by_verb;          // "target create machines" -> writes
  std::function<async::Awaitable<void>()> after_each;  // asked after every write that was let through
};
[[nodiscard]] std::shared_ptr<kube::Client> cut_client(std::shared_ptr<kube::Client> inner, std::string name, std::shared_ptr<Budget> budget);

// Everything of one server that a move can concern, by "Kind ns/name".
using Shelf = std::map<std::string, Object>;

class TwoSides {
 public:
  explicit TwoSides(World world);
  ~TwoSides();
  TwoSides(const TwoSides&) = delete;
  TwoSides& operator=(const TwoSides&) = delete;

  [[nodiscard]] pivot::Options options(std::string id = "m1") const;
  Result<pivot::Progress> run(pivot::Options options);
  Result<pivot::Progress> run() { return run(options()); }
  Result<pivot::Progress> rollback(pivot::Options options);
  Result<pivot::Progress> rollback() { return rollback(options()); }
  // As run(), but cut after `writes` writes. True where it came to an end before.
  bool run_cut(std::size_t writes);
  bool rollback_cut(std::size_t writes);
  std::optional<pivot::Progress> journal();

  [[nodiscard]] Shelf read(const std::shared_ptr<kube::Client>& side);  // kinds of the world, without journals
  Object get(const std::shared_ptr<kube::Client>& side, const kube::GroupVersionResource& gvr, const kube::ObjectKey& key);  // null where absent
  void put(const std::shared_ptr<kube::Client>& side, Object object);                                                        // creates, with status
  void patch(const std::shared_ptr<kube::Client>& side, const std::string& kind, const kube::ObjectKey& key, json::Value merge_patch);
  void remove(const std::shared_ptr<kube::Client>& side, const std::string& kind, const kube::ObjectKey& key);
  [[nodiscard]] kube::GroupVersionResource gvr_of(const std::string& kind) const;

  // Nothing is lost, nothing runs on both sides, and what its user paused is paused. For any moment.
  void check_now();
  // The move is done: every object where its fate wants it, whole, owned, unmarked, and as unpaused as its user wants it.
  void check_moved();
  // As before the move: the source whole, the target without copies.
  void check_undone();

  World world;
  Loop loop;
  kubesim::ApiServer source_server, target_server;
  std::shared_ptr<kube::Client> source, target;
  std::shared_ptr<Budget> budget = std::make_shared<Budget>();
  pivot::Plan plan;  // before the move
  Shelf before;      // of the source

 private:
  void install();
  [[nodiscard]] const std::string& uid(std::string_view placeholder) const { return uids_.at(std::string(placeholder)); }
  std::map<std::string, std::string> uids_;  // of the source, by the world's
  std::vector<pivot::Kind> kinds_;
};

// What counts of an object on whichever side: all but what servers set, and the status.
[[nodiscard]] json::Value essence(const Object& object);

// A test case whose log lines are kept instead of printed.
struct QuietMove {
  std::string log_lines;
  log::Capture quiet{log_lines};
};

// The message of a result that must be an error.
[[nodiscard]] std::string error_of(const Result<pivot::Progress>& result);
// Writes that a side has seen since the budget was made: "source", "target".
[[nodiscard]] std::size_t writes_on(const TwoSides& sides, std::string_view side);

using Change = std::function<async::Awaitable<void>()>;
// Somebody else's change, once, right after the first write of a kind: after_first(sides, "target create machines", ...).
void after_first(TwoSides& sides, std::string write, Change change);
[[nodiscard]] Change patching(std::shared_ptr<kube::Client> client, kube::GroupVersionResource gvr, kube::ObjectKey key, json::Value merge_patch);
[[nodiscard]] Change creating(std::shared_ptr<kube::Client> client, kube::GroupVersionResource gvr, Object object);
[[nodiscard]] Change removing(std::shared_ptr<kube::Client> client, kube::GroupVersionResource gvr, kube::ObjectKey key);
[[nodiscard]] Change moving(std::shared_ptr<kube::Client> source, std::shared_ptr<kube::Client> target, pivot::Options options);  // a whole run

using FaultAction = kubesim::Fault::Action;
[[nodiscard]] kubesim::Fault answering(const std::string& verb, const std::string& resource, int status, const std::string& reason, std::uint64_t nth,
                                       std::uint64_t times);
[[nodiscard]] kubesim::Fault breaking(const std::string& verb, const std::string& resource, FaultAction action, std::uint64_t nth);

}  // namespace slipway::test
