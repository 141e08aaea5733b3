// What is changed in components before they are applied, object by object. Pure; any thread.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "pkg/kube/types.h"

namespace slipway::providers::detail {

// Kinds that have no namespace: those of Kubernetes and cert-manager that components hold, and what the file's own CRDs say.
using Kinds = std::set<std::string, std::less<>>;
[[nodiscard]] Kinds cluster_scoped(const std::vector<kube::Object>& objects);

// Every place where components name their own namespace (clusterctl.md 1.7 step 5). What stands in another namespace on purpose (a Role in kube-system for
// leader election) stays there, where clusterctl would move it too.
void move_namespace(kube::Object& object, const Kinds& without_namespace, std::string_view from, std::string_view to);

// A caBundle that cert-manager's injector fills in is not ours: a placeholder that we own would take the CA away again with every apply.
void leave_ca_to_injector(kube::Object& object);

// The rules of an aggregated ClusterRole are kube-controller-manager's: an empty list of ours would take them away again and again.
void leave_rules_to_aggregation(kube::Object& object);

// Ours on every object of a set: by the label it is watched and found again, by the hash a restart knows that it was sent as it is wanted now. Of a Secret no
// hash is kept: it would tell whoever guesses the content that the guess is right.
void mark(kube::Object& object, std::string_view set);

}  // namespace slipway::providers::detail
