#include <algorithm>

#include "pkg/log/log.h"
#include "pkg/simcloud/crds.h"
#include "pkg/simcloud/objects.h"
#include "pkg/simcloud/seed.h"
#include "pkg/simcloud/services.h"
#include "pkg/simcloud/simcloud.h"
#include "pkg/simcloud/site.h"

namespace slipway::simcloud {
namespace {

constexpr std::string_view kInMemory = "https://sim.invalid/";  // and the server's name: where no socket listens

struct Hosted {
  std::unique_ptr<kubesim::ApiServer> server;  // null: somebody else's
  std::shared_ptr<kube::Client> client;
  std::unique_ptr<Site> site;
  std::string kubeconfig;
};

std::string name_in_kubeconfig(std::string server) {
  std::ranges::replace(server, '/', '-');
  return server;
}

async::Awaitable<void> stop_hosted(std::shared_ptr<Hosted> hosted) {
  co_await hosted->site->stop();
  hosted->client->close();
  if (hosted->server) co_await hosted->server->stop();
}

async::Awaitable<Status> create_all(std::shared_ptr<kube::Client> client, std::vector<Brought> objects) {
  for (Brought& brought : objects) {
    auto created = co_await client->create(brought.gvr, std::move(brought.object), write_as("kubeadm"));
    if (!created && !created.error().is(Disposition::AlreadyExists)) co_return fail(std::move(created).error());
  }
  co_return Status{};
}

}  // namespace

struct World::State final : Services {
  State(async::Executor executor_, async::Clock& clock_, WorldOptions options_)
      : Services(executor_, clock_, options_.speed, options_.fail), options(std::move(options_)), group(executor_) {}

  async::Awaitable<Result<std::string>> start_server(ServerRequest request) override { return start_one(this, std::move(request)); }
  void stop_server(const std::string& name) override;
  std::shared_ptr<kube::Client> client_of(const std::string& name) override;

  Result<std::shared_ptr<Hosted>> host(const std::string& name, const std::string& version, std::uint16_t port);
  // Puts the controllers on it; a server that is not the world's own is borrowed.
  void control(const std::string& name, const std::shared_ptr<Hosted>& one);
  Result<std::shared_ptr<Hosted>> borrow(const std::string& name, const kube::ClusterConfig& config);
  Result<std::shared_ptr<Hosted>> place(const ServerRequest& request);
  static async::Awaitable<Result<std::string>> start_one(State* self, ServerRequest request);

