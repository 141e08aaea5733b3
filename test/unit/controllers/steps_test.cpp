// Every step by itself: from what was observed to what it asks for. No event loop, no time.
#include "controllers/managementcluster/steps/steps.h"

#include <set>

#include <catch2/catch_test_macros.hpp>

#include "controllers/managementcluster/steps.h"
#include "controllers/reasons.h"
#include "support.h"

using namespace slipway;
using namespace slipway::controllers;
using namespace slipway::controllers::managementcluster;
using namespace slipway::test;

TEST_CASE("preflight names the field and the Secret that is missing") {
  Fixture f;
  f.request.spec.infrastructure.credentialsSecretRef = api::LocalRef{"vsphere"};
  const StepPlan plan = preflight(f.in());
  CHECK(plan.state == StepState::Stuck);
  CHECK(plan.reason == "SecretMissing");
  CHECK(plan.message == "spec.infrastructure.credentialsSecretRef: Secret tkg-system/vsphere does not exist; create it");
  f.observed.hub.add(kube::res::kSecrets, secret(kNs, "vsphere"));
  CHECK(preflight(f.in()).state == StepState::Done);
}

TEST_CASE("preflight names a key that a Secret lacks") {
  Fixture f;
  f.request.spec.bootstrap.kubeconfigSecretRef = api::KeyRef{"boot", "config"};
  f.observed.hub.add(kube::res::kSecrets, secret(kNs, "boot"));
  CHECK(preflight(f.in()).message == "spec.bootstrap.kubeconfigSecretRef: Secret tkg-system/boot has no key \"config\"; add it");
}

TEST_CASE("preflight repeats why components cannot be used") {
  Fixture f;
  f.observed.providers[0].components.reset();
  f.observed.providers[0].reason = "InvalidComponents";
  f.observed.providers[0].message = "components.yaml: line 3: no";
  const StepPlan plan = preflight(f.in());
  CHECK(plan.reason == "InvalidComponents");
  CHECK(plan.message == "components.yaml: line 3: no");
}

TEST_CASE("preflight waits for components that are being fetched, and says first what only a person can put right") {
  Fixture f;
  Resolved& provider = f.observed.providers[0];
  provider.components.reset();
  provider.pending = true;
  provider.reason = "Fetching";
  provider.message = "fetching a";
  f.observed.cert_manager = provider;
  f.observed.cert_manager->message = "fetching b";
  StepPlan plan = preflight(f.in());
  CHECK(plan.state == StepState::Waiting);
  CHECK(plan.reason == "Fetching");
  CHECK(plan.message == "fetching b; fetching a");
  provider.reason = "FetchFailed";
  provider.message = "trying again: no";
  plan = preflight(f.in());
  CHECK(plan.state == StepState::Waiting);
  CHECK(plan.reason == "FetchFailed");
  CHECK(plan.message == "trying again: no");
  provider.pending = false;
  provider.message = "it is not there";
  plan = preflight(f.in());
  CHECK(plan.state == StepState::Stuck);
  CHECK(plan.message == "it is not there");
}

TEST_CASE("preflight lists all that does not fit together, and says nothing of what has no metadata") {
  const auto change = [](Resolved& set, const std::string& type, const std::string& name, const std::string& version) {
    providers::Components components = *set.components;
    components.type = type;
    components.name = name;
    components.version = version;
    std::erase_if(components.objects, [](const Object& o) { return kube::kind_of(o) == "CustomResourceDefinition"; });
    set.components = std::make_shared<const providers::Components>(std::move(components));
  };
  Fixture f;
  CHECK(preflight(f.in()).state == StepState::Done);
  f.observed.providers[0].metadata = providers::Metadata{{{1, 2, "v1beta1"}}};
  CHECK(preflight(f.in()).message.find("CustomResourceDefinition clusters.cluster.x-k8s.io") != std::string::npos);
  change(f.observed.providers[0], "CoreProvider", "cluster-api", "v1.2.8");
  CHECK(preflight(f.in()).state == StepState::Done);
  f.observed.providers.push_back(f.observed.providers[0]);
  change(f.observed.providers[1], "InfrastructureProvider", "vsphere", "v1.5.1");
  f.observed.providers[1].metadata = providers::Metadata{{{1, 5, "v1beta2"}}};
  f.observed.providers[0].metadata = providers::Metadata{{{1, 1, "v1beta1"}}};
  StepPlan plan = preflight(f.in());
  CHECK(plan.state == StepState::Stuck);
  CHECK(plan.reason == "IncompatibleProviders");
  CHECK(plan.message.find("CoreProvider cluster-api v1.2.8 has no series in its metadata.yaml") != std::string::npos);
  f.observed.providers[0].metadata = providers::Metadata{{{1, 2, "v1beta1"}}};
  plan = preflight(f.in());
  CHECK(plan.message.find("InfrastructureProvider vsphere v1.5.1 implements the contract v1beta2, which the core provider v1.2.8 (v1beta1) does not take") !=
        std::string::npos);
  f.observed.providers.erase(f.observed.providers.begin());  // the core provider may be there already
  CHECK(preflight(f.in()).state == StepState::Done);
}

