// What goes wrong on purpose: one step of the operator's, or the image of one Deployment, by name, and what the world does about it. Pure; any thread.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "pkg/kube/types.h"

namespace slipway::simcloud {

struct FailureRow {
  std::string_view step;             // the operator's, by the name that it goes by in status.steps; or kImageFailure
  std::string_view effect;           // one line for `slipway demo --help`
  std::string_view on = {};          // the servers that it happens on, by the beginning of their names; empty: not a matter of servers
  std::string_view deployment = {};  // "ns/name" whose image cannot be pulled
  std::string_view package = {};     // PackageInstall that cannot be reconciled
};
[[nodiscard]] std::span<const FailureRow> failure_table() noexcept;

// Not a step: "image:" and a Deployment, by its name or as ns/name.
inline constexpr std::string_view kImagePrefix = "image:";
inline constexpr std::string_view kImageFailure = "image:<Deployment>";  // as the table shows it

class Failures {
 public:
  explicit Failures(std::string step);
  [[nodiscard]] const std::string& step() const noexcept { return step_; }
  [[nodiscard]] bool known() const noexcept { return step_.empty() || row_ != nullptr || !deployment_.empty(); }
  [[nodiscard]] bool is(std::string_view step) const noexcept { return step_ == step; }

  // The Deployments whose image cannot be pulled.
  [[nodiscard]] bool image(std::string_view server, const kube::ObjectKey& deployment) const noexcept;
  // The PackageInstalls that cannot be reconciled.
  [[nodiscard]] bool package(std::string_view server, std::string_view name) const noexcept;
  // Why a VM of this role cannot be made; empty where it can.
  [[nodiscard]] std::string_view vm(std::string_view role) const noexcept;

 private:
  std::string step_;
  const FailureRow* row_ = nullptr;
  std::string deployment_;  // of an image failure
};

}  // namespace slipway::simcloud
