// The pulling half of the OCI distribution protocol, for one repository of one registry. Everything that arrives is checked against its digest; a manifest that
// was asked for by tag has the digest of its bytes. Tokens: a 401 with a Bearer challenge is answered by asking its realm, with the source's user and password
// where there are any, for leave to pull this one repository; a Basic challenge with user and password. Challenges of other hosts (after a redirect) are not
// answered. Thread: the loop's only. Cancellation and deadline: http_fetch.h.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "pkg/json/value.h"
#include "pkg/providers/sources/http_fetch.h"
#include "pkg/providers/sources/oci_reference.h"

namespace slipway::providers {

inline constexpr std::size_t kMaxManifestBytes = 4UL << 20U;  // what registries promise to accept

struct OciDescriptor {
  std::string media_type;
  std::string digest;
  std::size_t size = 0;
  std::string title;  // annotation org.opencontainers.image.title: a file's name
  json::Value annotations;
};
struct OciManifest {
  std::string digest;  // of its bytes
  json::Value body;
};

class RegistryClient {
 public:
  RegistryClient(OciReference reference, HttpFetcher fetcher);
  [[nodiscard]] const OciReference& reference() const noexcept;
  // By tag or by digest. Errors: NotFound, naming the tag; Invalid (no manifest, another digest than asked for); as HttpFetcher's.
  [[nodiscard]] Awaitable<Result<OciManifest>> manifest(std::string tag_or_digest, Deadline deadline) const;
  // A blob of at most `limit` bytes. `what` names it in messages.
  [[nodiscard]] Awaitable<Result<std::string>> blob(OciDescriptor descriptor, std::size_t limit, std::string what, Deadline deadline) const;
  // All tags that are semantic versions, as versions.
  [[nodiscard]] Awaitable<Result<std::vector<std::string>>> versions(Deadline deadline) const;

  struct State;  // private to registry_client.cpp

 private:
  std::shared_ptr<State> state_;
};

}  // namespace slipway::providers
