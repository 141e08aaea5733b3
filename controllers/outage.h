// What it means for status that a cluster which was read has stopped answering: its caches show the past, so nothing that rests on them is known any more.
// A short outage (an API server that restarts) is not reported: kOutagePatience. Pure; any thread.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "controllers/cluster_view.h"
#include "controllers/conditions.h"
#include "pkg/async/clock.h"

namespace slipway::controllers {

// Condition Available of the resource whose cluster this is; `name` as in "the management cluster answers at https://...".
void set_available(Conditions& conditions, const ClusterView& view, std::string_view name);

struct Reliance {
  const ClusterView& view;
  std::string_view name;
  std::string_view reason;  // of reasons.h, where it does not answer
};
// The summary, where all that it rests on answers; else neither Ready nor healthy, with who does not answer.
[[nodiscard]] Summary with_outages(Summary summary, std::span<const Reliance> reliances);
// How long until the first outage that is not reported yet would be.
[[nodiscard]] std::optional<async::Duration> until_reported(std::span<const Reliance> reliances);
// The earlier of two times, where there are any.
[[nodiscard]] std::optional<async::Duration> earlier(std::optional<async::Duration> a, std::optional<async::Duration> b);

}  // namespace slipway::controllers