TEST_CASE("preflight names a ConfigMap of variables that is not there") {
  Fixture f;
  f.request.spec.providers[0].variablesConfigMapRef = api::LocalRef{"values"};
  CHECK(preflight(f.in()).message == "spec.providers[0].variablesConfigMapRef: ConfigMap tkg-system/values does not exist; create it");
}

TEST_CASE("preflight refuses by name what this version cannot do") {
  Fixture f;
  f.request.spec.maintenance.emplace().windows.push_back(json::Object{});
  const StepPlan plan = preflight(f.in());
  CHECK(plan.reason == "Unsupported");
  CHECK(plan.message.starts_with("spec.maintenance.windows: "));
}

TEST_CASE("a bootstrap cluster that is not there is asked for") {
  Fixture f;
  const StepPlan plan = bootstrap_cluster(f.in());
  CHECK(plan.state == StepState::Running);
  CHECK(intent_of<EnsureBootstrap>(plan) != nullptr);
}

TEST_CASE("a bootstrap cluster is done when its caches are filled") {
  Fixture f;
  f.bootstrap_ready();
  f.observed.bootstrap.synced = false;
  CHECK(bootstrap_cluster(f.in()).state == StepState::Waiting);
  f.observed.bootstrap.synced = true;
  CHECK(bootstrap_cluster(f.in()).state == StepState::Done);
}

TEST_CASE("a bootstrap cluster that held the Cluster and is gone is never created anew") {
  Fixture f;
  f.record("bootstrap");
  const StepPlan plan = bootstrap_cluster(f.in());
  CHECK(plan.state == StepState::Stuck);
  CHECK(plan.reason == "BootstrapLost");
  CHECK(plan.intents.empty());
}

TEST_CASE("a kubeconfig in the hub without any record makes the operator ask the cluster first") {
  Fixture f;
  f.observed.hub.add(kube::res::kSecrets, secret(kNs, "tkg-mgmt-vc-kubeconfig"));
  CHECK(bootstrap_cluster(f.in()).state == StepState::Waiting);
  f.observed.target.synced = true;  // it answers, but knows of no completed move
  CHECK(bootstrap_cluster(f.in()).reason == "ClusterExists");
}

TEST_CASE("cert-manager is proven by a Certificate, whose namespace goes again") {
  Fixture f;
  f.bootstrap_ready();
  f.installed(f.observed.bootstrap);
  ClusterView& view = f.observed.bootstrap;
  Object manager = *view.get(kube::res::kDeployments, {"cert-manager", "cert-manager"});
  manager.ref({"metadata", "annotations"}).erase("slipway.dev/proven");
  view.add(kube::res::kDeployments, manager);

  StepPlan plan = cert_manager(f.in(), Role::Bootstrap);
  CHECK(applies(plan, "Issuer") != nullptr);
  CHECK(applies(plan, "Certificate")->stage > applies(plan, "Namespace")->stage);

  Object ns = kube::make_object("v1", "Namespace", {"", "slipway-cert-manager-test"});
  ns.ref({"metadata", "uid"}) = "ns-uid";
  view.add(kube::res::kNamespaces, ns);
  Object certificate = kube::make_object("cert-manager.io/v1", "Certificate", {"slipway-cert-manager-test", "selfsigned-cert"});
  view.add(kube::res::kCertificates, certificate);
  plan = cert_manager(f.in(), Role::Bootstrap);
  CHECK(plan.state == StepState::Waiting);

  view.add(kube::res::kCertificates, with_conditions(certificate, {condition("Ready", "True")}));
  plan = cert_manager(f.in(), Role::Bootstrap);
  REQUIRE(intent_of<Merge>(plan) != nullptr);

  json::merge_patch(manager, intent_of<Merge>(plan)->body);
  view.add(kube::res::kDeployments, manager);
  plan = cert_manager(f.in(), Role::Bootstrap);
  REQUIRE(intent_of<Delete>(plan) != nullptr);
  CHECK(intent_of<Delete>(plan)->uid == "ns-uid");

  view.remove(kube::res::kNamespaces, {"", "slipway-cert-manager-test"});
  CHECK(cert_manager(f.in(), Role::Bootstrap).state == StepState::Done);
}

