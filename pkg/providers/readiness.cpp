#include "pkg/providers/readiness.h"

#include <algorithm>
#include <utility>

#include "pkg/base/strings.h"
#include "pkg/providers/certificates.h"

namespace slipway::providers {
namespace {

using json::Value;
using topology::Readiness;

constexpr std::size_t kMessageLimit = 400;  // bytes: an image's pull error can be pages

Readiness waiting(std::string reason, std::string message) {
  Readiness r;
  r.reason = std::move(reason);
  r.message = shorten(message, kMessageLimit);
  return r;
}
Readiness ready() {
  Readiness r;
  r.ready = true;
  return r;
}

Readiness crd_established(const kube::Object& wanted, const Look& look) {
  const kube::ObjectPtr crd = look.get(kube::res::kCrds, {"", std::string(kube::name_of(wanted))});
  if (crd && kube::condition_true(*crd, "Established")) return ready();
  std::string message = "CustomResourceDefinition " + std::string(kube::name_of(wanted)) + (crd ? " is not established yet" : " does not exist yet");
  if (crd) {
    const Value& names = kube::condition(*crd, "NamesAccepted");
    if (names["status"].as_string() == "False") message += ": " + names["message"].str();
  }
  return waiting("CRDNotEstablished", std::move(message));
}

bool selects(const Value& deployment, const kube::Object& pod) {
  const auto& labels = deployment["spec"]["selector"]["matchLabels"];
  if (labels.object().empty() || kube::namespace_of(pod) != kube::namespace_of(deployment)) return false;
  return std::ranges::all_of(labels.object(), [&](const json::Member& m) { return kube::label(pod, m.key) == m.value.as_string(); });
}

// "container manager: ImagePullBackOff: Back-off pulling image ..."; empty where the Pod tells of no trouble.
std::string trouble_of(const kube::Object& pod) {
  for (const std::string_view list : {"initContainerStatuses", "containerStatuses"})
    for (const Value& status : pod["status"][list].array()) {
      const Value& waits = status["state"]["waiting"];
      const std::string_view reason = waits["reason"].as_string();
      if (reason.empty() || reason == "ContainerCreating" || reason == "PodInitializing") continue;
      const std::string message = waits["message"].str();
      return "container " + status["name"].str() + " (" + status["image"].str() + "): " + std::string(reason) + (message.empty() ? "" : ": " + message);
    }
  for (const std::string_view type : {"PodScheduled", "Initialized", "ContainersReady", "Ready"}) {
    const Value& condition = kube::condition(pod, type);
    if (condition["status"].as_string() == "False" && !condition["message"].as_string().empty())
      return std::string(type) + " is False: " + condition["message"].str();
  }
  return {};
}

Readiness deployment_ready(const kube::Object& wanted, const Look& look) {
  const kube::ObjectKey key = kube::key_of(wanted);
  const kube::ObjectPtr live = look.get(kube::res::kDeployments, key);
  Readiness r = topology::deployment_available(live, key);
  if (r.ready || !live) return r;
  for (const kube::ObjectPtr& pod : look.list(kube::res::kPods)) {
    if (!selects(*live, *pod)) continue;
    std::string trouble = trouble_of(*pod);
    if (trouble.empty()) continue;
    const bool image = trouble.find("ImagePull") != std::string::npos || trouble.find("InvalidImageName") != std::string::npos;
    return waiting(image ? "ImagePullFailed" : "PodNotReady", kube::describe(*live) + " waits for " + kube::describe(*pod) + ", " + trouble);
  }
  return r;
}

bool has_ca(const kube::Object& live) {
  const Value& conversion = live["spec"]["conversion"];
  if (conversion["strategy"].as_string() == "Webhook" && conversion["webhook"]["clientConfig"]["caBundle"].as_string().empty()) return false;
  return std::ranges::all_of(live["webhooks"].array(), [](const Value& w) { return !w["clientConfig"]["caBundle"].as_string().empty(); });
}

Readiness ca_injected(const kube::Object& wanted, const Look& look) {
  const auto kind = kube::kind_of(wanted);
  const kube::GroupVersionResource* gvr = kind == "CustomResourceDefinition"         ? &kube::res::kCrds
                                          : kind == "ValidatingWebhookConfiguration" ? &kube::res::kValidatingWebhookConfigurations
                                          : kind == "MutatingWebhookConfiguration"   ? &kube::res::kMutatingWebhookConfigurations
                                                                                     : nullptr;
  if (gvr == nullptr) return ready();
  const kube::ObjectPtr live = look.get(*gvr, kube::key_of(wanted));
  if (live && has_ca(*live)) return ready();
  if (const auto own = asks_ca_of(wanted); !own.empty())
    return waiting("CANotInjected", kube::describe(wanted) + " waits for the CA that Slipway issues for Certificate " + std::string(own));
  return waiting("CANotInjected", kube::describe(wanted) + " waits for cert-manager to inject the CA of Certificate " +
                                      std::string(kube::annotation(wanted, kInjectAnnotation)));
}

// Counts what is asked for and keeps the first that is missing.
class Tally {
 public:
  void count(Readiness one) {
    ++total_.want;
    if (one.ready) {
      ++total_.have;
    } else if (first_.reason.empty()) {
      first_ = std::move(one);
    }
  }
  void require(Readiness one) {  // not counted
    if (!one.ready && first_.reason.empty()) first_ = std::move(one);
  }
  [[nodiscard]] Readiness result(const Components& components) && {
    const std::string who = (components.type.empty() ? components.name : components.type + " " + components.name) + " " + components.version;
    total_.ready = first_.reason.empty();
    total_.reason = total_.ready ? "ComponentsReady" : first_.reason;
    total_.message = total_.ready ? who + " is running" : who + ": " + first_.message;
    return std::move(total_);
  }

 private:
  Readiness total_;
  Readiness first_;
};

}  // namespace

Readiness crds_established(const Components& components, const Look& look) {
  Tally tally;
  for (const kube::Object& object : components.objects)
    if (kube::kind_of(object) == "CustomResourceDefinition") tally.count(crd_established(object, look));
  return std::move(tally).result(components);
}

Readiness installed(const Components& components, const Look& look) {
  Tally tally;
  for (const kube::Object& object : components.objects) {
    const auto kind = kube::kind_of(object);
    if (kind == "CustomResourceDefinition") tally.count(crd_established(object, look));
    if (kind == "Deployment") tally.count(deployment_ready(object, look));
  }
  for (const kube::Object& object : components.objects)
    if (!kube::annotation(object, kInjectAnnotation).empty() || !asks_ca_of(object).empty()) tally.require(ca_injected(object, look));
  return std::move(tally).result(components);
}

}  // namespace slipway::providers
