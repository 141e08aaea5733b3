// The objects of a plan as a tree: each below the first of its owners that moves too, Clusters before other roots. Pure; any thread.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "pkg/pivot/pivot.h"

namespace slipway::cmd {

struct TreeLine {
  std::size_t object = 0;  // in Plan::objects
  std::string text;        // "│  └─ Machine one-0"; with its namespace where that is not the one of the line's owner
};
// Every object that moves or is kept, once.
[[nodiscard]] std::vector<TreeLine> move_tree(const pivot::Plan& plan);

}  // namespace slipway::cmd