TEST_CASE("cert-manager that is somebody else's is looked for, and proven like ours") {
  Fixture f;
  f.bootstrap_ready();
  f.request.spec.certManager.mode = "External";
  ClusterView& view = f.observed.bootstrap;
  CHECK(cert_manager(f.in(), Role::Bootstrap).reason == "CertManagerMissing");
  Object definition = crd("certificates.cert-manager.io");
  definition.ref({"metadata", "labels", "app.kubernetes.io/version"}) = "v1.12.0";
  view.add(kube::res::kCrds, definition);
  StepPlan plan = cert_manager(f.in(), Role::Bootstrap);
  CHECK(applies(plan, "Certificate") != nullptr);
  CHECK(plan.intents.size() == 3);

  Object certificate = kube::make_object("cert-manager.io/v1", "Certificate", {"slipway-cert-manager-test", "selfsigned-cert"});
  view.add(kube::res::kCertificates, with_conditions(certificate, {condition("Ready", "True")}));
  plan = cert_manager(f.in(), Role::Bootstrap);
  REQUIRE(intent_of<Merge>(plan) != nullptr);
  CHECK(intent_of<Merge>(plan)->gvr == kube::res::kCrds);
  CHECK(intent_of<Merge>(plan)->body["metadata"]["annotations"]["slipway.dev/proven"].as_string() == "v1.12.0");
  json::merge_patch(definition, intent_of<Merge>(plan)->body);
  view.add(kube::res::kCrds, definition);
  CHECK(cert_manager(f.in(), Role::Bootstrap).state == StepState::Done);

  definition.ref({"metadata", "labels", "app.kubernetes.io/version"}) = "v1.13.0";
  view.remove(kube::res::kCertificates, kube::key_of(certificate));
  view.add(kube::res::kCrds, definition);
  CHECK(cert_manager(f.in(), Role::Bootstrap).reason == "CertManagerProbing");  // another version is proven anew
}

TEST_CASE("without cert-manager nothing is brought, and it is said who issues certificates") {
  Fixture f;
  f.bootstrap_ready();
  f.request.spec.certManager.mode = "None";
  const StepPlan plan = cert_manager(f.in(), Role::Bootstrap);
  CHECK(plan.state == StepState::Skipped);
  CHECK(plan.message == "certManager.mode is None: Slipway issues and renews the certificates of the providers' webhooks itself");
}

TEST_CASE("a cert-manager that somebody else looks after is not taken over") {
  Fixture f;
  f.bootstrap_ready();
  ClusterView& view = f.observed.bootstrap;
  view.add(kube::res::kCrds, crd("certificates.cert-manager.io"));
  StepPlan plan = cert_manager(f.in(), Role::Bootstrap);
  CHECK(plan.state == StepState::Stuck);
  CHECK(plan.reason == "CertManagerForeign");
  CHECK(plan.message.find("set spec.certManager.mode to External") != std::string::npos);
  Object manager = deployment("cert-manager", "cert-manager", true);
  view.add(kube::res::kDeployments, manager);
  CHECK(cert_manager(f.in(), Role::Bootstrap).reason == "CertManagerForeign");

  SECTION("but one that clusterctl installed is") {
    manager.ref({"metadata", "annotations", "cert-manager.clusterctl.cluster.x-k8s.io/version"}) = "v1.5.0";
    view.add(kube::res::kDeployments, manager);
    plan = cert_manager(f.in(), Role::Bootstrap);
    CHECK(plan.state == StepState::Running);
    CHECK(applies(plan, "CustomResourceDefinition", "certificates.cert-manager.io") != nullptr);
  }
  SECTION("and so is an installation of ours that was interrupted before its Deployments") {
    view.remove(kube::res::kDeployments, kube::key_of(manager));
    for (const Object& object : f.observed.cert_manager->components->objects)
      if (kube::kind_of(object) == "CustomResourceDefinition") view.add(kube::res::kCrds, with_conditions(object, {condition("Established", "True")}));
    CHECK(applies(cert_manager(f.in(), Role::Bootstrap), "Deployment") != nullptr);
  }
}

