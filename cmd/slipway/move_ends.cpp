#include "cmd/slipway/move_ends.h"

#include "cmd/slipway/commands.h"
#include "pkg/kube/config.h"

namespace slipway::cmd {
namespace {

Result<MoveEnd> open_end(std::string_view side, const std::string& kubeconfig, const std::string& context, Process& process) {
  auto config = kube::load_config(kubeconfig, context);
  if (!config) return fail(std::move(config).error().in(side));
  kube::ClientOptions options;
  options.user_agent = "slipway/" + std::string(version());
  auto client = kube::connect(process.io.get_executor(), process.clock, *config, options);
  if (!client) return fail(std::move(client).error().in(side));
  return MoveEnd{.client = std::move(*client), .uid = {}, .current_namespace = config->default_namespace};
}

}  // namespace

Result<MoveEnd> open_source(const MoveFlags& flags, Process& process) { return open_end("the source", flags.source.kubeconfig, flags.source.context, process); }

Result<MoveEnd> open_target(const MoveFlags& flags, Process& process) {
  const std::string& file = flags.target.kubeconfig.empty() ? flags.source.kubeconfig : flags.target.kubeconfig;
  return open_end("the target", file, flags.target.context, process);
}

async::Awaitable<Result<std::string>> cluster_uid(std::string side, std::shared_ptr<kube::Client> client) {
  auto system = co_await client->get(kube::res::kNamespaces, {"", "kube-system"});
  if (!system) co_return fail(std::move(system).error().in("the " + side + ", " + client->server()));
  co_return std::string(kube::uid_of(*system));
}

}  // namespace slipway::cmd
