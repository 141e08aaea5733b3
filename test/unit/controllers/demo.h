// The whole thing in memory on virtual time: hub and simulated world, our CRDs and samples, and an operator that can be stopped and started again.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "controllers/operator.h"
#include "fused_client.h"
#include "pkg/runtime/cache.h"
#include "pkg/simcloud/simcloud.h"
#include "test/support/loop.h"

namespace slipway::test {

using async::Awaitable;

struct Demo {
  explicit Demo(simcloud::WorldOptions options = {.speed = 1, .tls = false});
  ~Demo();
  Demo(const Demo&) = delete;
  Demo& operator=(const Demo&) = delete;

  void start_operator(std::shared_ptr<Fuse> fuse = {});
  void stop_operator();
  // Applies the sample files, with a change to the request before it is sent.
  void apply_samples(std::function<void(kube::Object& request)> change = {}, bool workload = true);
  [[nodiscard]] kube::ObjectPtr request() const { return requests->get({"tkg-system", "tkg-mgmt-vc"}); }
  [[nodiscard]] kube::ObjectPtr workload() const { return workloads->get({"default", "tkg-vc-antrea"}); }
  // Lets virtual time pass until the condition holds; throws with what the request says where it does not within `limit`.
  void until(const std::string& what, const std::function<bool()>& holds, std::chrono::seconds limit = std::chrono::minutes(10));
  [[nodiscard]] std::string report() const;  // of both objects: phase, progress, Ready
  void install_crds(std::shared_ptr<kube::Client> client);
  [[nodiscard]] static kube::Object sample_workload();
  [[nodiscard]] static std::string sample_components(std::string_view config_map);  // the text of its components.yaml; by the beginning of its name
  void patch(kube::GroupVersionResource gvr, kube::ObjectKey key, json::Value body);
  void remove(kube::GroupVersionResource gvr, kube::ObjectKey key);
  [[nodiscard]] std::shared_ptr<kube::Client> client_of(const std::string& server);  // null where there is none
  [[nodiscard]] std::vector<kube::Object> list(const std::string& server, kube::GroupVersionResource gvr);

  Loop loop;
  std::unique_ptr<simcloud::World> world;
  std::shared_ptr<kube::Client> hub;
  std::unique_ptr<runtime::ClusterCache> cache;
  runtime::Store* requests = nullptr;
  runtime::Store* workloads = nullptr;
  providers::TransportFactory transports;  // to where components come from
  std::unique_ptr<controllers::Operator> op;
};

[[nodiscard]] bool ready(const kube::ObjectPtr& object);                                       // Ready at its generation
[[nodiscard]] std::string condition_of(const kube::ObjectPtr& object, std::string_view type);  // "True/Reason: message"
[[nodiscard]] std::string running_step(const kube::ObjectPtr& object);                         // name of the first step that is not over

inline constexpr const char* kBootstrapServer = "bootstrap/tkg-system/tkg-mgmt-vc-bootstrap";
inline constexpr const char* kTargetServer = "cluster/tkg-system/tkg-mgmt-vc";
inline constexpr const char* kWorkloadServer = "cluster/default/tkg-vc-antrea";

}  // namespace slipway::test