TEST_CASE("a cert-manager of ours that is newer than the spec is proven and left alone") {
  Fixture f;
  f.bootstrap_ready();
  ClusterView& view = f.observed.bootstrap;
  f.installed(view);
  CHECK(cert_manager(f.in(), Role::Bootstrap).state == StepState::Done);
  Object manager = *view.get(kube::res::kDeployments, {"cert-manager", "cert-manager"});
  manager.ref({"metadata", "annotations", "cert-manager.clusterctl.cluster.x-k8s.io/version"}) = "v1.10.0";
  manager.ref({"metadata", "annotations", "slipway.dev/intent-hash"}) = "another";
  view.add(kube::res::kDeployments, manager);
  CHECK(cert_manager(f.in(), Role::Bootstrap).reason == "CertManagerProbing");
  manager.ref({"metadata", "annotations", "slipway.dev/proven"}) = "v1.10.0";
  view.add(kube::res::kDeployments, manager);
  const StepPlan plan = cert_manager(f.in(), Role::Bootstrap);
  CHECK(plan.state == StepState::Done);
  CHECK(plan.message == "cert-manager v1.10.0 issues certificates; it is newer than v1.9.1 of the spec, and left alone");

  SECTION("an older one is upgraded") {
    manager.ref({"metadata", "annotations", "cert-manager.clusterctl.cluster.x-k8s.io/version"}) = "v1.8.2";
    view.add(kube::res::kDeployments, manager);
    CHECK(applies(cert_manager(f.in(), Role::Bootstrap), "Deployment", "cert-manager") != nullptr);
  }
}

TEST_CASE("kapp-controller's settings are a Secret that comes before its Deployment") {
  Fixture f;
  f.bootstrap_ready();
  f.request.spec.proxy = api::Proxy{"http://proxy:3128", "", {"10.0.0.0/8", ".local"}};
  for (const Object& object : f.observed.kapp_controller->components->objects)
    if (kube::kind_of(object) == "CustomResourceDefinition")
      f.observed.bootstrap.add(kube::res::kCrds, with_conditions(object, {condition("Established", "True")}));
  const StepPlan plan = kapp_controller(f.in(), Role::Bootstrap);
  const Apply* config = applies(plan, "Secret", "kapp-controller-config");
  REQUIRE(config != nullptr);
  CHECK(config->object["stringData"]["httpProxy"].as_string() == "http://proxy:3128");
  CHECK(config->object["stringData"]["noProxy"].as_string() == "10.0.0.0/8,.local");
  CHECK(config->stage < applies(plan, "Deployment")->stage);
}

TEST_CASE("packages are applied, then waited for by name") {
  Fixture f;
  f.bootstrap_ready();
  f.observed.bootstrap.add(kube::res::kCrds, crd("packageinstalls.packaging.carvel.dev"));
  StepPlan plan = install_packages(f.in(), Role::Bootstrap);
  REQUIRE(applies(plan, "PackageRepository") != nullptr);
  REQUIRE(applies(plan, "PackageInstall", "tkg-pkg") != nullptr);
  CHECK(applies(plan, "ServiceAccount") != nullptr);
  CHECK(applies(plan, "Namespace", kNs) != nullptr);

  f.observed.bootstrap.add(kube::res::kNamespaces, kube::make_object("v1", "Namespace", {"", kNs}));
  f.observed.bootstrap.add(kube::res::kPackageRepositories, reconciled(applies(plan, "PackageRepository")->object));
  f.observed.bootstrap.add(kube::res::kPackageInstalls, reconciled(applies(plan, "PackageInstall")->object));
  plan = install_packages(f.in(), Role::Bootstrap);
  CHECK(plan.state == StepState::Waiting);
  CHECK(plan.message == "1/2 packages reconciled; PackageInstall tkr-service does not exist yet");
  CHECK(plan.intents.empty());

  f.observed.bootstrap.add(kube::res::kPackageInstalls, reconciled(kube::make_object("packaging.carvel.dev/v1alpha1", "PackageInstall", {kNs, "tkr-service"})));
  CHECK(install_packages(f.in(), Role::Bootstrap).state == StepState::Done);
}

