#include "pkg/providers/preflight.h"

#include <algorithm>
#include <map>

#include "pkg/base/strings.h"
#include "pkg/providers/crd_name.h"

namespace slipway::providers {
namespace {

class Problems {
 public:
  void add(const ProviderId& id, std::string_view text) { list_.push_back({id, to_string(id) + " " + std::string(text)}); }
  std::vector<Problem> sorted() && {
    std::ranges::sort(list_);
    return std::move(list_);
  }

 private:
  std::vector<Problem> list_;
};

void check_instances(const PlannedProvider& plan, std::span<const InstalledProvider> installed, Problems& problems) {
  for (const InstalledProvider& have : installed) {
    if (have.id != plan.id) continue;
    if (have.ns != plan.ns)
      problems.add(plan.id, "is installed in namespace " + have.ns + " already, and a cluster holds one instance of a provider; leave out namespace " +
                                plan.ns + ", or delete the other instance");
    else if (have.version != plan.version)
      problems.add(plan.id, "is installed as " + have.version + "; another version (" + shorten(plan.version, 128) + ") is an upgrade, not an installation");
  }
}

// Nothing where it cannot be told; the reason is then among the problems.
std::optional<std::string> check_contract(const PlannedProvider& plan, Problems& problems) {
  const auto version = parse_semver(plan.version);
  if (!version) {
    problems.add(plan.id, "has version \"" + shorten(plan.version, 128) + "\", which is no semantic version; name one such as v1.2.8");
    return std::nullopt;
  }
  auto contract = contract_of(plan.metadata, *version);
  if (!contract) {
    problems.add(plan.id, plan.version + " has no series in its metadata.yaml, which lists " + describe_series(plan.metadata) +
                              "; name a version of one of them, or correct the location");
    return std::nullopt;
  }
  if (!supported(*contract)) {
    problems.add(plan.id, plan.version + " implements the contract " + *contract + " of Cluster API; v1beta1 and v1beta2 are supported: name another version");
    return std::nullopt;
  }
  return contract;
}

struct Core {
  std::string version;
  std::string contract;  // empty: not known
  bool present = false;
};

Core core_of(std::span<const InstalledProvider> installed, std::span<const PlannedProvider> planned) {
  for (const InstalledProvider& have : installed)
    if (have.id.type == ProviderType::Core) return {have.version, have.contract, true};
  for (const PlannedProvider& plan : planned)
    if (plan.id.type == ProviderType::Core) {
      const auto version = parse_semver(plan.version);
      return {plan.version, version ? contract_of(plan.metadata, *version).value_or("") : "", true};
    }
  return {};
}

void check_core(const Core& core, bool is_planned, Problems& problems) {
  const ProviderId id{ProviderType::Core, std::string(kCoreProviderName)};
  if (!core.present)
    problems.add(id, "is neither installed nor asked for, and every other provider needs it; add it");
  else if (core.contract.empty() && !is_planned)
    problems.add(id, core.version + " is installed, but its contract is not known: its metadata.yaml could not be read, or does not list that version");
  else if (!core.contract.empty() && !supported(core.contract) && !is_planned)
    problems.add(id, core.version + " is installed and implements the contract " + core.contract + "; v1beta1 and v1beta2 are supported: upgrade it first");
}

void check_provider(const PlannedProvider& plan, const Core& core, Problems& problems) {
  if (const auto problem = identity_problem(plan.id)) problems.add(plan.id, "has a name that " + *problem);
  const auto contract = check_contract(plan, problems);
  if (contract && !core.contract.empty() && !compatible(*contract, core.contract))
    problems.add(plan.id, plan.version + " implements the contract " + *contract + ", which the core provider " + core.version + " (" + core.contract +
                              ") does not take; name a version of the contract " + core.contract);
  for (const kube::Object& object : plan.objects)
    if (const auto problem = crd_name_problem(object)) problems.add(plan.id, plan.version + ": " + *problem);
}

}  // namespace

Result<ProviderRequest> parse_request(ProviderType type, std::string_view text) {
  const auto refuse = [&](std::string_view why) {
    return fail(Disposition::Invalid, std::string(to_string(type)) + " \"" + shorten(text, 128) + "\": " + std::string(why));
  };
  const auto colon = text.find(':');
  ProviderRequest request{{type, to_lower(text.substr(0, colon))}, ""};
  if (const auto problem = identity_problem(request.id)) return refuse("the name " + *problem + "; write name or name:version");
  if (colon == std::string_view::npos) return request;
  request.version = text.substr(colon + 1);
  if (request.version.empty() || request.version.contains(':')) return refuse("write name or name:version, with one colon and a version after it");
  return request;
}

Result<std::vector<ProviderRequest>> with_defaults(std::span<const NamedProvider> named, bool first_run) {
  std::vector<NamedProvider> all(named.begin(), named.end());
  const auto absent = [&](ProviderType type) { return std::ranges::none_of(named, [&](const NamedProvider& n) { return n.type == type; }); };
  if (first_run && absent(ProviderType::Core)) all.push_back({ProviderType::Core, std::string(kCoreProviderName)});
  for (const ProviderType type : {ProviderType::Bootstrap, ProviderType::ControlPlane})
    if (first_run && absent(type)) all.push_back({type, "kubeadm"});
  std::vector<ProviderRequest> out;
  for (const NamedProvider& one : all) {
    if (one.text == "-" && one.type == ProviderType::Core) return fail(Disposition::Invalid, "CoreProvider \"-\": the core provider cannot be left out");
    if (one.text == "-") continue;
    auto request = parse_request(one.type, one.text);
    if (!request) return fail(std::move(request).error());
    out.push_back(std::move(*request));
  }
  std::ranges::sort(out, {}, &ProviderRequest::id);
  if (const auto twice = std::ranges::adjacent_find(out, {}, &ProviderRequest::id); twice != out.end())
    return fail(Disposition::Invalid, to_string(twice->id) + " is named twice; a cluster holds one instance of a provider");
  return out;
}

std::vector<Problem> duplicate_instances(std::span<const InstalledProvider> installed) {
  std::map<ProviderId, std::vector<std::string>> namespaces;
  for (const InstalledProvider& have : installed) namespaces[have.id].push_back(have.ns);
  Problems problems;
  for (const auto& [id, where] : namespaces)
    if (where.size() > 1)
      problems.add(id, "is installed " + std::to_string(where.size()) + " times, in " + join(where, ", ") + "; delete all instances but one");
  return std::move(problems).sorted();
}

std::vector<Problem> preflight(std::span<const InstalledProvider> installed, std::span<const PlannedProvider> planned) {
  Problems problems;
  for (const Problem& p : duplicate_instances(installed)) problems.add(p.provider, p.sentence.substr(to_string(p.provider).size() + 1));
  std::map<ProviderId, int> times;
  for (const PlannedProvider& plan : planned)
    if (++times[plan.id] == 2) problems.add(plan.id, "is asked for more than once; a cluster holds one instance of a provider");
  const Core core = core_of(installed, planned);
  check_core(core, std::ranges::any_of(planned, [](const PlannedProvider& p) { return p.id.type == ProviderType::Core; }), problems);
  for (const PlannedProvider& plan : planned) {
    check_instances(plan, installed, problems);
    check_provider(plan, core, problems);
  }
  return std::move(problems).sorted();
}

}  // namespace slipway::providers
