// What is stored of a CustomResourceDefinition's objects, brought into its storage version of today, before a definition without the older version is applied:
// a server refuses one that lacks a version of status.storedVersions. What clusterctl does for cert-manager (clusterctl.md 1.10), for any definition, and only
// where it has to be: versions that the new definition still has may stay in the store.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "pkg/kube/client.h"

namespace slipway::providers {

[[nodiscard]] std::vector<std::string> versions_of(const kube::Object& definition);
// True where something may be stored in a version that is not among `versions`, those of the definition that is to come. Pure.
[[nodiscard]] bool migration_due(const kube::Object& live, std::span<const std::string> versions);

// Writes every object again as it is, page by page (one that is gone or was written meanwhile needs it no more), then tells so in status.storedVersions.
// Nothing where it is not due, or the definition is not there. May be cancelled and done again at any point. Errors: Invalid where the storage version of today
// is not among `versions`: then a release in between has to be installed first; Transient where the list grew too old on the way; the client's.
async::Awaitable<Status> migrate_storage(std::shared_ptr<kube::Client> client, std::string definition, std::vector<std::string> versions);

}  // namespace slipway::providers