TEST_CASE("a package that somebody changed is put right") {
  Fixture f;
  f.bootstrap_ready();
  f.observed.bootstrap.add(kube::res::kCrds, crd("packageinstalls.packaging.carvel.dev"));
  f.observed.bootstrap.add(kube::res::kNamespaces, kube::make_object("v1", "Namespace", {"", kNs}));
  const StepPlan first = install_packages(f.in(), Role::Bootstrap);
  f.observed.bootstrap.add(kube::res::kPackageRepositories, reconciled(applies(first, "PackageRepository")->object));
  Object changed = reconciled(applies(first, "PackageInstall")->object);
  changed.ref({"spec", "packageRef", "refName"}) = "other.example.com";
  f.observed.bootstrap.add(kube::res::kPackageInstalls, std::move(changed));
  CHECK(applies(install_packages(f.in(), Role::Bootstrap), "PackageInstall") != nullptr);
}

TEST_CASE("the release must exist, if the spec names one") {
  Fixture f;
  f.bootstrap_ready();
  CHECK(release_present(f.in()).reason == "ReleaseMissing");
  f.observed.bootstrap.add(kube::res::kTanzuKubernetesReleases, kube::make_object("run.tanzu.vmware.com/v1alpha3", "TanzuKubernetesRelease", {"", kRelease}));
  CHECK(release_present(f.in()).state == StepState::Done);
  f.request.spec.release.clear();
  CHECK(release_present(f.in()).state == StepState::Skipped);
}

TEST_CASE("before the Cluster is created, the request records it") {
  Fixture f;
  f.bootstrap_ready();
  StepPlan plan = create_cluster(f.in());
  REQUIRE(plan.intents.size() == 1);
  const auto* merge = intent_of<Merge>(plan);
  REQUIRE(merge != nullptr);
  CHECK(merge->cluster == Role::Hub);
  CHECK(merge->uid == "uid-of-request");
  CHECK(merge->body["metadata"]["annotations"]["slipway.dev/custody"].as_string() == "bootstrap");

  f.record("bootstrap");
  plan = create_cluster(f.in());
  const Apply* cluster = applies(plan, "Cluster", kName);
  REQUIRE(cluster != nullptr);
  CHECK(cluster->cluster == Role::Bootstrap);
  CHECK(cluster->object["spec"]["topology"]["class"].as_string() == "tkg-vsphere-default-v1.0.0");
  CHECK(kube::annotation(cluster->object, "TKGOperationInfo").find("2026-01-01 00:00:00 +0000 UTC") != std::string_view::npos);
}

TEST_CASE("a Cluster that is as wanted is left alone, whatever its defaults are") {
  Fixture f;
  f.bootstrap_ready();
  f.record("bootstrap");
  Object live = applies(create_cluster(f.in()), "Cluster")->object;
  live.ref({"spec", "topology", "rolloutAfter"}) = "never";
  live.ref({"metadata", "annotations", "somebody"}) = "else's";
  f.observed.bootstrap.add(kube::res::kClusters, std::move(live));
  f.observed.bootstrap.add(kube::res::kNamespaces, kube::make_object("v1", "Namespace", {"", kNs}));
  f.env.now += std::chrono::hours(5);  // the stamp of the creation does not move
  CHECK(create_cluster(f.in()).state == StepState::Done);
}

TEST_CASE("the credentials go with the Cluster, as a Secret of its name") {
  Fixture f;
  f.bootstrap_ready();
  f.record("bootstrap");
  f.request.spec.infrastructure.credentialsSecretRef = api::LocalRef{"vsphere"};
  f.observed.hub.add(kube::res::kSecrets, secret(kNs, "vsphere"));
  const StepPlan plan = create_cluster(f.in());
  const auto* copy = intent_of<CopySecret>(plan);
  REQUIRE(copy != nullptr);
  CHECK(copy->target == ObjectKey{kNs, kName});
  CHECK(copy->to == Role::Bootstrap);
}

