#include "pkg/kube/detail/exec_plugin.h"

#include <unistd.h>

#include "pkg/async/sync.h"
#include "pkg/log/log.h"
#include "pkg/metrics/metrics.h"
#include "pkg/net/pki.h"

namespace slipway::kube::detail {

struct ExecPlugin::State {
  State(RunProgram r, async::Clock& c, const ClusterConfig& config)
      : run(std::move(r)), clock(&c), exec(*config.exec), info(exec_info(exec, config)), name(exec.command.substr(exec.command.rfind('/') + 1)) {}
  RunProgram run;
  async::Clock* clock;
  ExecConfig exec;
  std::string info;
  std::string name;
  ExecCredentialPtr current;
  bool stale = true;
  std::shared_ptr<async::Event> running;
  std::uint64_t runs = 0;  // that have ended
  std::optional<Error> last_error;

  [[nodiscard]] bool usable() const { return current && !stale && (!current->expires || clock->wall() < *current->expires); }
};

namespace {

using StatePtr = std::shared_ptr<ExecPlugin::State>;

constexpr auto kRunLimit = std::chrono::seconds(60);
constexpr std::size_t kMaxOutput = 10UL << 20U;

void count_call(int code, const char* status) {
  metrics::registry()
      .counter("rest_client_exec_plugin_call_total",
               "Number of calls to an exec plugin, partitioned by the type of event encountered (no_error, plugin_execution_error, plugin_not_found_error, "
               "client_internal_error) and an optional exit code. The exit code will be set to 0 if and only if the plugin call was successful.",
               {{"code", std::to_string(code)}, {"call_status", status}})
      .add();
}

// How long the certificate before lived, and how long the new one will.
void note_certificate(const ExecCredential* before, const ExecCredential& now, WallTime wall) {
  constexpr std::array kAges{600.0, 1800.0, 3600.0, 14400.0, 86400.0, 604800.0, 2592000.0, 7776000.0, 15552000.0, 31104000.0, 124416000.0};
  const auto seconds = [](auto d) { return std::chrono::duration<double>(d).count(); };
  if (before != nullptr && !before->cert_pem.empty() && before->cert_pem != now.cert_pem)
    if (const auto validity = net::validity_of(before->cert_pem))
      metrics::registry()
          .histogram("rest_client_exec_plugin_certificate_rotation_age",
                     "Histogram of the number of seconds the last auth exec plugin client certificate lived before being rotated. If auth exec plugin client "
                     "certificates are unused, histogram will contain no data.",
                     kAges)
          .observe(seconds(wall - validity->from));
  if (now.cert_pem.empty() || !now.expires) return;
  metrics::registry()
      .gauge("rest_client_exec_plugin_ttl_seconds",
             "Gauge of the shortest TTL (time-to-live) of the client certificate(s) managed by the auth exec plugin. The value is in seconds until certificate "
             "expiry (negative if already expired). If auth exec plugins are unused or manage no TLS certificates, the value will be +INF.")
      .set(seconds(*now.expires - wall));
}

proc::Command command_of(const ExecPlugin::State& state, Deadline deadline) {
  proc::Command command;
  command.argv.push_back(state.exec.command);
  command.argv.insert(command.argv.end(), state.exec.args.begin(), state.exec.args.end());
  for (char** entry = ::environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    if (const auto equals = text.find('='); equals != std::string_view::npos && equals > 0)
      command.env.emplace(std::string(text.substr(0, equals)), std::string(text.substr(equals + 1)));
  }
  for (const auto& [name, value] : state.exec.env) command.env[name] = value;
  command.env["KUBERNETES_EXEC_INFO"] = state.info;
  if (const auto path = command.env.find("PATH"); path != command.env.end()) command.path = path->second;
  command.deadline = min(deadline, state.clock->after(kRunLimit));
  command.max_output = command.output_limit = kMaxOutput;
  return command;
}

Error explain(const ExecPlugin::State& state, const Error& error) {
  if (error.is(Disposition::NotFound)) {
    count_call(1, "plugin_not_found_error");
    std::string text = "there is no such program";
    if (!state.exec.install_hint.empty()) text += ". " + state.exec.install_hint;
    return Error(Disposition::Unauthorized, std::move(text));
  }
  count_call(1, error.is(Disposition::Canceled) ? "client_internal_error" : "plugin_execution_error");
  return error.is(Disposition::Invalid) || error.is(Disposition::Terminal) ? Error(Disposition::Unauthorized, error.message()) : error;
}

Awaitable<Result<ExecCredential>> run_plugin(StatePtr state, Deadline deadline) {
  if (state->exec.interactive_mode == "Always") co_return fail(Disposition::Unauthorized, "it wants a terminal (interactiveMode: Always), and there is none");
  auto output = co_await state->run(command_of(*state, deadline));
  if (!output) co_return fail(explain(*state, output.error()));
  if (!output->ok()) {
    count_call(output->exit_code, "plugin_execution_error");
    const std::string how = output->signal != 0 ? "was ended by signal " + std::to_string(output->signal) : "exited with " + std::to_string(output->exit_code);
    co_return fail(Disposition::Transient, "it " + how + "; run it by hand to see why");
  }
  auto parsed = parse_exec_credential(output->out, state->exec);
  count_call(parsed ? 0 : 1, parsed ? "no_error" : "client_internal_error");
  co_return parsed;
}

// Frees the turn however the running coroutine ends.
class Turn {
 public:
  Turn(StatePtr state, const async::Executor& executor) : state_(std::move(state)) { state_->running = std::make_shared<async::Event>(executor); }
  ~Turn() {
    ++state_->runs;
    std::exchange(state_->running, nullptr)->set();
  }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;

