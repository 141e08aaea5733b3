#include "pkg/runtime/lease_fsm.h"

#include <algorithm>

#include "pkg/base/time.h"

namespace slipway::runtime {
namespace {

using Do = LeaseAction::Kind;
using Kind = LeaseEvent::Kind;
using async::Duration;

LeaseStep act(LeaseModel model, Do kind, LeaseRecord record = {}, Duration delay = {}) {
  return {std::move(model), {.kind = kind, .record = std::move(record), .delay = delay}};
}

// Candidates spread out, 1 to 2.2 times the period (client-go JitterFactor 1.2); a leader keeps its pace, and gets in more tries when its time runs out.
LeaseStep rest(const LeaderElectionOptions& o, LeaseModel model, const LeaseNow& now) {
  if (model.leader) {
    const Duration left = model.renewed_at + hold_limit(o) - now.mono;
    const Duration delay = std::min<Duration>(o.retry_period, std::max<Duration>(left / 2, std::chrono::milliseconds(250)));
    return act(std::move(model), Do::Rest, {}, delay);
  }
  const std::chrono::duration<double> spread(static_cast<double>(o.retry_period.count()) * (1 + 1.2 * now.jitter));
  return act(std::move(model), Do::Rest, {}, std::chrono::duration_cast<Duration>(spread));
}

LeaseRecord ours(const LeaderElectionOptions& o, const LeaseModel& model, const LeaseNow& now) {
  const std::string stamp = to_rfc3339_micro(now.wall);
  LeaseRecord record{
      .holder = o.identity, .duration_seconds = o.lease_duration.count(), .acquired = stamp, .renewed = stamp, .transitions = model.observed.transitions};
  if (model.observed.holder == o.identity) {
    record.acquired = model.observed.acquired;
  } else if (!model.observed.holder.empty() || !model.observed.acquired.empty()) {
    ++record.transitions;
  }
  return record;
}

void observe(LeaseModel& model, const LeaseRecord& record, const LeaseNow& now) {
  if (model.observed == record && model.observed_at != async::TimePoint{}) return;
  model.observed = record;
  model.observed_at = now.mono;
}

LeaseStep found(const LeaderElectionOptions& o, LeaseModel model, const LeaseRecord& record, const LeaseNow& now) {
  observe(model, record, now);
  if (record.holder == o.identity || (!model.leader && record.holder.empty())) {
    LeaseRecord next = ours(o, model, now);
    return act(std::move(model), Do::Update, std::move(next));
  }
  if (model.leader) return act(std::move(model), Do::Lost);
  // A record without a duration is nobody's promise; ours is then the measure.
  const std::chrono::seconds promised(record.duration_seconds > 0 ? record.duration_seconds : o.lease_duration.count());
  if (now.mono - model.observed_at <= promised) return rest(o, std::move(model), now);
  LeaseRecord next = ours(o, model, now);
  return act(std::move(model), Do::Update, std::move(next));
}

LeaseStep due(const LeaderElectionOptions& o, LeaseModel model, const LeaseNow& now) {
  // A leader renews with what it wrote last; a candidate must look.
  if (!model.leader) return act(std::move(model), Do::Read);
  LeaseRecord next = ours(o, model, now);
  return act(std::move(model), Do::Update, std::move(next));
}

}  // namespace

LeaseStep step(const LeaderElectionOptions& o, LeaseModel model, const LeaseEvent& event, const LeaseNow& now) {
  if (model.leader && event.kind != Kind::Written && now.mono - model.renewed_at >= hold_limit(o)) return act(std::move(model), Do::Lost);
  switch (event.kind) {
    case Kind::Due: return due(o, std::move(model), now);
    case Kind::Absent: {
      // A leader whose lease was deleted makes it again; nobody else can have written one in between, or there would be one.
      LeaseRecord next = ours(o, model, now);
      return act(std::move(model), Do::Create, std::move(next));
    }
    case Kind::Found: return found(o, std::move(model), event.record, now);
    case Kind::Written:
      model.leader = true;
      model.renewed_at = event.begun;
      observe(model, event.record, now);
      if (now.mono - model.renewed_at >= hold_limit(o)) return act(std::move(model), Do::Lost);
      return rest(o, std::move(model), now);
    case Kind::Failed: return rest(o, std::move(model), now);
  }
  return rest(o, std::move(model), now);
}

Duration hold_limit(const LeaderElectionOptions& o) noexcept {
  const Duration safe = (Duration(o.renew_deadline) + Duration(o.lease_duration)) / 2;
  return std::min<Duration>(o.renew_deadline + o.retry_period, safe);
}

Status validate(const LeaderElectionOptions& o) {
  if (o.name.empty() || o.ns.empty()) return fail(Disposition::Invalid, "leader election: the Lease needs a name and a namespace");
  if (o.retry_period <= std::chrono::seconds(0)) return fail(Disposition::Invalid, "leader election: the retry period must be positive");
  if (static_cast<double>(o.renew_deadline.count()) <= 1.2 * static_cast<double>(o.retry_period.count()))
    return fail(Disposition::Invalid, "leader election: the renew deadline must be more than 1.2 times the retry period");
  if (o.lease_duration <= o.renew_deadline) return fail(Disposition::Invalid, "leader election: the lease duration must be longer than the renew deadline");
  return {};
}

LeaseRecord lease_record(const kube::Object& lease) {
  const json::Value& spec = lease["spec"];
  return {.holder = spec["holderIdentity"].str(),
          .duration_seconds = spec["leaseDurationSeconds"].as_int(),
          .acquired = spec["acquireTime"].str(),
          .renewed = spec["renewTime"].str(),
          .transitions = spec["leaseTransitions"].as_int()};
}

void set_lease_record(kube::Object& lease, const LeaseRecord& record) {
  json::Value& spec = lease.ref("spec");
  spec.set("holderIdentity", record.holder);
  spec.set("leaseDurationSeconds", record.duration_seconds);
  spec.set("acquireTime", record.acquired);
  spec.set("renewTime", record.renewed);
  spec.set("leaseTransitions", record.transitions);
}

}  // namespace slipway::runtime
