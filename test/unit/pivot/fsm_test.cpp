#include "pkg/pivot/fsm.h"

#include <catch2/catch_test_macros.hpp>

#include "pkg/pivot/journal.h"

namespace slipway {
namespace {

using namespace pivot;
using P = Phase;
using A = Action;

// "Prepare Lock Write(Pausing) ..." as a run goes from `phase` when every action ends well.
std::string path(P phase, Event first) {
  Machine machine(phase);
  std::string out;
  Event event = first;
  for (int i = 0; i < 40; ++i) {
    const Step step = machine.resume(event);
    if (!out.empty()) out += " ";
    out += to_string(step.action);
    if (step.action == A::Write) out.append("(").append(to_string(step.phase)).append(")");
    if (step.action == A::Return || step.action == A::Stop || step.action == A::RefuseCommitted || step.action == A::RefuseRolledBack) break;
    event = Event::Done;
  }
  return out;
}

constexpr std::string_view kFromPausing = "Pause Freeze Write(Frozen) Write(Creating) Create Verify Write(Verified) Commit ";
constexpr std::string_view kFromCommit = "Write(Deleting) Delete Write(Finalizing) Finalize Write(Completed) Unlock Return";

}  // namespace

TEST_CASE("a run goes on from whatever phase the journal says") {
  const std::string tail = std::string(kFromPausing) + std::string(kFromCommit);
  const std::string end(kFromCommit);
  struct Row {
    P phase;
    std::string path;
  };
  for (const auto& row : std::vector<Row>{{P::Planned, "Prepare Lock Write(Pausing) " + tail},
                                          {P::Locked, "Relock Write(Pausing) " + tail},
                                          {P::Pausing, "Relock " + tail},
                                          {P::Frozen, "Relock Write(Creating) Create Verify Write(Verified) Commit " + end},
                                          {P::Creating, "Relock Create Verify Write(Verified) Commit " + end},
                                          {P::Verified, "Relock Verify Commit " + end},
                                          {P::Committed, "Relock " + end},
                                          {P::Deleting, "Relock Delete Write(Finalizing) Finalize Write(Completed) Unlock Return"},
                                          {P::Finalizing, "Finalize Write(Completed) Unlock Return"},
                                          {P::Completed, "Return"},
                                          {P::RollingBack, "Relock DeleteCopies RestoreSource Write(RolledBack) Unlock RefuseRolledBack"},
                                          {P::RolledBack, "RefuseRolledBack"}}) {
    INFO(to_string(row.phase));
    CHECK(path(row.phase, Event::Start) == row.path);
  }
}

TEST_CASE("an undo is done before the commit and refused from it on") {
  for (const auto phase : {P::Planned, P::Locked, P::Pausing, P::Frozen, P::Creating, P::Verified})
    CHECK(path(phase, Event::Undo) == "Relock Write(RollingBack) DeleteCopies RestoreSource Write(RolledBack) Unlock Return");
  CHECK(path(P::RollingBack, Event::Undo) == "Relock DeleteCopies RestoreSource Write(RolledBack) Unlock Return");
  CHECK(path(P::RolledBack, Event::Undo) == "Return");
  for (const auto phase : {P::Committed, P::Deleting, P::Finalizing, P::Completed}) CHECK(path(phase, Event::Undo) == "RefuseCommitted");
}

TEST_CASE("a set that has changed is frozen again, and a pause that was lost is taken again") {
  Machine machine(P::Creating);
  static_cast<void>(machine.resume(Event::Start));
  static_cast<void>(machine.resume(Event::Done));
  CHECK(machine.resume(Event::SetChanged) == Step{A::Freeze, P::Pausing});
  CHECK(machine.resume(Event::Done) == Step{A::Write, P::Frozen});
  CHECK(machine.resume(Event::Done) == Step{A::Write, P::Creating});
  CHECK(machine.resume(Event::Done) == Step{A::Create, P::Creating});
  CHECK(machine.resume(Event::Done) == Step{A::Verify, P::Creating});
  CHECK(machine.resume(Event::PauseLost) == Step{A::Pause, P::Pausing});
  CHECK(machine.resume(Event::Done) == Step{A::Freeze, P::Pausing});
}

TEST_CASE("an error stops the machine wherever it is, and the journal's phase stays") {
  Machine machine(P::Deleting);
  static_cast<void>(machine.resume(Event::Start));
  CHECK(machine.resume(Event::Failed) == Step{A::Stop, P::Deleting});
}

TEST_CASE("both journals together tell the phase") {
  const std::optional<P> none;
  struct Row {
    std::optional<P> source, target;
    P phase;
  };
  for (const auto& row : std::vector<Row>{
           {none, none, P::Planned},
           {none, P::Locked, P::Planned},
           {P::Locked, none, P::Planned},
           {P::Locked, P::Locked, P::Locked},
           {P::Creating, P::Locked, P::Creating},
           {P::Creating, none, P::Creating},  // the target's was taken away: it has nothing that the source's lacks
           {P::Verified, P::Committed, P::Committed},
           {P::Committed, P::Committed, P::Committed},
           {P::Committed, P::Deleting, P::Deleting},
           {none, P::Finalizing, P::Finalizing},
           {P::Deleting, P::Completed, P::Completed},
           {P::Committed, P::Locked, P::Committed},
           {P::RollingBack, P::Locked, P::RollingBack},
           {P::RollingBack, P::RolledBack, P::RollingBack},
           {P::RolledBack, P::RolledBack, P::RolledBack},
           {P::Creating, P::RollingBack, P::RollingBack},
       }) {
    INFO((row.source ? to_string(*row.source) : "none") << " " << (row.target ? to_string(*row.target) : "none"));
    CHECK(reconcile(row.source, row.target) == row.phase);
  }
}

}  // namespace slipway
