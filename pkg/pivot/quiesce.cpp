// The source's provider controllers, taken out of the game: their webhooks made optional (a webhook without pods would refuse our own writes), then their
// Deployments scaled to zero and their pods gone. What was before is in the journal first; wake() puts it back.
#include <algorithm>

#include "pkg/pivot/detail/move.h"
#include "pkg/pivot/names.h"

namespace slipway::pivot::detail {
namespace {

const kube::GroupVersionResource kValidating{"admissionregistration.k8s.io", "v1", "validatingwebhookconfigurations", false};
const kube::GroupVersionResource kMutating{"admissionregistration.k8s.io", "v1", "mutatingwebhookconfigurations", false};
constexpr std::string_view kFail = "Fail";  // also the default

struct Providers {
  std::vector<kube::Object> deployments;
  std::vector<std::pair<kube::GroupVersionResource, kube::Object>> webhooks;
};

Awaitable<Result<Providers>> providers_of(SidePtr side) {
  Providers out;
  Result<kube::ListResult> deployments = co_await side->list(kube::res::kDeployments, std::string(kProviderLabel));
  if (!deployments) co_return fail(std::move(deployments).error());
  out.deployments = std::move(deployments->items);
  for (const auto& gvr : {kValidating, kMutating}) {
    Result<kube::ListResult> listed = co_await side->list(gvr, std::string(kProviderLabel));
    if (!listed) co_return fail(std::move(listed).error());
    for (auto& item : listed->items) out.webhooks.emplace_back(gvr, std::move(item));
  }
  co_return out;
}

std::string webhook_key(const kube::GroupVersionResource& gvr, const kube::Object& config) { return gvr.resource + "/" + std::string(kube::name_of(config)); }

std::vector<std::string> failing_webhooks(const kube::Object& config) {
  std::vector<std::string> names;
  for (const auto& webhook : config["webhooks"].array())
    if (webhook["failurePolicy"].as_string(kFail) == kFail) names.push_back(webhook["name"].str());
  return names;
}

bool record(Journal& journal, const Providers& providers) {
  const Journal before = journal;
  journal.quiesced = true;
  for (const auto& d : providers.deployments) {
    const json::Value& replicas = d["spec"]["replicas"];
    if (replicas.as_int(1) != 0) journal.replicas.emplace(kube::key_of(d).to_string(), replicas.is_null() ? -1 : replicas.as_int(1));
  }
  for (const auto& [gvr, config] : providers.webhooks) {
    auto names = failing_webhooks(config);
    if (!names.empty()) journal.policies.emplace(webhook_key(gvr, config), std::move(names));
  }
  return !(journal == before);
}

// The whole list, since a merge patch cannot name an element; with the resourceVersion, since others write CA bundles into it.
json::Value policy_patch(const kube::Object& config, const std::vector<std::string>& names, std::string_view policy) {
  json::Value webhooks = config["webhooks"];
  for (auto& webhook : webhooks.make_array())
    if (std::ranges::find(names, webhook["name"].as_string()) != names.end()) webhook.set("failurePolicy", policy);
  json::Value patch;
  patch.ref("metadata").set("uid", kube::uid_of(config));
  patch.ref("metadata").set("resourceVersion", kube::resource_version_of(config));
  patch.set("webhooks", std::move(webhooks));
  return patch;
}

Awaitable<Status> set_policy(SidePtr side, kube::GroupVersionResource gvr, std::string name, std::vector<std::string> webhooks, std::string policy) {
  for (int attempt = 0;; ++attempt) {
    Result<kube::Object> config = co_await side->get(gvr, {"", name});
    if (!config && config.error().is(Disposition::NotFound)) co_return Status();
    if (!config) co_return fail(std::move(config).error());
    Result<kube::Object> patched = co_await side->patch(gvr, {"", name}, policy_patch(*config, webhooks, policy));
    if (patched || patched.error().is(Disposition::NotFound)) co_return Status();
    if (!patched.error().is(Disposition::Conflict) || attempt == kMaxRounds) co_return fail(std::move(patched).error());
  }
}

Awaitable<Status> set_policies(MovePtr move, std::string policy) {
  const auto policies = move->journal.policies;
  for (const auto& [key, webhooks] : policies) {
    const auto slash = key.find('/');
    const auto gvr = key.substr(0, slash) == kValidating.resource ? kValidating : kMutating;
    Status done = co_await set_policy(move->source, gvr, key.substr(slash + 1), webhooks, policy);
    if (!done) co_return fail(std::move(done).error().in("setting failurePolicy " + policy + " on the source"));
  }
  co_return Status();
}

Awaitable<Status> scale(SidePtr side, std::string key, json::Value replicas) {
  const auto slash = key.find('/');
  json::Value patch;
  patch.ref("spec").set("replicas", std::move(replicas));
  Result<kube::Object> scaled = co_await side->patch(kube::res::kDeployments, {key.substr(0, slash), key.substr(slash + 1)}, std::move(patch));
  if (!scaled && !scaled.error().is(Disposition::NotFound)) co_return fail(std::move(scaled).error().in("scaling a provider on the source"));
  co_return Status();
}

std::string still_running(const Objects& deployments) {
  for (const auto& [key, d] : deployments)
    if (d["spec"]["replicas"].as_int(1) == 0 && d["status"]["replicas"].as_int() != 0)
      return "waiting for the pods of Deployment " + key.to_string() + " on the source to end";
  return {};
}

std::string any_pod(const Objects& pods) {
  return pods.empty() ? std::string() : "waiting for Pod " + pods.begin()->first.to_string() + " on the source to end";
}

std::string selector_of(const kube::Object& deployment) {
  std::string out;
  for (const auto& member : deployment["spec"]["selector"]["matchLabels"].object())
    out.append(out.empty() ? "" : ",").append(member.key).append("=").append(member.value.as_string());
  return out;
}

}  // namespace

Awaitable<Status> quiesce(MovePtr move) {
  Result<Providers> providers = co_await providers_of(move->source);
  if (!providers) co_return fail(std::move(providers).error());
  if (record(move->journal, *providers)) {
    Status saved = co_await save_journal(move);
    if (!saved) co_return saved;
  }
  Status optional = co_await set_policies(move, "Ignore");
  if (!optional) co_return optional;
  for (const auto& d : providers->deployments) {
    if (d["spec"]["replicas"].as_int(1) == 0) continue;
    Status scaled = co_await scale(move->source, kube::key_of(d).to_string(), 0);
    if (!scaled) co_return scaled;
  }
  const async::Deadline deadline = min(move->deadline, move->source->clock().after(kQuiesceTimeout));
  Status ended = co_await wait_until(move->source, {kube::res::kDeployments, "", std::string(kProviderLabel)}, still_running, deadline);
  if (!ended) co_return ended;
  for (const auto& d : providers->deployments) {
    const std::string selector = selector_of(d);
    if (selector.empty()) continue;
    Status gone = co_await wait_until(move->source, {kube::res::kPods, std::string(kube::namespace_of(d)), selector}, any_pod, deadline);
    if (!gone) co_return gone;
  }
  co_return Status();
}

Awaitable<Status> wake(MovePtr move) {
  const auto replicas = move->journal.replicas;
  for (const auto& [key, before] : replicas) {
    Status scaled = co_await scale(move->source, key, before < 0 ? json::Value() : json::Value(before));
    if (!scaled) co_return scaled;
  }
  Status restored = co_await set_policies(move, std::string(kFail));
  co_return restored;
}

}  // namespace slipway::pivot::detail
