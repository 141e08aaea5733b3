// Which resource serves a kind: discovery (aggregated where the server has it, per group otherwise), cached, re-read when a kind is not
// known (at most once in 10 s for unknown ones; at once after invalidate(), which whoever watches CRDs calls). One read at a time, whoever asks. A group that
// does not answer (an aggregated API that is down) keeps the resources that it had. Thread: the loop's only.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "pkg/kube/client.h"

namespace slipway::kube {

struct ApiResource {
  GroupVersionKind gvk;
  GroupVersionResource gvr;
  std::vector<std::string> verbs;
  std::vector<std::string> short_names;
  std::vector<std::string> subresources;
};

class Mapper {
 public:
  explicit Mapper(std::shared_ptr<Client> client);
  ~Mapper();
  // For the exact version. Errors: NotFound where the server does not serve the kind, Transient where its group does not answer; the client's errors.
  Awaitable<Result<ApiResource>> resource_for(GroupVersionKind gvk);
  // Any served version of a group and kind, preferred first.
  Awaitable<Result<std::vector<ApiResource>>> versions_of(std::string group, std::string kind);
  Awaitable<Result<std::vector<ApiResource>>> all();
  void invalidate() noexcept;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace slipway::kube
