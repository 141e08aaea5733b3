#include "test/unit/pivot/two_sides.h"

#include <set>

#include <catch2/catch_test_macros.hpp>

#include "pkg/pivot/names.h"

namespace slipway::test {
namespace {

using kube::Client;
using kube::GroupVersionResource;
using kube::ObjectKey;
using ClientPtr = std::shared_ptr<Client>;
template <class T>
using Task = async::Awaitable<T>;

const GroupVersionResource kWebhooks{"admissionregistration.k8s.io", "v1", "validatingwebhookconfigurations", false};

class CutClient final : public Client {
 public:
  CutClient(ClientPtr inner, std::string name, std::shared_ptr<Budget> budget) : inner_(std::move(inner)), name_(std::move(name)), budget_(std::move(budget)) {}

  Task<Result<Object>> get(GroupVersionResource gvr, ObjectKey key) override {
    if (budget_->dead) co_return killed();
    Result<Object> r = co_await inner_->get(gvr, key);
    co_return answer(std::move(r));
  }
  Task<Result<kube::ListResult>> list(GroupVersionResource gvr, std::string ns, kube::ListOptions options) override {
    if (budget_->dead) co_return killed();
    Result<kube::ListResult> r = co_await inner_->list(gvr, ns, options);
    co_return answer(std::move(r));
  }
  Task<Result<std::unique_ptr<kube::WatchStream>>> watch(GroupVersionResource gvr, std::string ns, kube::WatchOptions options) override {
    if (budget_->dead) co_return killed();
    Result<std::unique_ptr<kube::WatchStream>> r = co_await inner_->watch(gvr, ns, options);
    co_return answer(std::move(r));
  }
  Task<Result<Object>> create(GroupVersionResource gvr, Object object, kube::WriteOptions options) override {
    if (!admit("create", gvr, options.dry_run)) co_return killed();
    Result<Object> r = co_await inner_->create(gvr, std::move(object), options);
    co_await after(options.dry_run);
    co_return answer(std::move(r));
  }
  Task<Result<Object>> update(GroupVersionResource gvr, Object object, kube::WriteOptions options) override {
    if (!admit("update", gvr, options.dry_run)) co_return killed();
    Result<Object> r = co_await inner_->update(gvr, std::move(object), options);
    co_await after(options.dry_run);
    co_return answer(std::move(r));
  }
  Task<Result<Object>> patch(GroupVersionResource gvr, ObjectKey key, kube::PatchType type, json::Value body, kube::PatchOptions options) override {
    if (!admit("patch", gvr, options.dry_run)) co_return killed();
    Result<Object> r = co_await inner_->patch(gvr, key, type, std::move(body), options);
    co_await after(options.dry_run);
    co_return answer(std::move(r));
  }
  Task<Result<Object>> remove(GroupVersionResource gvr, ObjectKey key, kube::DeleteOptions options) override {
    CHECK_FALSE(options.uid.empty());  // law 7
    if (!admit("delete", gvr, options.dry_run)) co_return killed();
    Result<Object> r = co_await inner_->remove(gvr, key, options);
    co_await after(options.dry_run);
    co_return answer(std::move(r));
  }
  Task<Result<std::string>> raw(std::string method, std::string path, std::string body) override {
    if (budget_->dead) co_return killed();
    Result<std::string> r = co_await inner_->raw(method, path, body);
    co_return answer(std::move(r));
  }
  [[nodiscard]] const std::string& server() const noexcept override { return inner_->server(); }
  [[nodiscard]] async::Clock& clock() noexcept override { return inner_->clock(); }

 private:
  static std::unexpected<Error> killed() { return fail(Disposition::Canceled, "killed"); }

  bool admit(const std::string& verb, const GroupVersionResource& gvr, bool dry_run) {
    if (dry_run) return !budget_->dead;
    if (budget_->dead || budget_->writes >= budget_->limit) {
      budget_->dead = true;
      return false;
    }
    ++budget_->writes;
    ++budget_->by_verb[name_ + " " + verb + " " + gvr.resource];
    return true;
  }
  Task<void> after(bool dry_run) {
    if (!dry_run && budget_->after_each) co_await budget_->after_each();
  }
  // The last admitted write happened, but nobody is left to hear of it.
  template <class T>
  Result<T> answer(Result<T> r) {
    if (budget_->writes >= budget_->limit) budget_->dead = true;
    if (budget_->dead) return killed();
    return r;
  }

