// What a spec asks for: each set with its place, its version and what goes into its components.
#include <utility>

#include "controllers/managementcluster/sources.h"
#include "pkg/providers/metadata.h"
#include "pkg/providers/sources/file_names.h"

namespace slipway::controllers::managementcluster {
namespace {

using async::Awaitable;

constexpr std::string_view kCatalogKey = "catalog.yaml";

std::optional<std::string> version_in(const ClusterView& view, const providers::ProviderId& id) {
  for (const ObjectPtr& entry : view.list(kube::res::kProviders))
    if ((*entry)["type"].as_string() == providers::to_string(id.type) && (*entry)["providerName"].as_string() == id.name &&
        providers::is_semantic_version((*entry)["version"].as_string()))
      return (*entry)["version"].str();
  return std::nullopt;
}

// It is there, but what is installed on it is not known yet.
bool unread(const ClusterView& view) { return !view.synced && (view.connected || !view.trouble.empty()); }

bool is_latest(const std::string& version) { return version.empty() || version == "latest"; }

ObjectPtr find(const ClusterView& hub, const Gvr& gvr, const std::string& ns, const std::optional<api::LocalRef>& ref) {
  return ref ? hub.get(gvr, {ns, ref->name}) : nullptr;
}

std::map<std::string, std::string> variables_of(const api::Provider& provider, const ObjectPtr& config_map, const ObjectPtr& secret) {
  std::map<std::string, std::string> out;
  if (config_map)
    for (const json::Member& member : (*config_map)["data"].object()) out[member.key] = member.value.str();
  for (const auto& [name, value] : provider.variables) out[name] = value;
  if (!secret) return out;
  for (const json::Member& member : (*secret)["data"].object()) {
    std::string value;
    if (kube::secret_value(*secret, member.key, value)) out[member.key] = std::move(value);
  }
  return out;
}

std::vector<providers::ImageRule> images_of(const api::ManagementClusterRequestSpec& spec) {
  std::vector<providers::ImageRule> out;
  out.reserve(spec.images.size());
  for (const api::ImageOverride& o : spec.images) out.push_back({o.component, o.image, o.repository, o.name, o.tag, o.registryFrom});
  return out;
}

}  // namespace

std::expected<Sources::CatalogPtr, Refused> Sources::catalog_of(const api::ManagementClusterRequest& request, const Observed& observed) {
  static const CatalogPtr builtin(&providers::Catalog::builtin(), [](const providers::Catalog*) {});
  const auto& ref = request.spec.catalogRef;
  if (!ref) return builtin;
  const ObjectKey key{request.namespace_, ref->name};
  const std::string where = "spec.catalogRef: ConfigMap " + key.to_string();
  const ObjectPtr map = observed.hub.get(kube::res::kConfigMaps, key);
  if (!map) return std::unexpected(Refused{"SourceMissing", where + " does not exist; create it"});
  KeptCatalog& kept = catalogs_[request.uid];
  std::string stamp = version_of(map);
  if (kept.stamp == stamp) return kept.catalog;
  kept.stamp = std::move(stamp);
  const std::string_view text = (*map)["data"][kCatalogKey].as_string();
  if (text.empty()) return kept.catalog = std::unexpected(Refused{"SourceMissing", where + " has no key " + std::string(kCatalogKey) + "; add it"});
  // No environment: what a request's author writes must not read the operator's variables.
  auto parsed = providers::Catalog::parse(text, where + ", " + std::string(kCatalogKey));
  if (!parsed) return kept.catalog = std::unexpected(Refused{"InvalidComponents", parsed.error().message()});
  return kept.catalog = std::make_shared<const providers::Catalog>(builtin->with(*parsed));
}

std::string Sources::what_of(const Ask& ask, const Place& place) { return place.what + "|" + ask.digest + "|" + place.source.public_key_pem; }

std::string Sources::installed_version(const Ask& ask, const Observed& observed) {
  for (const ClusterView* view : {&observed.target, &observed.bootstrap})
    if (auto installed = ask.id ? version_in(*view, *ask.id) : std::nullopt; view->synced && installed) return std::move(*installed);
  return {};
}

Sources::Version Sources::unread_version(const Ask& ask, const Observed& observed) {
  const auto reading = [&](const ClusterView& view, const char* reason, const std::string& name) {
    return Version{{}, {}, reason, "reading which version of " + ask.set + " the " + name + " cluster has" + (view.trouble.empty() ? "" : ": " + view.trouble)};
  };
  if (ask.id && unread(observed.target)) return reading(observed.target, "TargetConnecting", "management");
  if (ask.id && unread(observed.bootstrap)) return reading(observed.bootstrap, "BootstrapConnecting", "bootstrap");
  return {};
}

Sources::Version Sources::version_for(const std::string& uid, const Ask& ask, const Place& place, const Observed& observed) const {
  if (!ask.id || !is_latest(ask.version)) return {ask.version, {}, {}, {}};
  const bool bundled = fetcher_.options().bundle && place.source.path.empty();
  if (ask.version.empty() && place.named && !bundled) {
    const auto repository = providers::open_source(place.source, ask.set_id, fetcher_.options());
    if (!repository || providers::is_semantic_version((*repository)->default_version())) return {};
  }
  if (std::string installed = installed_version(ask, observed); !installed.empty()) return {std::move(installed), {}, {}, {}};
  if (std::string before = fetcher_.latest_version(uid, ask.set, what_of(ask, place)); !before.empty()) return {std::move(before), {}, {}, {}};
  if (Version later = unread_version(ask, observed); !later.reason.empty()) return later;
  if (ask.core != nullptr && !ask.core->components) return {{}, {}, ask.core->reason, "waiting for the contract of " + ask.core->title};
  const bool known = ask.core != nullptr && !ask.core->contract.empty();
  return {"latest", known ? ask.core->contract : std::string(providers::kNewestContract), {}, {}};
}

Awaitable<void> Sources::plain_sets(RequestPtr request, Observed* observed, std::expected<CatalogPtr, Refused> catalog) {
  const api::ManagementClusterRequestSpec& spec = request->spec;
  const auto processed_as = [images = images_of(spec)](std::string name) {
    return [name = std::move(name), images](const providers::Fetched& f) { return providers::process_plain(name, f.version, f.components, images); };
  };
  if (spec.kappController.source) {
    Ask ask;
    ask.set = ask.set_id.label = kKappController;
    ask.set_id.components_file = "release.yml";  // as its releases call it
    ask.field = "spec.kappController";
    ask.version = spec.kappController.version;
    ask.source = *spec.kappController.source;
    ask.process = processed_as(kKappController);
    Resolved kapp_controller = co_await one(request, observed, std::move(ask));
    observed->kapp_controller = std::move(kapp_controller);
  }
  if (spec.certManager.mode != "Managed") co_return;
  Ask ask;
  ask.set = ask.set_id.label = kCertManager;
  ask.set_id.components_file = "cert-manager.yaml";
  ask.field = "spec.certManager";
  ask.version = spec.certManager.version;
  ask.source = spec.certManager.source.value_or(api::Source{});
  ask.process = processed_as(kCertManager);
  const bool by_catalog = !names_place(ask.source);
  if (by_catalog && !catalog) {
    observed->cert_manager = unresolved(kCertManager, catalog.error());
    co_return;
  }
  if (by_catalog) {
    const providers::CertManagerEntry& entry = (*catalog)->cert_manager();
    ask.catalog_url = entry.url.value_or("");
    if (ask.version.empty()) ask.version = entry.version.value_or("");
  }
  Resolved cert_manager = co_await one(request, observed, std::move(ask));
  observed->cert_manager = std::move(cert_manager);
}

Sources::Ask Sources::ask_for(const api::ManagementClusterRequest& request, const Observed& observed, std::size_t index) const {
  const api::Provider& provider = request.spec.providers[index];
  Ask ask;
  ask.set = provider.type + " " + provider.name;
  ask.field = "spec.providers[" + std::to_string(index) + "]";
  ask.version = provider.version;
  ask.digest = provider.digest;
  ask.source = provider.source.value_or(api::Source{});
  if (const auto type = providers::parse_provider_type(provider.type)) {
    ask.id = providers::ProviderId{*type, provider.name};
    ask.set_id = providers::set_of(*ask.id);
  }
  const ObjectPtr secret = find(observed.hub, kube::res::kSecrets, request.namespace_, provider.variablesSecretRef);
  const ObjectPtr config_map = find(observed.hub, kube::res::kConfigMaps, request.namespace_, provider.variablesConfigMapRef);
  ask.inputs = version_of(secret) + "|" + version_of(config_map);
  providers::Recipe recipe{provider.type, provider.name, {}, provider.namespace_, variables_of(provider, config_map, secret), images_of(request.spec), {}};
  ask.process = [recipe = std::move(recipe), patches = provider.patches, field = ask.field](const providers::Fetched& f) -> Result<providers::Components> {
    providers::Recipe of = recipe;
    of.version = f.version;
    auto parsed = providers::parse_patches(patches);
    if (!parsed) return fail(Disposition::Invalid, field + "." + parsed.error().message());
    of.patches = std::move(*parsed);
    return providers::process(of, f.components);
  };
  return ask;
}

Awaitable<void> Sources::providers_of(RequestPtr request, Observed* observed, std::expected<CatalogPtr, Refused> catalog) {
  const auto& wanted = request->spec.providers;
  observed->providers.assign(wanted.size(), {});
  const Resolved* core = nullptr;
  for (const bool core_first : {true, false}) {
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      if ((wanted[i].type == "CoreProvider") != core_first) continue;
      Ask ask = ask_for(*request, *observed, i);
      ask.core = core;
      Resolved& out = observed->providers[i];
      if (core_first) core = &out;
      if (const auto problem = ask.id ? providers::identity_problem(*ask.id) : std::string("has a type that is none")) {
        out = unresolved(ask.set, {"InvalidSpec", ask.field + ".name: " + *problem});
        continue;
      }
      if (!names_place(ask.source)) {
        auto entry = catalog ? (*catalog)->get(ask.id->type, ask.id->name) : Result<providers::CatalogEntry>();
        if (!catalog || (!entry && !fetcher_.options().bundle)) {
          out = catalog ? unresolved(ask.set, {"SourceMissing", ask.field + ": " + entry.error().message()}) : unresolved(ask.set, catalog.error());
          continue;
        }
        if (entry) ask.catalog_url = entry->url;
      }
      Resolved resolved = co_await one(request, observed, std::move(ask));
      out = std::move(resolved);
    }
  }
}

}  // namespace slipway::controllers::managementcluster
