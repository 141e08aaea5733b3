// The flow with components that come over a network: to Ready, through a restart, and in mode Plan.
#include <map>

#include <catch2/catch_test_macros.hpp>

#include "demo.h"
#include "pkg/providers/sources/digest.h"
#include "test/unit/providers/web.h"

using namespace slipway;
using namespace slipway::test;
using namespace std::chrono_literals;

namespace {

const kube::ObjectKey kRequest{"tkg-system", "tkg-mgmt-vc"};
constexpr const char* kBase = "https://files.test/capi/v1.2.8/";

struct FetchedDemo {
  std::shared_ptr<providers::Web> web = std::make_shared<providers::Web>();
  Demo demo;

  FetchedDemo() {
    demo.transports = [served = web](const std::string& origin, const providers::Access&) -> Result<std::shared_ptr<net::Transport>> {
      return net::make_memory_transport([served, origin](net::Request request) { return providers::serve(served, origin, std::move(request)); });
    };
  }
  // The core provider's ConfigMap as a server; the digest of its components.
  std::string publish() {
    const auto map = demo.loop.run(demo.hub->get(kube::res::kConfigMaps, {"tkg-system", "cluster-api-v1.2.8"}));
    const std::string components = (*map)["data"]["components.yaml"].str();
    web->pages[std::string(kBase) + "core-components.yaml"] = {providers::text(components)};
    web->pages[std::string(kBase) + "metadata.yaml"] = {providers::text((*map)["data"]["metadata.yaml"].str())};
    return providers::sha256_digest(components);
  }
  static void by_url(kube::Object& request) {
    request.ref({"spec", "providers"}).make_array()[0].set("source", json::Object{{"url", std::string(kBase) + "core-components.yaml"}});
  }
  [[nodiscard]] std::string phase() const { return demo.request() ? (*demo.request())["status"]["phase"].str() : ""; }
};

}  // namespace

TEST_CASE("a request whose components come over a network waits for them, becomes Ready, and stays so through a restart") {
  FetchedDemo f;
  f.demo.apply_samples(FetchedDemo::by_url, false);
  const std::string digest = f.publish();
  f.web->unreachable = true;
  f.demo.start_operator();
  f.demo.until("it says that it tries again", [&] { return condition_of(f.demo.request(), "Preflight").find("trying again") != std::string::npos; });
  CHECK(f.demo.world->server(kBootstrapServer) == nullptr);
  f.web->unreachable = false;
  f.demo.until("the request is Ready", [&] { return ready(f.demo.request()); }, 20min);
  const json::Value& core = (*f.demo.request())["status"]["providers"].array()[0];
  CHECK(core["source"].as_string() == "https://files.test/capi");
  CHECK(core["digest"].as_string() == digest);
  CHECK(core["contract"].as_string() == "v1beta1");
  CHECK_FALSE(core["signed"].as_bool(true));
  const std::size_t core_and_others = (*f.demo.request())["status"]["providers"].array().size();

  // Nothing that was reached is reported as lost while another process fetches again.
  f.demo.stop_operator();
  f.web->unreachable = true;
  f.demo.start_operator();
  f.demo.loop.pass(20s);
  CHECK(ready(f.demo.request()));
  CHECK(f.phase() == "Ready");
  CHECK(condition_of(f.demo.request(), "Preflight").starts_with("Unknown/FetchFailed: trying again: CoreProvider cluster-api v1.2.8, attempt "));
  CHECK((*f.demo.request())["status"]["providers"].array().size() == core_and_others);
  f.web->unreachable = false;
  f.web->calls.clear();
  f.demo.until("it was fetched again", [&] { return f.web->calls.size() >= 2; });
  f.demo.loop.pass(1min);
  CHECK(ready(f.demo.request()));
}

