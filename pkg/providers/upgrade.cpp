#include "pkg/providers/upgrade.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <tuple>

#include "pkg/base/strings.h"

namespace slipway::providers {
namespace {

constexpr std::uint64_t kMaxMinorSkew = 3;               // upgrader.go, doUpgrade
const SemVer kSkewCheckedFrom{.major = 1, .minor = 10};  // the same

void add(std::vector<Problem>& problems, const ProviderId& id, std::string_view text) { problems.push_back({id, to_string(id) + " " + std::string(text)}); }

const UpgradeCandidate* core_of(std::span<const UpgradeCandidate> candidates, std::vector<Problem>& problems) {
  const auto is_core = [](const UpgradeCandidate& c) { return c.id.type == ProviderType::Core; };
  if (const auto core = std::ranges::find_if(candidates, is_core); core != candidates.end()) return &*core;
  add(problems, {ProviderType::Core, std::string(kCoreProviderName)}, "is not installed; there is nothing that the other providers could be upgraded with");
  return nullptr;
}

void check_single(std::span<const UpgradeCandidate> candidates, std::vector<Problem>& problems) {
  std::vector<InstalledProvider> installed;
  for (const UpgradeCandidate& c : candidates) installed.push_back({.id = c.id, .ns = c.ns, .version = c.version, .contract = ""});
  for (Problem& problem : duplicate_instances(installed)) problems.push_back(std::move(problem));
}

struct Version {
  std::string tag;
  SemVer semver;
};

// A candidate with its versions understood.
struct Offer {
  const UpgradeCandidate* candidate = nullptr;
  SemVer current;
  std::string contract;  // of the installed version
  std::vector<Version> newer;
};

std::string unknown_series(std::string_view version, std::string_view what, const Metadata& metadata) {
  return std::string(version) + " (" + std::string(what) + ") is in no series of the newest metadata.yaml, which lists " + describe_series(metadata);
}

std::optional<Offer> offer_of(const UpgradeCandidate& candidate, std::vector<Problem>& problems) {
  const auto current = parse_semver(candidate.version);
  if (!current) {
    add(problems, candidate.id, "is installed as \"" + shorten(candidate.version, 128) + "\", which is no semantic version");
    return std::nullopt;
  }
  const auto contract = contract_of(candidate.metadata, *current);
  if (!contract) {
    add(problems, candidate.id, unknown_series(candidate.version, "installed", candidate.metadata));
    return std::nullopt;
  }
  Offer offer{&candidate, *current, *contract, {}};
  for (const std::string& tag : candidate.available) {
    auto semver = parse_semver(tag);
    if (!semver || *semver <= *current) continue;
    if (!contract_of(candidate.metadata, *semver)) add(problems, candidate.id, unknown_series(tag, "on offer", candidate.metadata));
    offer.newer.push_back({tag, std::move(*semver)});
  }
  return offer;
}

// Of the core provider's series, from its installed version on.
std::set<std::string> contracts_ahead(const Offer& core) {
  std::set<std::string> out;
  for (const ReleaseSeries& series : core.candidate->metadata.series)
    if (!series.contract.empty() && std::tuple(series.major, series.minor) >= std::tuple(core.current.major, core.current.minor)) out.insert(series.contract);
  return out;
}

std::string next_version(const Offer& offer, std::string_view contract) {
  const Version* best = nullptr;
  for (const Version& v : offer.newer) {
    const bool fits = v.semver.prerelease.empty() && compatible(contract_of(offer.candidate->metadata, v.semver).value_or(""), contract);
    if (fits && (best == nullptr || best->semver < v.semver)) best = &v;
  }
  return best == nullptr ? std::string() : best->tag;
}

UpgradePlan plan_for(const std::vector<Offer>& offers, const std::string& contract) {
  UpgradePlan plan{contract, {}};
  for (const Offer& offer : offers) plan.items.push_back({offer.candidate->id, offer.candidate->ns, offer.candidate->version, next_version(offer, contract)});
  std::ranges::sort(plan.items, {}, &UpgradeItem::id);
  return plan;
}

bool skew_is_checked(const ProviderId& id) {
  if (id.type == ProviderType::Core) return true;
  return id.name == "kubeadm" && (id.type == ProviderType::Bootstrap || id.type == ProviderType::ControlPlane);
}

// The target version, where nothing is wrong with the step itself.
std::optional<SemVer> check_step(const UpgradeCandidate& from, const std::string& to, std::vector<Problem>& problems) {
  const auto current = parse_semver(from.version);
  auto target = parse_semver(to);
  if (!current) add(problems, from.id, "is installed as \"" + shorten(from.version, 128) + "\", which is no semantic version");
  if (!target) add(problems, from.id, "cannot be upgraded to \"" + shorten(to, 128) + "\", which is no semantic version; name one such as v1.2.8");
  if (!current || !target) return std::nullopt;
  if (*target < *current) {
    add(problems, from.id, "is installed as " + from.version + "; a downgrade to " + to + " is not supported, as stored objects may be of a newer version");
    return std::nullopt;
  }
  if (skew_is_checked(from.id) && *current >= kSkewCheckedFrom && target->minor > current->minor + kMaxMinorSkew)
    add(problems, from.id,
        "cannot be upgraded from " + from.version + " to " + to + " at once: no more than " + std::to_string(kMaxMinorSkew) +
            " minor versions may be skipped; go by way of " + std::to_string(current->major) + "." + std::to_string(current->minor + kMaxMinorSkew));
  return target;
}

// What each provider will be: the installed version, or the one asked for.
using Targets = std::map<ProviderId, std::string>;

Targets targets_of(std::span<const UpgradeCandidate> candidates, std::span<const UpgradeRequest> requests, std::vector<Problem>& problems) {
  Targets targets;
  for (const UpgradeRequest& request : requests) {
    const bool installed = std::ranges::any_of(candidates, [&](const UpgradeCandidate& c) { return c.id == request.id; });
    if (!installed)
      add(problems, request.id, "is not installed, so that it cannot be upgraded; install it");
    else if (!targets.emplace(request.id, request.version).second)
      add(problems, request.id, "is asked for more than once");
  }
  return targets;
}

// The contract that the provider has afterwards; nothing where a problem has been added.
std::optional<std::string> contract_after(const UpgradeCandidate& candidate, const Targets& targets, std::vector<Problem>& problems) {
  const auto target = targets.find(candidate.id);
  std::optional<SemVer> version = parse_semver(candidate.version);
  if (target != targets.end()) version = check_step(candidate, target->second, problems);
  if (!version) {
    if (target == targets.end()) add(problems, candidate.id, "is installed as \"" + shorten(candidate.version, 128) + "\", which is no semantic version");
    return std::nullopt;
  }
  auto contract = contract_of(candidate.metadata, *version);
  if (!contract)
    add(problems, candidate.id,
        unknown_series(target == targets.end() ? candidate.version : target->second, target == targets.end() ? "installed" : "asked for", candidate.metadata));
  return contract;
}

void check_contract(const UpgradeCandidate& candidate, const std::string& contract, const std::string& core_contract, bool stays,
                    std::vector<Problem>& problems) {
  if (compatible(contract, core_contract)) return;
  if (stays)
    add(problems, candidate.id,
        candidate.version + " implements the contract " + contract + ", which the core provider (" + core_contract +
            ") would not take any more; upgrade it along with the others");
  else
    add(problems, candidate.id,
        "would implement the contract " + contract + ", which the core provider (" + core_contract + ") does not take; name another version");
}

}  // namespace

std::string highest_version(std::span<const std::string> available) {
  const auto highest = std::ranges::max_element(available, [](const std::string& a, const std::string& b) { return compare_versions(a, b) < 0; });
  return highest == available.end() || !parse_semver(*highest) ? std::string() : *highest;
}

UpgradePlans plan_upgrades(std::span<const UpgradeCandidate> candidates) {
  UpgradePlans out;
  check_single(candidates, out.problems);
  const UpgradeCandidate* core = core_of(candidates, out.problems);
  std::vector<Offer> offers;
  for (const UpgradeCandidate& candidate : candidates)
    if (auto offer = offer_of(candidate, out.problems)) offers.push_back(std::move(*offer));
  std::ranges::sort(out.problems);
  if (!out.problems.empty()) return out;
  const Offer& core_offer = *std::ranges::find(offers, core, &Offer::candidate);
  for (const std::string& contract : contracts_ahead(core_offer)) {
    UpgradePlan plan = plan_for(offers, contract);
    const bool partial = std::ranges::any_of(plan.items, [](const UpgradeItem& item) { return item.to.empty(); });
    if (!partial || contract == core_offer.contract) out.plans.push_back(std::move(plan));
  }
  return out;
}

std::vector<UpgradeRequest> requests_of(const UpgradePlan& plan) {
  std::vector<UpgradeRequest> out;
  for (const UpgradeItem& item : plan.items)
    if (!item.to.empty()) out.push_back({item.id, item.to});
  return out;
}

UpgradeDecision decide_upgrade(std::span<const UpgradeCandidate> candidates, std::span<const UpgradeRequest> requests) {
  UpgradeDecision out;
  check_single(candidates, out.problems);
  const Targets targets = targets_of(candidates, requests, out.problems);
  const UpgradeCandidate* core = core_of(candidates, out.problems);
  std::map<ProviderId, std::string> contracts;
  for (const UpgradeCandidate& candidate : candidates)
    if (auto contract = contract_after(candidate, targets, out.problems)) contracts.insert_or_assign(candidate.id, *contract);
  if (core != nullptr && contracts.contains(core->id)) out.contract = contracts.at(core->id);
  if (!out.contract.empty() && !supported(out.contract))
    add(out.problems, core->id, "would implement the contract " + out.contract + "; v1beta1 and v1beta2 are supported: name another version");
  for (const UpgradeCandidate& candidate : candidates) {
    const auto contract = contracts.find(candidate.id);
    const auto target = targets.find(candidate.id);
    if (contract != contracts.end() && !out.contract.empty()) check_contract(candidate, contract->second, out.contract, target == targets.end(), out.problems);
    if (target != targets.end() && compare_versions(target->second, candidate.version) != 0)
      out.items.push_back({candidate.id, candidate.ns, candidate.version, target->second});
  }
  std::ranges::sort(out.items, {}, &UpgradeItem::id);
  std::ranges::sort(out.problems);
  if (!out.problems.empty()) out.items.clear();
  return out;
}

}  // namespace slipway::providers
