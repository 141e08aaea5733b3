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

source_of() { manifest "$1" 'simulated: {}' 1 | sed "s|source: {configMapRef: {name: nowhere}}|$2|"; }
source_of places 'source: {url: "https://files.test/a.yaml", path: /a}' |
  refused 'name at most one place: url, oci, configMapRef, secretRef or path' "two places of one source are refused" apply -f -
source_of login 'source: {url: "https://me:hunter2@files.test/a.yaml"}' |
  refused 'names no user or password' "a password in a URL is refused" apply -f -
source_of numbers 'variables: {REPLICAS: 3}' | refused 'REPLICAS' "a variable that is no text is refused" apply -f -
manifest images 'simulated: {}, retain: Never' 1 | sed 's/^  release:/  images: [{component: all}]\n  release:/' |
  refused 'say what becomes of the image: repository, name or tag' "an image rule that changes nothing is refused" apply -f -

# From here on the object is admitted, and the operator says what is wrong. The demo's components and Secrets are there.
for file in "$CONFIG_DIR"/samples/demo/[0-8]*.yaml; do k apply -f "$file" >/dev/null; done
with_secret() { sed -E "s/simulated: \{\}/kubeconfigSecretRef: {name: $2, key: value}/; s/^  name: tkg-mgmt-vc$/  name: $1/" "$sample"; }
with_secret lost not-there | k apply -f - >/dev/null
until_line 60 'Secret tkg-system/not-there does not exist; create it' k get mcr -n tkg-system lost -w -o 'jsonpath={.status.conditions[*].message}{"\n"}'
pass "a missing Secret is named, with what to do"

of_core() { sed -E "s|source: \{configMapRef: \{name: cluster-api-v1.2.8\}\}|$2|; s/^  name: tkg-mgmt-vc\$/  name: $1/" "$sample"; }
sentence() {  # sentence NAME SENTENCE CHECK
  until_line 60 "$2" k get mcr -n tkg-system "$1" -w -o 'jsonpath={.status.conditions[*].message}{"\n"}'
  pass "$3"
}
of_core misspelt 'digest: "sha256:0000000000000000000000000000000000000000000000000000000000000000", source: {configMapRef: {name: cluster-api-v1.2.8}}' | k apply -f - >/dev/null
sentence misspelt 'but the spec pins sha256:0000' "a digest that does not match is named, and nothing is applied"
of_core folder 'source: {path: /nowhere}' | k apply -f - >/dev/null
sentence folder '/nowhere' "a folder that is not there is named"
of_core nobody 'source: {url: "https://files.test/v1.2.8/core-components.yaml", credentialsSecretRef: {name: gone}}' | k apply -f - >/dev/null
sentence nobody 'credentialsSecretRef: Secret tkg-system/gone does not exist; create it' "credentials that are not there are named with their field"
sed -E 's/name: vsphere$/name: vspere/; s|^    source: \{configMapRef: \{name: infrastructure-vsphere-v1.5.1\}\}||; s/^  name: tkg-mgmt-vc$/  name: typo/' "$sample" | k apply -f - >/dev/null
sentence typo 'did you mean InfrastructureProvider vsphere' "a misspelt provider is told what was probably meant"

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