TEST_CASE("a failed machine is told before anything that merely waits for it") {
  Fixture f;
  f.bootstrap_ready();
  Object kcp = kube::make_object("controlplane.cluster.x-k8s.io/v1beta1", "KubeadmControlPlane", {kNs, kName});
  kcp.ref({"metadata", "labels", "cluster.x-k8s.io/cluster-name"}) = kName;
  f.observed.bootstrap.add(kube::res::kKubeadmControlPlanes, with_conditions(std::move(kcp), {condition("Available", "False", "WaitingForKubeadmInit")}));
  Object machine = kube::make_object("cluster.x-k8s.io/v1beta1", "Machine", {kNs, "m-0"});
  machine.ref({"metadata", "labels", "cluster.x-k8s.io/cluster-name"}) = kName;
  machine.ref({"status", "failureMessage"}) = "resource pool not found";
  f.observed.bootstrap.add(kube::res::kMachines, std::move(machine));
  const StepPlan plan = control_plane(f.in());
  CHECK(plan.state == StepState::Failed);
  CHECK(plan.reason == "MachineFailed");
  CHECK(plan.message == "Machine tkg-system/m-0: resource pool not found");
}

TEST_CASE("the kubeconfig of the target is copied into the hub, and followed") {
  Fixture f;
  f.bootstrap_ready();
  f.record("bootstrap");
  CHECK(target_kubeconfig(f.in()).reason == "WaitingForKubeconfig");
  f.observed.bootstrap.add(kube::res::kSecrets, secret(kNs, "tkg-mgmt-vc-kubeconfig"));
  const StepPlan plan = target_kubeconfig(f.in());
  const auto* copy = intent_of<CopySecret>(plan);
  REQUIRE(copy != nullptr);
  CHECK(copy->from == Role::Bootstrap);
  CHECK(copy->to == Role::Hub);
  CHECK_FALSE(copy->owned);
  f.target_ready();
  CHECK(target_kubeconfig(f.in()).state == StepState::Done);
  f.observed.target.synced = false;
  f.observed.target.trouble = "connection refused";
  CHECK(target_kubeconfig(f.in()).message == "connection refused");
}

TEST_CASE("after the move the kubeconfig follows the target's own Secret") {
  Fixture f;
  f.target_ready();
  f.moved();
  f.observed.target.add(kube::res::kSecrets, secret(kNs, "tkg-mgmt-vc-kubeconfig", "value", "bmV3"));
  const StepPlan plan = target_kubeconfig(f.in());
  REQUIRE(intent_of<CopySecret>(plan) != nullptr);
  CHECK(intent_of<CopySecret>(plan)->from == Role::Target);
}

TEST_CASE("a kubeconfig that is lost after the move is said so, and nothing is built anew") {
  Fixture f;
  f.moved();
  const StepPlan plan = target_kubeconfig(f.in());
  CHECK(plan.state == StepState::Stuck);
  CHECK(plan.reason == "KubeconfigLost");
}

TEST_CASE("a control plane that was not told the wanted number yet is not complete") {
  Fixture f;
  f.bootstrap_ready();
  add_machines(f.observed.bootstrap, {kNs, kName});
  CHECK(ready_for_move(f.in()).state == StepState::Done);
  f.request.spec.cluster.controlPlane.replicas = 3;
  const StepPlan plan = ready_for_move(f.in());
  CHECK(plan.state == StepState::Waiting);
  CHECK(plan.reason == "ClusterUpdating");
}

TEST_CASE("the ClusterBootstrap goes to the target before the move") {
  Fixture f;
  f.bootstrap_ready();
  f.target_ready();
  f.observed.bootstrap.add(kube::res::kCrds, crd("clusterbootstraps.run.tanzu.vmware.com"));
  f.observed.target.add(kube::res::kCrds, crd("clusterbootstraps.run.tanzu.vmware.com"));
  CHECK(cluster_bootstrap(f.in()).state == StepState::Waiting);
  Object bootstrap_object = kube::make_object("run.tanzu.vmware.com/v1alpha3", "ClusterBootstrap", {kNs, kName});
  bootstrap_object.ref({"spec", "cni", "refName"}) = "antrea.tanzu.vmware.com.1.7.2";
  f.observed.bootstrap.add(kube::res::kClusterBootstraps, bootstrap_object);
  StepPlan plan = cluster_bootstrap(f.in());
  REQUIRE(applies(plan, "ClusterBootstrap") != nullptr);
  CHECK(applies(plan, "ClusterBootstrap")->cluster == Role::Target);
  f.observed.target.add(kube::res::kClusterBootstraps, applies(plan, "ClusterBootstrap")->object);
  f.observed.target.add(kube::res::kNamespaces, kube::make_object("v1", "Namespace", {"", kNs}));
  CHECK(cluster_bootstrap(f.in()).state == StepState::Done);
}

