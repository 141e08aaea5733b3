#include "cmd/simulation/world.h"

#include <charconv>
#include <tuple>

#include "cmd/simulation/files.h"
#include "cmd/simulation/manifests.h"

namespace slipway::cmd {
namespace {

Result<double> parse_speed(const std::string& text) {
  if (text == "max") return 0.0;
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc{} && end == text.data() + text.size() && value > 0 && value <= 1e6) return value;
  return fail(Disposition::Invalid, "--speed must be a factor such as 2 or 0.5, or max, not \"" + text + "\"");
}

Status check_failure(const std::string& name) {
  if (simcloud::World::knows_failure(name)) return {};
  std::string known;
  for (const auto& [failure, what] : simcloud::World::failures()) known += (known.empty() ? "" : ", ") + failure;
  return fail(Disposition::Invalid, "--fail knows " + known + ", not \"" + name + "\"");
}

Status choose_servers(const WorldFlags& flags, simcloud::WorldOptions& options) {
  for (const auto& [path, config, flag] :
       {std::tuple{&flags.kubeconfig, &options.hub, "--kubeconfig"}, std::tuple{&flags.bootstrap_kubeconfig, &options.bootstrap, "--bootstrap-kubeconfig"}}) {
    if (path->empty()) continue;
    auto loaded = kube::load_config(*path);
    if (!loaded) return fail(std::move(loaded).error().in(flag));
    *config = std::move(*loaded);
  }
  if (options.hub && options.bootstrap && options.hub->server == options.bootstrap->server)
    return fail(Disposition::Invalid, "--bootstrap-kubeconfig must name another API server than --kubeconfig, which is at " + options.hub->server + " too");
  return {};
}

// Starts the world and makes its hub ready: kubeconfig on disk where the hub is ours, client, our CRDs.
async::Awaitable<Status> set_up(Process& process, WorldFlags flags, std::shared_ptr<WorldSetup> setup, std::optional<kube::ClusterConfig> hub) {
  auto started = co_await setup->world->start();
  if (!started) co_return fail(std::move(started).error().in("starting the simulated world"));
  setup->kubeconfig = flags.kubeconfig;
  if (!hub) {
    hub = setup->world->hub().admin_config();
    setup->kubeconfig = flags.dir + "/hub.kubeconfig";
    auto written = write_private_file(setup->kubeconfig, kube::write_kubeconfig(*hub, "hub"));
    if (!written) co_return written;
  }
  auto client = kube::connect(process.io.get_executor(), process.clock, *hub);
  if (!client) co_return fail(std::move(client).error());
  setup->client = *client;
  auto applied = co_await apply_folder(setup->client, setup->config_dir + "/crd");
  co_return applied;
}

}  // namespace

async::Awaitable<Result<WorldSetup>> start_world(Process& process, WorldFlags flags) {
  auto speed = parse_speed(flags.speed);
  if (!speed) co_return fail(std::move(speed).error());
  auto known = check_failure(flags.fail);
  if (!known) co_return fail(std::move(known).error());
  auto config_dir = find_config_dir(flags.config_dir);
  if (!config_dir) co_return fail(std::move(config_dir).error());
  auto folder = make_private_folder(flags.dir);
  if (!folder) co_return fail(std::move(folder).error().in("--dir"));

  const auto setup = std::make_shared<WorldSetup>();
  setup->config_dir = *config_dir;
  simcloud::WorldOptions options;
  options.speed = *speed;
  options.fail = flags.fail;
  options.port = static_cast<std::uint16_t>(flags.port);
  auto servers = choose_servers(flags, options);
  if (!servers) co_return fail(std::move(servers).error());
  setup->world = std::make_unique<simcloud::World>(process.io.get_executor(), process.clock, options);
  auto ready = co_await set_up(process, flags, setup, options.hub);
  if (!ready) {
    if (setup->client) setup->client->close();
    co_await setup->world->stop();
    co_return fail(std::move(ready).error());
  }
  co_return std::move(*setup);
}

}  // namespace slipway::cmd
