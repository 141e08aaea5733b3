#include "pkg/packages/packages.h"

#include <algorithm>

#include "pkg/base/strings.h"

namespace slipway::packages {
namespace {

using json::Array;
using json::Object;
using json::Value;

constexpr std::string_view kPackageLabel = "tkg.tanzu.vmware.com/package-type";

kube::Object rendered_repository(const api::PackageRepository& repository) {
  kube::Object object = kube::make_object("packaging.carvel.dev/v1alpha1", "PackageRepository", {repository.namespace_, repository.name});
  Value& bundle = object.ref({"spec", "fetch", "imgpkgBundle"});
  bundle.set("image", repository.image);
  // Without a tag or digest kapp-controller is to pick the newest (tanzu.md 1.3).
  const auto last = repository.image.rfind('/');
  const auto name = last == std::string::npos ? std::string_view(repository.image) : std::string_view(repository.image).substr(last);
  if (name.find(':') == std::string_view::npos && name.find('@') == std::string_view::npos) bundle.ref({"tagSelection", "semver", "constraints"}) = ">0.0.0";
  return object;
}

// Names and annotation as the tanzu CLI's package plugin gives them: `<install>-<namespace>-sa` and so on.
void append_install(std::vector<kube::Object>& out, const api::PackageInstall& install, const std::string& ns) {
  const std::string id = install.name + "-" + ns;
  const auto annotate = [&](kube::Object object) {
    object.ref({"metadata", "annotations", "tkg.tanzu.vmware.com/tanzu-package"}) = id;
    out.push_back(std::move(object));
  };
  annotate(kube::make_object("v1", "ServiceAccount", {ns, id + "-sa"}));

  kube::Object role = kube::make_object("rbac.authorization.k8s.io/v1", "ClusterRole", {"", id + "-cluster-role"});
  Value all{Array()};
  all.push_back("*");
  role.ref("rules").push_back(Object{{"apiGroups", all}, {"resources", all}, {"verbs", all}});
  annotate(std::move(role));

  kube::Object binding = kube::make_object("rbac.authorization.k8s.io/v1", "ClusterRoleBinding", {"", id + "-cluster-rolebinding"});
  binding.set("roleRef", Object{{"apiGroup", "rbac.authorization.k8s.io"}, {"kind", "ClusterRole"}, {"name", id + "-cluster-role"}});
  binding.ref("subjects").push_back(Object{{"kind", "ServiceAccount"}, {"name", id + "-sa"}, {"namespace", ns}});
  annotate(std::move(binding));

  kube::Object object = kube::make_object("packaging.carvel.dev/v1alpha1", "PackageInstall", {ns, install.name});
  object.ref({"metadata", "labels", kPackageLabel}) = "management";
  object.ref({"spec", "serviceAccountName"}) = id + "-sa";
  object.ref({"spec", "packageRef", "refName"}) = install.refName;
  object.ref({"spec", "packageRef", "versionSelection"}) = Object{{"constraints", install.version}, {"prereleases", Value(Object())}};
  if (install.valuesSecretRef) object.ref({"spec", "values"}).push_back(Object{{"secretRef", Object{{"name", install.valuesSecretRef->name}}}});
  annotate(std::move(object));
}

}  // namespace

std::vector<kube::Object> render(const api::Packages& packages) {
  std::vector<kube::Object> out;
  const std::string ns = packages.repository ? packages.repository->namespace_ : "tkg-system";
  if (packages.repository) out.push_back(rendered_repository(*packages.repository));
  for (const api::PackageInstall& install : packages.install) append_install(out, install, ns);
  return out;
}

topology::Readiness object_reconciled(const kube::Object& object) {
  topology::Readiness r;
  r.want = 1;
  const json::Value& status = object["status"];
  const std::string who = kube::describe(object);
  if (status["observedGeneration"].as_int(-1) != kube::generation_of(object)) {
    r.reason = "PackageReconciling";
    r.message = who + ": kapp-controller has not seen the latest change yet";
  } else if (kube::condition_true(object, "ReconcileSucceeded")) {
    r.ready = true;
    r.have = 1;
    r.reason = "PackageReconciled";
    r.message = who + " is reconciled";
  } else if (kube::condition_true(object, "ReconcileFailed")) {
    // kapp-controller retries by itself and early failures are normal: told, but not terminal (tanzu.md 0.3, H2).
    r.reason = "PackageReconcileFailed";
    r.message = shorten(who + ": " + status["usefulErrorMessage"].str(status["friendlyDescription"].str("reconcile failed")), 600);
  } else {
    r.reason = "PackageReconciling";
    r.message = shorten(who + ": " + status["friendlyDescription"].str("reconciling"), 600);
  }
  return r;
}

topology::Readiness reconciled(const api::Packages& packages, const kube::ObjectPtr& repository, std::span<const kube::ObjectPtr> installs) {
  topology::Readiness total;
  if (packages.repository) {
    if (!repository) {
      total.reason = "PackageRepositoryMissing";
      total.message = "PackageRepository " + packages.repository->namespace_ + "/" + packages.repository->name + " does not exist yet";
      total.want = static_cast<std::int64_t>(packages.expect.size());
      return total;
    }
    if (auto r = object_reconciled(*repository); !r.ready) {
      r.want = static_cast<std::int64_t>(packages.expect.size());
      return r;
    }
  }
  std::vector<std::string> expected = packages.expect;
  for (const api::PackageInstall& install : packages.install)
    if (std::find(expected.begin(), expected.end(), install.name) == expected.end()) expected.push_back(install.name);
  total.want = static_cast<std::int64_t>(expected.size());
  topology::Readiness first;
  for (const std::string& name : expected) {
    const auto found = std::find_if(installs.begin(), installs.end(), [&](const kube::ObjectPtr& o) { return kube::name_of(*o) == name; });
    topology::Readiness one;
    if (found == installs.end()) {
      one.reason = "PackageMissing";
      one.message = "PackageInstall " + name + " does not exist yet";
    } else {
      one = object_reconciled(**found);
    }
    if (one.ready) {
      ++total.have;
    } else if (first.reason.empty() || (one.reason == "PackageReconcileFailed" && first.reason != "PackageReconcileFailed")) {
      first = one;  // a failure tells more than something that is merely missing
    }
  }
  const std::string count = std::to_string(total.have) + "/" + std::to_string(total.want) + " packages reconciled";
  total.ready = total.have == total.want;
  total.reason = total.ready ? "PackagesReconciled" : first.reason;
  total.message = total.ready ? count : count + "; " + first.message;
  return total;
}

}  // namespace slipway::packages