TEST_CASE("the pivot is started once both clusters answer, and reported while it runs") {
  Fixture f;
  f.bootstrap_ready();
  f.record("bootstrap");
  CHECK(pivot_forward(f.in()).reason == "PivotWaiting");
  f.target_ready();
  CHECK(intent_of<RunPivot>(pivot_forward(f.in())) != nullptr);
  f.observed.forward.running = true;
  f.observed.forward.progress.emplace();
  f.observed.forward.progress->phase = pivot::Phase::Creating;
  f.observed.forward.progress->planned = 50;
  f.observed.forward.progress->created = 7;
  const StepPlan plan = pivot_forward(f.in());
  CHECK(plan.intents.empty());
  CHECK(plan.message == "7 of 50 objects created");
}

TEST_CASE("a completed pivot is recorded before it counts as done") {
  Fixture f;
  f.bootstrap_ready();
  f.target_ready();
  f.record("bootstrap");
  f.observed.forward.progress.emplace();
  f.observed.forward.progress->phase = pivot::Phase::Completed;
  const StepPlan plan = pivot_forward(f.in());
  REQUIRE(intent_of<Merge>(plan) != nullptr);
  CHECK(intent_of<Merge>(plan)->body["metadata"]["annotations"]["slipway.dev/custody"].as_string() == "target");
  f.record("target");
  CHECK(pivot_forward(f.in()).state == StepState::Done);
}

TEST_CASE("a pivot that was undone needs a person; one that was cut is resumed") {
  Fixture f;
  f.bootstrap_ready();
  f.target_ready();
  f.record("bootstrap");
  f.observed.forward.error = Error(Disposition::Transient, "connection lost");
  StepPlan plan = pivot_forward(f.in());
  CHECK(plan.reason == "PivotRetrying");
  CHECK(intent_of<RunPivot>(plan) != nullptr);
  f.observed.forward.error = Error(Disposition::Forbidden, "403");
  f.observed.forward.progress.emplace();
  f.observed.forward.progress->phase = pivot::Phase::RolledBack;
  plan = pivot_forward(f.in());
  CHECK(plan.state == StepState::Stuck);
  CHECK(plan.intents.empty());
}

TEST_CASE("after the move the Cluster on the target follows the spec and carries tanzu's annotations") {
  Fixture f;
  f.target_ready();
  f.moved();
  CHECK(cluster_annotations(f.in()).reason == "ClusterMissing");
  f.observed.target.add(kube::res::kClusters, kube::make_object("cluster.x-k8s.io/v1beta1", "Cluster", {kNs, kName}));
  Object klass = kube::make_object("cluster.x-k8s.io/v1beta1", "ClusterClass", {kNs, "tkg-vsphere-default-v1.0.0"});
  klass.ref({"metadata", "labels", "kapp.k14s.io/app"}) = "1";
  f.observed.target.add(kube::res::kClusterClasses, klass);
  const StepPlan plan = cluster_annotations(f.in());
  REQUIRE(applies(plan, "Cluster") != nullptr);
  CHECK(applies(plan, "Cluster")->cluster == Role::Target);
  CHECK(kube::annotation(applies(plan, "Cluster")->object, "TKGVERSION") == "v2.1.0");
  CHECK(kube::annotation(applies(plan, "Cluster")->object, "edition") == "tkg");
  REQUIRE(intent_of<Merge>(plan) != nullptr);
  CHECK(intent_of<Merge>(plan)->body["metadata"]["labels"]["kapp.k14s.io/app"].is_null());
}

TEST_CASE("the bootstrap cluster is taken down only when the move is recorded") {
  Fixture f;
  f.bootstrap_ready();
  f.target_ready();
  f.record("bootstrap");
  CHECK(self_destruct(f.in()).intents.empty());
  f.record("target");
  const StepPlan plan = self_destruct(f.in());
  REQUIRE(intent_of<DestroyBootstrap>(plan) != nullptr);
  CHECK(intent_of<DestroyBootstrap>(plan)->guard == DestroyBootstrap::Guard::MoveCompleted);
  f.observed.bootstrap_state = {};
  CHECK(self_destruct(f.in()).state == StepState::Done);
}

