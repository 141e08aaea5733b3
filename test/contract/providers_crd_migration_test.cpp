// Migration of what is stored (pkg/providers/crd_migration.h): what it is for only a server can tell, which refuses a definition otherwise.
#include "pkg/providers/crd_migration.h"
#include "test/contract/server.h"

using namespace slipway;

namespace {

constexpr std::string_view kOpen = R"({"type":"object","x-kubernetes-preserve-unknown-fields":true})";
const std::vector<std::string> kOnlyV2{"v2"};

}  // namespace

TEST_CASE_METHOD(contract::Server, "a definition can lose its first version once what is stored was migrated, and every object is still there") {
  serve_widgets(kOpen);
  for (int i = 0; i < 30; ++i) REQUIRE(post(widgets(), contract::widget("w" + std::to_string(i), R"(,"spec":{"n":)" + std::to_string(i) + "}")).status == 201);
  REQUIRE(patch(crd_path(), contract::kJsonPatch,
                R"([{"op":"add","path":"/spec/versions/-","value":{"name":"v2","served":true,"storage":true,
                     "schema":{"openAPIV3Schema":{"type":"object","x-kubernetes-preserve-unknown-fields":true}}}},
                    {"op":"replace","path":"/spec/versions/0/storage","value":false}])")
              .status == 200);
  REQUIRE(eventually(path_of(group + "/v2", "widgets"), [](const contract::Answer& a) { return a.status == 200; }).body["items"].size() == 30);
  const std::string without_v1 = R"([{"op":"remove","path":"/spec/versions/0"}])";
  CHECK(patch(crd_path(), contract::kJsonPatch, without_v1).status == 422);

  const Status migrated = loop.run_real(providers::migrate_storage(client, "widgets." + group, kOnlyV2));
  INFO((migrated ? "" : migrated.error().message()));
  REQUIRE(migrated);
  contract::check_equal(get(crd_path()).body["status"]["storedVersions"], parse(R"(["v2"])"));
  const auto replaced = patch(crd_path(), contract::kJsonPatch, without_v1);
  INFO(replaced.text);
  REQUIRE(replaced.status == 200);
  const auto left = eventually(path_of(group + "/v2", "widgets"), [](const contract::Answer& a) { return a.body["items"].size() == 30; });
  CHECK(left.body["items"].size() == 30);
}

TEST_CASE_METHOD(contract::Server, "a migration to a definition without the storage version of today is refused, and changes nothing") {
  serve_widgets(kOpen);
  REQUIRE(post(widgets(), contract::widget("a")).status == 201);
  const Status refused = loop.run_real(providers::migrate_storage(client, "widgets." + group, kOnlyV2));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().is(Disposition::Invalid));
  CHECK(refused.error().message().find("are stored in v1, which the new version of the components does not have any more (v2)") != std::string::npos);
  contract::check_equal(get(crd_path()).body["status"]["storedVersions"], parse(R"(["v1"])"));
}
