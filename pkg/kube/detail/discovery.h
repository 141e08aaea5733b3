// What a server serves, read once: aggregated discovery in two requests, and a request for each group and version where the server is older than that, or where
// it says that a group's part is stale. A group that does not answer (its aggregated API is down) is named; the others still work. One that is gone meanwhile
// (404) is left out. The two first requests are made again twice where they fail in passing (client-go discovery: 2 retries).
#pragma once

#include <memory>
#include <vector>

#include "pkg/kube/mapper.h"

namespace slipway::kube::detail {

struct GroupVersion {
  std::string group;
  std::string version;
  friend bool operator==(const GroupVersion&, const GroupVersion&) = default;
};
struct FailedGroup {
  GroupVersion gv;
  Error error;
};
struct Catalogue {
  std::vector<ApiResource> resources;  // in the server's order, preferred versions of a group first
  std::vector<FailedGroup> failed;
};
// Errors: the client's, for /api and /apis themselves.
Awaitable<Result<Catalogue>> discover(std::shared_ptr<Client> client);

struct Discovered {
  std::vector<ApiResource> resources;
  std::vector<GroupVersion> unread;  // to be read one by one
};
// APIGroupDiscoveryList, APIVersions or APIGroupList. Errors: Transient where it is none of them.
[[nodiscard]] Result<Discovered> parse_groups(const json::Value& body);
// APIResourceList.
[[nodiscard]] std::vector<ApiResource> parse_resources(const GroupVersion& gv, const json::Value& body);

}  // namespace slipway::kube::detail
