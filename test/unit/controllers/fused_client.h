// A client with a fuse: after so many writes the process counts as killed. The write that blows it still reaches the server, its answer does not come back;
// after that nothing does. One fuse is shared by all clients of an operator.
#pragma once

#include <memory>

#include "pkg/kube/client.h"

namespace slipway::test {

struct Fuse {
  std::uint64_t writes = 0;
  std::uint64_t blows_after = 0;  // 0: never
  [[nodiscard]] bool blown() const noexcept { return blows_after != 0 && writes >= blows_after; }
};

[[nodiscard]] std::shared_ptr<kube::Client> fused(std::shared_ptr<kube::Client> client, std::shared_ptr<Fuse> fuse);

}  // namespace slipway::test
