#include "test/real/pivot/two_servers.h"

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include <catch2/catch_test_macros.hpp>
#include <catch2/reporters/catch_reporter_event_listener.hpp>
#include <catch2/reporters/catch_reporter_registrars.hpp>

#include "pkg/base/random.h"
#include "pkg/base/strings.h"
#include "pkg/kube/config.h"

namespace slipway::test {
namespace {

using kube::GroupVersionResource;
using kube::ObjectKey;
using ClientPtr = std::shared_ptr<kube::Client>;
template <class T>
using Task = async::Awaitable<T>;

const GroupVersionResource kWebhooks{"admissionregistration.k8s.io", "v1", "validatingwebhookconfigurations", false};

std::string env(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string() : std::string(value);
}

template <class T>
T must(Result<T> r) {
  if (!r) throw std::runtime_error(r.error().message());
  return std::move(*r);
}

Task<Result<Object>> create_with_status(ClientPtr client, GroupVersionResource gvr, Object object) {
  json::Value status = object["status"];
  kube::WriteOptions options;
  options.field_manager = "somebody";
  options.strict = true;  // a field that a schema drops would be a lesser test
  ObjectKey key = kube::key_of(object);
  Result<Object> created = co_await client->create(gvr, std::move(object), options);
  if (!created || status.is_null()) co_return created;
  json::Value patch;
  patch.set("status", std::move(status));
  kube::PatchOptions patch_options;
  patch_options.field_manager = "somebody";
  patch_options.subresource = "status";
  Result<Object> patched = co_await client->patch(gvr, key, kube::PatchType::Merge, std::move(patch), patch_options);
  co_return patched;
}

// A CRD is served a moment after it was created.
Task<Status> await_served(ClientPtr client, GroupVersionResource gvr) {
  const async::Deadline deadline = client->clock().after(std::chrono::seconds(60));
  for (;;) {
    kube::ListOptions one;
    one.limit = 1;
    Result<kube::ListResult> listed = co_await client->list(gvr, "", one);
    if (listed) co_return Status();
    if (!listed.error().is(Disposition::NotFound) || client->clock().now() >= deadline.at) co_return fail(std::move(listed).error());
    co_await client->clock().sleep_until(client->clock().now() + std::chrono::milliseconds(50));
  }
}

// What servers and their controllers keep for themselves, in the namespaces that they bring.
bool is_servers_own(const Object& object) {
  if (kube::name_of(object) == "kube-root-ca.crt") return true;
  if (!kube::namespace_of(object).starts_with("kube-")) return false;
  return !kube::name_of(object).starts_with("package-") && !kube::name_of(object).starts_with("tkg-bom-");
}

Task<Result<Shelf>> read_shelf(ClientPtr client, std::vector<pivot::Kind> kinds) {
  Shelf shelf;
  for (const auto& kind : kinds) {
    Result<kube::ListResult> listed = co_await kube::list_all(client, kind.gvr, "", {});
    if (!listed) co_return fail(std::move(listed).error());
    for (auto& object : listed->items)
      if (!pivot::is_machinery(kind, object) && !is_servers_own(object)) shelf.emplace(kind.kind + " " + kube::key_of(object).to_string(), std::move(object));
  }
  co_return shelf;
}

json::Value replicas_patch(const Object& deployment) {
  json::Value patch;
  patch.ref("spec").set("replicas", deployment["spec"]["replicas"]);
  return patch;
}

std::string key_of(const pivot::PlannedObject& o) { return o.kind + " " + o.key.to_string(); }
bool is_paused(const Object& cluster) { return cluster["spec"]["paused"].as_bool(); }

std::set<std::string> owners(const Object& object) {
  std::set<std::string> out;
  for (const auto& ref : object["metadata"]["ownerReferences"].array()) out.insert(ref["kind"].str() + " " + ref["name"].str());
  return out;
}

std::unique_ptr<TwoServers>& instance() {
  static std::unique_ptr<TwoServers> servers;
  return servers;
}

// At the end of the run, not of the process: what stopping them needs is still there.
struct StopServers : Catch::EventListenerBase {
  using EventListenerBase::EventListenerBase;
  void testRunEnded(const Catch::TestRunStats& stats) override {
    static_cast<void>(stats);
    instance().reset();
  }
};
CATCH_REGISTER_LISTENER(StopServers)

}  // namespace

json::Value essence(const Object& object) {
  json::Value out = object;
  out.erase("status");
  json::Value& metadata = out.ref("metadata");
  for (const auto* field : {"uid", "resourceVersion", "generation", "creationTimestamp", "ownerReferences", "managedFields"}) metadata.erase(field);
  for (const auto* map : {"labels", "annotations"})
    if (metadata[map].size() == 0) metadata.erase(map);
  return out;
}

json::Value memory(const Object& object) {
  json::Value out = object;
  json::Value& metadata = out.ref("metadata");
  for (const auto* field : {"resourceVersion", "generation"}) metadata.erase(field);
  if (json::Value* fields = metadata.find_mut("managedFields"))
    for (auto& entry : fields->make_array()) entry.erase("time");
  return out;
}

TwoServers& TwoServers::shared() {
  if (env("SLIPWAY_KUBE_ASSETS").empty() || !std::filesystem::exists(env("SLIPWAY_KUBE_ASSETS") + "/realkube"))
    SKIP("no real kube-apiserver: SLIPWAY_KUBE_ASSETS does not name the folder that hack/realkube/build fills");
  if (!std::filesystem::exists(env("SLIPWAY_KUBE_ASSETS") + "/../repository/stamp")) SKIP("no CRDs of Cluster API: hack/realkube/components renders them");
  auto& servers = instance();
  if (!servers) servers.reset(new TwoServers());
  servers->prepare();
  return *servers;
}

TwoServers::TwoServers() : assets_(env("SLIPWAY_KUBE_ASSETS")) {}

// Not the constructor's: what was started is stopped also where the next thing fails.
void TwoServers::prepare() {
  if (!dir_.empty()) return;
  dir_ = (std::filesystem::temp_directory_path() / ("slipway-pivot-" + random_suffix(8))).string();
  kinds_ = {pivot::secret_kind(), pivot::config_map_kind()};
  const std::vector<Object> crds = real_crds(world, assets_ + "/../repository");
  for (const auto& crd : crds) kinds_.push_back(pivot::kind_of_crd(crd).value());
  start(servers_[0], "one");
  start(servers_[1], "two");
  for (auto& server : servers_) {
    for (const auto& crd : crds) static_cast<void>(must(run(create_with_status(server.client, kube::res::kCrds, crd))));
    install(server, &server == servers_.data());
  }
}

TwoServers::~TwoServers() {
  run(tasks.stop());
  for (auto& server : servers_) {
    if (server.client) server.client->close();
    if (server.network) run(server.network->stop());
    if (!server.dir.empty()) run(realkube("down", server.dir));
  }
  std::error_code ignored;
  std::filesystem::remove_all(dir_, ignored);
}

Task<void> TwoServers::realkube(std::string command, std::string dir) {
  proc::Command call;
  call.argv = {assets_ + "/realkube", command, "--dir", dir};
  call.env = {{"HOME", env("HOME")}};
  call.deadline = clock.after(std::chrono::minutes(3));
  Result<proc::Output> done = co_await proc::run(loop.executor(), clock, std::move(call));
  if (!done || !done->ok()) throw std::runtime_error("realkube " + command + ": " + (done ? done->err : done.error().message()));
}

void TwoServers::start(RealServer& server, const std::string& name) {
  server.dir = dir_ + "/" + name;
  std::filesystem::create_directories(server.dir);
  run(realkube("up", server.dir));
  server.kubeconfig = server.dir + "/kubeconfig";
  const auto config = must(kube::load_config(server.kubeconfig));
  const std::string near = config.server.substr(config.server.rfind(':') + 1);
  server.network = std::make_unique<Network>(loop.executor(), clock, static_cast<std::uint16_t>(std::stoul(near)));
  auto far = config;
  far.server = "https://127.0.0.1:" + std::to_string(server.network->port());
  server.far_kubeconfig = server.dir + "/far.kubeconfig";
  std::ofstream(server.far_kubeconfig) << kube::write_kubeconfig(far, name);
  server.client = must(kube::connect(loop.executor(), clock, config));
}

GroupVersionResource TwoServers::gvr_of(const std::string& kind) const {
  for (const auto& k : kinds_)
    if (k.kind == kind) return k.gvr;
  throw std::runtime_error("no CRD of kind " + kind);
}

void TwoServers::install(RealServer& server, bool with_clusters) {
  for (const auto& kind : kinds_)
    if (Status served = run(await_served(server.client, kind.gvr)); !served) throw std::runtime_error(served.error().message());
  std::set<std::string> namespaces{"capi-system", "capv-system", "slipway-system"};
  for (const auto& o : world.objects) namespaces.emplace(kube::namespace_of(o));
  for (const auto* there : {"", "default", "kube-system"}) namespaces.erase(there);
  if (!with_clusters) namespaces.erase(kSystem);  // the move makes it
  for (const auto& ns : namespaces)
    static_cast<void>(must(run(create_with_status(server.client, kube::res::kNamespaces, kube::make_object("v1", "Namespace", {"", ns})))));
  for (const auto& d : provider_deployments()) static_cast<void>(must(run(create_with_status(server.client, kube::res::kDeployments, d))));
  static_cast<void>(must(run(create_with_status(server.client, kWebhooks, provider_webhooks()))));
  std::map<std::string, std::string> uids;
  for (const auto& original : world.objects) {
    if (!with_clusters && kube::kind_of(original) != "Provider") continue;
    Object object = original;
    json::Value& metadata = object.ref("metadata");
    metadata.erase("uid");
    if (json::Value* owners = metadata.find_mut("ownerReferences"))
      for (auto& ref : owners->make_array()) ref.set("uid", uids.at(ref["uid"].str()));
    auto created = run(create_with_status(server.client, gvr_of(std::string(kube::kind_of(original))), std::move(object)));
    if (!created) throw std::runtime_error(kube::describe(original) + ": " + created.error().message());
    uids[std::string(kube::uid_of(original))] = kube::uid_of(*created);
  }
}

Shelf TwoServers::read(const RealServer& server) {
  Shelf shelf = must(run(read_shelf(server.client, kinds_)));
  // Of these the managedFields are not promised: they say that a move scaled them.
  const auto add = [&](Object object) {
    object.ref("metadata").erase("managedFields");
    shelf.emplace(kube::describe(object), std::move(object));
  };
  for (const auto& d : provider_deployments()) add(must(run(server.client->get(kube::res::kDeployments, kube::key_of(d)))));
  add(must(run(server.client->get(kWebhooks, kube::key_of(provider_webhooks())))));
  return shelf;
}

void TwoServers::wake_providers(const RealServer& server) {
  for (const auto& d : provider_deployments())
    static_cast<void>(must(run(server.client->patch(kube::res::kDeployments, kube::key_of(d), kube::PatchType::Merge, replicas_patch(d), {}))));
  json::Value patch;
  patch.set("webhooks", provider_webhooks()["webhooks"]);
  static_cast<void>(must(run(server.client->patch(kWebhooks, kube::key_of(provider_webhooks()), kube::PatchType::Merge, std::move(patch), {}))));
}

void TwoServers::report_status(const RealServer& server, const Shelf& before) {
  for (const auto& [key, object] : before) {
    const std::string kind(kube::kind_of(object));
    if ((kind != "Cluster" && kind != "Machine") || object["status"].is_null()) continue;
    json::Value patch;
    patch.set("status", object["status"]);
    kube::PatchOptions options;
    options.field_manager = "somebody";
    options.subresource = "status";
    static_cast<void>(must(run(server.client->patch(gvr_of(kind), kube::key_of(object), kube::PatchType::Merge, std::move(patch), options))));
  }
}

Trip::Trip(TwoServers& servers) : servers_(servers) {
  options_.id = servers.next_id();
  options_.journal_namespace = "slipway-system";
  plan_ = must(servers.run(pivot::plan(servers.source().client, options_)));
  here_ = servers.read(servers.source());
  there_ = servers.read(servers.target());
}

std::size_t Trip::Outcome::writes() const {
  const auto at = said.find(" after ");
  return at == std::string::npos ? 0 : std::stoul(said.substr(at + 7));
}

Trip::Outcome Trip::run(How how) {
  const auto& [source, target] = std::tie(servers_.source(), servers_.target());
  proc::Command call;
  call.argv = {SLIPWAY_PIVOT_MOVER, how.undo ? "rollback" : "run", how.far ? source.far_kubeconfig : source.kubeconfig,
               how.far ? target.far_kubeconfig : target.kubeconfig, options_.id};
  if (how.kill_after) call.argv.insert(call.argv.end(), {"--kill-after-writes", std::to_string(*how.kill_after)});
  if (how.kill_at) call.argv.insert(call.argv.end(), {"--kill-at", std::string(to_string(*how.kill_at))});
  call.deadline = servers_.clock.after(std::chrono::minutes(8));
  auto done = must(servers_.run(proc::run(servers_.loop.executor(), servers_.clock, std::move(call))));
  return {.killed = done.signal == SIGKILL, .ok = done.ok(), .said = std::string(trim(done.out)), .log = std::move(done.err)};
}

std::optional<pivot::Progress> Trip::journal() { return must(servers_.run(pivot::journal(servers_.source().client, servers_.target().client, options_))); }

void Trip::check_now() {
  const Shelf ours = servers_.read(servers_.source()), theirs = servers_.read(servers_.target());
  for (const auto& o : plan_.objects) {
    const std::string key = key_of(o);
    if (!here_.contains(key)) continue;
    const auto here = ours.find(key), there = theirs.find(key);
    INFO(key);
    if (o.fate != pivot::Fate::Move) CHECK(here != ours.end());
    if (o.fate == pivot::Fate::Exclude) CHECK((there != theirs.end()) == there_.contains(key));
    CHECK((here != ours.end() || there != theirs.end()));
    if (o.kind != "Cluster") continue;
    const bool runs_here = here != ours.end() && !is_paused(here->second), runs_there = there != theirs.end() && !is_paused(there->second);
    CHECK_FALSE((runs_here && runs_there));
    if (is_paused(here_.at(key))) CHECK_FALSE((runs_here || runs_there));
  }
}

void Trip::check_copy(const std::string& key, const Object& original, const Shelf& there, const std::map<std::string, std::string>& names) {
  const Object& copy = there.at(key);
  CHECK(json::dump_canonical(essence(copy)) == json::dump_canonical(essence(original)));
  CHECK(json::dump_canonical(copy["metadata"]["managedFields"]) == json::dump_canonical(original["metadata"]["managedFields"]));
  CHECK_FALSE(kube::is_deleting(copy));
  CHECK(owners(copy) == owners(original));
  for (const auto& ref : copy["metadata"]["ownerReferences"].array()) {
    const auto owner = names.find(ref["uid"].str());
    REQUIRE(owner != names.end());
    CHECK(owner->second.starts_with(ref["kind"].str() + " "));
    CHECK(owner->second.ends_with("/" + ref["name"].str()) != owner->second.ends_with(" " + ref["name"].str()));
  }
}

void Trip::finish() {
  const Shelf ours = servers_.read(servers_.source()), theirs = servers_.read(servers_.target());
  std::map<std::string, std::string> names;
  for (const auto& [key, object] : theirs) names.emplace(kube::uid_of(object), key);
  std::size_t moved = 0, brought = 0;
  for (const auto& o : plan_.objects) {
    const std::string key = key_of(o);
    if (!here_.contains(key)) continue;
    INFO(key);
    const bool moves = o.fate == pivot::Fate::Move;
    CHECK(ours.contains(key) == !moves);
    if (!moves && ours.contains(key)) CHECK(memory(ours.at(key)) == memory(here_.at(key)));
    moved += moves ? 1 : 0;
    const bool was_there = there_.contains(key);
    REQUIRE(theirs.contains(key) == (was_there || o.fate != pivot::Fate::Exclude));
    if (was_there) continue;
    brought += theirs.contains(key) ? 1 : 0;
    if (theirs.contains(key)) check_copy(key, here_.at(key), theirs, names);
  }
  for (const auto& [key, before] : there_) {
    INFO(key);
    REQUIRE(theirs.contains(key));
    CHECK(json::dump_canonical(memory(theirs.at(key))) == json::dump_canonical(memory(before)));
  }
  CHECK(ours.size() == here_.size() - moved);
  CHECK(theirs.size() == there_.size() + brought);  // none doubled under another name
  servers_.wake_providers(servers_.source());
  servers_.report_status(servers_.target(), here_);
  servers_.flip();
}

void Trip::check_undone() {
  const Shelf ours = servers_.read(servers_.source()), theirs = servers_.read(servers_.target());
  for (const auto& [before, now] : {std::pair(&here_, &ours), std::pair(&there_, &theirs)}) {
    CHECK(now->size() == before->size());
    for (const auto& [key, object] : *before) {
      INFO(key);
      REQUIRE(now->contains(key));
      CHECK(json::dump_canonical(memory(now->at(key))) == json::dump_canonical(memory(object)));
    }
  }
}

}  // namespace slipway::test
