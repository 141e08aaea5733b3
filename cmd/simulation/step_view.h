// What a person sees of a reconcile: one line a step with the time it took, and a live line for the one that runs. Where there is no terminal, a plain
// log: a line when a step starts, each time its reason changes, and when it ends. Reads only the status that users read too.
// Thread: the loop's only.
#pragma once

#include <map>
#include <ostream>
#include <string>
#include <vector>

#include "pkg/async/clock.h"
#include "pkg/json/value.h"

namespace slipway::cmd {

class StepView {
 public:
  StepView(std::ostream& out, bool terminal, std::size_t width) : out_(out), terminal_(terminal), width_(width) {}

  void heading(std::string_view text, async::TimePoint now);
  void update(const json::Value& status, async::TimePoint now);
  void tick(async::TimePoint now);  // redraws the live line; terminals only
  void finish();                    // takes the live line away

 private:
  struct Seen {
    std::string state;
    std::string message;
    async::TimePoint started;
  };
  void line(std::string_view mark, std::string_view name, async::Duration took, std::string_view message);
  void clear();

  std::ostream& out_;
  bool terminal_;
  std::size_t width_;
  bool live_shown_ = false;
  std::string live_;  // name of the running step
  async::TimePoint began_{};
  std::map<std::string, Seen, std::less<>> seen_;
};

// The table of `tanzu cluster list --include-management-cluster`.
struct ClusterRow {
  std::string name, ns, status, control_plane, workers, kubernetes, roles, plan, release;
};
[[nodiscard]] ClusterRow cluster_row(const json::Value& object);
[[nodiscard]] std::string cluster_table(const std::vector<ClusterRow>& rows);
// "Stalled: MachineFailed: Machine x: no space on datastore": why an object does not become Ready; empty where nothing is wrong.
[[nodiscard]] std::string failure_of(const json::Value& object);

}  // namespace slipway::cmd
