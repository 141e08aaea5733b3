#include "controllers/timeline.h"

#include <algorithm>
#include <string_view>

#include "pkg/base/strings.h"

namespace slipway::controllers {
namespace {

const api::StepStatus* find(const std::vector<api::StepStatus>& list, std::string_view name) {
  const auto found = std::ranges::find(list, name, &api::StepStatus::name);
  return found == list.end() ? nullptr : &*found;
}

bool over(std::string_view state) { return state == "Done" || state == "Skipped"; }

api::StepStatus pending(std::string_view name) {
  api::StepStatus s;
  s.name = name;
  s.state = "Pending";
  return s;
}

api::StepStatus next_of(const StepPlan& plan, const api::StepStatus& was, bool after_current, const TimelineInput& input) {
  const bool was_over = over(was.state);
  if (plan.state == StepState::Pending || (after_current && plan.over() && !was_over)) return pending(was.name);
  api::StepStatus s = was;
  s.state = to_string(plan.state);
  if (!plan.message.empty() || !plan.over()) s.message = shorten(plan.message, kMessageLimit);
  const bool starts = was.startedAt.empty() || was.state == "Pending" || (!plan.over() && (was_over || input.fresh));
  if (starts) {
    s.startedAt = to_rfc3339(input.now);
    s.finishedAt.clear();
  }
  if (plan.over() && (s.finishedAt.empty() || !was_over)) s.finishedAt = to_rfc3339(input.now);
  if (!plan.over()) s.finishedAt.clear();
  return s;
}

std::optional<WallTime> after(const std::string& start, const std::string& limit, std::optional<WallTime> later = {}) {
  const auto at = parse_rfc3339(start);
  const auto duration = parse_duration(limit);
  if (!at || !duration) return std::nullopt;
  return std::max(*at, later.value_or(*at)) + *duration;
}

// The member's name, for the message.
std::string_view deadline_name(std::string api::Deadlines::* member) {
  using D = api::Deadlines;
  if (member == &D::bootstrap) return "bootstrap";
  if (member == &D::providers) return "providers";
  if (member == &D::packages) return "packages";
  if (member == &D::controlPlane) return "controlPlane";
  if (member == &D::nodes) return "nodes";
  if (member == &D::pivot) return "pivot";
  return "total";
}

}  // namespace

std::vector<api::StepStatus> advance(const TimelineInput& input) {
  std::vector<api::StepStatus> out;
  for (std::size_t i = 0; i < input.steps.size(); ++i) {
    const api::StepStatus* was = find(input.before, input.steps[i].name);
    out.push_back(next_of(input.walk.plans[i], was == nullptr ? pending(input.steps[i].name) : *was, i > input.walk.current, input));
  }
  return out;
}

std::optional<Expiry> expiry(const std::vector<StepInfo>& steps, const Walk& walk, const std::vector<api::StepStatus>& timeline,
                             const api::Deadlines& deadlines, bool total_applies) {
  if (walk.finished()) return std::nullopt;
  std::optional<Expiry> out;
  const auto take = [&](const std::string& start, std::string api::Deadlines::* member, std::optional<WallTime> later = {}) {
    const auto at = after(start, deadlines.*member, later);
    if (!at || (out && out->at <= *at)) return;
    out = Expiry{*at, "spec.deadlines." + std::string(deadline_name(member)) + " (" + deadlines.*member + ")"};
  };
  if (steps[walk.current].deadline != nullptr) take(timeline[walk.current].startedAt, steps[walk.current].deadline, walk.plans[walk.current].since);
  if (total_applies) take(timeline.front().startedAt, &api::Deadlines::total);
  return out;
}

std::vector<Edge> edges(const std::vector<api::StepStatus>& before, const std::vector<api::StepStatus>& after_) {
  std::vector<Edge> out;
  for (std::size_t i = 0; i < after_.size(); ++i) {
    const api::StepStatus* was = find(before, after_[i].name);
    if (after_[i].state == "Pending" || (was != nullptr && was->state == after_[i].state)) continue;
    Edge edge{i, after_[i].state, after_[i].message, 0};
    const auto started = parse_rfc3339(after_[i].startedAt);
    const auto finished = parse_rfc3339(after_[i].finishedAt);
    if (started && finished) edge.seconds = std::chrono::duration<double>(*finished - *started).count();
    out.push_back(std::move(edge));
  }
  return out;
}

}  // namespace slipway::controllers
