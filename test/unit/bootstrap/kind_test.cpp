#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <unistd.h>

#include <catch2/catch_test_macros.hpp>
#include <sys/stat.h>

#include "pkg/bootstrap/bootstrap.h"
#include "pkg/kubesim/server.h"
#include "test/support/loop.h"

using namespace slipway;

namespace {

// A `kind` that keeps its clusters as files: what the driver says to it, and what it makes of the answers, without a container engine.
constexpr const char* kFakeKind = R"sh(#!/bin/sh
state="$(dirname "$0")"
echo "$@" >> "$state/calls"
case "$1 $2" in
  "get clusters") cat "$state/clusters" 2>/dev/null; exit 0 ;;
  "create cluster") [ -e "$state/broken" ] && { echo "Creating cluster" >&2; echo "ERROR: failed to create cluster: no container engine" >&2; exit 1; }
                    cat > "$state/config"; echo "$4" >> "$state/clusters" ;;
  "get kubeconfig") cat "$state/kubeconfig" ;;
  "delete cluster") rm -f "$state/clusters" ;;
esac
)sh";

struct FakeKind {
  std::filesystem::path folder = std::filesystem::temp_directory_path() / ("slipway-fake-kind-" + std::to_string(::getpid()));
  std::string old_path = std::getenv("PATH");
  FakeKind() {
    std::filesystem::create_directories(folder);
    write("kind", kFakeKind);
    ::chmod((folder / "kind").c_str(), 0755);
    write("kubeconfig",
          "apiVersion: v1\nkind: Config\ncurrent-context: k\nclusters: [{name: k, cluster: {server: 'https://127.0.0.1:1'}}]\n"
          "contexts: [{name: k, context: {cluster: k, user: k}}]\nusers: [{name: k, user: {token: t}}]\n");
    ::setenv("PATH", (folder.string() + ":" + old_path).c_str(), 1);
  }
  ~FakeKind() {
    ::setenv("PATH", old_path.c_str(), 1);
    std::filesystem::remove_all(folder);
  }
  void write(const char* name, const char* text) const { std::ofstream(folder / name) << text; }
  [[nodiscard]] std::string read(const char* name) const {
    std::ifstream file(folder / name);
    return {std::istreambuf_iterator<char>(file), {}};
  }
};

bootstrap::Context context_for(test::Loop& loop, kubesim::ApiServer& hub) {
  bootstrap::Context context;
  context.executor = loop.io.get_executor();
  context.hub = hub.local_client();
  context.owner = kube::make_object(api::kGroupVersion, "ManagementClusterRequest", {"tkg-system", "mgmt"});
  context.owner.ref({"metadata", "uid"}) = "0123456789abcdef";
  context.spec.kind.emplace();
  return context;
}

}  // namespace

TEST_CASE("a kind cluster is created once, found again, and deleted by a name that is only ours") {
  const FakeKind fake;
  test::Loop loop;
  async::RealClock clock;
  kubesim::ApiServer hub(loop.io.get_executor(), clock);
  const auto driver = bootstrap::make_driver(bootstrap::Kind::Kind);
  REQUIRE(driver);
  const bootstrap::Context context = context_for(loop, hub);

  auto state = loop.run_real((*driver)->observe(context));
  REQUIRE(state);
  CHECK(state->phase == bootstrap::State::Phase::Absent);
  REQUIRE(loop.run_real((*driver)->ensure(context)));
  REQUIRE(loop.run_real((*driver)->ensure(context)));
  CHECK(fake.read("clusters") == "slipway-mgmt-01234567\n");
  CHECK(fake.read("config").find("podSubnet: \"100.96.0.0/11\"") != std::string::npos);
  state = loop.run_real((*driver)->observe(context));
  REQUIRE(state);
  CHECK(state->phase == bootstrap::State::Phase::Ready);
  REQUIRE(state->config);
  CHECK(state->config->server == "https://127.0.0.1:1");
  REQUIRE(loop.run_real((*driver)->destroy(context)));
  CHECK(fake.read("clusters").empty());
  loop.run_real(hub.stop());
}

TEST_CASE("kind's last line is the reason when it fails") {
  const FakeKind fake;
  fake.write("broken", "");
  test::Loop loop;
  async::RealClock clock;
  kubesim::ApiServer hub(loop.io.get_executor(), clock);
  const auto driver = bootstrap::make_driver(bootstrap::Kind::Kind);
  const auto ensured = loop.run_real((*driver)->ensure(context_for(loop, hub)));
  REQUIRE_FALSE(ensured);
  CHECK(ensured.error().message() == "kind create cluster: ERROR: failed to create cluster: no container engine");
  loop.run_real(hub.stop());
}

TEST_CASE("what cannot be made is said in a sentence") {
  const auto driver = bootstrap::make_driver(bootstrap::Kind::Process);
  REQUIRE_FALSE(driver);
  CHECK(driver.error().message().find("use kind, kubeconfigSecretRef or inCluster") != std::string::npos);
}
