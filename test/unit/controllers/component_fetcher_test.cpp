// Components from where a network or a disk is in between: fetched beside, tried again, verified, kept.
#include "controllers/managementcluster/component_fetcher.h"

#include <algorithm>

#include <catch2/catch_test_macros.hpp>

#include "components_world.h"
#include "pkg/metrics/metrics.h"
#include "pkg/providers/sources/digest.h"
#include "test/unit/providers/test_registry.h"

using namespace slipway;
using namespace slipway::controllers;
using namespace slipway::controllers::managementcluster;
using namespace slipway::test;
using namespace std::chrono_literals;

namespace {

struct FetchWorld : ComponentsWorld {
  FetchWorld() {
    serve("v1.5.1");
    by_url();
  }
  [[nodiscard]] std::string message() {
    const Resolved r = fetched();
    CHECK_FALSE(r.components);
    return r.message;
  }
  [[nodiscard]] std::size_t calls_of(std::string_view part) const {
    return static_cast<std::size_t>(std::ranges::count_if(web->calls, [&](const auto& call) { return call.first.find(part) != std::string::npos; }));
  }
};

async::Awaitable<net::Response> in_a_second(std::shared_ptr<providers::Web> web, async::Clock* clock, std::string origin, net::Request request) {
  co_await clock->sleep_until(clock->now() + 1s);
  net::Response response = co_await providers::serve(std::move(web), std::move(origin), std::move(request));
  co_return response;
}

struct LatestWorld : FetchWorld {
  LatestWorld() {
    provider().version = "latest";
    by_url("latest");
    publish("v1.5.1");
  }
  void publish(const std::string& version) {
    serve(version);
    list += version + "\n";
    web->pages[std::string(kServer) + "versions.txt"] = {providers::text(list)};
  }
  std::string list;
};

}  // namespace

TEST_CASE("a fetch runs beside the reconcile, which is told where from, and called at its end") {
  FetchWorld f;
  f.options.transports = [web = f.web, clock = &f.loop.clock](const std::string& origin, const providers::Access&) -> Result<std::shared_ptr<net::Transport>> {
    return net::make_memory_transport([web, clock, origin](net::Request request) { return in_a_second(web, clock, origin, std::move(request)); });
  };
  f.start();
  Resolved r = f.resolve();
  CHECK_FALSE(r.components);
  CHECK(r.pending);
  CHECK(r.reason == "Fetching");
  CHECK(r.message == "fetching InfrastructureProvider vsphere v1.5.1 from https://files.test/vsphere");
  f.loop.pass(1min);
  CHECK(f.woken == std::vector<ObjectKey>{{kNs, kName}});
  r = f.resolve();
  REQUIRE(r.components);
  CHECK(r.title == "InfrastructureProvider vsphere v1.5.1");
  CHECK(r.where == "https://files.test/vsphere");
  CHECK(r.contract == "v1beta1");
  CHECK(r.components->digest == providers::sha256_digest(kComponents));
  const std::size_t calls = f.web->calls.size();
  ++f.request.generation;
  CHECK(f.fetched().components);
  CHECK(f.web->calls.size() == calls);
}

TEST_CASE("a server that is away is tried again for as long as the request asks, and nothing is stuck meanwhile") {
  FetchWorld f;
  f.web->unreachable = true;
  CHECK(f.resolve().pending);
  f.loop.pass(10min);
  Resolved r = f.resolve();
  CHECK(r.pending);
  CHECK(r.reason == "FetchFailed");
  CHECK(r.message.starts_with("trying again: "));
  CHECK_FALSE(f.woken.empty());
  f.web->unreachable = false;
  f.woken.clear();
  f.loop.pass(10min);
  CHECK(f.woken.size() == 1);
  CHECK(f.resolve().components);
}

TEST_CASE("an attempt that failed says why, and when the next one is, while the others are still to come") {
  FetchWorld f;
  f.web->pages[std::string(kServer) + "v1.5.1/" + kFile] = {providers::status(503), providers::status(500)};
  static_cast<void>(f.resolve());
  f.loop.settle();
  CHECK(f.woken == std::vector<ObjectKey>{{kNs, kName}});
  const Resolved first = f.resolve();
  CHECK(first.pending);
  CHECK(first.reason == "FetchFailed");
  CHECK(first.message.starts_with("trying again: InfrastructureProvider vsphere v1.5.1, attempt 2 of 6 in "));
  CHECK(first.message.ends_with(": GET https://files.test/vsphere/v1.5.1/infrastructure-components.yaml: 503 Service Unavailable"));
  f.loop.pass(3s);
  CHECK(f.resolve().message.find("attempt 3 of 6 in ") != std::string::npos);
  std::string given_up;
  for (int second = 0; second < 120 && !given_up.starts_with("trying again: next try in "); ++second) {
    f.loop.pass(1s);
    given_up = f.resolve().message;
  }
  CHECK(given_up.starts_with("trying again: next try in "));
  CHECK(given_up.find("after 6 attempts: GET https://files.test/") != std::string::npos);
  CHECK(given_up.ends_with(": 500 Internal Server Error"));
}

