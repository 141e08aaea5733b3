// cert-manager, in three ways. Managed: brought, unless a newer one of ours (or clusterctl's) is there; somebody else's is never taken over. External: only
// looked for. Both are proven as clusterctl proves it: an Issuer and a Certificate in a namespace of their own, which goes again when the Certificate is Ready.
// That it was proven is an annotation of what is proven (cert-manager's Deployment, or somebody else's CRD); another version is proven anew. None: there is
// nothing to bring, Slipway issues the webhooks' certificates with the providers (install.cpp).
#include "controllers/managementcluster/steps/steps.h"
#include "pkg/base/semver.h"

namespace slipway::controllers::managementcluster {
namespace {

constexpr const char* kProbeNamespace = "slipway-cert-manager-test";
constexpr std::string_view kProvenAnnotation = "slipway.dev/proven";
constexpr std::string_view kVersionAnnotation = "cert-manager.clusterctl.cluster.x-k8s.io/version";
const ObjectKey kDeployment{"cert-manager", "cert-manager"};
const ObjectKey kCrd{"", "certificates.cert-manager.io"};

// What is proven, and where that is noted.
struct Subject {
  const Gvr& gvr;
  const ObjectKey& key;
  std::string version;
};

StepPlan probe(const Input& in, Role role, const Subject& subject) {
  const ClusterView& view = view_of(in, role);
  const ObjectPtr object = view.get(subject.gvr, subject.key);
  const ObjectPtr ns = view.get(kube::res::kNamespaces, {"", kProbeNamespace});
  if (object && kube::annotation(*object, kProvenAnnotation) == subject.version) {
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
    body.ref({"metadata", "annotations", kProvenAnnotation}) = subject.version;
    return running("CertManagerProbing", "the test Certificate was issued", {Merge{role, subject.gvr, subject.key, std::move(body), {}}});
  }
  if (ns && kube::is_deleting(*ns)) return waiting("CertManagerProbing", "the namespace of an earlier test Certificate is being deleted");
  std::vector<Intent> intents;
  intents.reserve(objects.size());
  int stage = 0;
  for (const Object& one : objects) intents.push_back(Apply{role, one, stage++});
  return running("CertManagerProbing", "asking for a test Certificate", std::move(intents));
}

bool by_us_or_clusterctl(const Object& object) {
  return kube::label(object, providers::kComponentLabel) == "cert-manager" || kube::label(object, "clusterctl.cluster.x-k8s.io/core") == "cert-manager" ||
         !kube::annotation(object, kVersionAnnotation).empty();
}

// An installation of ours that was interrupted has its CRDs only.
bool somebody_elses(const ClusterView& view) {
  const ObjectPtr crd = view.get(kube::res::kCrds, kCrd);
  const ObjectPtr deployment = view.get(kube::res::kDeployments, kDeployment);
  return crd && !by_us_or_clusterctl(deployment ? *deployment : *crd);
}

// As clusterctl does, what is newer than the spec is left alone; empty where it is not.
std::string newer_than(const ClusterView& view, const std::string& wanted) {
  const ObjectPtr deployment = view.get(kube::res::kDeployments, kDeployment);
  if (!deployment) return {};
  const std::string_view installed = kube::annotation(*deployment, kVersionAnnotation);
  const bool comparable = parse_semver(installed) && parse_semver(wanted);
  return comparable && compare_versions(installed, wanted) > 0 ? std::string(installed) : std::string();
}

std::string title_of(const Input& in, Role role) { return in.env.command_line ? "the cluster" : "the " + std::string(to_string(role)) + " cluster"; }

StepPlan external(const Input& in, Role role) {
  const ClusterView& view = view_of(in, role);
  if (!view.serves(kube::res::kCertificates))
    return failed("CertManagerMissing",
                  std::string(in.env.command_line ? "the config file says that cert-manager is provisioned externally" : "certManager.mode is External") +
                      ", but " + title_of(in, role) + " serves no cert-manager.io/v1 Certificates");
  const std::string_view version = kube::label(*view.get(kube::res::kCrds, kCrd), "app.kubernetes.io/version");
  StepPlan plan = probe(in, role, {kube::res::kCrds, kCrd, version.empty() ? "external" : std::string(version)});
  if (plan.state == StepState::Done) plan.message = "cert-manager was there already, and issues certificates";
  return plan;
}

StepPlan managed(const Input& in, Role role) {
  const auto& set = in.observed.cert_manager;
  if (!set) return stuck("SourceMissing", "spec.certManager.source: name a ConfigMap with cert-manager's manifest");
  const ClusterView& view = view_of(in, role);
  if (somebody_elses(view))
    return stuck("CertManagerForeign",
                 title_of(in, role) + " has a cert-manager that neither Slipway nor clusterctl installed; it is not taken over: set " +
                     (in.env.command_line ? "cert-manager.externallyProvisioned: true in the config file" : "spec.certManager.mode to External") +
                     " to use it as it is, or remove it with its CRDs");
  if (set->components) {
    if (std::string newer = newer_than(view, set->components->version); !newer.empty()) {
      StepPlan plan = probe(in, role, {kube::res::kDeployments, kDeployment, newer});
      if (plan.state == StepState::Done)
        plan.message = "cert-manager " + newer + " issues certificates; it is newer than " + set->components->version +
                       (in.env.command_line ? ", and left alone" : " of the spec, and left alone");
      return plan;
    }
  }
  const Resolved* sets[] = {&*set};
  StepPlan plan = install(in, role, sets);
  return plan.state == StepState::Done ? probe(in, role, {kube::res::kDeployments, kDeployment, set->hash}) : plan;
}

}  // namespace

StepPlan cert_manager(const Input& in, Role role) {
  const std::string& mode = in.request.spec.certManager.mode;
  if (mode == "None")
    return skipped(in.env.command_line ? "nothing needs it"
                                       : "certManager.mode is None: Slipway issues and renews the certificates of the providers' webhooks itself");
  return mode == "External" ? external(in, role) : managed(in, role);
}

}  // namespace slipway::controllers::managementcluster
