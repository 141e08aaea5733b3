#include "demo.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include "pkg/kube/mapper.h"
#include "pkg/yaml/yaml.h"

namespace slipway::test {
namespace {

std::filesystem::path root() {
  if (const char* given = std::getenv("SLIPWAY_ROOT")) return given;
  std::filesystem::path path = std::filesystem::current_path();
  while (!std::filesystem::exists(path / "config/samples/demo")) {
    if (path == path.root_path()) throw std::runtime_error("run this test inside the checkout, or set SLIPWAY_ROOT to it");
    path = path.parent_path();
  }
  return path;
}

std::vector<kube::Object> objects_of(const std::string& folder) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(root() / folder))
    if (entry.path().extension() == ".yaml" && entry.path().stem() != "kustomization") files.push_back(entry.path());
  std::ranges::sort(files);
  std::vector<kube::Object> out;
  for (const auto& file : files) {
    std::ifstream in(file, std::ios::binary);
    auto parsed = yaml::parse_all(std::string(std::istreambuf_iterator<char>(in), {}), file.string());
    if (!parsed) throw std::runtime_error(parsed.error().message());
    for (kube::Object& object : *parsed) out.push_back(std::move(object));
  }
  return out;
}

Awaitable<Status> apply_all(std::shared_ptr<kube::Client> client, std::vector<kube::Object> objects) {
  kube::Mapper mapper(client);
  for (kube::Object& object : objects) {
    auto resource = co_await mapper.resource_for(kube::gvk_of(object));
    if (!resource) co_return fail(std::move(resource).error());
    kube::WriteOptions options;
    options.field_manager = "kubectl";
    auto applied = co_await kube::apply(client, resource->gvr, std::move(object), options);
    if (!applied) co_return fail(std::move(applied).error());
  }
  co_return Status{};
}

void must(const Status& status) {
  if (!status) throw std::runtime_error(status.error().message());
}

std::string line_of(const char* what, const kube::ObjectPtr& object) {
  if (!object) return std::string(what) + ": absent\n";
  const json::Value& status = (*object)["status"];
  return std::string(what) + ": " + status["phase"].str("-") + " " + status["progress"].str("-") + " " + condition_of(object, "Ready") + "\n";
}

}  // namespace

bool ready(const kube::ObjectPtr& object) {
  return object && kube::condition_true(*object, "Ready") && (*object)["status"]["observedGeneration"].as_int(-1) == kube::generation_of(*object);
}

std::string condition_of(const kube::ObjectPtr& object, std::string_view type) {
  if (!object) return "absent";
  const json::Value& c = kube::condition(*object, type);
  return c.is_null() ? "none" : c["status"].str() + "/" + c["reason"].str() + ": " + c["message"].str();
}

std::string running_step(const kube::ObjectPtr& object) {
  if (!object) return {};
  for (const json::Value& step : (*object)["status"]["steps"].array())
    if (step["state"].as_string() != "Done" && step["state"].as_string() != "Skipped") return step["name"].str();
  return {};
}

Demo::Demo(simcloud::WorldOptions options) {
  world = std::make_unique<simcloud::World>(loop.executor(), loop.clock, std::move(options));
  must(loop.run(world->start()));
  hub = world->hub().local_client("kubectl");
  install_crds(hub);
  cache = std::make_unique<runtime::ClusterCache>(hub, loop.executor(), "test");
  requests = &cache->informer(kube::res::kManagementClusterRequests);
  workloads = &cache->informer(kube::res::kWorkloadClusters);
}

Demo::~Demo() {
  stop_operator();
  loop.run(cache->stop());
  loop.run(world->stop());
}

void Demo::start_operator(std::shared_ptr<Fuse> fuse) {
  controllers::OperatorOptions options;
  options.version = "test";
  options.transports = transports;
  options.client_factory = [this, fuse](const kube::ClusterConfig& config) -> Result<std::shared_ptr<kube::Client>> {
    auto client = world->client_for(config);
    if (client && fuse) return fused(std::move(*client), fuse);
    return client;
  };
  std::shared_ptr<kube::Client> client = world->hub().local_client("slipway");
  if (fuse) client = fused(std::move(client), fuse);
  op = std::make_unique<controllers::Operator>(loop.executor(), loop.clock, std::move(client), options);
  must(loop.run(op->start()));
}

void Demo::stop_operator() {
  if (!op) return;
  loop.run(op->stop());
  op.reset();
}

void Demo::apply_samples(std::function<void(kube::Object&)> change, bool workload_too) {
  std::vector<kube::Object> objects = objects_of("config/samples/demo");
  std::erase_if(objects, [&](const kube::Object& o) { return !workload_too && kube::kind_of(o) == "WorkloadCluster"; });
  for (kube::Object& object : objects)
    if (change && kube::kind_of(object) == "ManagementClusterRequest") change(object);
  must(loop.run(apply_all(hub, std::move(objects))));
}

std::string Demo::sample_components(std::string_view config_map) {
  for (const kube::Object& object : objects_of("config/samples/demo"))
    if (kube::kind_of(object) == "ConfigMap" && kube::name_of(object).starts_with(config_map)) return object["data"]["components.yaml"].str();
  throw std::runtime_error("no sample ConfigMap " + std::string(config_map));
}

void Demo::install_crds(std::shared_ptr<kube::Client> client) {
  must(loop.run(apply_all(std::move(client), objects_of("config/crd"))));
  loop.pass(std::chrono::seconds(1));
}

kube::Object Demo::sample_workload() {
  for (kube::Object& object : objects_of("config/samples/demo"))
    if (kube::kind_of(object) == "WorkloadCluster") return std::move(object);
  throw std::runtime_error("the samples have no WorkloadCluster");
}

void Demo::until(const std::string& what, const std::function<bool()>& holds, std::chrono::seconds limit) {
  const auto end = loop.clock.now() + limit;
  while (!holds()) {
    if (loop.clock.now() >= end) throw std::runtime_error("not within " + std::to_string(limit.count()) + " s: " + what + "\n" + report());
    loop.pass(std::chrono::milliseconds(50));
  }
}

std::string Demo::report() const {
  std::string out = line_of("request", request()) + line_of("workload", workload());
  for (const auto& object : {request(), workload()}) {
    if (!object) continue;
    for (const json::Value& step : (*object)["status"]["steps"].array())
      if (step["state"].as_string() != "Pending") out += "  " + step["name"].str() + " " + step["state"].str() + " " + step["message"].str() + "\n";
  }
  return out;
}

void Demo::patch(kube::GroupVersionResource gvr, kube::ObjectKey key, json::Value body) {
  const auto patched = loop.run(hub->patch(gvr, key, kube::PatchType::Merge, std::move(body), {}));
  if (!patched) throw std::runtime_error(patched.error().message());
}

void Demo::remove(kube::GroupVersionResource gvr, kube::ObjectKey key) {
  const auto removed = loop.run(hub->remove(gvr, key, {}));
  if (!removed) throw std::runtime_error(removed.error().message());
}

std::shared_ptr<kube::Client> Demo::client_of(const std::string& server) {
  kubesim::ApiServer* found = world->server(server);
  return found == nullptr ? nullptr : found->local_client("test");
}

std::vector<kube::Object> Demo::list(const std::string& server, kube::GroupVersionResource gvr) {
  const auto client = client_of(server);
  if (!client) return {};
  auto listed = loop.run(kube::list_all(client, gvr, "", {}));
  if (!listed) throw std::runtime_error(listed.error().message());
  return std::move(listed->items);
}

}  // namespace slipway::test