TEST_CASE("each reason why a fetch is tried again is reported once, another one anew, and what is not tried again is not") {
  FetchWorld f;
  const std::string url = std::string(kServer) + "v1.5.1/" + kFile;
  f.web->pages[url] = {providers::status(503), providers::status(503), providers::status(500)};
  static_cast<void>(f.resolve());
  f.loop.pass(20min);
  REQUIRE(f.reported.size() == 2);
  CHECK(f.reported[0] == "InfrastructureProvider vsphere v1.5.1: GET " + url + ": 503 Service Unavailable");
  CHECK(f.reported[1] == "InfrastructureProvider vsphere v1.5.1: GET " + url + ": 500 Internal Server Error");
  f.web->pages.clear();
  f.loop.pass(10min);
  CHECK_FALSE(f.resolve().pending);
  CHECK(f.reported.size() == 2);
}

TEST_CASE("fetches are counted by who was asked and how they ended, never by host") {
  const auto value = [](const std::string& series) {
    const std::string text = "\n" + metrics::registry().expose();
    const auto at = text.find("\n" + series + " ");
    return at == std::string::npos ? 0.0 : std::stod(text.substr(at + series.size() + 2));
  };
  const std::string ok = "slipway_component_fetch_total{result=\"ok\",source=\"url\"}";
  const std::string lost = "slipway_component_fetch_total{result=\"not_found\",source=\"url\"}";
  const std::string bytes = "slipway_component_fetch_bytes_total{source=\"url\"}";
  const std::string timed = "slipway_component_fetch_duration_seconds_count{result=\"ok\",source=\"url\"}";
  const std::string hits = "slipway_component_cache_requests_total{result=\"hit\"}";
  const std::string misses = "slipway_component_cache_requests_total{result=\"miss\"}";
  const std::vector<std::string> names{ok, lost, bytes, timed, hits, misses};
  std::vector<double> before;
  for (const std::string& name : names) before.push_back(value(name));
  const auto grown = [&](std::size_t i) { return value(names[i]) - before[i]; };
  FetchWorld f;
  const providers::Folder folder;
  f.options.cache = *providers::ContentCache::open(folder.path / "cache");
  f.start();
  REQUIRE(f.fetched().components);
  f.start();
  REQUIRE(f.fetched().components);
  f.provider().version = "v9.9.9";
  CHECK_FALSE(f.fetched().components);
  CHECK(grown(0) == 2);
  CHECK(grown(1) == 1);
  CHECK(grown(2) == 2.0 * static_cast<double>(kComponents.size() + kMetadata.size()));
  CHECK(grown(3) == 2);
  CHECK(grown(4) == 2);
  CHECK(grown(5) == 3);
  CHECK(metrics::registry().expose().find("files.test") == std::string::npos);
}

TEST_CASE("what is not there is said once, and looked for again when the spec changes") {
  FetchWorld f;
  f.web->pages.clear();
  Resolved r = f.fetched();
  CHECK(r.reason == "FetchFailed");
  CHECK_FALSE(r.pending);
  const std::size_t calls = f.web->calls.size();
  f.loop.pass(1h);
  CHECK(f.fetched().reason == "FetchFailed");
  CHECK(f.web->calls.size() == calls);
  f.serve("v1.5.1");
  ++f.request.generation;
  CHECK(f.fetched().components);
}

TEST_CASE("what was fetched and cannot be used is fetched again when the spec changes") {
  FetchWorld f;
  f.serve("v1.5.1", "a: [1");
  CHECK(f.fetched().reason == "InvalidComponents");
  f.serve("v1.5.1");
  CHECK(f.fetched().reason == "InvalidComponents");
  ++f.request.generation;
  CHECK(f.fetched().components);
}

