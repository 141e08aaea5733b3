#include "controllers/step.h"

#include <utility>

namespace slipway::controllers {
namespace {

StepPlan make(StepState state, std::string reason, std::string message) {
  StepPlan plan;
  plan.state = state;
  plan.reason = std::move(reason);
  plan.message = std::move(message);
  return plan;
}

std::string on(Role role) { return " on " + std::string(to_string(role)); }

struct Describe {
  std::string operator()(const Apply& i) const { return "apply " + kube::describe(i.object) + on(i.cluster); }
  std::string operator()(const Merge& i) const { return "patch " + i.gvr.resource + " " + i.key.to_string() + on(i.cluster); }
  std::string operator()(const Delete& i) const { return "delete " + i.gvr.resource + " " + i.key.to_string() + on(i.cluster); }
  std::string operator()(const CopySecret& i) const {
    return "copy Secret " + i.source.to_string() + " of " + std::string(to_string(i.from)) + " to " + i.target.to_string() + on(i.to);
  }
  std::string operator()(const AskWebhooks& i) const { return "ask the webhooks of " + i.components->manifest_label() + on(i.cluster); }
  std::string operator()(const IssueCertificate& i) const {
    return "issue Certificate " + i.certificate.certificate.to_string() + " into Secret " + i.certificate.secret.to_string() + on(i.cluster);
  }
  std::string operator()(const MigrateStorage& i) const { return "migrate what is stored of CustomResourceDefinition " + i.crd + on(i.cluster); }
  std::string operator()(const EnsureBootstrap&) const { return "create the bootstrap cluster"; }
  std::string operator()(const DestroyBootstrap&) const { return "take the bootstrap cluster down"; }
  std::string operator()(const RunPivot& i) const { return i.direction == RunPivot::Direction::Forward ? "move to the target" : "move back to the bootstrap"; }
};

}  // namespace

std::string_view to_string(StepState state) noexcept {
  switch (state) {
    case StepState::Pending: return "Pending";
    case StepState::Running:
    case StepState::Waiting: return "Running";
    case StepState::Done: return "Done";
    case StepState::Skipped: return "Skipped";
    case StepState::Failed:
    case StepState::Stuck: return "Failed";
  }
  return "Pending";
}

StepPlan done(std::string reason, std::string message) { return make(StepState::Done, std::move(reason), std::move(message)); }
StepPlan skipped(std::string message, std::string reason) { return make(StepState::Skipped, std::move(reason), std::move(message)); }
StepPlan waiting(std::string reason, std::string message) { return make(StepState::Waiting, std::move(reason), std::move(message)); }
StepPlan failed(std::string reason, std::string message) { return make(StepState::Failed, std::move(reason), std::move(message)); }
StepPlan stuck(std::string reason, std::string message) { return make(StepState::Stuck, std::move(reason), std::move(message)); }

StepPlan running(std::string reason, std::string message, std::vector<Intent> intents) {
  StepPlan plan = make(StepState::Running, std::move(reason), std::move(message));
  plan.intents = std::move(intents);
  return plan;
}

StepPlan from(topology::Readiness readiness) {
  StepPlan plan = make(readiness.ready    ? StepState::Done
                       : readiness.failed ? StepState::Failed
                                          : StepState::Waiting,
                       std::move(readiness.reason), std::move(readiness.message));
  plan.have = readiness.have;
  plan.want = readiness.want;
  return plan;
}

std::string describe(const Intent& intent) { return std::visit(Describe{}, intent); }

}  // namespace slipway::controllers