TEST_CASE("a bootstrap cluster stays where retain says so, or where it is not ours") {
  Fixture f;
  f.bootstrap_ready();
  f.record("target");
  f.request.spec.bootstrap.retain = "Always";
  CHECK(self_destruct(f.in()).reason == "Retained");
  f.observed.bootstrap_disposable = false;
  CHECK(self_destruct(f.in()).reason == "NotDisposable");
}

TEST_CASE("while objects are being moved, nothing before the pivot is looked at") {
  Fixture f;
  f.bootstrap_ready();  // its providers are scaled to zero: none is installed as far as the views tell
  f.target_ready();
  f.record("bootstrap");
  f.observed.forward.running = true;
  const Walk walk_ = walk(creation_steps(), f.in());
  CHECK(creation_steps()[walk_.current].info.name == "pivot");
}

TEST_CASE("after self-destruct the flow is complete without a bootstrap cluster") {
  Fixture f;
  f.target_ready();
  f.moved();
  f.installed(f.observed.target);
  auto& target = f.observed.target;
  target.add(kube::res::kPackageRepositories, reconciled(applies(install_packages(f.in(), Role::Target), "PackageRepository")->object));
  target.add(kube::res::kPackageInstalls, reconciled(applies(install_packages(f.in(), Role::Target), "PackageInstall")->object));
  target.add(kube::res::kPackageInstalls, reconciled(kube::make_object("packaging.carvel.dev/v1alpha1", "PackageInstall", {kNs, "tkr-service"})));
  target.add(kube::res::kDeployments, deployment("kube-system", "antrea-controller", true));
  target.add(kube::res::kClusters, kube::make_object("cluster.x-k8s.io/v1beta1", "Cluster", {kNs, kName}));
  target.add(kube::res::kClusters, ready_cluster(applies(cluster_annotations(f.in()), "Cluster")->object));
  target.add(kube::res::kSecrets, secret(kNs, "tkg-mgmt-vc-kubeconfig"));
  add_machines(target, {kNs, kName});
  const Walk walk_ = walk(creation_steps(), f.in());
  CAPTURE(walk_.current < walk_.plans.size() ? std::string(creation_steps()[walk_.current].info.name) + ": " + walk_.plans[walk_.current].message : "");
  CHECK(walk_.finished());

  SECTION("a change of the spec is noticed and lands on the target") {
    f.request.spec.cluster.controlPlane.replicas = 3;
    const Walk again = walk(creation_steps(), f.in());
    REQUIRE_FALSE(again.finished());
    CHECK(creation_steps()[again.current].info.name == "annotate-cluster");
    const Apply* cluster = applies(again.plans[again.current], "Cluster");
    REQUIRE(cluster != nullptr);
    CHECK(cluster->object["spec"]["topology"]["controlPlane"]["replicas"].as_int() == 3);
  }
  SECTION("a worker that fails is noticed") {
    Object machine = kube::make_object("cluster.x-k8s.io/v1beta1", "Machine", {kNs, "tkg-mgmt-vc-1"});
    machine.ref({"metadata", "labels", "cluster.x-k8s.io/cluster-name"}) = kName;
    machine.ref({"status", "failureMessage"}) = "gone";
    target.add(kube::res::kMachines, std::move(machine));
    const Walk again = walk(creation_steps(), f.in());
    REQUIRE_FALSE(again.finished());
    CHECK(again.plans[again.current].state == StepState::Failed);
  }
}

TEST_CASE("mode Plan says what would be done, in the words of the table") {
  Fixture f;
  const auto lines = plan_lines(f.in());
  REQUIRE(lines.size() > 15);
  CHECK(lines[1] == "Create the bootstrap cluster: simulated");
  CHECK(std::ranges::find(
            lines, "Create the Cluster: tkg-system/tkg-mgmt-vc, class tkg-vsphere-default-v1.0.0, v1.24.9+vmware.1, 1 control plane machines and 1 workers") !=
        lines.end());
}

TEST_CASE("every step has a name of its own") {
  std::set<std::string_view> names;
  for (const auto& step : creation_steps()) CHECK(names.insert(step.info.name).second);
}
