#include "pkg/providers/cert_manager_upgrade.h"

#include <algorithm>

#include "pkg/base/semver.h"
#include "pkg/base/strings.h"

namespace slipway::providers {
namespace {

constexpr const char* kBeforeAnnotations = "v0.11.0";

std::vector<std::string> sorted(std::vector<std::string> list) {
  std::ranges::sort(list);
  return list;
}

// Why an object of an equal version calls for a new installation; empty where it does not.
std::string drift(const CertManagerInventory& live, const CertManagerManifest& manifest) {
  if (live.items.size() != manifest.objects)
    return "the cluster has " + std::to_string(live.items.size()) + " of its objects, the manifest " + std::to_string(manifest.objects);
  if (sorted(live.images) != sorted(manifest.images)) return "its images differ from the manifest's";
  return {};
}

}  // namespace

Result<CertManagerPlan> plan_cert_manager(const CertManagerInventory& live, const CertManagerManifest& manifest) {
  CertManagerPlan plan{.external = live.items.empty(), .upgrade = false, .from = "", .to = manifest.version, .reason = ""};
  const auto wanted = parse_semver(manifest.version);
  if (!wanted) return fail(Disposition::Invalid, "cert-manager: version \"" + shorten(manifest.version, 128) + "\" is no semantic version such as v1.21.1");
  for (const CertManagerInventory::Item& item : live.items) {
    plan.from = item.version.empty() ? kBeforeAnnotations : item.version;
    const auto version = parse_semver(plan.from);
    if (!version) return fail(Disposition::Invalid, "cert-manager: " + item.name + " has version \"" + shorten(item.version, 128) + "\", which is none");
    if (item.version.empty())
      plan.reason = item.name + " has no version";
    else if (*version < *wanted || (*version == *wanted && version->build != wanted->build))
      plan.reason = item.name + " is of version " + item.version;
    else if (*version == *wanted)
      plan.reason = drift(live, manifest);
    plan.upgrade = !plan.reason.empty();
    if (plan.upgrade) break;
  }
  return plan;
}

}  // namespace slipway::providers