 private:
  StatePtr state_;
};

Awaitable<Status> refresh(StatePtr state, Deadline deadline) {
  const async::Executor executor = co_await async::asio::this_coro::executor;
  const Turn turn(state, executor);
  state->last_error = Error(Disposition::Canceled, "stopped");  // unless it ends otherwise
  auto credential = co_await run_plugin(state, deadline);
  if (!credential) {
    state->last_error = std::move(credential).error().in("exec plugin " + state->name);
    if (!state->last_error->is(Disposition::Canceled)) log::warn("exec plugin failed", {{"plugin", state->name}, {"error", state->last_error->message()}});
    co_return fail(*state->last_error);
  }
  state->last_error.reset();
  note_certificate(state->current.get(), *credential, state->clock->wall());
  state->current = std::make_shared<const ExecCredential>(std::move(*credential));
  state->stale = false;
  co_return Status{};
}

Awaitable<Result<ExecCredentialPtr>> get_credential(StatePtr state, Deadline deadline) {
  for (;;) {
    if (state->usable()) co_return state->current;
    if (!state->running) {
      auto refreshed = co_await refresh(state, deadline);
      if (!refreshed) co_return fail(std::move(refreshed).error());
      co_return state->current;
    }
    const std::uint64_t seen = state->runs;
    const std::shared_ptr<async::Event> running = state->running;
    auto ended = co_await running->wait(*state->clock, deadline);
    if (!ended) co_return fail(std::move(ended).error().in("waiting for exec plugin " + state->name));
    // The one who ran it may have been cancelled, or had less time than we have: then it is our turn.
    const bool failed =
        state->runs != seen && state->last_error && !state->last_error->is(Disposition::Canceled) && !state->last_error->is(Disposition::Timeout);
    if (failed) co_return fail(*state->last_error);
  }
}

}  // namespace

ExecPlugin::ExecPlugin(RunProgram run, async::Clock& clock, const ClusterConfig& config) : state_(std::make_shared<State>(std::move(run), clock, config)) {}

Awaitable<Result<ExecCredentialPtr>> ExecPlugin::get(Deadline deadline) { return get_credential(state_, deadline); }

ExecCredentialPtr ExecPlugin::current() const noexcept { return state_->current; }

void ExecPlugin::refused(const ExecCredentialPtr& used) noexcept {
  if (used == state_->current) state_->stale = true;
}

}  // namespace slipway::kube::detail
