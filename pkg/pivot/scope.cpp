#include "pkg/pivot/scope.h"

#include <algorithm>

#include "pkg/base/strings.h"

namespace slipway::pivot {
namespace {

constexpr std::size_t kMaxNamespace = 63;  // DNS label, RFC 1123
constexpr std::size_t kMaxName = 253;      // DNS subdomain

bool is_name(const std::string& text, std::size_t max, std::string_view extra) {
  const auto plain = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  return !text.empty() && text.size() <= max && plain(text.front()) && plain(text.back()) &&
         std::ranges::all_of(text, [&](char c) { return plain(c) || extra.contains(c); });
}

bool is_namespace(const std::string& text) { return is_name(text, kMaxNamespace, "-"); }

// The one namespace that a selection is in, where each Cluster says it; empty otherwise.
std::string common_namespace(const std::vector<kube::ObjectKey>& clusters) {
  if (clusters.empty()) return {};
  const bool same = std::ranges::all_of(clusters, [&](const kube::ObjectKey& c) { return c.ns == clusters.front().ns; });
  return same ? clusters.front().ns : std::string();
}

Status check_cluster(const kube::ObjectKey& cluster, const std::string& ns) {
  if (!is_name(cluster.name, kMaxName, "-.") || (!cluster.ns.empty() && !is_namespace(cluster.ns)))
    return fail(Disposition::Invalid, "\"" + shorten(cluster.to_string(), 80) + "\" is no Cluster's name: give <namespace>/<name>, or <name>");
  if (!ns.empty() && !cluster.ns.empty() && cluster.ns != ns)
    return fail(Disposition::Invalid, "Cluster " + cluster.to_string() + " is not in namespace " + ns + ", which the move is of");
  return {};
}

}  // namespace

kube::ObjectKey Scope::there(kube::ObjectKey key) const {
  if (relocates() && key.ns == ns) key.ns = target_namespace;
  return key;
}

kube::ObjectKey Scope::here(kube::ObjectKey key) const {
  if (relocates() && key.ns == target_namespace) key.ns = ns;
  return key;
}

std::string Scope::describe() const {
  std::string out = ns.empty() ? "all namespaces" : "namespace " + ns;
  if (relocates()) out += ", landing in " + target_namespace;
  std::vector<std::string> listed;
  for (const auto& cluster : clusters) listed.push_back(cluster.to_string());
  if (!listed.empty()) out += ", Clusters " + shorten(join(listed, ", "), 400);
  return out;
}

Result<Scope> scope_of(const Options& options) {
  Scope scope{.ns = options.ns, .target_namespace = options.target_namespace, .clusters = options.clusters};
  if (!scope.ns.empty() && !is_namespace(scope.ns))
    return fail(Disposition::Invalid, "the namespace to move, \"" + shorten(scope.ns, 80) + "\", is no namespace's name");
  for (const auto& cluster : scope.clusters)
    if (Status sound = check_cluster(cluster, scope.ns); !sound) return fail(std::move(sound).error());
  if (scope.ns.empty()) scope.ns = common_namespace(scope.clusters);
  for (auto& cluster : scope.clusters)
    if (cluster.ns.empty()) cluster.ns = scope.ns;
  std::ranges::sort(scope.clusters);
  const auto doubled = std::ranges::unique(scope.clusters);
  scope.clusters.erase(doubled.begin(), doubled.end());
  if (scope.target_namespace == scope.ns) scope.target_namespace.clear();
  if (!scope.relocates()) return scope;
  if (!is_namespace(scope.target_namespace))
    return fail(Disposition::Invalid, "the target namespace, \"" + shorten(scope.target_namespace, 80) + "\", is no namespace's name");
  if (scope.ns.empty())
    return fail(Disposition::Invalid, "a target namespace (" + scope.target_namespace + ") takes the place of one namespace: say which one moves");
  return scope;
}

bool names(const std::vector<kube::ObjectKey>& list, const kube::ObjectKey& key) noexcept {
  return std::ranges::any_of(list, [&](const kube::ObjectKey& k) { return k.name == key.name && (k.ns.empty() || k.ns == key.ns); });
}

}  // namespace slipway::pivot
