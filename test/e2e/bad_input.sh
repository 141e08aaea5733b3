#!/usr/bin/env bash
# Bad input: one clear sentence each; nothing crashes, nothing else stops.
. "$(dirname "$0")/lib.sh"
start_world --speed max
start_operator
k create namespace tkg-system >/dev/null 2>&1 || true
sample=$CONFIG_DIR/samples/demo/90-managementclusterrequest.yaml
edit() { sed -E "$1" "$sample" | sed "s/name: tkg-mgmt-vc$/name: ${2:-bad}/"; }

edit 's/^( *)plan: dev/\1plan: 7/' | refused 'spec.plan' "a wrong type is refused" apply -f -
edit 's/^( *)plan: dev/\1plan: huge/' | refused 'supported values: "dev", "prod"' "an unknown value is refused with those that are known" apply -f -
edit 's/^( *)plan: dev/\1plan: dev\n\1plann: dev/' | refused 'plann' "an unknown field is refused" apply -f -
edit 's/^( *)plan: dev/\1plan: dev\n\1pivot: {scope: [}/' | refused 'yaml' "broken YAML is refused" apply -f -

manifest() {  # manifest NAME BOOTSTRAP REPLICAS
  cat <<YAML
apiVersion: slipway.dev/v1alpha1
kind: ManagementClusterRequest
metadata: {name: $1, namespace: tkg-system}
spec:
  bootstrap: {$2}
  providers: [{type: CoreProvider, name: cluster-api, version: v1.2.8, source: {configMapRef: {name: nowhere}}}]
  release: v1.24.9---vmware.1-tkg.1-rc.2
  cluster:
    version: v1.24.9+vmware.1
    class: tkg-vsphere-default-v1.0.0
    controlPlane: {replicas: $3}
    workers: [{name: md-0}]
  infrastructure: {provider: docker}
YAML
}
manifest even 'simulated: {}' 2 | refused 'an even control plane cannot keep a majority; use 1, 3 or 5' "an even control plane is refused with what to use" apply -f -
manifest two 'simulated: {}, inCluster: {}' 1 | refused 'exactly one' "two bootstrap kinds are refused" apply -f -
manifest none '' 1 | refused 'exactly one' "no bootstrap kind is refused" apply -f -

# From here on the object is admitted, and the operator says what is wrong. The demo's components and Secrets are there.
for file in "$CONFIG_DIR"/samples/demo/[0-8]*.yaml; do k apply -f "$file" >/dev/null; done
with_secret() { sed -E "s/simulated: \{\}/kubeconfigSecretRef: {name: $2, key: value}/; s/^  name: tkg-mgmt-vc$/  name: $1/" "$sample"; }
with_secret lost not-there | k apply -f - >/dev/null
until_line 60 'Secret tkg-system/not-there does not exist; create it' k get mcr -n tkg-system lost -w -o 'jsonpath={.status.conditions[*].message}{"\n"}'
pass "a missing Secret is named, with what to do"

k create secret generic -n tkg-system broken --from-literal=value='apiVersion: v1
users: [{name: u, user: {token: hunter2}}]
clusters: [' >/dev/null
with_secret malformed broken | k apply -f - >/dev/null
until_line 60 'Secret tkg-system/broken' k get mcr -n tkg-system malformed -w -o 'jsonpath={.status.conditions[*].message}{"\n"}'
pass "a malformed kubeconfig is named"
equal "$( (k get mcr,events -A -o yaml; cat "$work/operator.log") | grep -v last-applied | grep -c hunter2 || true)" 0 "and nothing of it is shown"

# Everything else goes on: the good samples still get there, beside the bad ones, with the same operator.
k apply -f "$CONFIG_DIR/samples/demo/" >/dev/null
k wait -n tkg-system mcr/tkg-mgmt-vc --for=condition=Ready --timeout=120s >/dev/null
pass "a good request beside them becomes Ready"
kill -0 "$operator_pid" && pass "the operator never went down"
