// cert-manager, proven as clusterctl proves it: an Issuer and a Certificate in a namespace of their own, which goes again when the Certificate is Ready. That
// it was proven is an annotation of cert-manager's Deployment; another version is proven anew.
#include "controllers/managementcluster/steps/steps.h"

namespace slipway::controllers::managementcluster {
namespace {

constexpr const char* kProbeNamespace = "cert-manager-test";
constexpr std::string_view kProvenAnnotation = "slipway.dev/proven";
const ObjectKey kDeployment{"cert-manager", "cert-manager"};

StepPlan probe(const Input& in, Role role, const std::string& version) {
  const ClusterView& view = view_of(in, role);
  const ObjectPtr deployment = view.get(kube::res::kDeployments, kDeployment);
  const ObjectPtr ns = view.get(kube::res::kNamespaces, {"", kProbeNamespace});
  if (deployment && kube::annotation(*deployment, kProvenAnnotation) == version) {
    // Kubernetes takes some seconds to empty a namespace; nobody needs to wait for it.
    if (!ns || kube::is_deleting(*ns)) return done("ComponentsReady", "cert-manager issues certificates");
    return running("CertManagerProbing", "deleting the test Certificate",
                   {Delete{role, kube::res::kNamespaces, {"", kProbeNamespace}, std::string(kube::uid_of(*ns))}});
  }
  const std::vector<Object> objects = providers::cert_manager_probe();
  for (const ObjectPtr& certificate : view.list(kube::res::kCertificates)) {
    if (kube::namespace_of(*certificate) != kProbeNamespace) continue;
    if (!kube::condition_true(*certificate, "Ready")) {
      const json::Value& ready = kube::condition(*certificate, "Ready");
      return waiting("CertManagerProbing",
                     "the test Certificate is not Ready yet" + (ready["message"].as_string().empty() ? "" : ": " + ready["message"].str()));
    }
    json::Value body;
    body.ref({"metadata", "annotations", kProvenAnnotation}) = version;
    return running("CertManagerProbing", "the test Certificate was issued", {Merge{role, kube::res::kDeployments, kDeployment, std::move(body), {}}});
  }
  if (ns && kube::is_deleting(*ns)) return waiting("CertManagerProbing", "the namespace of an earlier test Certificate is being deleted");
  std::vector<Intent> intents;
  int stage = 0;
  for (const Object& object : objects) intents.push_back(Apply{role, object, stage++});
  return running("CertManagerProbing", "asking for a test Certificate", std::move(intents));
}

}  // namespace

StepPlan cert_manager(const Input& in, Role role) {
  const std::string& mode = in.request.spec.certManager.mode;
  if (mode == "None") return skipped("certManager.mode is None");
  if (mode == "External") {
    if (view_of(in, role).serves(kube::res::kCertificates)) return done("ComponentsReady", "cert-manager is there already");
    return failed("CertManagerMissing",
                  "certManager.mode is External, but the " + std::string(to_string(role)) + " cluster serves no cert-manager.io/v1 Certificates");
  }
  const auto& set = in.observed.cert_manager;
  if (!set) return stuck("SourceMissing", "spec.certManager.source: name a ConfigMap with cert-manager's manifest");
  const Resolved* sets[] = {&*set};
  StepPlan plan = install(in, role, sets);
  return plan.state == StepState::Done && in.env.wait ? probe(in, role, set->hash) : plan;
}

}  // namespace slipway::controllers::managementcluster
