// Bodies that are sent in pieces: whole lists, and watches.
#pragma once

#include <memory>

#include "test/bench/runtime/server/world.h"

namespace slipway::bench {

// A list of objects [begin, end) of a kind; all at once where that is small. Built-in kinds leave apiVersion and kind out of the items, as the API server does.
[[nodiscard]] net::Response list_response(World& world, const Kind& kind, std::size_t begin, std::size_t end, std::string_view continue_token);
// A watch from now on; with `initial`, all objects and the bookmark that ends them come first (WatchList).
[[nodiscard]] net::Response watch_response(World& world, async::Executor executor, std::size_t kind, bool initial);

}  // namespace slipway::bench
