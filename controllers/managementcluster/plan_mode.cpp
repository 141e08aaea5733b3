// mode Plan: the rows that would do something for this spec, in order, in the words of the table with the spec's own numbers.
#include "controllers/cluster_spec.h"
#include "controllers/managementcluster/steps.h"

namespace slipway::controllers::managementcluster {
namespace {

std::string described(const Resolved& set) {
  std::string more = set.components ? set.components->digest : "";
  if (!set.where.empty()) more += (more.empty() ? "" : " ") + ("from " + set.where);
  if (set.is_signed) more += ", signed";
  return set.title + (more.empty() ? "" : " (" + more + ")");
}

std::string titles_of(const std::vector<Resolved>& sets) {
  std::string out;
  for (const Resolved& set : sets) out += (out.empty() ? "" : ", ") + described(set);
  return out;
}

std::string cluster_line(const Input& in) {
  const api::ManagementClusterRequestSpec& spec = in.request.spec;
  if (!in.observed.manifest.empty()) return cluster_key(in.request).to_string() + " from ConfigMap " + spec.cluster.manifestRef->configMap;
  const MachineCount machines = wanted_machines(spec.plan, spec.cluster);
  return cluster_key(in.request).to_string() + ", class " + effective_class(spec.cluster, spec.infrastructure) + ", " +
         effective_version(spec.cluster, spec.release) + ", " + std::to_string(machines.control_plane.value_or(0)) + " control plane machines and " +
         std::to_string(machines.workers.value_or(0)) + " workers";
}

std::string detail(std::string_view step, const Input& in) {
  const api::ManagementClusterRequestSpec& spec = in.request.spec;
  if (step == "bootstrap-cluster") {
    const auto kind = bootstrap::kind_of(spec.bootstrap);
    return kind ? std::string(bootstrap::to_string(*kind)) : "";
  }
  if (step.ends_with("kapp-controller") && in.observed.kapp_controller) return described(*in.observed.kapp_controller);
  if (step.ends_with("cert-manager") && in.observed.cert_manager) return described(*in.observed.cert_manager);
  if (step.ends_with("providers")) return titles_of(in.observed.providers);
  if (step.ends_with("packages"))
    return std::to_string(spec.packages.install.size()) + " installs, " + std::to_string(spec.packages.expect.size()) + " packages expected";
  if (step == "release") return spec.release;
  if (step == "create-cluster") return cluster_line(in);
  if (step == "pivot") return "scope " + spec.pivot.scope;
  return {};
}

}  // namespace

std::vector<std::string> plan_lines(const Input& in) {
  std::vector<std::string> out;
  for (const Step<Input>& step : creation_steps()) {
    if (step.plan(in).state == StepState::Skipped) continue;
    std::string line = std::string(step.info.title);
    if (const std::string more = detail(step.info.name, in); !more.empty()) line += ": " + more;
    out.push_back(std::move(line));
  }
  return out;
}

}  // namespace slipway::controllers::managementcluster
