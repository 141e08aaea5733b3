// kind, through its binary: what it makes is a container beside a container engine, so `kind` and the engine must be where the operator runs. Its clusters have
// names of our own, so that a killed operator finds them again; `kind` itself says which exist.
#include <cstdio>
#include <cstdlib>

#include "pkg/base/strings.h"
#include "pkg/bootstrap/detail/drivers.h"
#include "pkg/proc/proc.h"
#include "pkg/yaml/yaml.h"

namespace slipway::bootstrap::detail {
namespace {

constexpr auto kQueryLimit = std::chrono::seconds(30);
constexpr auto kCreateLimit = std::chrono::minutes(10);  // pulls the node image where it is not there yet

// kind limits names to what fits into host names of its containers.
std::string name_for(const Context& context) {
  return shorten("slipway-" + std::string(kube::name_of(context.owner)) + "-" + std::string(kube::uid_of(context.owner)).substr(0, 8), 50);
}

std::map<std::string, std::string> environment() {
  std::map<std::string, std::string> env;
  for (const char* name : {"HOME", "PATH", "DOCKER_HOST", "DOCKER_CERT_PATH", "DOCKER_TLS_VERIFY", "XDG_RUNTIME_DIR", "KIND_EXPERIMENTAL_PROVIDER",
                           "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"})
    if (const char* value = std::getenv(name); value != nullptr) env[name] = value;
  return env;
}

async::Awaitable<Result<std::string>> kind(Context context, std::vector<std::string> arguments, std::string input, async::Duration limit) {
  proc::Command command;
  command.argv.emplace_back("kind");
  command.argv.insert(command.argv.end(), arguments.begin(), arguments.end());
  command.env = environment();
  if (const auto path = command.env.find("PATH"); path != command.env.end()) command.path = path->second;
  command.stdin_text = std::move(input);
  async::Clock& clock = context.hub->clock();
  command.deadline = clock.after(limit);
  const std::string what = "kind " + join(std::span<const std::string>(arguments).first(2), " ");
  auto output = co_await proc::run(context.executor, clock, std::move(command));
  if (!output) {
    if (output.error().is(Disposition::NotFound))
      co_return fail(Disposition::NotFound, "the kind binary is not where the operator runs: install it, or use another kind of bootstrap cluster");
    co_return fail(std::move(output).error().in(what));
  }
  if (output->ok()) co_return std::move(output->out);
  // kind prints its reason last; `get kubeconfig` prints credentials on stdout, which is never shown.
  const auto lines = split(trim(output->err), '\n');
  co_return fail(Disposition::Transient, what + ": " + shorten(lines.empty() ? "failed" : lines.back(), 300));
}

std::string config_of(const Context& context) {
  const api::KindBootstrap spec = context.spec.kind.value_or(api::KindBootstrap{});
  json::Value node = json::Object{{"role", "control-plane"}};
  if (!spec.nodeImage.empty()) node.set("image", spec.nodeImage);
  for (const std::string& patch : spec.kubeadmConfigPatches) node.ref("kubeadmConfigPatches").push_back(patch);
  for (const json::Value& mount : spec.extraMounts) node.ref("extraMounts").push_back(mount);
  json::Value config = json::Object{{"kind", "Cluster"}, {"apiVersion", "kind.x-k8s.io/v1alpha4"}};
  config.ref("networking") = json::Object{{"podSubnet", spec.podSubnet}, {"serviceSubnet", spec.serviceSubnet}};
  config.ref("nodes").push_back(std::move(node));
  for (const std::string& patch : spec.containerdConfigPatches) config.ref("containerdConfigPatches").push_back(patch);
  return yaml::dump(config);
}

// kind insists on writing a kubeconfig somewhere: a file of our own that is removed at once, never the user's.
std::string scratch_file(const std::string& name) {
  const char* folder = std::getenv("TMPDIR");
  return std::string(folder == nullptr ? "/tmp" : folder) + "/" + name + ".kubeconfig";
}

bool listed(const std::string& output, const std::string& name) {
  for (const std::string& line : split(output, '\n'))
    if (trim(line) == name) return true;
  return false;
}

State failed(const Error& error) {
  State state;
  state.phase = State::Phase::Failed;
  state.reason = "BootstrapFailed";
  state.message = error.message();
  return state;
}

class Kind final : public Driver {
 public:
  async::Awaitable<Result<State>> observe(Context context) override { return observe_kind(std::move(context)); }
  async::Awaitable<Status> ensure(Context context) override { return ensure_kind(std::move(context)); }
  async::Awaitable<Status> destroy(Context context) override { return destroy_kind(std::move(context)); }
  [[nodiscard]] bool disposable() const noexcept override { return true; }

 private:
  static async::Awaitable<Result<State>> observe_kind(Context context) {
    const std::string name = name_for(context);
    std::vector<std::string> query{"get", "clusters"};
    auto clusters = co_await kind(context, std::move(query), {}, kQueryLimit);
    if (!clusters) co_return failed(clusters.error());
    State state;
    if (!listed(*clusters, name)) co_return state;
    state.phase = State::Phase::Creating;
    state.reason = "BootstrapCreating";
    state.message = "kind cluster " + name + " is being created";
    std::vector<std::string> read{"get", "kubeconfig", "--name", name};
    auto kubeconfig = co_await kind(context, std::move(read), {}, kQueryLimit);
    if (!kubeconfig) co_return state;  // not written yet
    auto config = kube::parse_kubeconfig(*kubeconfig, "kind get kubeconfig", {});
    if (!config) co_return failed(config.error());
    state.phase = State::Phase::Ready;
    state.reason = "BootstrapReady";
    state.message = "kind cluster " + name + " is ready";
    state.config = std::move(*config);
    co_return state;
  }

  static async::Awaitable<Status> ensure_kind(Context context) {
    const std::string name = name_for(context);
    std::vector<std::string> query{"get", "clusters"};
    auto clusters = co_await kind(context, std::move(query), {}, kQueryLimit);
    if (!clusters) co_return fail(std::move(clusters).error());
    if (listed(*clusters, name)) co_return Status{};
    auto created = co_await kind(context, {"create", "cluster", "--name", name, "--config", "-", "--kubeconfig", "/dev/null", "--wait", "2m"},
                                 config_of(context), kCreateLimit);
    if (!created) co_return fail(std::move(created).error());
    co_return Status{};
  }

  static async::Awaitable<Status> destroy_kind(Context context) {
    // The name holds the request's UID: this cannot be somebody else's cluster.
    const std::string scratch = scratch_file(name_for(context));
    std::vector<std::string> arguments{"delete", "cluster", "--name", name_for(context), "--kubeconfig", scratch};
    auto deleted = co_await kind(context, std::move(arguments), {}, std::chrono::minutes(2));
    std::remove(scratch.c_str());
    if (!deleted) co_return fail(std::move(deleted).error());
    co_return Status{};
  }
};

}  // namespace

std::unique_ptr<Driver> make_kind() { return std::make_unique<Kind>(); }

}  // namespace slipway::bootstrap::detail
