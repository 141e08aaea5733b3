// Flux and Argo CD on the source: who applies moved objects from git is refused, suspended with its state from before in the journal, or let be.
#include "pkg/pivot/detail/gitops.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include "test/unit/pivot/two_sides.h"

namespace slipway {
namespace {

using namespace test;
using Catch::Matchers::ContainsSubstring;
using pivot::detail::marks_of;
using pivot::detail::Tool;

const kube::GroupVersionResource kKustomizations{"kustomize.toolkit.fluxcd.io", "v1", "kustomizations", true};
const kube::GroupVersionResource kReleases{"helm.toolkit.fluxcd.io", "v2", "helmreleases", true};
const kube::GroupVersionResource kApplications{"argoproj.io", "v1alpha1", "applications", true};
const kube::ObjectKey kClusters{"flux-system", "clusters"}, kClasses{"flux-system", "classes"}, kApp{"argocd", "machines"}, kChart{"argocd", "chart"};

World marked_world() {
  World w = small_world();
  json::Value& labels = w.at("Cluster", kCluster).ref({"metadata", "labels"});
  labels.set("kustomize.toolkit.fluxcd.io/name", "clusters");
  labels.set("kustomize.toolkit.fluxcd.io/namespace", "flux-system");
  json::Value& release = w.at("ClusterClass", "tkg-vsphere-default-v1.0.0").ref({"metadata", "labels"});
  release.set("helm.toolkit.fluxcd.io/name", "classes");
  release.set("helm.toolkit.fluxcd.io/namespace", "flux-system");
  w.at("VSphereCluster", kCluster)
      .ref({"metadata", "annotations"})
      .set("argocd.argoproj.io/tracking-id", "machines:infrastructure.cluster.x-k8s.io/VSphereCluster:tkg-system/tkg-mgmt-vc");
  w.at("KubeadmControlPlane", kCluster + "-kcp").ref({"metadata", "labels"}).set("app.kubernetes.io/instance", "chart");
  w.at("Secret", kCluster + "-ca").ref({"metadata", "labels"}).set("app.kubernetes.io/instance", "a-plain-helm-release");
  return w;
}

struct GitOpsSides : QuietMove {
  TwoSides sides{marked_world()};
  pivot::Options options = sides.options();

