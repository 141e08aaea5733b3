#include "pkg/bootstrap/bootstrap.h"

#include "pkg/bootstrap/detail/drivers.h"

namespace slipway::bootstrap {

std::string_view to_string(Kind kind) noexcept {
  switch (kind) {
    case Kind::InCluster: return "inCluster";
    case Kind::Kubeconfig: return "kubeconfigSecretRef";
    case Kind::Kind: return "kind";
    case Kind::Process: return "process";
    case Kind::Simulated: return "simulated";
  }
  return "simulated";
}

std::optional<Kind> kind_of(const api::Bootstrap& spec) noexcept {
  std::optional<Kind> found;
  int count = 0;
  const auto take = [&](bool set, Kind kind) {
    if (!set) return;
    found = kind;
    ++count;
  };
  take(spec.inCluster.has_value(), Kind::InCluster);
  take(spec.kubeconfigSecretRef.has_value(), Kind::Kubeconfig);
  take(spec.kind.has_value(), Kind::Kind);
  take(spec.process.has_value(), Kind::Process);
  take(spec.simulated.has_value(), Kind::Simulated);
  return count == 1 ? found : std::nullopt;
}

Result<std::unique_ptr<Driver>> make_driver(Kind kind) {
  switch (kind) {
    case Kind::InCluster:
    case Kind::Kubeconfig: return detail::make_existing(kind);
    case Kind::Kind: return detail::make_kind();
    case Kind::Simulated: return detail::make_simulated();
    case Kind::Process:
      return fail(Disposition::Unsupported,
                  "spec.bootstrap.process: this version cannot start a bootstrap cluster from child processes; use kind, kubeconfigSecretRef or inCluster");
  }
  return fail(Disposition::Unsupported, "spec.bootstrap: unknown kind");
}

namespace detail {

async::Awaitable<Result<kube::ClusterConfig>> read_kubeconfig(std::shared_ptr<kube::Client> client, kube::ObjectKey secret, std::string key) {
  auto found = co_await client->get(kube::res::kSecrets, secret);
  if (!found) co_return fail(std::move(found).error());
  const std::string source = "Secret " + secret.to_string();
  std::string yaml;
  if (!kube::secret_value(*found, key, yaml))
    co_return fail(Disposition::Invalid, source + ": holds no key \"" + key + "\" with base64 data; put the kubeconfig there");
  co_return kube::parse_kubeconfig(yaml, source, {});
}

}  // namespace detail
}  // namespace slipway::bootstrap