TEST_CASE("a digest that does not match hands out nothing, and is for a person to put right") {
  FetchWorld f;
  f.provider().digest = "sha256:" + std::string(64, '0');
  CHECK(f.message() == "InfrastructureProvider vsphere v1.5.1: the components have digest " + providers::sha256_digest(kComponents) +
                           ", but the spec pins sha256:" + std::string(64, '0') + "; nothing was applied");
  CHECK_FALSE(f.resolve().pending);
  f.provider().digest = providers::sha256_digest(kComponents);
  CHECK(f.fetched().components);
}

TEST_CASE("with a public key, components must be signed with it") {
  FetchWorld f;
  const TestKey key = TestKey::ec("P-256");
  f.source().publicKey = key.public_pem();
  CHECK(f.message().starts_with("InfrastructureProvider vsphere v1.5.1: infrastructure-components.yaml"));
  CHECK_FALSE(f.resolve().pending);
  f.web->pages[std::string(kServer) + "v1.5.1/" + kFile + ".sig"] = {providers::text(TestKey::ec("P-256").sign(kComponents))};
  ++f.request.generation;
  CHECK_FALSE(f.message().empty());
  f.web->pages[std::string(kServer) + "v1.5.1/" + kFile + ".sig"] = {providers::text(key.sign(kComponents))};
  ++f.request.generation;
  const Resolved r = f.fetched();
  REQUIRE(r.components);
  CHECK(r.is_signed);
}

TEST_CASE("credentials reach the server, and others than those that failed are tried at once") {
  FetchWorld f;
  f.source().credentialsSecretRef = api::LocalRef{"token"};
  CHECK(f.message() == "spec.providers[0].source.credentialsSecretRef: Secret tkg-system/token does not exist; create it");
  CHECK(f.web->calls.empty());
  f.web->pages[std::string(kServer) + "v1.5.1/" + kFile] = {providers::status(401)};
  f.observed.hub.add(kube::res::kSecrets, data_object("Secret", "token", {{"token", "hunter2"}}));
  CHECK(f.message().find("hunter2") == std::string::npos);
  CHECK(f.web->calls.front().second.headers.get("Authorization") == "Bearer hunter2");
  f.serve("v1.5.1");
  f.observed.hub.add(kube::res::kSecrets, data_object("Secret", "token", {{"token", "hunter3"}}, "2"));
  CHECK(f.fetched().components);
  CHECK(f.web->calls.back().second.headers.get("Authorization") == "Bearer hunter3");
  const std::size_t calls = f.web->calls.size();
  f.observed.hub.add(kube::res::kSecrets, data_object("Secret", "token", {{"token", "hunter4"}}, "3"));
  CHECK(f.fetched().components);
  CHECK(f.web->calls.size() == calls);
}

TEST_CASE("a restart with a filled cache asks nobody") {
  FetchWorld f;
  const providers::Folder folder;
  f.options.cache = *providers::ContentCache::open(folder.path / "cache");
  f.start();
  REQUIRE(f.fetched().components);
  f.web->calls.clear();
  f.web->unreachable = true;
  f.start();
  const Resolved r = f.fetched();
  CHECK(r.components);
  CHECK(r.contract == "v1beta1");
  CHECK(f.web->calls.empty());
}

TEST_CASE("latest is the newest release, and stays what it was as long as the process lives") {
  LatestWorld f;
  f.web->unreachable = true;
  CHECK(f.resolve().title == "InfrastructureProvider vsphere latest");
  f.web->unreachable = false;
  f.loop.pass(1min);
  CHECK(f.resolve().title == "InfrastructureProvider vsphere v1.5.1");
  f.publish("v1.6.0");
  ++f.request.generation;
  CHECK(f.fetched().title == "InfrastructureProvider vsphere v1.5.1");
  CHECK(f.calls_of("v1.6.0") == 0);
  f.start();
  CHECK(f.fetched().title == "InfrastructureProvider vsphere v1.6.0");
}

TEST_CASE("latest never upgrades what is installed") {
  LatestWorld f;
  f.publish("v1.6.0");
  SECTION("on the bootstrap cluster") { FetchWorld::install(f.observed.bootstrap, "v1.5.1"); }
  SECTION("on the management cluster, whatever the bootstrap cluster has") {
    FetchWorld::install(f.observed.target, "v1.5.1");
    FetchWorld::install(f.observed.bootstrap, "v1.6.0");
  }
  SECTION("with no version at all") {
    f.provider().version = "";
    FetchWorld::install(f.observed.bootstrap, "v1.5.1");
  }
  CHECK(f.fetched().title == "InfrastructureProvider vsphere v1.5.1");
  CHECK(f.calls_of("v1.6.0") == 0);
}

