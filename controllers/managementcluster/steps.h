// The flow of a ManagementClusterRequest as two tables: to Ready, and away. Pure; any thread.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "controllers/managementcluster/observed.h"

namespace slipway::controllers::managementcluster {

[[nodiscard]] std::span<const Step<Input>> creation_steps() noexcept;
[[nodiscard]] std::span<const Step<Input>> deletion_steps() noexcept;

// mode Plan: what would be done, a line a step.
[[nodiscard]] std::vector<std::string> plan_lines(const Input& in);

}  // namespace slipway::controllers::managementcluster
