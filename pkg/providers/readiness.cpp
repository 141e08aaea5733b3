#include "pkg/providers/providers.h"

namespace slipway::providers {

topology::Readiness installed(const Components& components, const Lookup& lookup) {
  topology::Readiness total;
  topology::Readiness first;
  const auto count = [&](topology::Readiness one) {
    ++total.want;
    if (one.ready) {
      ++total.have;
    } else if (first.reason.empty()) {
      first = std::move(one);
    }
  };
  for (const kube::Object& object : components.objects) {
    const auto kind = kube::kind_of(object);
    if (kind == "CustomResourceDefinition") {
      const kube::ObjectPtr crd = lookup(kube::res::kCrds, {"", std::string(kube::name_of(object))});
      topology::Readiness one;
      one.ready = crd && kube::condition_true(*crd, "Established");
      one.reason = "CRDNotEstablished";
      one.message = "CustomResourceDefinition " + std::string(kube::name_of(object)) + (crd ? " is not established yet" : " does not exist yet");
      count(std::move(one));
    } else if (kind == "Deployment") {
      const kube::ObjectKey key = kube::key_of(object);
      count(topology::deployment_available(lookup(kube::res::kDeployments, key), key));
    }
  }
  total.ready = total.have == total.want;
  total.reason = total.ready ? "ComponentsReady" : first.reason;
  const std::string who = components.type.empty() ? components.name : components.type + " " + components.name;
  total.message = total.ready ? who + " " + components.version + " is running" : who + " " + components.version + ": " + first.message;
  return total;
}

}  // namespace slipway::providers
