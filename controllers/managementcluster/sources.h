// Components out of the sources that a spec names, worked out once for each content and kept: parsing megabytes of YAML on every reconcile would be the
// operator's whole work. Objects of the hub are read at once; everything else is fetched beside (component_fetcher.h), and pending meanwhile.
//
// "latest", or no version where the place names none, is never an upgrade: what the inventory of the cluster at hand has counts, then what was found before,
// and only then the newest release of the core provider's contract. Thread: the loop's only.
#pragma once

#include <expected>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "controllers/managementcluster/component_fetcher.h"
#include "controllers/managementcluster/observed.h"
#include "controllers/managementcluster/source_place.h"
#include "pkg/async/awaitable.h"
#include "pkg/providers/catalog.h"

namespace slipway::controllers::managementcluster {

inline constexpr const char* kCertManager = "cert-manager";
inline constexpr const char* kKappController = "kapp-controller";

// A set without components, and why.
[[nodiscard]] Resolved unresolved(std::string title, Refused why);

class Sources {
 public:
  explicit Sources(ComponentFetcher& fetcher) : fetcher_(fetcher) {}
  // Fills kapp_controller, cert_manager, providers, manifest and manifest_error from observed's hub, and for versions from its target and bootstrap. Does not
  // wait for anything.
  async::Awaitable<void> resolve(std::shared_ptr<const api::ManagementClusterRequest> request, Observed* observed);
  void forget(const std::string& uid);

 private:
  using RequestPtr = std::shared_ptr<const api::ManagementClusterRequest>;
  using CatalogPtr = std::shared_ptr<const providers::Catalog>;
  // One set that the spec asks for.
  struct Ask {
    std::string set;    // "cert-manager", "InfrastructureProvider vsphere"
    std::string field;  // "spec.providers[0]"
    std::string version;
    std::string digest;
    api::Source source;
    std::string catalog_url;
    std::optional<providers::ProviderId> id;  // of a provider
    providers::SetId set_id;
    std::string inputs;              // stamp of what goes into process(), besides the spec
    const Resolved* core = nullptr;  // the core provider, where this is another and the spec has one
    std::function<Result<providers::Components>(const providers::Fetched&)> process;
  };
  [[nodiscard]] static std::string what_of(const Ask& ask, const Place& place);
  struct Version {
    std::string text;
    std::string contract;  // for "latest"
    std::string reason;    // not empty: it cannot be told yet
    std::string message;
  };
  struct Kept {
    std::string stamp;  // of everything that went in
    Resolved resolved;
  };
  struct KeptCatalog {
    std::string stamp;
    std::expected<CatalogPtr, Refused> catalog;
  };

  [[nodiscard]] std::expected<CatalogPtr, Refused> catalog_of(const api::ManagementClusterRequest& request, const Observed& observed);
  // By the inventory of the clusters at hand; empty where none has it, or none that could be read.
  [[nodiscard]] static std::string installed_version(const Ask& ask, const Observed& observed);
  // Why that cannot be told yet; no reason where it can.
  [[nodiscard]] static Version unread_version(const Ask& ask, const Observed& observed);
  [[nodiscard]] Version version_for(const std::string& uid, const Ask& ask, const Place& place, const Observed& observed) const;
  [[nodiscard]] Resolved from_fetcher(const api::ManagementClusterRequest& request, const Ask& ask, const Place& place, Version version);
  async::Awaitable<Resolved> from_hub(RequestPtr request, const Observed* observed, Ask ask, Place place);
  async::Awaitable<Resolved> one(RequestPtr request, const Observed* observed, Ask ask);
  async::Awaitable<void> plain_sets(RequestPtr request, Observed* observed, std::expected<CatalogPtr, Refused> catalog);
  async::Awaitable<void> providers_of(RequestPtr request, Observed* observed, std::expected<CatalogPtr, Refused> catalog);
  [[nodiscard]] Ask ask_for(const api::ManagementClusterRequest& request, const Observed& observed, std::size_t index) const;
  [[nodiscard]] Resolved keep(const std::string& uid, const Ask& ask, std::string stamp, const providers::Fetched& fetched);
  void retain(const api::ManagementClusterRequest& request);

  ComponentFetcher& fetcher_;
  std::map<std::string, std::map<std::string, Kept>> kept_;  // by request, by set
  std::map<std::string, KeptCatalog> catalogs_;              // by request
};

}  // namespace slipway::controllers::managementcluster