  GitOpsSides() {
    for (const auto& [group, kind, plural, version] :
         {std::tuple("kustomize.toolkit.fluxcd.io", "Kustomization", "kustomizations", "v1"),
          std::tuple("helm.toolkit.fluxcd.io", "HelmRelease", "helmreleases", "v2"), std::tuple("argoproj.io", "Application", "applications", "v1alpha1")})
      sides.put(sides.source, make_crd({group, kind, plural, true, {version}, {}}));
    for (const auto* ns : {"flux-system", "argocd"}) sides.put(sides.source, kube::make_object("v1", "Namespace", {"", ns}));
    add(kKustomizations, "Kustomization", kClusters, json::Object{{"interval", "1m"}});
    add(kReleases, "HelmRelease", kClasses, json::Object{{"suspend", false}});
    add(kApplications, "Application", kApp, automated());
    add(kApplications, "Application", kChart, json::Object{{"syncPolicy", json::Object{{"automated", json::Object()}}}});
  }
  static json::Value automated() {
    json::Value spec;
    spec.ref({"syncPolicy", "automated"}) = json::Object{{"prune", true}, {"selfHeal", true}};
    spec.ref({"syncPolicy", "syncOptions"}).push_back("CreateNamespace=true");
    return spec;
  }
  void add(const kube::GroupVersionResource& gvr, const std::string& kind, const kube::ObjectKey& key, json::Value spec) {
    Object object = kube::make_object(gvr.group + "/" + gvr.version, kind, key);
    object.set("spec", std::move(spec));
    REQUIRE(sides.loop.run(sides.source->create(gvr, std::move(object), {})).has_value());
  }
  [[nodiscard]] json::Value spec(const kube::GroupVersionResource& gvr, const kube::ObjectKey& key) { return sides.get(sides.source, gvr, key)["spec"]; }
  void check_suspended() {
    CHECK(spec(kKustomizations, kClusters)["suspend"].as_bool());
    CHECK(spec(kReleases, kClasses)["suspend"].as_bool());
    CHECK(spec(kApplications, kApp)["syncPolicy"]["automated"].is_null());
    CHECK(spec(kApplications, kApp)["syncPolicy"]["syncOptions"].size() == 1);
    CHECK(spec(kApplications, kChart)["syncPolicy"]["automated"].is_null());
  }
  void check_at_work() {
    CHECK_FALSE(spec(kKustomizations, kClusters).contains("suspend"));
    CHECK(json::dump(spec(kReleases, kClasses)["suspend"]) == "false");
    CHECK(spec(kApplications, kApp) == automated());
    CHECK(spec(kApplications, kChart)["syncPolicy"]["automated"].is_object());
  }
};

}  // namespace

TEST_CASE("the marks of Flux and Argo CD name who applies an object") {
  Object o = kube::make_object("v1", "Secret", {"a", "b"});
  CHECK(marks_of(o).empty());
  o.ref({"metadata", "labels"}).set("kustomize.toolkit.fluxcd.io/name", "k");
  CHECK(marks_of(o).empty());  // half of a mark is none
  o.ref({"metadata", "labels"}).set("kustomize.toolkit.fluxcd.io/namespace", "ns");
  o.ref({"metadata", "annotations"}).set("argocd.argoproj.io/tracking-id", "team_app:apps/Deployment:a/b");
  const auto marks = marks_of(o);
  REQUIRE(marks.size() == 2);
  CHECK((marks[0].tool == Tool::Kustomization && marks[0].key == kube::ObjectKey{"ns", "k"}));
  CHECK((marks[1].tool == Tool::Application && marks[1].key == kube::ObjectKey{"team", "app"}));
}

TEST_CASE_METHOD(GitOpsSides, "a move refuses while Flux or Argo CD applies what moves, naming who and what, and touches nothing") {
  const std::string said = error_of(sides.run(options));
  CHECK_THAT(said, ContainsSubstring("Kustomization flux-system/clusters applies Cluster tkg-system/tkg-mgmt-vc"));
  CHECK_THAT(said, ContainsSubstring("HelmRelease flux-system/classes applies ClusterClass"));
  CHECK_THAT(said, ContainsSubstring("Application argocd/machines applies VSphereCluster"));
  CHECK_THAT(said, ContainsSubstring("Application argocd/chart applies KubeadmControlPlane"));
  CHECK_THAT(said, ContainsSubstring("gitOps: Suspend"));
  CHECK_THAT(said, !ContainsSubstring("a-plain-helm-release"));
  CHECK_FALSE(sides.journal());
  check_at_work();
}

TEST_CASE_METHOD(GitOpsSides, "what people have suspended themselves is no reason to refuse, and stays as they left it") {
  json::Value suspended, manual;
  suspended.ref({"spec", "suspend"}) = true;
  manual.ref({"spec", "syncPolicy", "automated"}) = json::Value();
  for (const auto& [gvr, key] : {std::pair(kKustomizations, kClusters), std::pair(kReleases, kClasses)})
    REQUIRE(sides.loop.run(sides.source->patch(gvr, key, kube::PatchType::Merge, suspended, {})));
  for (const auto& key : {kApp, kChart}) REQUIRE(sides.loop.run(sides.source->patch(kApplications, key, kube::PatchType::Merge, manual, {})));
  const auto done = sides.run(options);
  if (!done) FAIL(done.error().message());
  CHECK(done->suspended.empty());
  sides.check_moved();
}

TEST_CASE_METHOD(GitOpsSides, "told to, a move suspends who applies what moves before it pauses anything, and they stay so after it, reported") {
  options.gitops = pivot::GitOps::Suspend;
  std::vector<std::string> patched;
  sides.source_server.on_request([&patched](const kubesim::RequestRecord& r) {
    if (r.verb == "patch" && patched.size() < 4) patched.push_back(r.resource);
  });
  const auto done = sides.run(options);
  if (!done) FAIL(done.error().message());
  CHECK(patched == std::vector<std::string>{"kustomizations", "helmreleases", "applications", "applications"});
  CHECK(done->suspended == std::vector<std::string>{"Application argocd/chart", "Application argocd/machines", "HelmRelease flux-system/classes",
                                                    "Kustomization flux-system/clusters"});
  check_suspended();
  sides.check_moved();  // the marks travel with the objects
}

TEST_CASE_METHOD(GitOpsSides, "killed after any of its first writes and undone, a move leaves who applies objects as they were") {
  options.gitops = pivot::GitOps::Suspend;
  for (std::size_t k = 0; k < 30; ++k) {
    INFO("killed after write " << k);
    options.id = "m" + std::to_string(k);
    sides.budget = std::make_shared<Budget>();
    sides.budget->limit = k;
    static_cast<void>(sides.run(options));
    sides.budget = std::make_shared<Budget>();
    const auto undone = sides.rollback(options);
    if (!undone) FAIL(undone.error().message());
    CHECK(undone->suspended.empty());
    check_at_work();
    sides.check_undone();
    log_lines.clear();
  }
}

TEST_CASE_METHOD(GitOpsSides, "one that is switched on again under the move is suspended again, and an undo gives it what it had last") {
  options.gitops = pivot::GitOps::Suspend;
  json::Value on;
  on.ref({"spec", "suspend"}) = false;
  sides.budget->limit = 18;
  static_cast<void>(sides.run(options));
  sides.budget = std::make_shared<Budget>();
  check_suspended();
  REQUIRE(sides.loop.run(sides.source->patch(kKustomizations, kClusters, kube::PatchType::Merge, on, {})));
  json::Value unpaused;  // as its next reconcile does
  unpaused.ref({"spec", "paused"}) = false;
  sides.patch(sides.source, "Cluster", {kSystem, kCluster}, unpaused);
  const auto done = sides.run(options);
  if (!done) FAIL(done.error().message());
  check_suspended();
}

TEST_CASE_METHOD(GitOpsSides, "who is not on the source cannot be suspended there: refused either way, unless it is to be let be") {
  REQUIRE(sides.loop.run(sides.source->remove(kKustomizations, kClusters, {})).has_value());
  for (const auto choice : {pivot::GitOps::Refuse, pivot::GitOps::Suspend}) {
    options.gitops = choice;
    CHECK_THAT(error_of(sides.run(options)),
               ContainsSubstring("Kustomization flux-system/clusters, which applies Cluster tkg-system/tkg-mgmt-vc, is not on the source"));
  }
  options.gitops = pivot::GitOps::Ignore;
  REQUIRE(sides.run(options).has_value());
  CHECK(spec(kApplications, kApp) == automated());
  sides.check_moved();
}

}  // namespace slipway
