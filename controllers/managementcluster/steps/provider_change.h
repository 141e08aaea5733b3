// Changes of what is installed: who may make one, and the way back from one that does not work. Pure; any thread.
#pragma once

#include <span>

#include "controllers/managementcluster/observed.h"

namespace slipway::controllers::managementcluster {

// Where another request, which still wants it so, has installed one of the sets, and not as it is here: the plan that says so. Equal sets are shared.
[[nodiscard]] std::optional<StepPlan> installed_by_another(const Input& in, Role role, std::span<const Resolved* const> sets);
// install(), with a note on the inventory entries before the first write of a change. An upgrade that is not healthy within half of spec.deadlines.providers is
// taken back: what the entries say is installed again (but for CRDs), and stays until something of what is wanted changes. From the command line: install().
[[nodiscard]] StepPlan install_or_go_back(const Input& in, Role role, std::span<const Resolved* const> sets);

}  // namespace slipway::controllers::managementcluster
