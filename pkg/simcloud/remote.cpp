#include "pkg/simcloud/remote.h"

#include "pkg/simcloud/brought.h"
#include "pkg/simcloud/objects.h"
#include "pkg/simcloud/services.h"

namespace slipway::simcloud {

std::string cluster_server(const ObjectKey& cluster) { return "cluster/" + cluster.to_string(); }

Awaitable<Result<bool>> deploy_to_cluster(Env env, ObjectPtr install) {
  std::string name = (*install)["spec"]["cluster"]["kubeconfigSecretRef"]["name"].str();
  if (name.ends_with("-kubeconfig")) name.resize(name.size() - std::string_view("-kubeconfig").size());
  const std::shared_ptr<kube::Client> client = env.world->client_of(cluster_server({std::string(kube::namespace_of(*install)), name}));
  if (!client) co_return false;
  auto found = co_await client->get(res::kDeployments, manager::kKapp);
  if (found) co_return is_available(&*found);
  if (!found.error().is(Disposition::NotFound)) co_return fail(std::move(found).error());
  for (Brought& brought : kapp_controller_objects()) {
    auto created = co_await client->create(brought.gvr, std::move(brought.object), write_as("kapp-controller"));
    if (!created && !created.error().is(Disposition::AlreadyExists)) co_return fail(std::move(created).error());
  }
  co_return false;
}

}  // namespace slipway::simcloud