  ClientPtr inner_;
  std::string name_;
  std::shared_ptr<Budget> budget_;
};

// Results of set-up calls: a failure there is a failure of the test.
template <class T>
T must(Result<T> r) {
  if (!r) FAIL(r.error().message());
  return std::move(*r);
}

Object deployment(const std::string& ns, const std::string& name, const std::string& provider, int replicas) {
  Object d = kube::make_object("apps/v1", "Deployment", {ns, name});
  d.ref({"metadata", "labels"}).set("cluster.x-k8s.io/provider", provider);
  d.ref({"spec", "replicas"}) = replicas;
  d.ref({"spec", "selector", "matchLabels", "app"}) = name;
  d.ref({"spec", "template", "metadata", "labels", "app"}) = name;
  json::Value container = json::Object{{"name", "manager"}, {"image", "registry.example/manager:v1"}};
  d.ref({"spec", "template", "spec", "containers"}).push_back(std::move(container));
  return d;
}

Object webhooks() {
  Object config = kube::make_object("admissionregistration.k8s.io/v1", "ValidatingWebhookConfiguration", {"", "capi-validating-webhook-configuration"});
  config.ref({"metadata", "labels"}).set("cluster.x-k8s.io/provider", "cluster-api");
  for (const auto* policy : {"Fail", "Ignore"}) {
    json::Value webhook = json::Object{{"name", std::string("validation.") + (policy == std::string("Fail") ? "cluster" : "machine") + ".cluster.x-k8s.io"},
                                       {"failurePolicy", policy},
                                       {"sideEffects", "None"}};
    webhook.ref("admissionReviewVersions").push_back("v1");
    webhook.ref({"clientConfig", "service"}) = json::Object{{"namespace", "capi-system"}, {"name", "capi-webhook-service"}};
    config.ref("webhooks").push_back(std::move(webhook));
  }
  return config;
}

Task<Result<Object>> create_with_status(ClientPtr client, GroupVersionResource gvr, Object object) {
  gvr.version = kube::gvk_of(object).version;
  json::Value status = object["status"];
  kube::WriteOptions options;
  options.field_manager = "somebody";
  ObjectKey key = kube::key_of(object);
  Result<Object> created = co_await client->create(gvr, std::move(object), options);
  if (!created || status.is_null()) co_return created;
  json::Value patch;
  patch.set("status", std::move(status));
  kube::PatchOptions patch_options;
  patch_options.subresource = "status";
  Result<Object> patched = co_await client->patch(gvr, key, kube::PatchType::Merge, std::move(patch), patch_options);
  co_return patched;
}

const GroupVersionResource& builtin(const std::string& kind) {
  static const std::map<std::string, GroupVersionResource> kAll{{"Namespace", kube::res::kNamespaces},
                                                                {"Deployment", kube::res::kDeployments},
                                                                {"CustomResourceDefinition", kube::res::kCrds},
                                                                {"ValidatingWebhookConfiguration", kWebhooks},
                                                                {"Lease", kube::res::kLeases}};
  return kAll.at(kind);
}

Task<Result<Shelf>> read_shelf(ClientPtr client, std::vector<pivot::Kind> kinds) {
  Shelf shelf;
  for (const auto& kind : kinds) {
    Result<kube::ListResult> listed = co_await kube::list_all(client, kind.gvr, "", {});
    if (!listed && listed.error().is(Disposition::NotFound)) continue;
    if (!listed) co_return fail(std::move(listed).error());
    for (auto& object : listed->items)
      if (!pivot::is_machinery(kind, object)) shelf.emplace(kind.kind + " " + kube::key_of(object).to_string(), std::move(object));
  }
  co_return shelf;
}

std::string key_of(const pivot::PlannedObject& o) { return o.kind + " " + o.key.to_string(); }

bool is_paused(const Object& cluster) { return cluster["spec"]["paused"].as_bool(); }

}  // namespace

std::shared_ptr<Client> cut_client(ClientPtr inner, std::string name, std::shared_ptr<Budget> budget) {
  return std::make_shared<CutClient>(std::move(inner), std::move(name), std::move(budget));
}

json::Value essence(const Object& object) {
  json::Value out = object;
  out.erase("status");
  json::Value& metadata = out.ref("metadata");
  for (const auto* field : {"uid", "resourceVersion", "generation", "creationTimestamp", "ownerReferences", "managedFields"}) metadata.erase(field);
  for (const auto* map : {"labels", "annotations"})
    if (metadata[map].size() == 0) metadata.erase(map);
  return out;
}

TwoSides::TwoSides(World w)
    : world(std::move(w)),
      source_server(loop.io.get_executor(), loop.clock, {.name = "source", .anonymous = true}),
      target_server(loop.io.get_executor(), loop.clock, {.name = "target", .anonymous = true}),
      source(source_server.local_client()),
      target(target_server.local_client()) {
  install();
}

TwoSides::~TwoSides() {
  loop.run(source_server.stop());
  loop.run(target_server.stop());
}

GroupVersionResource TwoSides::gvr_of(const std::string& kind) const {
  for (const auto& k : kinds_)
    if (k.kind == kind) return k.gvr;
  return builtin(kind);
}

void TwoSides::put(const ClientPtr& side, Object object) {
  const std::string kind(kube::kind_of(object));
  static_cast<void>(must(loop.run(create_with_status(side, gvr_of(kind), std::move(object)))));
}

void TwoSides::patch(const ClientPtr& side, const std::string& kind, const ObjectKey& key, json::Value merge_patch) {
  static_cast<void>(must(loop.run(side->patch(gvr_of(kind), key, kube::PatchType::Merge, std::move(merge_patch), {}))));
}

void TwoSides::remove(const ClientPtr& side, const std::string& kind, const ObjectKey& key) {
  static_cast<void>(must(loop.run(side->remove(gvr_of(kind), key, {}))));
}

Object TwoSides::get(const ClientPtr& side, const GroupVersionResource& gvr, const ObjectKey& key) {
  auto r = loop.run(side->get(gvr, key));
  return r ? std::move(*r) : Object();
}

void TwoSides::install() {
  kinds_ = world.inventory().kinds;
  std::set<std::string> namespaces{"capi-system", "capv-system"};
  for (const auto& o : world.objects) namespaces.emplace(kube::namespace_of(o));
  for (const auto& ns : {"", "default", "kube-system"}) namespaces.erase(ns);
  for (const auto& ns : namespaces) {
    Object o = kube::make_object("v1", "Namespace", {"", ns});
    o.ref({"metadata", "labels"}).set("pod-security.kubernetes.io/enforce", "privileged");
    put(source, o);
    if (ns != kSystem) put(target, o);
  }
  for (const auto& side : {source, target}) {
    for (const auto& crd : world.crds) put(side, make_crd(crd));
    put(side, webhooks());
    for (auto d : {deployment("capi-system", "capi-controller-manager", "cluster-api", 1),
                   deployment("capv-system", "capv-controller-manager", "infrastructure-vsphere", 2)}) {
      json::Value available = json::Object{{"type", "Available"}, {"status", "True"}};
      d.ref({"status", "conditions"}).push_back(std::move(available));
      put(side, std::move(d));
    }
  }
  for (const auto& original : world.objects) {
    Object o = original;
    const std::string placeholder(kube::uid_of(o));
    json::Value& metadata = o.ref("metadata");
    metadata.erase("uid");
    metadata.erase("managedFields");
    if (json::Value* owners = metadata.find_mut("ownerReferences"))
      for (auto& ref : owners->make_array()) ref.set("uid", uid(ref["uid"].as_string()));
    const Object created = must(loop.run(create_with_status(source, gvr_of(std::string(kube::kind_of(o))), std::move(o))));
    uids_[placeholder] = kube::uid_of(created);
    if (kube::kind_of(original) == "Provider")
      put(target, [&] {
        Object p = original;
        p.find_mut("metadata")->erase("uid");
        return p;
      }());
  }
  plan = must(loop.run(pivot::plan(source, options())));
  before = read(source);
}

pivot::Options TwoSides::options(std::string id) const {
  pivot::Options o;
  o.id = std::move(id);
  o.journal_namespace = "slipway-system";
  return o;
}

Result<pivot::Progress> TwoSides::run(pivot::Options o) {
  return loop.run(pivot::run(cut_client(source, "source", budget), cut_client(target, "target", budget), std::move(o)));
}

Result<pivot::Progress> TwoSides::rollback(pivot::Options o) {
  return loop.run(pivot::rollback(cut_client(source, "source", budget), cut_client(target, "target", budget), std::move(o)));
}

bool TwoSides::run_cut(std::size_t writes) {
  budget = std::make_shared<Budget>();
  budget->limit = writes;
  const auto done = run();
  const bool ended = !budget->dead;
  budget = std::make_shared<Budget>();
  if (ended && !done) FAIL(done.error().message());
  if (!ended) CHECK(done.error().is(Disposition::Canceled));
  return ended;
}

bool TwoSides::rollback_cut(std::size_t writes) {
  budget = std::make_shared<Budget>();
  budget->limit = writes;
  const auto done = rollback();
  const bool ended = !budget->dead;
  budget = std::make_shared<Budget>();
  if (ended && !done) FAIL(done.error().message());
  return ended;
}

std::optional<pivot::Progress> TwoSides::journal() { return must(loop.run(pivot::journal(source, target, options()))); }

Shelf TwoSides::read(const ClientPtr& side) { return must(loop.run(read_shelf(side, kinds_))); }

void TwoSides::check_now() {
  const Shelf ours = read(source), theirs = read(target);
  for (const auto& o : plan.objects) {
    const std::string key = key_of(o);
    const auto here = ours.find(key), there = theirs.find(key);
    INFO(key);
    if (o.fate != pivot::Fate::Move) CHECK(here != ours.end());
    if (o.fate == pivot::Fate::Exclude && o.kind != "Provider") CHECK(there == theirs.end());
    CHECK((here != ours.end() || there != theirs.end()));
    if (o.kind != "Cluster") continue;
    const bool user_paused = is_paused(before.at(key));
    const bool runs_here = here != ours.end() && !is_paused(here->second), runs_there = there != theirs.end() && !is_paused(there->second);
    CHECK_FALSE((runs_here && runs_there));
    if (user_paused) CHECK_FALSE((runs_here || runs_there));
  }
}

void TwoSides::check_moved() {
  const Shelf ours = read(source), theirs = read(target);
  std::map<std::string, std::string> by_uid;  // of the target
  for (const auto& [key, o] : theirs) by_uid.emplace(kube::uid_of(o), key);
  std::size_t here = 0, there = 0;
  for (const auto& o : plan.objects) {
    const std::string key = key_of(o);
    INFO(key);
    const Object& original = before.at(key);
    CHECK(ours.contains(key) == (o.fate != pivot::Fate::Move));
    CHECK(theirs.contains(key) == (o.fate != pivot::Fate::Exclude || o.kind == "Provider"));
    here += ours.contains(key) ? 1 : 0;
    there += theirs.contains(key) ? 1 : 0;
    if (ours.contains(key)) CHECK(essence(ours.at(key)) == essence(original));
    if (!theirs.contains(key) || o.kind == "Provider") continue;
    const Object& copy = theirs.at(key);
    CHECK(json::dump_canonical(essence(copy)) == json::dump_canonical(essence(original)));
    CHECK(copy["metadata"]["ownerReferences"].size() == original["metadata"]["ownerReferences"].size());
    for (const auto& ref : copy["metadata"]["ownerReferences"].array()) CHECK(by_uid.contains(ref["uid"].str()));
    CHECK(json::dump_canonical(copy["metadata"]["managedFields"]) == json::dump_canonical(original["metadata"]["managedFields"]));
    CHECK_FALSE(kube::is_deleting(copy));
  }
  CHECK(here == ours.size());
  CHECK(there == theirs.size());  // none doubled under another name
}

void TwoSides::check_undone() {
  const Shelf ours = read(source), theirs = read(target);
  CHECK(ours.size() == before.size());
  for (const auto& [key, original] : before) {
    INFO(key);
    REQUIRE(ours.contains(key));
    CHECK(json::dump_canonical(essence(ours.at(key))) == json::dump_canonical(essence(original)));
    CHECK(kube::uid_of(ours.at(key)) == kube::uid_of(original));
    CHECK(json::dump_canonical(ours.at(key)["metadata"]["managedFields"]) == json::dump_canonical(original["metadata"]["managedFields"]));
    CHECK(ours.at(key)["metadata"]["ownerReferences"] == original["metadata"]["ownerReferences"]);
  }
  for (const auto& [key, copy] : theirs) CHECK(key.starts_with("Provider "));
  CHECK(get(source, kube::res::kDeployments, {"capv-system", "capv-controller-manager"})["spec"]["replicas"].as_int() == 2);
  CHECK(get(source, kWebhooks, {"", "capi-validating-webhook-configuration"})["webhooks"][0]["failurePolicy"].as_string() == "Fail");
}

}  // namespace slipway::test