TEST_CASE("latest waits for a cluster whose inventory is not read yet") {
  LatestWorld f;
  f.observed.bootstrap.connected = true;
  f.observed.bootstrap.trouble = "connection refused";
  const Resolved r = f.fetched();
  CHECK(r.pending);
  CHECK(r.reason == "BootstrapConnecting");
  CHECK(r.message == "reading which version of InfrastructureProvider vsphere the bootstrap cluster has: connection refused");
  CHECK(f.web->calls.empty());
  f.observed.bootstrap.synced = true;
  CHECK(f.fetched().components);
}

TEST_CASE("a version that the place itself names counts, also over what is installed") {
  FetchWorld f;
  f.provider().version = "";
  FetchWorld::install(f.observed.bootstrap, "v1.5.0");
  CHECK(f.fetched().title == "InfrastructureProvider vsphere v1.5.1");
}

TEST_CASE("latest of the others is of the core provider's contract, and waits for it") {
  LatestWorld f;
  f.publish("v1.6.0");
  std::string metadata(kMetadata);
  metadata.replace(metadata.rfind("v1beta1"), 7, "v1beta2");
  for (const char* version : {"v1.5.1", "v1.6.0"}) f.web->pages[std::string(kServer) + version + "/metadata.yaml"] = {providers::text(metadata)};
  api::Provider core;
  core.type = "CoreProvider";
  core.name = "cluster-api";
  core.version = "v1.5.0";
  core.source = api::Source{};
  core.source->configMapRef = api::LocalRef{"core"};
  f.request.spec.providers.push_back(core);
  CHECK(f.resolve().message == "waiting for the contract of CoreProvider cluster-api v1.5.0");
  f.observed.hub.add(kube::res::kConfigMaps,
                     data_object("ConfigMap", "core", {{"components.yaml", std::string(kComponents)}, {"metadata.yaml", std::string(kMetadata)}}));
  CHECK(f.fetched().title == "InfrastructureProvider vsphere v1.5.1");
}

TEST_CASE("where the spec names no place the catalog does, and the request's own catalog before the built-in one") {
  FetchWorld f;
  f.provider().source.reset();
  f.web->unreachable = true;
  CHECK(f.resolve().message.find("https://github.com/kubernetes-sigs/cluster-api-provider-vsphere/releases/download/v1.5.1/") != std::string::npos);
  f.web->unreachable = false;
  f.request.spec.catalogRef = api::LocalRef{"catalog"};
  CHECK(f.resolve().message == "spec.catalogRef: ConfigMap tkg-system/catalog does not exist; create it");
  f.observed.hub.add(kube::res::kConfigMaps, data_object("ConfigMap", "catalog", {{"catalog.yaml", "providers: {a: b}"}}));
  CHECK(f.resolve().message == "spec.catalogRef: ConfigMap tkg-system/catalog, catalog.yaml: providers: must be a list");
  const std::string catalog =
      "cert-manager: {url: 'https://files.test/cert-manager/latest/cert-manager.yaml', version: v1.2.3}\nproviders:\n"
      "- {type: InfrastructureProvider, name: vsphere, url: '" +
      std::string(kServer) + "latest/" + kFile + "'}\n";
  f.observed.hub.add(kube::res::kConfigMaps, data_object("ConfigMap", "catalog", {{"catalog.yaml", catalog}}, "2"));
  CHECK(f.fetched().where == "https://files.test/vsphere");
  f.request.spec.certManager.mode = "Managed";
  f.web->pages["https://files.test/cert-manager/v1.2.3/cert-manager.yaml"] = {providers::text(std::string(kComponents))};
  static_cast<void>(f.fetched());
  REQUIRE(f.observed.cert_manager->components);
  CHECK(f.observed.cert_manager->title == "cert-manager v1.2.3");

  f.provider().name = "vspere";
  CHECK(f.resolve().message.starts_with("spec.providers[0]: the catalog has no InfrastructureProvider vspere (did you mean InfrastructureProvider vsphere"));
}

TEST_CASE("a folder of the operator's own is read by the same way") {
  FetchWorld f;
  const providers::Folder folder;
  folder.write("infrastructure-vsphere/v1.5.1/" + std::string(kFile), kComponents);
  f.source() = {};
  f.source().path = folder.path.string();
  CHECK(f.fetched().components);
  folder.write("infrastructure-vsphere/v1.5.1/" + std::string(kFile), "a: [1");
  CHECK(f.fetched().components);
  ++f.request.generation;
  CHECK(f.fetched().reason == "InvalidComponents");
  f.source().path = folder.path.string() + "/nothing";
  CHECK_FALSE(f.message().empty());
  CHECK_FALSE(f.resolve().pending);
}

