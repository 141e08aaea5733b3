// Leader election over a coordination.k8s.io/v1 Lease, as a pure function: (model, event) -> (model, action). The driver is leader_election.h.
//
// Flow: read the lease; take it where nobody holds it or where its record has not changed for its whole duration by our own clock; then renew it.
// Guarantees: two clocks are never compared: only the local time of the last change that was seen counts. A leader that could not renew for hold_limit(), or
// that sees another holder, is Lost at once; it never tries to win the lease back as if nothing had been. Assumptions: duration > renew deadline
// > 1.2 x retry period (validate()). Source of the rules: client-go tools/leaderelection.
#pragma once

#include <cstdint>
#include <string>

#include "pkg/async/clock.h"
#include "pkg/kube/types.h"

namespace slipway::runtime {

struct LeaderElectionOptions {
  std::string name;      // of the Lease, and of the metric
  std::string ns;        // of the Lease
  std::string identity;  // empty: "<hostname>_<uuid>"
  std::chrono::seconds lease_duration{15};
  std::chrono::seconds renew_deadline{10};
  std::chrono::seconds retry_period{2};
};
// Errors: Invalid, naming the option.
[[nodiscard]] Status validate(const LeaderElectionOptions& options);
// How long after the begin of its last successful renewal a leader leads. The renew deadline counts from the first attempt that could fail, a retry period
// after that renewal, as in client-go: 12 s by default, so that 9 s without a server are survived; and always half of the margin before the lease runs out.
[[nodiscard]] async::Duration hold_limit(const LeaderElectionOptions& options) noexcept;

struct LeaseRecord {
  std::string holder;
  std::int64_t duration_seconds = 0;
  std::string acquired;  // MicroTime
  std::string renewed;   // MicroTime
  std::int64_t transitions = 0;
  friend bool operator==(const LeaseRecord&, const LeaseRecord&) = default;
};
[[nodiscard]] LeaseRecord lease_record(const kube::Object& lease);
// The Lease with that record; metadata (and what others wrote into spec) stays.
void set_lease_record(kube::Object& lease, const LeaseRecord& record);

struct LeaseModel {
  bool leader = false;
  LeaseRecord observed;
  async::TimePoint observed_at{};  // when the record was first seen as it is
  async::TimePoint renewed_at{};   // leader: when the last successful write was begun
};

struct LeaseEvent {
  enum class Kind : std::uint8_t {
    Due,      // time to try
    Absent,   // there is no Lease
    Found,    // it is `record`
    Written,  // our `record` stands, begun at `begun`
    Failed    // the read or write failed, or was a conflict
  } kind = Kind::Due;
  LeaseRecord record;
  async::TimePoint begun{};
};

struct LeaseAction {
  enum class Kind : std::uint8_t {
    Read,    // the Lease
    Create,  // it, as `record`
    Update,  // it, as `record`, with the resourceVersion that was read
    Rest,    // for `delay`, then Due
    Lost     // stop leading, now
  } kind = Kind::Read;
  LeaseRecord record;
  async::Duration delay{};
};

struct LeaseNow {
  async::TimePoint mono;
  WallTime wall;
  double jitter = 0;  // [0, 1)
};
struct LeaseStep {
  LeaseModel model;
  LeaseAction action;
};
[[nodiscard]] LeaseStep step(const LeaderElectionOptions& options, LeaseModel model, const LeaseEvent& event, const LeaseNow& now);

}  // namespace slipway::runtime
