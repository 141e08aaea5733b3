// What turns a spec's sources into components, with servers in memory: a request with one provider, the fetcher beside it, and who was woken.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "controllers/managementcluster/sources.h"
#include "pkg/base/strings.h"
#include "support.h"
#include "test/unit/providers/web.h"

namespace slipway::test {

inline Object data_object(std::string_view kind, std::string_view name, std::vector<std::pair<std::string, std::string>> data, std::string_view version = "1") {
  Object object = kube::make_object("v1", kind, {kNs, std::string(name)});
  object.ref({"metadata", "resourceVersion"}) = version;
  for (const auto& [key, text] : data) object.ref({"data", key}) = kind == "Secret" ? base64_encode(text) : text;
  return object;
}

inline constexpr std::string_view kComponents = R"(
apiVersion: v1
kind: Namespace
metadata: {name: capv-system}
---
apiVersion: v1
kind: Secret
metadata: {name: capv-manager-bootstrap-credentials, namespace: capv-system}
stringData: {username: "${VSPHERE_USERNAME:=nobody}"}
)";
inline constexpr std::string_view kMetadata =
    "apiVersion: clusterctl.cluster.x-k8s.io/v1alpha3\nkind: Metadata\nreleaseSeries:\n"
    "- {major: 1, minor: 5, contract: v1beta1}\n- {major: 1, minor: 6, contract: v1beta1}\n";

inline constexpr const char* kServer = "https://files.test/vsphere/";
inline constexpr const char* kFile = "infrastructure-components.yaml";

struct ComponentsWorld : providers::WebWorld, Fixture {
  providers::SourceOptions options;
  std::vector<ObjectKey> woken;
  std::vector<std::string> reported;
  std::unique_ptr<controllers::managementcluster::ComponentFetcher> fetcher;
  std::unique_ptr<controllers::managementcluster::Sources> sources;

  ComponentsWorld() {
    request.spec.certManager.mode = "None";
    api::Provider& provider = request.spec.providers[0];
    provider.type = "InfrastructureProvider";
    provider.name = "vsphere";
    provider.version = "v1.5.1";
    provider.source = api::Source{};
    options.executor = loop.executor();
    options.clock = &loop.clock;
    options.transports = transports();
    start();
  }
  ComponentsWorld(const ComponentsWorld&) = delete;
  ComponentsWorld& operator=(const ComponentsWorld&) = delete;
  ~ComponentsWorld() { loop.run(fetcher->stop()); }

  // Another process, with the same options.
  void start() {
    if (fetcher) loop.run(fetcher->stop());
    sources.reset();
    fetcher = std::make_unique<controllers::managementcluster::ComponentFetcher>(
        options, [this](ObjectKey key) { woken.push_back(std::move(key)); },
        [this](const controllers::managementcluster::FetchTask&, const std::string& message) { reported.push_back(message); });
    sources = std::make_unique<controllers::managementcluster::Sources>(*fetcher);
  }
  [[nodiscard]] api::Provider& provider() { return request.spec.providers[0]; }
  [[nodiscard]] api::Source& source() { return *request.spec.providers[0].source; }
  void serve(const std::string& version, std::string_view components = kComponents) {
    web->pages[kServer + version + "/" + kFile] = {providers::text(std::string(components))};
    web->pages[kServer + version + "/metadata.yaml"] = {providers::text(std::string(kMetadata))};
  }
  // As a cluster's inventory shows it.
  static void install(controllers::ClusterView& view, const std::string& version) {
    Object entry = kube::make_object("clusterctl.cluster.x-k8s.io/v1alpha3", "Provider", {"capv-system", "infrastructure-vsphere"});
    entry.set("type", "InfrastructureProvider");
    entry.set("providerName", "vsphere");
    entry.set("version", version);
    view.connected = view.synced = true;
    view.add(kube::res::kProviders, std::move(entry));
  }
  void by_url(const std::string& version = "v1.5.1") { source().url = kServer + version + "/" + kFile; }

  void look() {
    observed.providers.clear();
    observed.cert_manager.reset();
    observed.kapp_controller.reset();
    loop.run(sources->resolve(std::make_shared<const api::ManagementClusterRequest>(request), &observed));
  }
  controllers::managementcluster::Resolved resolve() {
    look();
    return observed.providers.at(0);
  }
  // What a reconcile finds that the end of a fetch has called; time stands still.
  controllers::managementcluster::Resolved fetched() {
    look();
    loop.settle();
    return resolve();
  }
};

}  // namespace slipway::test