TEST_CASE("a Ready cluster whose spec names what cannot be fetched is Updating, keeps its providers, and tells each reason in an Event") {
  FetchedDemo f;
  f.demo.apply_samples(FetchedDemo::by_url, false);
  const std::string digest = f.publish();
  f.demo.start_operator();
  f.demo.until("the request is Ready", [&] { return ready(f.demo.request()); }, 20min);
  f.demo.loop.pass(2h);  // the Events of the way there have used up what one object may have at once
  const auto change = [&](const std::string& version) {
    json::Value list = (*f.demo.request())["spec"]["providers"];
    list.make_array()[0].set("version", version);
    f.demo.patch(kube::res::kManagementClusterRequests, kRequest, json::Object{{"spec", json::Object{{"providers", std::move(list)}}}});
  };
  f.web->pages["https://files.test/capi/v1.2.9/core-components.yaml"] = {providers::status(503), providers::status(500)};
  change("v1.2.9");
  f.demo.until("the first attempt is told", [&] { return condition_of(f.demo.request(), "Preflight").find("attempt 2 of 6") != std::string::npos; });
  CHECK(f.phase() == "Updating");
  const json::Value& core = (*f.demo.request())["status"]["providers"].array()[0];
  CHECK(core["version"].as_string() == "v1.2.8");
  CHECK(core["digest"].as_string() == digest);
  f.demo.until("it gave up once", [&] { return condition_of(f.demo.request(), "Preflight").find("next try in") != std::string::npos; });
  CHECK(f.phase() == "Updating");
  f.web->pages["https://files.test/capi/v1.2.9/core-components.yaml"] = {providers::status(404)};
  f.demo.until("it is stalled", [&] { return condition_of(f.demo.request(), "Stalled").starts_with("True/FetchFailed"); });
  change("v1.2.10");
  f.demo.until("for another reason", [&] { return condition_of(f.demo.request(), "Stalled").find("v1.2.10") != std::string::npos; });
  f.demo.loop.pass(1min);
  std::map<std::string, int> told;
  for (const kube::Object& event : f.demo.list("hub", kube::res::kEvents))
    for (const char* part : {": 503 ", ": 500 ", "v1.2.9/core-components.yaml: 404 ", "v1.2.10/core-components.yaml: 404 "})
      if (event["note"].as_string(event["message"].as_string()).find(part) != std::string_view::npos) ++told[part];
  CHECK(told[": 503 "] == 1);
  CHECK(told[": 500 "] == 1);
  CHECK(told["v1.2.9/core-components.yaml: 404 "] >= 1);
  CHECK(told["v1.2.10/core-components.yaml: 404 "] >= 1);
}

TEST_CASE("mode Plan says what would be installed, from where, with which digest") {
  FetchedDemo f;
  f.demo.apply_samples(
      [](kube::Object& request) {
        FetchedDemo::by_url(request);
        request.ref({"spec", "mode"}) = "Plan";
      },
      false);
  const std::string digest = f.publish();
  f.demo.start_operator();
  f.demo.until("it is planned", [&] { return f.phase() == "Planned"; });
  std::string lines;
  for (const json::Value& line : (*f.demo.request())["status"]["plan"].array()) lines += line.str() + "\n";
  CHECK(lines.find("CoreProvider cluster-api v1.2.8 (" + digest + " from https://files.test/capi)") != std::string::npos);
  CHECK(lines.find("from ConfigMap tkg-system/bootstrap-kubeadm-v1.2.8") != std::string::npos);
}

TEST_CASE("a wrong digest ends in one sentence, and nothing is applied") {
  FetchedDemo f;
  f.demo.apply_samples(
      [](kube::Object& request) {
        FetchedDemo::by_url(request);
        request.ref({"spec", "providers"}).make_array()[0].set("digest", "sha256:" + std::string(64, '0'));
      },
      false);
  const std::string digest = f.publish();
  f.demo.start_operator();
  f.demo.until("it is stalled", [&] { return condition_of(f.demo.request(), "Stalled").starts_with("True/FetchFailed"); });
  CHECK(condition_of(f.demo.request(), "Preflight") == "False/FetchFailed: CoreProvider cluster-api v1.2.8: the components have digest " + digest +
                                                           ", but the spec pins sha256:" + std::string(64, '0') + "; nothing was applied");
  CHECK(f.demo.world->server(kBootstrapServer) == nullptr);
}
