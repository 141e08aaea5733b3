// status.conditions of both kinds by the rules of Kubernetes' consumers: metav1 fields, every owned condition present from the first visit, lastTransitionTime
// only when a status flips, Ready Unknown while progressing and False only for failure, Reconciling and Stalled abnormal-true, removed otherwise, never both.
// Pure; any thread.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "controllers/step.h"
#include "controllers/timeline.h"
#include "pkg/base/time.h"

namespace slipway::controllers {

class Conditions {
 public:
  Conditions(std::vector<api::Condition> before, std::int64_t generation, WallTime now);
  void set(std::string_view type, std::string_view status, std::string_view reason, std::string_view message);
  void remove(std::string_view type);
  [[nodiscard]] const api::Condition* find(std::string_view type) const;
  void keep(std::string_view type);  // as it was, but for this generation; Unknown where it was not there
  // Every type of `order` but those that summarize() sets, kept or as nothing has happened.
  void complete(std::span<const std::string_view> order);
  [[nodiscard]] std::vector<api::Condition> take(std::span<const std::string_view> order) &&;

 private:
  std::vector<api::Condition> list_;
  std::int64_t generation_;
  WallTime now_;
};

// What the object as a whole is doing. Exactly one of the rows of `summarize`.
struct Summary {
  enum class State : std::uint8_t {
    Ready,
    Progressing,  // Ready Unknown, Reconciling
    Retrying,     // failed, tried again: Ready False, Reconciling
    Stalled,      // Ready False, Stalled
    Paused,
    Planned,
    Deleting
  } state = State::Progressing;
  std::string reason;
  std::string message;
};
// Ready, Reconciling, Stalled, Paused, Deleting.
void summarize(Conditions& conditions, const Summary& summary);

// The conditions that steps belong to: True where all of a condition's steps are over, False where one failed, Unknown otherwise.
void set_step_conditions(Conditions& conditions, const std::vector<StepInfo>& steps, const Walk& walk, const std::optional<Stall>& stall);

// The summary of a walk: which state, and "step 7/23 bootstrap-packages: 9/13 packages reconciled".
[[nodiscard]] Summary summary_of(const std::vector<StepInfo>& steps, const Walk& walk, const std::optional<Stall>& stall);
// What there is to say without a walk: an invalid spec, paused, planned.
[[nodiscard]] api::ClusterStatus quiet(const api::ClusterStatus& before, std::int64_t generation, const Summary& summary,
                                       std::span<const std::string_view> order, WallTime now);
// "7/23"
[[nodiscard]] std::string progress_of(const Walk& walk);

}  // namespace slipway::controllers
