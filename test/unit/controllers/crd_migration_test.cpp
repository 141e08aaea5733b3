// Migration of what is stored, against a server in memory.
#include "pkg/providers/crd_migration.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include "pkg/kubesim/server.h"
#include "pkg/yaml/yaml.h"
#include "test/support/loop.h"

using namespace slipway;

namespace {

constexpr const char* kDefinition = R"(
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.example.com}
spec:
  group: example.com
  scope: Namespaced
  names: {kind: Widget, listKind: WidgetList, plural: widgets, singular: widget}
  versions:
  - {name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}}
)";
const kube::GroupVersionResource kV1{"example.com", "v1", "widgets"};
const kube::GroupVersionResource kV2{"example.com", "v2", "widgets"};
const std::vector<std::string> kOnlyV2{"v2"};

// A server whose Widgets were stored in v1, and are stored in v2 from now on.
struct World {
  test::Loop loop;
  kubesim::ApiServer server{loop.executor(), loop.clock};
  std::shared_ptr<kube::Client> client = server.local_client("test");

  explicit World(int widgets) {
    auto crd = yaml::parse_all(kDefinition, "test");
    REQUIRE(crd);
    REQUIRE(loop.run(client->create(kube::res::kCrds, crd->front(), {})));
    loop.settle();
    for (int i = 0; i < widgets; ++i) {
      kube::Object widget = kube::make_object("example.com/v1", "Widget", {"default", "w" + std::to_string(i)});
      widget.ref({"spec", "size"}) = i;
      REQUIRE(loop.run(client->create(kV1, widget, {})));
    }
    kube::Object live = definition();
    json::Array& versions = live.ref({"spec", "versions"}).make_array();
    json::Value next = versions[0];
    next.set("name", "v2");
    versions[0].set("storage", false);
    versions.push_back(std::move(next));
    REQUIRE(loop.run(client->update(kube::res::kCrds, live, {})));
    loop.settle();
    REQUIRE(stored() == R"(["v1","v2"])");
  }
  ~World() { loop.run(server.stop()); }
  kube::Object definition() { return loop.run(client->get(kube::res::kCrds, {"", "widgets.example.com"})).value(); }
  std::string stored() { return json::dump(definition()["status"]["storedVersions"]); }
  Status migrate(std::vector<std::string> versions) { return loop.run(providers::migrate_storage(client, "widgets.example.com", std::move(versions))); }
  kube::Object widget(int i) { return loop.run(client->get(kV2, {"default", "w" + std::to_string(i)})).value(); }
};

}  // namespace

TEST_CASE("what is stored is written again, page by page, and the older version is forgotten") {
  World world(1'100);
  const kube::Object before = world.widget(700);
  const auto requests = world.server.requests();
  REQUIRE(world.migrate(kOnlyV2));
  CHECK(world.stored() == R"(["v2"])");
  CHECK(world.widget(700)["spec"] == before["spec"]);
  CHECK(world.server.requests() - requests >= 1'100 + 3 + 2);  // each object, three pages, the definition read and written
  const auto again = world.server.requests();
  REQUIRE(world.migrate(kOnlyV2));
  CHECK(world.server.requests() - again == 1);  // nothing is due
}

TEST_CASE("a definition that keeps every stored version needs no migration") {
  World world(1);
  REQUIRE(world.migrate({"v1", "v2"}));
  CHECK(world.stored() == R"(["v1","v2"])");
}

TEST_CASE("a definition without the storage version of today is refused before anything is written") {
  World world(1);
  const Status refused = world.migrate({"v3"});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().is(Disposition::Invalid));
  CHECK(refused.error().message() ==
        "migrating CustomResourceDefinition widgets.example.com: its objects are stored in v2, which the new version of the components does not have any more "
        "(v3); install a release in between that has both first");
  CHECK(world.stored() == R"(["v1","v2"])");
}

TEST_CASE("a migration that was interrupted is done again from the start") {
  World world(20);
  kubesim::Fault fault;
  fault.status = 403;
  fault.verb = "update";
  world.server.inject(fault);
  CHECK_FALSE(world.migrate(kOnlyV2));
  CHECK(world.stored() == R"(["v1","v2"])");
  world.server.clear_faults();
  REQUIRE(world.migrate(kOnlyV2));
  CHECK(world.stored() == R"(["v2"])");
}

TEST_CASE("an object that is gone or was written meanwhile needs no migration") {
  const int status = GENERATE(404, 409);
  World world(20);
  kubesim::Fault fault;
  fault.status = status;
  fault.verb = "update";
  world.server.inject(fault);
  REQUIRE(world.migrate(kOnlyV2));
  CHECK(world.stored() == R"(["v2"])");
}

TEST_CASE("a definition that is not there needs no migration") {
  World world(0);
  CHECK(world.loop.run(providers::migrate_storage(world.client, "gadgets.example.com", kOnlyV2)));
}