  WorldOptions options;
  async::TaskGroup group;  // servers that are being stopped
  bool stopping = false;
  std::map<std::string, std::shared_ptr<Hosted>, std::less<>> hosted;
};

// An API server with the controllers on it, under its name.
Result<std::shared_ptr<Hosted>> World::State::host(const std::string& name, const std::string& version, std::uint16_t port) {
  auto one = std::make_shared<Hosted>();
  kubesim::Options server_options;
  server_options.name = name;
  if (!version.empty()) server_options.version = version;
  one->server = std::make_unique<kubesim::ApiServer>(executor, clock, server_options);
  kube::ClusterConfig config;
  config.server = std::string(kInMemory) + name;
  config.token = "in-memory";
  if (options.tls) {
    const auto listening = one->server->listen(port);
    if (!listening) return fail(listening.error());
    config = one->server->admin_config();
  }
  one->kubeconfig = kube::write_kubeconfig(config, name_in_kubeconfig(name));
  one->client = one->server->local_client("simcloud");
  control(name, one);
  log::info("api server started", {{"cluster", name}, {"url", config.server}});
  return one;
}

// Somebody else's API server, for as long as the world needs it under this name.
Result<std::shared_ptr<Hosted>> World::State::borrow(const std::string& name, const kube::ClusterConfig& config) {
  auto client = kube::connect(executor, clock, config);
  if (!client) return fail(std::move(client).error());
  auto one = std::make_shared<Hosted>();
  one->client = std::move(*client);
  one->kubeconfig = kube::write_kubeconfig(config, name_in_kubeconfig(name));
  control(name, one);
  log::info("api server borrowed", {{"cluster", name}, {"url", config.server}});
  return one;
}

void World::State::control(const std::string& name, const std::shared_ptr<Hosted>& one) {
  one->site = std::make_unique<Site>(*this, name, one->client, one->server == nullptr);
  one->site->start();
  hosted[name] = one;
}

Result<std::shared_ptr<Hosted>> World::State::place(const ServerRequest& request) {
  if (request.is_cluster || !options.bootstrap) return host(request.name, request.version, 0);
  for (const auto& [name, one] : hosted)
    if (name.starts_with("bootstrap/")) return fail(Disposition::Invalid, "the one API server for bootstrap clusters is taken by " + name);
  return borrow(request.name, *options.bootstrap);
}

async::Awaitable<Result<std::string>> World::State::start_one(State* self, ServerRequest request) {
  if (const auto found = self->hosted.find(request.name); found != self->hosted.end()) co_return found->second->kubeconfig;
  if (self->stopping) co_return fail(Disposition::Canceled, "the world is being stopped");
  auto one = self->place(request);
  if (!one) co_return fail(std::move(one).error());
  const std::shared_ptr<Hosted> held = *one;
  if (request.forbids_move) {
    kubesim::Fault fault;
    fault.verb = "create";
    fault.resource = "machines";
    fault.status = 403;
    fault.reason = "Forbidden";
    held->server->inject(std::move(fault));
  }
  std::vector<Brought> seed = request.is_cluster ? cluster_seed(request.version, request.cni) : bootstrap_seed(request.version);
  const Status seeded = co_await create_all(held->client, std::move(seed));
  if (!seeded) {
    self->stop_server(request.name);  // the next attempt starts afresh
    co_return fail(seeded.error());
  }
  co_return held->kubeconfig;
}

void World::State::stop_server(const std::string& name) {
  const auto found = hosted.find(name);
  if (found == hosted.end()) return;
  std::shared_ptr<Hosted> one = std::move(found->second);
  hosted.erase(found);
  log::info("api server stopping", {{"cluster", name}});
  group.spawn("stop " + name, stop_hosted(std::move(one)));
}

std::shared_ptr<kube::Client> World::State::client_of(const std::string& name) {
  const auto found = hosted.find(name);
  return found == hosted.end() ? nullptr : found->second->client;
}

World::World(async::Executor executor, async::Clock& clock, WorldOptions options)
    : state_(std::make_shared<State>(std::move(executor), clock, std::move(options))) {}

World::~World() = default;

async::Awaitable<Status> World::start() {
  State& state = *state_;
  if (!state.failures.known()) {
    std::vector<std::string> names;
    for (const FailureRow& row : failure_table()) names.emplace_back(row.step);
    std::string list;
    for (const std::string& name : names) list += (list.empty() ? "" : ", ") + name;
    co_return fail(Disposition::Invalid, "no step \"" + state.failures.step() + "\" to fail: choose one of " + list);
  }
  auto hub = state.options.hub ? state.borrow("hub", *state.options.hub) : state.host("hub", "", state.options.port);
  if (!hub) co_return fail(std::move(hub).error().in("starting the hub"));
  std::vector<Brought> objects;
  objects.push_back({res::kCrds, simulated_cluster_crd()});
  const Status made = co_await create_all((*hub)->client, std::move(objects));
  co_return made;
}

kubesim::ApiServer& World::hub() noexcept { return *state_->hosted.find("hub")->second->server; }

kubesim::ApiServer* World::server(std::string_view name) noexcept {
  const auto found = state_->hosted.find(name);
  return found == state_->hosted.end() ? nullptr : found->second->server.get();
}

std::vector<std::string> World::servers() const {
  std::vector<std::string> names;
  for (const auto& [name, one] : state_->hosted) names.push_back(name);
  return names;
}

Result<std::shared_ptr<kube::Client>> World::client_for(const kube::ClusterConfig& config) {
  if (!config.server.starts_with(kInMemory)) return kube::connect(state_->executor, state_->clock, config);
  const std::string name = config.server.substr(kInMemory.size());
  kubesim::ApiServer* found = server(name);
  if (found == nullptr) return fail(Disposition::NotFound, "there is no API server " + name + " in the simulated world");
  return found->local_client("slipway");
}

void World::attach(std::string name, std::shared_ptr<kube::Client> client) {
  auto one = std::make_shared<Hosted>();
  one->client = std::move(client);
  state_->control(name, one);
}

std::size_t World::machines() const noexcept { return state_->cloud.size(); }

async::Awaitable<void> World::stop() {
  State& state = *state_;
  state.stopping = true;
  // The hub first: its controllers start and stop the others. Reconciles that end meanwhile may still stop servers, which the group then waits for.
  state.stop_server("hub");
  while (!state.hosted.empty()) state.stop_server(std::string(state.hosted.begin()->first));
  co_await state.group.join();
}

bool World::knows_failure(const std::string& name) { return Failures(name).known(); }

std::vector<std::pair<std::string, std::string>> World::failures() {
  std::vector<std::pair<std::string, std::string>> out;
  for (const FailureRow& row : failure_table()) out.emplace_back(row.step, row.effect);
  return out;
}

}  // namespace slipway::simcloud