TEST_CASE("an artifact of an OCI registry, signed as cosign signs") {
  FetchWorld f;
  TestRegistry registry;
  f.options.transports = registry.options(f.loop).transports;
  f.start();
  f.source() = {};
  f.source().oci = "oci://registry.example/capi/vsphere";
  const TestKey key = TestKey::ec("P-256");
  const std::string digest = registry.push("v1.5.1", {{"components.yaml", std::string(kComponents)}, {"metadata.yaml", std::string(kMetadata)}});
  const Resolved plain = f.fetched();
  REQUIRE(plain.components);
  CHECK(plain.where.starts_with("oci://registry.example/capi/vsphere"));
  CHECK_FALSE(plain.is_signed);
  f.source().publicKey = key.public_pem();
  CHECK_FALSE(f.message().empty());
  registry.sign(key, digest, digest);
  ++f.request.generation;
  CHECK(f.fetched().is_signed);
}

TEST_CASE("with a bundle no network is asked, and what it lacks is named") {
  FetchWorld f;
  const providers::FileSet files{{kFile, std::string(kComponents)}, {"metadata.yaml", std::string(kMetadata)}};
  const providers::BundleContents contents{{{"infrastructure-vsphere", "v1.5.1", "InfrastructureProvider", "vsphere", files},
                                            {"infrastructure-mine", "v1.5.1", "InfrastructureProvider", "mine", files}},
                                           {}};
  f.options.bundle = *providers::unpack_bundle(*providers::pack_bundle(contents), "bundle /b");
  f.start();
  Resolved r = f.fetched();
  REQUIRE(r.components);
  CHECK(r.where == "bundle /b, infrastructure-vsphere");
  f.provider().source.reset();
  CHECK(f.fetched().components);
  f.provider().version = "v1.5.2";
  CHECK(f.message() == "InfrastructureProvider vsphere v1.5.2: bundle /b, infrastructure-vsphere has no version v1.5.2; it has v1.5.1");
  f.provider().version = "v1.5.1";
  f.provider().name = "mine";
  CHECK(f.fetched().components);  // of which no catalog knows
  f.provider().name = "aws";
  CHECK(f.message().starts_with("InfrastructureProvider aws: bundle /b has no infrastructure-aws; it has infrastructure-mine, infrastructure-vsphere"));
  CHECK(f.web->calls.empty());
}

TEST_CASE("nothing is fetched any more for a provider that left the spec, or a request that is gone") {
  FetchWorld f;
  f.web->unreachable = true;
  static_cast<void>(f.fetched());
  SECTION("no provider at all") {
    f.request.spec.providers.clear();
    f.look();
  }
  SECTION("the provider comes from the hub now") {
    f.source() = {};
    f.source().configMapRef = api::LocalRef{"nowhere"};
    f.look();
  }
  SECTION("no request") { f.sources->forget(f.request.uid); }
  f.web->calls.clear();
  f.woken.clear();
  f.loop.pass(1h);
  CHECK(f.web->calls.empty());
  CHECK(f.woken.empty());
}

TEST_CASE("many fetches at once take turns") {
  FetchWorld f;
  f.request.spec.providers.clear();
  for (int i = 0; i < 12; ++i) {
    api::Provider provider;
    provider.type = "InfrastructureProvider";
    provider.name = "p" + std::to_string(i);
    provider.version = "v1.5.1";
    provider.source = api::Source{};
    provider.source->url = std::string(kServer) + "v1.5.1/" + kFile;
    f.request.spec.providers.push_back(provider);
  }
  static_cast<void>(f.fetched());
  CHECK(std::ranges::all_of(f.observed.providers, [](const Resolved& r) { return r.components != nullptr; }));
  CHECK(f.woken.size() == 12);
}

TEST_CASE("latest of a folder stays what it was while the folder is read again") {
  LatestWorld f;
  const providers::Folder folder;
  const auto put = [&](const std::string& version) {
    folder.write("infrastructure-vsphere/" + version + "/" + kFile, kComponents);
    folder.write("infrastructure-vsphere/" + version + "/metadata.yaml", kMetadata);
  };
  put("v1.5.1");
  f.source() = {};
  f.source().path = folder.path.string();
  CHECK(f.fetched().title == "InfrastructureProvider vsphere v1.5.1");
  put("v1.6.0");
  for (int pass = 0; pass < 3; ++pass) {
    ++f.request.generation;
    CHECK(f.fetched().title == "InfrastructureProvider vsphere v1.5.1");
  }
}
