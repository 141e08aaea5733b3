// A spec's source, made ready for pkg/providers: the objects, credentials and certificates that it names are read from the hub's view. Pure; any thread.
#pragma once

#include <expected>
#include <string>

#include "api/v1alpha1/types.h"
#include "controllers/cluster_view.h"
#include "pkg/providers/sources/fetch.h"

namespace slipway::controllers::managementcluster {

// Why there is nothing, in words for a condition.
struct Refused {
  std::string reason;
  std::string message;
};

struct Place {
  providers::SourceSpec source;
  std::string what;    // stamp of the place
  std::string how;     // stamp of the Secrets that it is reached with
  bool named = false;  // the spec names it; otherwise the catalog does, or nobody
  [[nodiscard]] bool in_hub() const noexcept { return !source.objects.empty(); }
};

[[nodiscard]] bool names_place(const api::Source& source) noexcept;

// "uid@resourceVersion", or "absent": what tells one content of an object from another.
[[nodiscard]] std::string version_of(const ObjectPtr& object);

// `field` is the source's: "spec.providers[0].source"; `catalog_url` is where the spec names no place. What a Secret holds is never part of a message.
[[nodiscard]] std::expected<Place, Refused> place_of(const api::Source& source, const std::string& catalog_url, const ClusterView& hub, const std::string& ns,
                                                     const std::string& field);

}  // namespace slipway::controllers::managementcluster
