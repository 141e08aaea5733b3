// Which members each struct of types.h has, for reflect.h. Include it only where structs are walked: it is heavy.
#pragma once

#include <string_view>

#include <boost/describe/class.hpp>

#include "api/v1alpha1/types.h"

namespace slipway::api {

// The members of T in the order of docs and JSON, and T's name, by which fields.cpp and rules.cpp call it.
#define SLIPWAY_DESCRIBE(T, ...)              \
  BOOST_DESCRIBE_STRUCT(T, (), (__VA_ARGS__)) \
  constexpr std::string_view type_name(const T*) noexcept { return #T; }

SLIPWAY_DESCRIBE(LocalRef, name)
SLIPWAY_DESCRIBE(KeyRef, name, key)
SLIPWAY_DESCRIBE(NamespacedRef, name, namespace_)
SLIPWAY_DESCRIBE(Source, url, oci, configMapRef, secretRef, path, caSecretRef, credentialsSecretRef, proxy, publicKey)
SLIPWAY_DESCRIBE(KindBootstrap, nodeImage, podSubnet, serviceSubnet, kubeadmConfigPatches, containerdConfigPatches, extraMounts, registry)
SLIPWAY_DESCRIBE(InClusterBootstrap)
SLIPWAY_DESCRIBE(ProcessBootstrap, assetsDir)
SLIPWAY_DESCRIBE(SimulatedBootstrap)
SLIPWAY_DESCRIBE(Bootstrap, kind, kubeconfigSecretRef, inCluster, process, simulated, retain)
SLIPWAY_DESCRIBE(CertManager, mode, version, source)
SLIPWAY_DESCRIBE(KappController, version, source, config)
SLIPWAY_DESCRIBE(Provider, type, name, version, source, digest, namespace_, variables, variablesConfigMapRef, variablesSecretRef, patches)
SLIPWAY_DESCRIBE(ImageOverride, component, image, registryFrom, repository, name, tag)
SLIPWAY_DESCRIBE(PackageRepository, name, image, namespace_)
SLIPWAY_DESCRIBE(PackageInstall, name, refName, version, valuesSecretRef)
SLIPWAY_DESCRIBE(Packages, repository, install, expect)
SLIPWAY_DESCRIBE(Endpoint, host, port)
SLIPWAY_DESCRIBE(ControlPlane, replicas, endpoint)
SLIPWAY_DESCRIBE(Autoscaler, min, max)
SLIPWAY_DESCRIBE(WorkerPool, name, class_, replicas, autoscaler)
SLIPWAY_DESCRIBE(Network, cni, podCIDRs, serviceCIDRs)
SLIPWAY_DESCRIBE(ManifestRef, configMap)
SLIPWAY_DESCRIBE(ClusterSpec, version, class_, controlPlane, workers, network, variables, manifestRef, machineHealthCheck)
SLIPWAY_DESCRIBE(Infrastructure, provider, credentialsSecretRef)
SLIPWAY_DESCRIBE(Addons, cni, packages, clusterBootstrap, identity)
SLIPWAY_DESCRIBE(Registry, repository, caSecretRef)
SLIPWAY_DESCRIBE(Proxy, http, https, noProxy)
SLIPWAY_DESCRIBE(Pivot, scope, quiesceProviders, onUnmovable, rehearse, gitOps)
SLIPWAY_DESCRIBE(Deadlines, total, bootstrap, providers, packages, controlPlane, nodes, pivot)
SLIPWAY_DESCRIBE(Maintenance, windows)
SLIPWAY_DESCRIBE(ManagementClusterRequestSpec, paused, mode, plan, bootstrap, certManager, kappController, providers, images, catalogRef, packages, release,
                 cluster, infrastructure, addons, registry, proxy, pivot, deadlines, deletionPolicy, maintenance)
SLIPWAY_DESCRIBE(WorkloadClusterSpec, paused, managementClusterRef, plan, release, cluster, infrastructure, addons, deletionPolicy, deadlines)

SLIPWAY_DESCRIBE(Condition, type, status, observedGeneration, lastTransitionTime, reason, message)
SLIPWAY_DESCRIBE(StepStatus, name, state, startedAt, finishedAt, message)
SLIPWAY_DESCRIBE(ProviderStatus, type, name, version, digest, ready, source, contract, signed_)
SLIPWAY_DESCRIBE(ExcludedCount, reason, count)
SLIPWAY_DESCRIBE(PivotStatus, id, state, planned, created, verified, deleted, kept, excluded, suspended)
SLIPWAY_DESCRIBE(ClusterStatus, observedGeneration, phase, progress, conditions, steps, kubeconfigSecretRef, controlPlane, workers, version, release, roles,
                 providers, pivot, plan)

#undef SLIPWAY_DESCRIBE

}  // namespace slipway::api
