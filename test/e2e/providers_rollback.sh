#!/usr/bin/env bash
# An upgrade whose new version never works: what was there before comes back. And one that works.
. "$(dirname "$0")/lib.sh"
start_world --speed max --fail image:late-manager
cd "$work"

# release VERSION DEPLOYMENT...: a core provider with these managers
release() {
  local version=$1 name; shift
  mkdir -p "repository/cluster-api/$version"
  printf '%s\n' 'apiVersion: clusterctl.cluster.x-k8s.io/v1alpha3' 'kind: Metadata' \
    'releaseSeries: [{major: 1, minor: 13, contract: v1beta2}, {major: 1, minor: 14, contract: v1beta2}, {major: 1, minor: 15, contract: v1beta2}]' \
    >"repository/cluster-api/$version/metadata.yaml"
  {
    printf '%s\n' 'apiVersion: v1' 'kind: Namespace' 'metadata: {name: capi-system}'
    printf -- '---\n%s\n' 'apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: clusters.cluster.x-k8s.io, labels: {cluster.x-k8s.io/v1beta2: v1beta2}}
spec:
  group: cluster.x-k8s.io
  scope: Namespaced
  names: {kind: Cluster, plural: clusters}
  versions: [{name: v1beta2, served: true, storage: true, schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}}]'
    for name in "$@"; do
      printf -- '---\n%s\n' "apiVersion: apps/v1
kind: Deployment
metadata: {name: $name, namespace: capi-system}
spec:
  selector: {matchLabels: {app: $name}}
  template:
    metadata: {labels: {app: $name}}
    spec: {containers: [{name: manager, image: registry.example/$name:$version}]}"
    done
  } >"repository/cluster-api/$version/core-components.yaml"
}
release v1.13.0 manager
release v1.14.0 manager late-manager
release v1.15.0 manager second-manager
cat >clusterctl.yaml <<YAML
cert-manager: {externallyProvisioned: true}
providers: [{type: CoreProvider, name: cluster-api, url: "$work/repository/cluster-api/latest/core-components.yaml"}]
YAML
config=(--config clusterctl.yaml --cache-dir none)
images() { k get deployments -n capi-system -o 'jsonpath={.items[*].spec.template.spec.containers[*].image}'; }
version() { k get providers.clusterctl.cluster.x-k8s.io -n capi-system cluster-api -o 'jsonpath={.version}'; }

out=$("$SLIPWAY" init --core cluster-api:v1.13.0 --bootstrap - --control-plane - "${config[@]}" 2>&1) || die "init: $out"
equal "$(version) $(images)" "v1.13.0 registry.example/manager:v1.13.0" "a version that works is installed"
code=0
out=$("$SLIPWAY" providers upgrade --core cluster-api:v1.14.0 --wait-provider-timeout 3s "${config[@]}" 2>&1) || code=$?
equal "$code" 1 "an upgrade to one that does not work fails"
contains "$out" "the upgrade failed, and the versions that were there before are back" "and says what was done about it"
contains "$out" "container manager (registry.example/late-manager:v1.14.0): ImagePullBackOff" "and why"
equal "$(version) $(images)" "v1.13.0 registry.example/manager:v1.13.0" "the old version is back, and nothing of the new one is left"
k wait -n capi-system deployment/manager --for=condition=Available --timeout=60s >/dev/null && pass "and runs"
out=$("$SLIPWAY" providers upgrade --core cluster-api:v1.15.0 "${config[@]}" 2>&1) || die "upgrade: $out"
equal "$(version) $(images)" "v1.15.0 registry.example/manager:v1.15.0 registry.example/second-manager:v1.15.0" "an upgrade that works is done"
