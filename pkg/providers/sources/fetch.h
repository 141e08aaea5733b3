// From what a spec says of a source to bytes that may be used: one repository opened, one version found, its files fetched, the digest and the signature
// verified. Nothing that this hands out is unverified where verification was asked for. Thread: the loop's only. Cancellation: Canceled.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "pkg/kube/types.h"
#include "pkg/providers/identity.h"
#include "pkg/providers/sources/bundle.h"
#include "pkg/providers/sources/content_cache.h"
#include "pkg/providers/sources/url_repository.h"

namespace slipway::providers {

// Where one set of components comes from; exactly one of the first four.
struct SourceSpec {
  std::string url;                       // https://... (url_repository.h); a path or file:// is a folder too
  std::string oci;                       // oci://... (oci_repository.h)
  std::string path;                      // a components file in clusterctl's layout, or the folder above {label}/{version}/{file}
  std::vector<kube::ObjectPtr> objects;  // ConfigMaps or Secrets that were read already (object_repository.h)
  std::string objects_where;             // for messages: "ConfigMap tkg-system/vsphere"
  Access access;
  std::string public_key_pem;  // where set, the components must be signed: OCI as cosign signs artifacts, elsewhere {components}.sig (cosign sign-blob)
};

struct SourceOptions {
  async::Executor executor;
  async::Clock* clock = nullptr;
  TransportFactory transports;           // null: the network
  std::shared_ptr<ContentCache> cache;   // null: none
  std::shared_ptr<const Bundle> bundle;  // where set, sources that need a network are answered from it, and no network is used
  std::string overrides_folder;          // clusterctl's overrides layer; empty: none
  AttemptListener on_failed_attempt = nullptr;
};

// What is to be fetched.
struct SetId {
  std::string label;            // "infrastructure-vsphere", "cert-manager"
  std::string components_file;  // where the location does not name one
};
[[nodiscard]] SetId set_of(const ProviderId& provider);

// Errors: Invalid, naming what is wrong with the location.
[[nodiscard]] Result<std::shared_ptr<Repository>> open_source(const SourceSpec& source, const SetId& set, const SourceOptions& options);

struct Pins {
  std::string version;         // empty: the one that the location names; "latest": the newest of the contract
  std::string digest;          // "sha256:..." of the components; empty: any
  std::string public_key_pem;  // SourceSpec's, where the source is no OCI registry
  std::string contract;        // what "latest" looks for
};
struct Fetched {
  std::string version;
  std::string components;
  std::string metadata;  // metadata.yaml; empty where the source has none
  std::string digest;    // of the components
  std::string where;
  bool is_signed = false;  // and the signature was verified
};
// `title` is for errors: "InfrastructureProvider vsphere". Errors: the repository's; Invalid where digest or signature do not match.
Awaitable<Result<Fetched>> fetch(std::shared_ptr<Repository> repository, std::string title, Pins pins, Deadline deadline);

}  // namespace slipway::providers
