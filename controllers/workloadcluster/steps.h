// The flow of a WorkloadCluster as two tables: to Ready, and away. Pure; any thread.
#pragma once

#include <span>

#include "controllers/workloadcluster/observed.h"

namespace slipway::controllers::workloadcluster {

[[nodiscard]] std::span<const Step<Input>> creation_steps() noexcept;
[[nodiscard]] std::span<const Step<Input>> deletion_steps() noexcept;

}  // namespace slipway::controllers::workloadcluster
