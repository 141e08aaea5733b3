// Fetches components from where a network or a disk is in between, beside the reconciles: one fetch a request and set. A reconcile asks for one and reads how
// it goes; its end, and every attempt that failed, wakes the request, so that the reason is told while it is tried again, not after. What passes by itself (a
// server that is away) is tried again with backoff for as long as somebody wants it; what does not (a wrong digest, a file that is not there) once for each
// change of the request or of a Secret that it names. What was fetched is kept until something else is asked for. Thread: the loop's only. stop() cancels what
// runs.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "pkg/async/sync.h"
#include "pkg/async/task_group.h"
#include "pkg/kube/types.h"
#include "pkg/providers/sources/fetch.h"

namespace slipway::controllers::managementcluster {

struct FetchTask {
  std::string uid;  // of the request
  kube::ObjectKey key;
  std::string set;   // "cert-manager", "InfrastructureProvider vsphere"; also for errors
  std::string what;  // tells one content from another: the place and the pins, except the version
  std::string how;   // tells one try from another: generation, Secrets
  providers::SourceSpec source;
  providers::SetId set_id;
  providers::Pins pins;
  bool latest = false;  // the spec leaves the version open, whatever the pins say
};

struct FetchProgress {
  std::shared_ptr<const providers::Fetched> fetched;  // null: not yet, or never
  std::optional<Error> error;                         // of the last attempt
  std::string trying;                                 // where it is tried again: what failed, and when the next attempt is
  bool over = false;                                  // nothing is tried again until something changes
  std::string where;
};

class ComponentFetcher {
 public:
  using Wake = std::function<void(kube::ObjectKey)>;
  // What failed and is tried again, each reason once in the life of a task. What is not tried again is the reconcile's to tell.
  using Report = std::function<void(const FetchTask&, const std::string& message)>;
  ComponentFetcher(providers::SourceOptions options, Wake wake, Report report = {});
  ComponentFetcher(const ComponentFetcher&) = delete;
  ComponentFetcher& operator=(const ComponentFetcher&) = delete;
  ~ComponentFetcher();  // stop() first

  // Begins where that is not under way or done.
  [[nodiscard]] FetchProgress get(FetchTask task);
  // Which version "latest" of that set turned out to be; empty where that is not known.
  [[nodiscard]] std::string latest_version(const std::string& uid, const std::string& set, const std::string& what) const;
  [[nodiscard]] const providers::SourceOptions& options() const noexcept;
  // What was fetched cannot be used: a change of `how` fetches it again.
  void reject(const std::string& uid, const std::string& set);
  // Lets go of what the request does not ask for any more.
  void retain(const std::string& uid, const std::set<std::string>& sets);
  void forget(const std::string& uid) { retain(uid, {}); }
  async::Awaitable<void> stop();

 private:
  struct Shared;
  struct Entry;
  struct Live;
  void retire(Entry& entry);
  void begin(Entry& entry, FetchTask task);

  std::shared_ptr<Shared> shared_;
  async::TaskGroup leaving_;                                                      // what was cancelled and has not ended yet
  std::map<std::string, std::map<std::string, std::unique_ptr<Entry>>> entries_;  // by uid, by set
  bool stopped_ = false;
};

}  // namespace slipway::controllers::managementcluster
