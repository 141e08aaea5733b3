// Where the files of one provider come from, in clusterctl's layout: a version holds a components file, metadata.yaml and templates (clusterctl.md 1.5). What
// is fetched is untrusted bytes: sizes are capped here, digests and signatures are verified by verified_components(). Thread: the loop's only. Cancellation:
// a cancelled call returns Canceled; the deadline covers all of its retries.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "pkg/async/clock.h"
#include "pkg/base/error.h"

namespace slipway::providers {

using async::Awaitable;
using async::Deadline;

// How a source is reached. Everything may be empty.
struct Access {
  std::string ca_pem;    // empty: the system's roots
  std::string proxy;     // http://[user:password@]host:port; empty: the environment's
  std::string username;  // with a password: Basic, and what an OCI registry's token service asks for
  std::string password;  // secret
  std::string token;     // secret; a bearer token: GitHub's, GitLab's
};

// Components of the largest published provider are 2 MB; the rest is head room.
inline constexpr std::size_t kMaxFileBytes = 32UL << 20U;

class Repository {
 public:
  virtual ~Repository() = default;
  // For messages: "https://github.com/kubernetes-sigs/cluster-api/releases", "oci://host/path", without credentials.
  [[nodiscard]] virtual const std::string& where() const noexcept = 0;
  [[nodiscard]] virtual const std::string& components_file() const noexcept = 0;  // "infrastructure-components.yaml"
  [[nodiscard]] virtual const std::string& default_version() const noexcept = 0;  // the one that the location itself names: "v1.2.8", "latest" or empty
  // Every version on offer that is semantic versioning, in no order.
  virtual Awaitable<Result<std::vector<std::string>>> versions(Deadline deadline) = 0;
  // The whole file. Errors: NotFound where this version does not have it; Invalid where it is refused (too large); Transient after the retries.
  virtual Awaitable<Result<std::string>> file(std::string version, std::string name, Deadline deadline) = 0;
};

}  // namespace slipway::providers
