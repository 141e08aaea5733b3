#include "cmd/slipway/install.h"

#include <algorithm>
#include <utility>

#include "controllers/managementcluster/installation.h"

namespace slipway::cmd {
namespace {

using controllers::managementcluster::Installation;

std::string title_of(const ResolvedSet& set) { return (set.id ? providers::to_string(*set.id) : set.label) + " " + set.components.version; }

bool needs_cert_manager(const ResolvedSet& set) {
  return std::ranges::any_of(set.components.objects, [](const kube::Object& object) {
    return object["apiVersion"].as_string().starts_with("cert-manager.io/") || !kube::annotation(object, providers::kInjectAnnotation).empty();
  });
}

// One that is somebody else's is proven before it is relied on.
std::string_view cert_manager_mode(const ResolvedSets& sets) {
  if (sets.cert_manager) return "Managed";
  return std::ranges::any_of(sets.providers, needs_cert_manager) ? "External" : "None";
}

Installation installation_of(const ResolvedSets& sets, bool wait, bool crds) {
  using controllers::managementcluster::resolved;
  Installation out;
  out.wait = wait;
  out.cert_manager_mode = cert_manager_mode(sets);
  if (sets.cert_manager) out.cert_manager = resolved(title_of(*sets.cert_manager), sets.cert_manager->components, false);
  for (const ResolvedSet& set : sets.providers)
    out.providers.push_back(resolved(title_of(set), crds ? set.components : providers::without_crds(set.components), true));
  return out;
}

async::Awaitable<Status> install(std::shared_ptr<const InstallRequest> request, Installation installation) {
  installation.cert_manager_patience = {request->cert_manager_timeout, "the config file's cert-manager.timeout"};
  installation.provider_patience = {request->wait_timeout, "--wait-provider-timeout"};
  const async::Executor executor = co_await async::asio::this_coro::executor;
  const auto report = [progress = request->progress](std::string_view step, const std::string& sentence) {
    if (progress) progress(std::string(step) + ": " + sentence);
  };
  Status done = co_await controllers::managementcluster::run_installation(executor, request->client, std::move(installation), report);
  co_return done;
}

}  // namespace

async::Awaitable<Status> install_sets(InstallRequest asked) {
  const auto request = std::make_shared<const InstallRequest>(std::move(asked));
  Status done = co_await install(request, installation_of(request->sets, request->wait, true));
  if (done || !request->previous || done.error().is(Disposition::Canceled)) co_return done;
  // What was there before is brought back, but for CRDs: objects may be stored in a version that only the new ones know, and those serve the old versions too.
  if (request->progress) request->progress("rolling back: " + done.error().message());
  Status back = co_await install(request, installation_of(*request->previous, request->wait, false));
  if (!back) co_return fail(std::move(back).error().in("the upgrade failed (" + done.error().message() + "), and so did bringing the old versions back"));
  co_return fail(std::move(done).error().in("the upgrade failed, and the versions that were there before are back"));
}

}  // namespace slipway::cmd
