#include "controllers/managementcluster/sources.h"

#include <set>
#include <utility>

#include "controllers/managementcluster/installation.h"
#include "controllers/wanted.h"
#include "pkg/base/strings.h"
#include "pkg/providers/metadata.h"
#include "pkg/providers/sources/file_names.h"
#include "pkg/providers/sources/object_repository.h"

namespace slipway::controllers::managementcluster {
namespace {

using async::Awaitable;

Resolved pending(std::string title, std::string reason, std::string message) {
  Resolved r = unresolved(std::move(title), {std::move(reason), std::move(message)});
  r.pending = true;
  return r;
}

std::string title_of(const std::string& set, const std::string& version) { return version.empty() ? set : set + " " + version; }

// Errors: Invalid, where the file is there and cannot be used.
Status read_metadata(const providers::Fetched& fetched, Resolved& r) {
  if (fetched.metadata.empty()) return {};
  auto metadata = providers::parse_metadata(fetched.metadata, r.title + ": metadata.yaml");
  if (!metadata) return fail(std::move(metadata).error());
  if (const auto version = parse_semver(fetched.version)) r.contract = providers::contract_of(*metadata, *version).value_or("");
  r.metadata = std::move(*metadata);
  return {};
}

}  // namespace

Resolved unresolved(std::string title, Refused why) {
  Resolved r;
  r.title = std::move(title);
  r.reason = std::move(why.reason);
  r.message = std::move(why.message);
  return r;
}

Resolved Sources::keep(const std::string& uid, const Ask& ask, std::string stamp, const providers::Fetched& fetched) {
  Kept& kept = kept_[uid][ask.set];
  if (kept.stamp == stamp) return kept.resolved;
  const std::string title = title_of(ask.set, fetched.version);
  auto components = ask.process(fetched);
  Resolved r =
      components ? resolved(title, std::move(*components), ask.id.has_value()) : unresolved(title, {"InvalidComponents", components.error().message()});
  r.where = fetched.where;
  r.is_signed = fetched.is_signed;
  if (Status metadata = ask.id ? read_metadata(fetched, r) : Status(); !metadata) r = unresolved(title, {"InvalidComponents", metadata.error().message()});
  kept = {std::move(stamp), r};
  return r;
}

Awaitable<Resolved> Sources::from_hub(RequestPtr request, const Observed* observed, Ask ask, Place place) {
  std::string version = ask.version == "latest" ? "" : ask.version;
  const std::string installed = version.empty() ? installed_version(ask, *observed) : std::string();
  std::string stamp = std::to_string(request->generation) + "|" + place.what + "|" + ask.inputs + "|" + installed;
  if (const Kept& kept = kept_[request->uid][ask.set]; kept.stamp == stamp) co_return kept.resolved;
  const std::string title = title_of(ask.set, version);
  const auto refuse = [&](std::string message) {
    Kept& kept = kept_[request->uid][ask.set];
    kept = {std::move(stamp), unresolved(title, {"InvalidComponents", std::move(message)})};
    return kept.resolved;
  };
  auto repository = providers::make_object_repository(place.source.objects, place.source.objects_where);
  if (!repository) co_return refuse(ask.field + ".source: " + repository.error().message());
  const bool open = version.empty() && !providers::is_semantic_version((*repository)->default_version());
  if (Version later = unread_version(ask, *observed); open && installed.empty() && !later.reason.empty()) co_return pending(title, later.reason, later.message);
  if (open && installed.empty())
    co_return refuse(ask.field + ".version: " + (*repository)->where() +
                     " does not say which version it is; name it, or give it the label provider.cluster.x-k8s.io/version");
  if (open) version = installed;
  auto fetched = co_await providers::fetch(std::move(*repository), ask.set, {version, ask.digest, place.source.public_key_pem, {}}, async::Deadline::never());
  if (!fetched) co_return refuse(fetched.error().message());
  co_return keep(request->uid, ask, std::move(stamp), *fetched);
}

Resolved Sources::from_fetcher(const api::ManagementClusterRequest& request, const Ask& ask, const Place& place, Version version) {
  const std::string title = title_of(ask.set, version.text);
  if (!version.reason.empty()) return pending(title, version.reason, version.message);
  FetchTask task;
  task.uid = request.uid;
  task.key = cluster_key(request);
  task.set = ask.set;
  task.what = what_of(ask, place);
  task.latest = ask.version == "latest" || ask.version != version.text;
  task.how = std::to_string(request.generation) + "|" + place.how + "|" + version.contract;
  task.source = place.source;
  task.set_id = ask.set_id;
  // An OCI registry verifies what it hands out by itself.
  const bool by_registry = !place.source.oci.empty() && !fetcher_.options().bundle;
  task.pins = {version.text, ask.digest, by_registry ? "" : place.source.public_key_pem, version.contract};
  const FetchProgress progress = fetcher_.get(std::move(task));
  if (!progress.fetched && !progress.error) return pending(title, "Fetching", "fetching " + title + " from " + progress.where);
  if (!progress.fetched && progress.over) return unresolved(title, {"FetchFailed", progress.error->message()});
  if (!progress.fetched) return pending(title, "FetchFailed", "trying again: " + progress.trying);
  const providers::Fetched& fetched = *progress.fetched;
  Resolved out = keep(request.uid, ask,
                      std::to_string(request.generation) + "|" + fetched.where + "|" + fetched.version + "|" + fetched.digest + "|" + ask.inputs, fetched);
  if (!out.components || !place.source.path.empty()) fetcher_.reject(request.uid, ask.set);  // a file is read again at little cost
  if (out.components && by_registry) out.is_signed = !place.source.public_key_pem.empty();
  return out;
}

Awaitable<Resolved> Sources::one(RequestPtr request, const Observed* observed, Ask ask) {
  auto place = place_of(ask.source, ask.catalog_url, observed->hub, request->namespace_, ask.field + ".source");
  if (!place) co_return unresolved(title_of(ask.set, ask.version), place.error());
  if (place->in_hub()) {
    Resolved out = co_await from_hub(std::move(request), observed, std::move(ask), std::move(*place));
    co_return out;
  }
  if (!place->named && ask.catalog_url.empty() && !fetcher_.options().bundle)
    co_return unresolved(title_of(ask.set, ask.version), {"SourceMissing", ask.field + ".source: nobody knows where " + ask.set +
                                                                               " comes from; name its place: url, oci, configMapRef, secretRef or path"});
  co_return from_fetcher(*request, ask, *place, version_for(request->uid, ask, *place, *observed));
}

void Sources::retain(const api::ManagementClusterRequest& request) {
  const api::ManagementClusterRequestSpec& spec = request.spec;
  const auto fetched = [](const std::optional<api::Source>& source) { return !source || (!source->configMapRef && !source->secretRef); };
  std::set<std::string> sets{kCertManager, kKappController};
  std::set<std::string> from_afar;
  if (spec.kappController.source && fetched(spec.kappController.source)) from_afar.insert(kKappController);
  if (spec.certManager.mode == "Managed" && fetched(spec.certManager.source)) from_afar.insert(kCertManager);
  for (const api::Provider& provider : spec.providers) {
    const std::string set = provider.type + " " + provider.name;
    sets.insert(set);
    if (fetched(provider.source)) from_afar.insert(set);
  }
  std::erase_if(kept_[request.uid], [&](const auto& item) { return !sets.contains(item.first); });
  fetcher_.retain(request.uid, from_afar);
  if (!request.spec.catalogRef) catalogs_.erase(request.uid);
}

Awaitable<void> Sources::resolve(RequestPtr request, Observed* observed) {
  const auto catalog = catalog_of(*request, *observed);
  retain(*request);
  co_await plain_sets(request, observed, catalog);
  co_await providers_of(request, observed, catalog);
  if (!request->spec.cluster.manifestRef) co_return;
  auto manifest = manifest_of(observed->hub, cluster_key(*request), request->spec.cluster.manifestRef->configMap);
  if (manifest) observed->manifest = std::move(*manifest);
  if (!manifest) observed->manifest_error = manifest.error().message();
}

void Sources::forget(const std::string& uid) {
  kept_.erase(uid);
  catalogs_.erase(uid);
  fetcher_.forget(uid);
}

}  // namespace slipway::controllers::managementcluster
