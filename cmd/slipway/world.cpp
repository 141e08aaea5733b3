#include "cmd/slipway/world.h"

#include <charconv>

#include "cmd/slipway/manifests.h"

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
  if (name.empty()) return {};
  std::string known;
  for (const auto& [failure, what] : simcloud::World::failures()) {
    if (failure == name) return {};
    known += (known.empty() ? "" : ", ") + failure;
  }
  return fail(Disposition::Invalid, "--fail knows " + known + ", not \"" + name + "\"");
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

  WorldSetup setup;
  setup.config_dir = *config_dir;
  setup.kubeconfig = flags.dir + "/hub.kubeconfig";
  simcloud::WorldOptions options;
  options.speed = *speed;
  options.fail = flags.fail;
  options.port = static_cast<std::uint16_t>(flags.port);
  setup.world = std::make_unique<simcloud::World>(process.io.get_executor(), process.clock, options);
  auto started = co_await setup.world->start();
  if (!started) co_return fail(std::move(started).error().in("starting the simulated world"));
  const kube::ClusterConfig admin = setup.world->hub().admin_config();
  auto written = write_private_file(setup.kubeconfig, kube::write_kubeconfig(admin, "hub"));
  if (!written) {
    co_await setup.world->stop();
    co_return fail(std::move(written).error());
  }
  auto client = kube::connect(process.io.get_executor(), process.clock, admin);
  if (!client) {
    co_await setup.world->stop();
    co_return fail(std::move(client).error());
  }
  setup.client = *client;
  auto applied = co_await apply_folder(setup.client, setup.config_dir + "/crd");
  if (!applied) {
    setup.client->close();
    co_await setup.world->stop();
    co_return fail(std::move(applied).error());
  }
  co_return setup;
}

}  // namespace slipway::cmd
