#include "pkg/simcloud/machine_parts.h"

#include <algorithm>

#include "pkg/simcloud/objects.h"

namespace slipway::simcloud {
namespace {

std::string kind_of_template(const json::Value& reference) {
  std::string kind = reference["kind"].str();
  if (kind.ends_with("Template")) kind.resize(kind.size() - std::string_view("Template").size());
  return kind;
}

// The Machine as it is on the server: its UID is needed for the owner references of its parts.
Awaitable<Result<Object>> create_machine(Env env, Object machine) {
  const ObjectKey key = kube::key_of(machine);
  auto created = co_await env.client().create(res::kMachines, std::move(machine), write_as("manager"));
  if (created || !created.error().is(Disposition::AlreadyExists)) co_return created;
  co_return co_await env.client().get(res::kMachines, key);
}

Object make_part(const Object& machine, std::string_view api_version, std::string_view kind, json::Value spec) {
  Object part = kube::make_object(api_version, kind, kube::key_of(machine));
  part.ref({"metadata", "labels"}) = machine["metadata"]["labels"];
  add_owner(part, machine, true);
  part.set("spec", spec.is_object() ? std::move(spec) : json::Value(json::Object()));
  return part;
}

Awaitable<Result<json::Value>> template_spec(Env env, std::string ns, json::Value reference) {
  auto found = co_await env.client().get(gvr_of_reference(reference), {std::move(ns), reference["name"].str()});
  if (!found) co_return fail(std::move(found).error());
  co_return (*found)["spec"]["template"]["spec"];
}

}  // namespace

Awaitable<Status> ensure_machine(Env env, MachineRequest request) {
  const std::string ns(kube::namespace_of(*request.owner));
  const std::string infra_kind = kind_of_template(request.infra_template);
  const json::Value infra_version = request.infra_template["apiVersion"];
  auto infra_spec = co_await template_spec(env, ns, request.infra_template);
  if (!infra_spec) co_return fail(std::move(infra_spec).error());
  json::Value bootstrap_spec = request.bootstrap_spec;
  if (request.bootstrap_template.is_object()) {
    auto spec = co_await template_spec(env, ns, request.bootstrap_template);
    if (!spec) co_return fail(std::move(spec).error());
    bootstrap_spec = std::move(*spec);
  }
  Object machine = kube::make_object("cluster.x-k8s.io/v1beta1", "Machine", {ns, request.name});
  machine.ref({"metadata", "labels"}) = request.labels;
  add_owner(machine, *request.owner, true);
  json::Value config_ref =
      object_of({{"apiVersion", "bootstrap.cluster.x-k8s.io/v1beta1"}, {"kind", "KubeadmConfig"}, {"name", request.name}, {"namespace", ns}});
  machine.set("spec",
              object_of({{"clusterName", request.cluster},
                         {"version", request.version},
                         {"bootstrap", object_of({{"configRef", std::move(config_ref)}})},
                         {"infrastructureRef", object_of({{"apiVersion", infra_version}, {"kind", infra_kind}, {"name", request.name}, {"namespace", ns}})}}));
  auto made = co_await create_machine(env, std::move(machine));
  if (!made) co_return fail(std::move(made).error());
  if (kube::is_deleting(*made)) co_return Status{};
  const auto config = co_await create(env, kKubeadmConfigs, make_part(*made, "bootstrap.cluster.x-k8s.io/v1beta1", "KubeadmConfig", std::move(bootstrap_spec)));
  if (!config) co_return fail(config.error());
  Object infra = make_part(*made, infra_version.as_string(), infra_kind, std::move(*infra_spec));
  infra.ref({"metadata", "annotations", "cluster.x-k8s.io/cloned-from-name"}) = request.infra_template["name"];
  const Gvr infra_gvr = gvr_of_reference(infra);
  const auto infra_made = co_await create(env, infra_gvr, std::move(infra));
  if (!infra_made) co_return fail(infra_made.error());
  co_return Status{};
}

bool lacks_parts(Env env, const Object& machine) {
  const ObjectKey key = kube::key_of(machine);
  const json::Value& infra = machine["spec"]["infrastructureRef"];
  return !env.get(kKubeadmConfigs, key) || !env.get(gvr_of_reference(infra), {key.ns, infra["name"].str()});
}

std::string free_machine_name(const Object& owner, const std::vector<ObjectPtr>& machines) {
  for (std::size_t i = 0;; ++i) {
    std::string name = suffixed(kube::name_of(owner), std::string(kube::name_of(owner)) + "/" + std::to_string(i));
    if (std::ranges::none_of(machines, [&](const ObjectPtr& machine) { return kube::name_of(*machine) == name; })) return name;
  }
}

bool has_node(const Object& machine) noexcept { return machine["status"]["nodeRef"].is_object(); }

ObjectPtr most_dispensable(const std::vector<ObjectPtr>& machines) {
  const auto worth_less = [](const ObjectPtr& a, const ObjectPtr& b) {
    if (has_node(*a) != has_node(*b)) return !has_node(*a);
    const auto age_a = (*a)["metadata"]["creationTimestamp"].as_string();
    const auto age_b = (*b)["metadata"]["creationTimestamp"].as_string();
    if (age_a != age_b) return age_a > age_b;
    return kube::name_of(*a) > kube::name_of(*b);
  };
  const auto found = std::ranges::min_element(machines, worth_less);
  return found == machines.end() ? nullptr : *found;
}

void write_machines_ready(Env env, Object& owner, const std::vector<ObjectPtr>& machines) {
  const Object* worst = nullptr;
  for (const ObjectPtr& machine : machines) {
    if (kube::condition_true(*machine, "Ready")) continue;
    if (worst == nullptr || kube::condition(*machine, "Ready")["severity"].as_string() == "Error") worst = machine.get();
  }
  if (worst == nullptr) return set_true(env, owner, "MachinesReady");
  const json::Value& ready = kube::condition(*worst, "Ready");
  std::string message = "Machine " + std::string(kube::name_of(*worst));
  if (!ready["message"].as_string().empty()) message += ": " + ready["message"].str();
  set_false(env, owner, "MachinesReady", ready["reason"].as_string("WaitingForMachine"), ready["severity"].as_string("Info"), message);
}

}  // namespace slipway::simcloud
