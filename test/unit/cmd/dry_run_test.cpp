#include "cmd/slipway/dry_run.h"

#include <catch2/catch_test_macros.hpp>

#include "pkg/kubesim/server.h"
#include "test/support/loop.h"

using namespace slipway;
using namespace slipway::cmd;

namespace {

constexpr std::string_view kComponents = R"(
apiVersion: v1
kind: ConfigMap
metadata: {name: settings, namespace: capv-system}
data: {level: "1", other: same}
---
apiVersion: v1
kind: Namespace
metadata: {name: capv-system}
---
apiVersion: v1
kind: Secret
metadata: {name: credentials, namespace: capv-system}
stringData: {user: admin, password: hunter2}
---
apiVersion: infra.example/v1
kind: Zone
metadata: {name: a, namespace: capv-system}
)";

ResolvedSets sets(std::string_view yaml = kComponents) {
  ResolvedSet set;
  set.id = providers::ProviderId{providers::ProviderType::Infrastructure, "vsphere"};
  set.label = "infrastructure-vsphere";
  auto components = providers::process(
      {.type = "InfrastructureProvider", .name = "vsphere", .version = "v1.0.0", .ns = "", .variables = {}, .images = {}, .patches = {}}, yaml);
  INFO((components ? "" : components.error().message()));
  REQUIRE(components);
  set.components = std::move(*components);
  ResolvedSets out;
  out.providers.push_back(std::move(set));
  return out;
}

struct Cluster {
  test::Loop loop;
  kubesim::ApiServer server{loop.executor(), loop.clock};
  std::shared_ptr<kube::Client> client = server.local_client();
  std::size_t writes = 0;

  Cluster() {
    server.on_request([this](const kubesim::RequestRecord& r) { writes += r.verb != "get" && r.verb != "list" && r.status < 300 ? 1 : 0; });
  }
  ~Cluster() { loop.run(server.stop()); }
  void apply(const kube::GroupVersionResource& gvr, const kube::Object& object) {
    auto applied = loop.run(kube::apply(client, gvr, object, {}));
    INFO((applied ? "" : applied.error().message()));
    REQUIRE(applied);
  }
  std::vector<PlannedObject> plan(ResolvedSets what) {
    auto planned = loop.run(dry_run(client, std::move(what)));
    INFO((planned ? "" : planned.error().message()));
    REQUIRE(planned);
    return std::move(*planned);
  }
};

const PlannedObject& named(const std::vector<PlannedObject>& plan, std::string_view kind) {
  for (const PlannedObject& planned : plan)
    if (planned.gvk.kind == kind) return planned;
  FAIL("no " << kind);
  return plan.front();
}

}  // namespace

TEST_CASE("on an empty cluster everything would be created, in the order of the stages, the inventory last") {
  Cluster cluster;
  std::string order;
  for (const PlannedObject& planned : cluster.plan(sets())) {
    CHECK(planned.action == PlannedObject::Action::Create);
    order += planned.gvk.kind + " ";
  }
  CHECK(order == "CustomResourceDefinition Namespace ConfigMap Secret Zone Provider ");
  CHECK(cluster.writes == 0);
}

TEST_CASE("what is there is compared as the server would have it, and a change is shown line by line") {
  Cluster cluster;
  const ResolvedSets before = sets();
  for (const kube::Object& object : before.providers[0].components.objects) {
    if (kube::kind_of(object) == "Namespace") cluster.apply(kube::res::kNamespaces, object);
  }
  for (const kube::Object& object : before.providers[0].components.objects) {
    if (kube::kind_of(object) == "ConfigMap") cluster.apply(kube::res::kConfigMaps, object);
    if (kube::kind_of(object) == "Secret") cluster.apply(kube::res::kSecrets, object);
  }
  for (const PlannedObject& planned : cluster.plan(sets()))
    CHECK((planned.action == PlannedObject::Action::Unchanged) ==
          (planned.gvk.kind == "Namespace" || planned.gvk.kind == "ConfigMap" || planned.gvk.kind == "Secret"));

  std::string yaml(kComponents);
  yaml.replace(yaml.find("level: \"1\""), 10, "level: \"2\"");
  yaml.replace(yaml.find("hunter2"), 7, "hunter3");
  const auto plan = cluster.plan(sets(yaml));
  const PlannedObject& settings = named(plan, "ConfigMap");
  CHECK(settings.action == PlannedObject::Action::Change);
  CHECK(settings.diff.contains("-  level: \"1\"\n+  level: \"2\"\n   other: same\n"));
  CHECK_FALSE(settings.diff.contains("resourceVersion"));
  CHECK_FALSE(settings.diff.contains("managedFields"));
  const PlannedObject& credentials = named(plan, "Secret");
  CHECK(credentials.action == PlannedObject::Action::Change);
  CHECK(credentials.diff.contains("-  password: \"(hidden)\"\n"));
  CHECK(credentials.diff.contains("+  password: \"(hidden, other than before)\"\n"));
  CHECK_FALSE(credentials.diff.contains("user: \"(hidden, other"));
}

TEST_CASE("no value of a Secret is in what is compared") {
  kube::Object secret = kube::make_object("v1", "Secret", {"a", "b"});
  secret.ref({"data", "password"}) = "aHVudGVyMg==";
  secret.ref({"metadata", "annotations", "kubectl.kubernetes.io/last-applied-configuration"}) = "{\"data\": {\"password\": \"aHVudGVyMg==\"}}";
  CHECK_FALSE(comparable(secret, secret).contains("aHVudGVyMg"));
  CHECK_FALSE(comparable(secret, kube::Object()).contains("aHVudGVyMg"));
}
