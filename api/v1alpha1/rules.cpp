#include "api/v1alpha1/rules.h"

#include <algorithm>
#include <array>

#include "api/v1alpha1/match.h"

namespace slipway::api {
namespace {

using json::Value;

bool given(const Value& self, std::string_view field) { return self.contains(field); }
bool text_given(const Value& self, std::string_view field) { return !self[field].as_string().empty(); }

int members(const Value& self, std::initializer_list<std::string_view> fields) {
  return static_cast<int>(std::ranges::count_if(fields, [&](std::string_view field) { return given(self, field); }));
}

template <bool (*matches)(std::string_view) noexcept>
bool string_rule(const Value& self, const Value& /*old*/) {
  return matches(self.as_string());
}

bool kubernetes_is_known(const Value& self, const Value& /*old*/) {
  return text_given(self, "release") || text_given(self["cluster"], "version") || given(self["cluster"], "manifestRef");
}
constexpr std::string_view kKubernetesIsKnown =
    "(has(self.release) && self.release != '') || (has(self.cluster.version) && self.cluster.version != '') || has(self.cluster.manifestRef)";
constexpr std::string_view kKubernetesIsKnownSentence = "give a release or cluster.version: one of them says which Kubernetes to run";

bool short_name(const Value& self, const Value& /*old*/) {
  const std::string_view name = self["metadata"]["name"].as_string();
  return !name.empty() && name.size() <= 63 && name.find('.') == std::string_view::npos;
}
constexpr std::string_view kShortName = "self.metadata.name.matches('^[^.]{1,63}$')";
constexpr std::string_view kShortNameSentence = "the name becomes the cluster's name and a label of its objects: at most 63 characters and no '.'";

// ---- patterns of strings. Octets and prefix lengths are spelt out because isCIDR() is unknown to servers before 1.31.
#define SLIPWAY_OCTET "(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
constexpr std::string_view kCidr = "self.matches('^(" SLIPWAY_OCTET "[.]){3}" SLIPWAY_OCTET
                                   "/(3[0-2]|[12]?[0-9])$') || self.matches('^[0-9A-Fa-f]{0,4}(:[0-9A-Fa-f]{0,4}){2,7}/(12[0-8]|1[01][0-9]|[1-9]?[0-9])$')";
#undef SLIPWAY_OCTET
constexpr std::string_view kHost =
    "self.matches('^[0-9A-Za-z]([-.0-9A-Za-z]*[0-9A-Za-z])?$') || self.matches('^[0-9A-Fa-f]*:[0-9A-Fa-f]*:[0-9A-Fa-f:]*([.][0-9A-Fa-f.:]*)?$')";

constexpr Rule kRules[] = {
    {"format:name", "", "self.matches('^[a-z0-9]([-a-z0-9]*[a-z0-9])?$')", "use lower-case letters, digits and '-', with a letter or digit at both ends",
     string_rule<is_name>},
    {"format:objectName", "", "self.matches('^[a-z0-9]([-.a-z0-9]*[a-z0-9])?$')",
     "use lower-case letters, digits, '-' and '.', with a letter or digit at both ends", string_rule<is_object_name>},
    {"format:release", "", "self.matches('^[a-z0-9]([-.a-z0-9]*[a-z0-9])?$')",
     "write the release's object name, with --- where the version has +, such as v1.24.9---vmware.1-tkg.1", string_rule<is_object_name>},
    {"format:version", "", "self.matches('^v[0-9]+[.][0-9]+[.][0-9]+([-+][-+.0-9A-Za-z]*)?$')",
     "a version starts with v and has three numbers, such as v1.24.9+vmware.1", string_rule<is_version>},
    {"format:versionOrLatest", "", "self == 'latest' || self.matches('^v[0-9]+[.][0-9]+[.][0-9]+([-+][-+.0-9A-Za-z]*)?$')",
     "a version starts with v and has three numbers, such as v1.24.9+vmware.1; or write latest",
     [](const Value& self, const Value&) { return self.as_string() == "latest" || is_version(self.as_string()); }},
    {"format:duration", "", "self.matches('^[1-9][0-9]{0,5}(h|m|s|ms)([0-9]{1,6}(h|m|s|ms))*$')", "write a duration such as 90s, 30m or 1h30m",
     string_rule<is_duration>},
    {"format:cidr", "", kCidr, "write an address range in CIDR form, such as 100.96.0.0/11", string_rule<is_cidr>},
    {"format:digest", "", "self.matches('^sha256:[0-9a-f]{64}$')", "write sha256: and 64 hexadecimal digits in lower case", string_rule<is_digest>},
    {"format:url", "", R"(self.matches('^https?://[!-"$-.0->A-~]+([/?#][!-~]*)?$'))",
     "write a URL that starts with https:// or http:// and names no user or password", string_rule<is_url>},
    {"format:host", "", kHost, "write a host name or an address, without scheme and port", string_rule<is_host>},
    {"format:absolutePath", "", "self.startsWith('/')", "write an absolute path",
     [](const Value& self, const Value&) { return self.as_string().starts_with('/'); }},
    {"format:noProxy", "", "self.matches('^[!-)+.-~-]+$')", "name one host, domain or CIDR; '*' and lists in one string are not understood by every program",
     string_rule<is_no_proxy>},

    // ---- one resource
    {"Bootstrap", "",
     "(has(self.kind) ? 1 : 0) + (has(self.kubeconfigSecretRef) ? 1 : 0) + (has(self.inCluster) ? 1 : 0) + (has(self.process) ? 1 : 0) + "
     "(has(self.simulated) ? 1 : 0) == 1",
     "choose exactly one bootstrap: kind, kubeconfigSecretRef, inCluster, process or simulated",
     [](const Value& self, const Value&) { return members(self, {"kind", "kubeconfigSecretRef", "inCluster", "process", "simulated"}) == 1; }},
    {"Bootstrap", "",
     "has(self.kind) == has(oldSelf.kind) && has(self.kubeconfigSecretRef) == has(oldSelf.kubeconfigSecretRef) && "
     "has(self.inCluster) == has(oldSelf.inCluster) && has(self.process) == has(oldSelf.process) && has(self.simulated) == has(oldSelf.simulated)",
     "the kind of bootstrap cannot change; delete the request and create another",
     [](const Value& self, const Value& old) {
       return std::ranges::all_of(std::to_array<std::string_view>({"kind", "kubeconfigSecretRef", "inCluster", "process", "simulated"}),
                                  [&](std::string_view field) { return given(self, field) == given(old, field); });
     },
     true},
    {"Source", "",
     "(has(self.url) ? 1 : 0) + (has(self.oci) ? 1 : 0) + (has(self.configMapRef) ? 1 : 0) + (has(self.secretRef) ? 1 : 0) + (has(self.path) ? 1 : 0) <= 1",
     "name at most one place: url, oci, configMapRef, secretRef or path; with none the catalog says it",
     [](const Value& self, const Value&) { return members(self, {"url", "oci", "configMapRef", "secretRef", "path"}) <= 1; }},
    {"Source", "",
     "!(has(self.configMapRef) || has(self.secretRef) || has(self.path)) || !(has(self.caSecretRef) || has(self.credentialsSecretRef) || has(self.proxy))",
     "caSecretRef, credentialsSecretRef and proxy are for what is reached over a network; leave them out",
     [](const Value& self, const Value&) {
       return members(self, {"configMapRef", "secretRef", "path"}) == 0 || members(self, {"caSecretRef", "credentialsSecretRef", "proxy"}) == 0;
     }},
    {"ImageOverride", "", "has(self.repository) || has(self.name) || has(self.tag)", "say what becomes of the image: repository, name or tag",
     [](const Value& self, const Value&) { return members(self, {"repository", "name", "tag"}) > 0; }},
    {"CertManager", "source", "!has(self.source) || (has(self.mode) && self.mode == 'Managed')",
     "a source of cert-manager is read only where its mode is Managed; leave it out",
     [](const Value& self, const Value&) { return !given(self, "source") || self["mode"].as_string() == "Managed"; }},
    {"Provider", "name", "self.type != 'CoreProvider' || self.name == 'cluster-api'", "the CoreProvider is cluster-api",
     [](const Value& self, const Value&) { return self["type"].as_string() != "CoreProvider" || self["name"].as_string() == "cluster-api"; }},
    {"Proxy", "", "has(self.http) || has(self.https)", "a proxy needs http or https",
     [](const Value& self, const Value&) { return given(self, "http") || given(self, "https"); }},

    // ---- the cluster
    {"ControlPlane.replicas", "", "!(self in [2, 4, 6])", "an even control plane cannot keep a majority; use 1, 3 or 5",
     [](const Value& self, const Value&) { return self.as_int() != 2 && self.as_int() != 4 && self.as_int() != 6; }},
    {"Endpoint", "", "self.host == oldSelf.host && self.port == oldSelf.port", "the endpoint of a control plane cannot change",
     [](const Value& self, const Value& old) { return self["host"] == old["host"] && self["port"] == old["port"]; }, true},
    {"Autoscaler", "", "self.min <= self.max", "min must not be greater than max",
     [](const Value& self, const Value&) { return self["min"].as_int() <= self["max"].as_int(); }},
    {"WorkerPool", "replicas", "!has(self.replicas) || !has(self.autoscaler)", "leave replicas out where an autoscaler chooses them",
     [](const Value& self, const Value&) { return !given(self, "replicas") || !given(self, "autoscaler"); }},
    {"Network", "serviceCIDRs", "!has(self.podCIDRs) || !has(self.serviceCIDRs) || !self.podCIDRs.exists(c, c in self.serviceCIDRs)",
     "pods and services need CIDRs of their own",
     [](const Value& self, const Value&) {
       const json::Array& services = self["serviceCIDRs"].array();
       return std::ranges::none_of(self["podCIDRs"].array(), [&](const Value& c) { return std::ranges::find(services, c) != services.end(); });
     }},
    // has(): the server tries the rule on the default {} too, before it fills in what is inside.
    {"Network", "", "!has(self.cni) || (self.cni == oldSelf.cni && self.podCIDRs == oldSelf.podCIDRs && self.serviceCIDRs == oldSelf.serviceCIDRs)",
     "the network of a cluster cannot change; create another cluster",
     [](const Value& self, const Value& old) {
       return self["cni"] == old["cni"] && self["podCIDRs"] == old["podCIDRs"] && self["serviceCIDRs"] == old["serviceCIDRs"];
     },
     true},
    {"ClusterSpec", "manifestRef", "!has(self.manifestRef) || (!has(self.version) && !has(self.class) && !has(self.workers) && !has(self.variables))",
     "manifestRef brings the whole Cluster; leave version, class, workers and variables out",
     [](const Value& self, const Value&) { return !given(self, "manifestRef") || members(self, {"version", "class", "workers", "variables"}) == 0; }},
    {"Infrastructure", "provider", "!has(oldSelf.provider) || (has(self.provider) && self.provider == oldSelf.provider)",
     "the infrastructure provider cannot change; create another cluster",
     [](const Value& self, const Value& old) { return !given(old, "provider") || self["provider"] == old["provider"]; }, true},

    // ---- the whole request
    {"ManagementClusterRequestSpec", "release", kKubernetesIsKnown, kKubernetesIsKnownSentence, kubernetes_is_known},
    {"ManagementClusterRequestSpec", "infrastructure.provider", "has(self.infrastructure) && has(self.infrastructure.provider)",
     "name the infrastructure: infrastructure.provider is vsphere, aws, azure or docker",
     [](const Value& self, const Value&) { return given(self["infrastructure"], "provider"); }},
    {"ManagementClusterRequestSpec", "infrastructure.credentialsSecretRef",
     "!has(self.infrastructure) || !has(self.infrastructure.provider) || self.infrastructure.provider == 'docker' || has(self.bootstrap.simulated) || "
     "has(self.infrastructure.credentialsSecretRef)",
     "this infrastructure needs infrastructure.credentialsSecretRef: the name of a Secret in the request's namespace",
     [](const Value& self, const Value&) {
       const Value& infrastructure = self["infrastructure"];
       return !given(infrastructure, "provider") || infrastructure["provider"].as_string() == "docker" || given(self["bootstrap"], "simulated") ||
              given(infrastructure, "credentialsSecretRef");
     }},
    {"ManagementClusterRequestSpec", "cluster.workers", "!has(self.cluster.workers) || self.cluster.workers.all(w, !has(w.autoscaler))",
     "the workers of a management cluster are not autoscaled; give cluster.workers their replicas",
     [](const Value& self, const Value&) {
       return std::ranges::none_of(self["cluster"]["workers"].array(), [](const Value& w) { return given(w, "autoscaler"); });
     }},
    {"ManagementClusterRequestSpec", "addons", "!has(self.addons) || (!has(self.addons.cni) && !has(self.addons.packages))",
     "addons.cni and addons.packages belong to a WorkloadCluster; use cluster.network.cni and packages",
     [](const Value& self, const Value&) { return members(self["addons"], {"cni", "packages"}) == 0; }},
    {"WorkloadClusterSpec", "release", kKubernetesIsKnown, kKubernetesIsKnownSentence, kubernetes_is_known},
    {"WorkloadClusterSpec", "managementClusterRef",
     "has(self.managementClusterRef) == has(oldSelf.managementClusterRef) && "
     "(!has(self.managementClusterRef) || self.managementClusterRef == oldSelf.managementClusterRef)",
     "managementClusterRef cannot change: a cluster stays with the management cluster that made it",
     [](const Value& self, const Value& old) { return self["managementClusterRef"] == old["managementClusterRef"]; }, true},
    {"ManagementClusterRequest", "metadata.name", kShortName, kShortNameSentence, short_name},
    {"WorkloadCluster", "metadata.name", kShortName, kShortNameSentence, short_name},
};

}  // namespace

std::span<const Rule> rules() { return kRules; }

}  // namespace slipway::api
