// Plays the release service: tkr-source-controller makes the TanzuKubernetesRelease with its OSImage and ClusterBootstrapTemplate; the status controller finds
// it compatible; the resolver labels the Clusters that ask for it.
#include "pkg/simcloud/brought.h"
#include "pkg/simcloud/controllers.h"
#include "pkg/simcloud/objects.h"
#include "pkg/simcloud/packages_table.h"
#include "pkg/simcloud/services.h"
#include "pkg/simcloud/site.h"

namespace slipway::simcloud {
namespace {

constexpr std::string_view kApiVersion = "run.tanzu.vmware.com/v1alpha3";
constexpr std::string_view kImage = "v1.24.9---vmware.1-tkg.1-rc.2-ubuntu-2004";

json::Value ref_name(std::string_view name) { return object_of({{"refName", name}}); }

std::vector<Brought> release_objects() {
  std::vector<Brought> out;
  Object image = kube::make_object(kApiVersion, "OSImage", {"", std::string(kImage)});
  image.set("spec", object_of({{"kubernetesVersion", kKubernetesVersion},
                               {"os", object_of({{"type", "linux"}, {"name", "ubuntu"}, {"version", "20.04"}, {"arch", "amd64"}})},
                               {"image", object_of({{"type", "ova"}, {"ref", object_of({{"version", kReleaseVersion}})}})}}));
  out.push_back({kOsImages, std::move(image)});
  Object bootstrap = kube::make_object(kApiVersion, "ClusterBootstrapTemplate", {std::string(kSystemNamespace), std::string(kRelease)});
  bootstrap.set("spec", object_of({{"cni", ref_name("antrea.tanzu.vmware.com.1.7.2+vmware.1-tkg.1-advanced")},
                                   {"csi", ref_name("vsphere-csi.tanzu.vmware.com.2.6.2+vmware.2-tkg.1")},
                                   {"cpi", ref_name("vsphere-cpi.tanzu.vmware.com.1.24.3+vmware.1-tkg.1")},
                                   {"kapp", ref_name("kapp-controller.tanzu.vmware.com.0.41.5+vmware.1-tkg.1")}}));
  out.push_back({kClusterBootstrapTemplates, std::move(bootstrap)});
  out.push_back({res::kConfigMaps, make_config_map({std::string(kSystemNamespace), "bom-metadata"}, {{"compatibility", "version: v1\n"}})});
  out.push_back({res::kConfigMaps, make_config_map({"tkr-system", std::string(kRelease)}, {{"bomContent", "apiVersion: run.tanzu.vmware.com/v1alpha2\n"}})});
  Object release = kube::make_object(kApiVersion, "TanzuKubernetesRelease", {"", std::string(kRelease)});
  set_labels(release, {{"v1", ""}, {"v1.24", ""}, {"v1.24.9", ""}, {kRelease, ""}});
  release.set("spec", object_of({{"version", kReleaseVersion},
                                 {"kubernetes", object_of({{"version", kKubernetesVersion}, {"imageRepository", "registry.example.com/tkg"}})},
                                 {"osImages", list_of({object_of({{"name", kImage}})})},
                                 {"bootstrapPackages", list_of({object_of({{"name", "antrea.tanzu.vmware.com.1.7.2+vmware.1-tkg.1-advanced"}})})}}));
  out.push_back({res::kTanzuKubernetesReleases, std::move(release)});  // last: what waits for it finds the rest
  return out;
}

// The source controller has no object of its own: its Deployment stands for it.
Reconciled discover(Env env, ObjectPtr deployment) {
  if (kube::key_of(*deployment) != manager::kReleaseSource || !is_available(deployment.get())) co_return Outcome{};
  if (env.world->failures.is("release")) co_return Outcome{};
  for (const Gvr& kind : {res::kTanzuKubernetesReleases, kClusterBootstrapTemplates, kOsImages})
    if (!env.serves(kind)) co_return Outcome{};
  if (env.get(res::kTanzuKubernetesReleases, {"", std::string(kRelease)})) co_return Outcome{};
  if (const auto left = env.left("discover " + std::string(kube::uid_of(*deployment)), Act::DiscoverReleases)) co_return Outcome{left};
  for (Brought& brought : release_objects()) {
    const auto created = co_await create(env, brought.gvr, std::move(brought.object));
    if (!created) co_return fail(created.error());
  }
  co_return Outcome{};
}

Reconciled find_compatible(Env env, ObjectPtr release) {
  Object wanted = *release;
  for (const std::string_view type : {"Compatible", "Ready", "Valid"}) set_true(env, wanted, type);
  const Status saved = co_await save(env, res::kTanzuKubernetesReleases, release, std::move(wanted));
  if (!saved) co_return fail(saved.error());
  co_return Outcome{};
}

// The real resolver is a webhook and also fills variable TKR_DATA; this one only labels.
Reconciled resolve(Env env, ObjectPtr cluster) {
  if (kube::is_deleting(*cluster) || kube::has_label(*cluster, kReleaseLabel)) co_return Outcome{};
  const ObjectPtr release = env.get(res::kTanzuKubernetesReleases, {"", std::string(kRelease)});
  const std::string_view version = (*cluster)["spec"]["topology"]["version"].as_string();
  if (!release || version.empty() || !std::string_view(kReleaseVersion).starts_with(version)) co_return Outcome{};
  Object wanted = *cluster;
  set_labels(wanted, {{kReleaseLabel, kRelease}});
  const Status saved = co_await save(env, res::kClusters, cluster, std::move(wanted));
  if (!saved) co_return fail(saved.error());
  co_return Outcome{};
}

std::vector<ObjectKey> to_source(Env, const runtime::Change&) { return {manager::kReleaseSource}; }

}  // namespace

SimController release_source_controller() {
  return {.name = "tkr-source",
          .primary = res::kDeployments,
          .watches = {{res::kTanzuKubernetesReleases, to_source}, {kClusterBootstrapTemplates, to_source}, {kOsImages, to_source}},
          .reconcile = discover};
}

SimController release_controller() {
  return {.name = "tkr-status", .primary = res::kTanzuKubernetesReleases, .manager = manager::kReleases, .reconcile = find_compatible};
}

SimController release_resolver() {
  return {.name = "tkr-resolver",
          .primary = res::kClusters,
          .gate = Gate::Cluster,
          .manager = manager::kReleases,
          .watches = {{res::kTanzuKubernetesReleases, to_all(res::kClusters)}},
          .reconcile = resolve};
}

}  // namespace slipway::simcloud
