#include "pkg/kubesim/core.h"

#include "pkg/kubesim/namespaces.h"

namespace slipway::kubesim {

Core::Core(async::Executor executor_, async::Clock& clock_, Options options_)
    : options(std::move(options_)),
      executor(executor_),
      clock(clock_),
      backend(clock_, options.watch_history),
      watches(executor_),
      housekeeper(executor_, backend, watches),
      auth(options.anonymous) {
  create_system_namespaces(backend);
  backend.storage().on_change([this](const GroupResource& gr, const Change& change) {
    watches.changed(gr);
    housekeeper.changed(gr, change);
  });
}

}  // namespace slipway::kubesim
