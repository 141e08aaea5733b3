#include "cmd/slipway/move_ends.h"

#include "cmd/slipway/commands.h"
#include "cmd/slipway/components_flags.h"
#include "pkg/kube/config.h"
#include "pkg/providers/inventory_reader.h"

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

async::Awaitable<Status> check_cluster_api(std::shared_ptr<kube::Client> source, std::shared_ptr<kube::Client> target, std::string target_flags) {
  auto crd = co_await target->get(kube::res::kCrds, {"", "clusters.cluster.x-k8s.io"});
  if (crd) co_return Status();
  if (!crd.error().is(Disposition::NotFound)) co_return fail(std::move(crd).error().in("the target, " + target->server()));
  auto installed = co_await providers::read_inventory(source);
  if (!installed) co_return fail(std::move(installed).error().in("the source"));
  std::string command = "slipway init" + target_flags;
  for (const auto& one : *installed) command.append(" ").append(flag_of(one.id.type)).append(" ").append(one.id.name).append(":").append(one.version);
  co_return fail(Disposition::Terminal,
                 "there is no Cluster API on the target, " + target->server() + ": install the source's providers there first: " + command);
}

}  // namespace slipway::cmd
