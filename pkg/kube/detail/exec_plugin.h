// Credentials from an exec plugin: run when there are none, when they have expired and after the server refused them; at most once at a time, whoever asks.
//
// Guarantees: the loop is never blocked; a plugin that hangs is ended with the deadline of the request that needs it, at the latest after a minute; those who
// wait for the same run get its error too. Clock: expiry is a matter of the wall clock, looked at for every request.
// Errors: Unauthorized (no such program, with its install hint; an answer of no use), Transient (it failed), Timeout, Canceled. Never what it wrote.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "pkg/kube/detail/exec_credential.h"
#include "pkg/proc/proc.h"

namespace slipway::kube::detail {

using ExecCredentialPtr = std::shared_ptr<const ExecCredential>;
using RunProgram = std::function<Awaitable<Result<proc::Output>>(proc::Command)>;

class ExecPlugin {
 public:
  // The cluster's config holds the plugin's (config.exec).
  ExecPlugin(RunProgram run, async::Clock& clock, const ClusterConfig& config);
  Awaitable<Result<ExecCredentialPtr>> get(Deadline deadline);
  [[nodiscard]] ExecCredentialPtr current() const noexcept;  // null at first
  // The server said 401 to a request that these signed: they are not used again, unless there are others already.
  void refused(const ExecCredentialPtr& used) noexcept;

  struct State;

 private:
  std::shared_ptr<State> state_;
};

}  // namespace slipway::kube::detail
