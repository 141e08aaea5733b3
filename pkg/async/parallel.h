// Many pieces of work side by side, a bounded number at a time, as one call. Thread: the loop's only.
#pragma once

#include <cstddef>
#include <functional>
#include <string>

#include "pkg/async/clock.h"
#include "pkg/base/error.h"

namespace slipway::async {

// Runs work(0) to work(count - 1) with at most `width` under way, on the caller's executor. After the first error no new one begins; that error is the result
// once all have ended. Cancellation reaches every piece. `name` is for diagnostics.
using Work = std::function<Awaitable<Status>(std::size_t)>;
Awaitable<Status> for_each(Clock* clock, std::string name, std::size_t count, std::size_t width, Work work);

}  // namespace slipway::async
