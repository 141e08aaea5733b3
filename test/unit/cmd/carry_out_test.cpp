#include "cmd/slipway/carry_out.h"

#include <catch2/catch_test_macros.hpp>

#include "pkg/kubesim/server.h"
#include "test/support/loop.h"

using namespace slipway;
using namespace slipway::cmd;

namespace {

ResolvedSets one_set() {
  ResolvedSet set;
  set.id = providers::ProviderId{providers::ProviderType::Core, "cluster-api"};
  set.fetched.where = "folder /components";
  set.components.version = "v1.14.0";
  set.components.ns = "capi-system";
  set.components.digest = "sha256:00";
  ResolvedSets out;
  out.providers.push_back(std::move(set));
  return out;
}

std::vector<providers::InstalledProvider> before(const std::string& version) { return {{one_set().providers[0].id.value(), "capi-system", version, ""}}; }

Status ask(const std::string& version) {
  test::Loop loop;
  kubesim::Options options;
  options.version = version;
  kubesim::ApiServer server(loop.executor(), loop.clock, options);
  Status good = loop.run(check_server_version(server.local_client()));
  loop.run(server.stop());
  return good;
}

}  // namespace

TEST_CASE("the result says of each provider whether it was installed, upgraded or there before") {
  CHECK(line_of(written(one_set(), {}).front()) == "installed CoreProvider cluster-api v1.14.0 (namespace capi-system)");
  CHECK(line_of(written(one_set(), before("v1.14.0")).front()) == "unchanged CoreProvider cluster-api v1.14.0 (namespace capi-system)");
  CHECK(line_of(written(one_set(), before("v1.13.0")).front()) == "upgraded CoreProvider cluster-api v1.13.0 -> v1.14.0 (namespace capi-system)");
}

TEST_CASE("programs are told the version before, the source and the digest") {
  const json::Value value = value_of(written(one_set(), before("v1.13.0")));
  const json::Value& one = value["providers"].array().front();
  CHECK(one["type"].as_string() == "CoreProvider");
  CHECK(one["state"].as_string() == "upgraded");
  CHECK(one["previousVersion"].as_string() == "v1.13.0");
  CHECK(one["source"].as_string() == "folder /components");
  CHECK(one["digest"].as_string() == "sha256:00");
}

TEST_CASE("a server that is too old is refused with both versions, and one that is new enough is not") {
  const Status old = ask("v1.19.16");
  REQUIRE_FALSE(old);
  CHECK(old.error().message().find("is Kubernetes v1.19.16; Slipway needs v1.22.0 or newer") != std::string::npos);
  CHECK(ask("v1.22.0"));
  CHECK(ask("v1.22.0-gke.1"));
  CHECK(ask("v1.33.1-eks-abcdef"));
}
