// What a server serves, read once: aggregated discovery in two requests, and a request for each group and version where the server is older than that, or where
// it says that a group's part is stale. A group that does not answer (its aggregated API is down) is left out; the others still work.
#pragma once

#include <memory>
#include <vector>

#include "pkg/kube/mapper.h"

namespace slipway::kube::detail {

// In the server's order, preferred versions of a group first. Errors: the client's, for /api and /apis themselves.
Awaitable<Result<std::vector<ApiResource>>> discover(std::shared_ptr<Client> client);

struct GroupVersion {
  std::string group;
  std::string version;
  friend bool operator==(const GroupVersion&, const GroupVersion&) = default;
};
struct Discovered {
  std::vector<ApiResource> resources;
  std::vector<GroupVersion> unread;  // to be read one by one
};
// APIGroupDiscoveryList, APIVersions or APIGroupList. Errors: Transient where it is none of them.
[[nodiscard]] Result<Discovered> parse_groups(const json::Value& body);
// APIResourceList.
[[nodiscard]] std::vector<ApiResource> parse_resources(const GroupVersion& gv, const json::Value& body);

}  // namespace slipway::kube::detail
