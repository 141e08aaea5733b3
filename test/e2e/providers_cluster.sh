#!/usr/bin/env bash
# Provider commands on a cluster: what is installed (here by kubectl, as clusterctl would), what it could become, what an installation would change, and how it goes.
. "$(dirname "$0")/lib.sh"
start_world --speed max
cd "$work"

says() {  # says "sentence" "name" slipway-args...: exit code 0
  local sentence=$1 name=$2 out; shift 2
  out=$("$SLIPWAY" "$@" 2>&1) || die "$name: $out"
  contains "$out" "$sentence" "$name"
}
no() {  # no "sentence" "name" slipway-args...: exit code 1
  local sentence=$1 name=$2 out code=0; shift 2
  out=$("$SLIPWAY" "$@" 2>&1) || code=$?
  [ "$code" = 1 ] || die "$name: exit code $code: $out"
  contains "$out" "$sentence" "$name"
}

# release LABEL VERSION: a provider of one kind, in namespace LABEL-system; its definition's name is what its kind and group make it
declare -A files=([cluster-api]=core-components.yaml [infrastructure-mine]=infrastructure-components.yaml [addon-more]=addon-components.yaml)
declare -A kinds=([cluster-api]=Cluster [infrastructure-mine]=Thing [addon-more]=Other)
declare -A groups=([cluster-api]=cluster.x-k8s.io [infrastructure-mine]=mine.example [addon-more]=more.example)
release() {
  mkdir -p "repository/$1/$2"
  cat >"repository/$1/$2/${files[$1]}" <<YAML
apiVersion: v1
kind: Namespace
metadata: {name: $1-system}
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: "${kinds[$1],,}s.${groups[$1]}", labels: {cluster.x-k8s.io/v1beta2: v1beta2}}
spec:
  group: ${groups[$1]}
  scope: Namespaced
  names: {kind: ${kinds[$1]}, plural: ${kinds[$1],,}s}
  versions: [{name: v1beta2, served: true, storage: true, schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}}]
---
apiVersion: v1
kind: ConfigMap
metadata: {name: settings, namespace: $1-system}
data: {version: "$2", same: same}
---
apiVersion: v1
kind: Secret
metadata: {name: credentials, namespace: $1-system}
stringData: {password: "hunter-$2"}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: $1-system-manager}
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata: {name: $1-validating}
YAML
  cat >"repository/$1/$2/metadata.yaml" <<'YAML'
apiVersion: clusterctl.cluster.x-k8s.io/v1alpha3
kind: Metadata
releaseSeries: [{major: 1, minor: 13, contract: v1beta2}, {major: 1, minor: 14, contract: v1beta2}]
YAML
}
# install LABEL TYPE NAME: version v1.13.0, with clusterctl's labels and inventory
install() {
  local file=repository/$1/v1.13.0/${files[$1]}
  k apply --server-side -f "$file" >/dev/null
  k label -f "$file" clusterctl.cluster.x-k8s.io= "cluster.x-k8s.io/provider=$1" >/dev/null
  k wait --for=condition=Established "crd/${kinds[$1],,}s.${groups[$1]}" --timeout=60s >/dev/null
  k apply -f - >/dev/null <<YAML
apiVersion: clusterctl.cluster.x-k8s.io/v1alpha3
kind: Provider
metadata: {name: $1, namespace: $1-system, labels: {clusterctl.cluster.x-k8s.io: "", cluster.x-k8s.io/provider: $1, clusterctl.cluster.x-k8s.io/core: inventory}}
providerName: $3
type: $2
version: v1.13.0
YAML
}
for label in cluster-api infrastructure-mine addon-more; do release $label v1.13.0; release $label v1.14.0; done
cat >clusterctl.yaml <<YAML
cert-manager: {externallyProvisioned: true}
providers:
- {type: CoreProvider, name: cluster-api, url: "$work/repository/cluster-api/latest/core-components.yaml"}
- {type: InfrastructureProvider, name: mine, url: "$work/repository/infrastructure-mine/latest/infrastructure-components.yaml"}
- {type: AddonProvider, name: more, url: "$work/repository/addon-more/latest/addon-components.yaml"}
YAML
config=(--config clusterctl.yaml --cache-dir none)

says "There are no providers" "a cluster without providers says so" providers list
planned=$("$SLIPWAY" providers plan "${config[@]}")
contains "$planned" "slipway init installs them, as in: slipway init" "without providers there is no plan, but a way to some"
case $planned in *"looked after by somebody else"*) die "cert-manager has nobody: $planned" ;; *) pass "and nobody's cert-manager is spoken of" ;; esac
says "There is nothing to delete on https://" "where there is nothing, nothing is deleted, and that is said" providers delete --all
says "create CustomResourceDefinition clusters.cluster.x-k8s.io (cluster-api)" "an installation is shown before it is done" \
  init "${config[@]}" -i mine --bootstrap - --control-plane - --dry-run
equal "$(k get crd -o name | grep -c 'cluster.x-k8s.io$' || true)" 0 "and nothing of it is written"
k apply -f - >/dev/null <<'YAML'
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: providers.clusterctl.cluster.x-k8s.io}
spec:
  group: clusterctl.cluster.x-k8s.io
  scope: Namespaced
  names: {kind: Provider, plural: providers}
  versions: [{name: v1alpha3, served: true, storage: true, schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}}]
YAML
k wait --for=condition=Established crd/providers.clusterctl.cluster.x-k8s.io --timeout=60s >/dev/null
install cluster-api CoreProvider cluster-api
install infrastructure-mine InfrastructureProvider mine
install addon-more AddonProvider more

listed=$("$SLIPWAY" providers list | tr -s ' ')
contains "$listed" "CoreProvider cluster-api cluster-api-system v1.13.0 v1beta2 0/0" "what is installed is listed, with the contract of its definitions"
contains "$listed" "AddonProvider more addon-more-system v1.13.0 v1beta2 0/0" "all of it"
equal "$("$SLIPWAY" providers list -o json | grep -c '"version": "v1.13.0"')" 3 "and so for programs"

# What could be done.
says "cert-manager is looked after by somebody else" "who looks after cert-manager is said" providers plan "${config[@]}"
equal "$("$SLIPWAY" providers plan "${config[@]}" -o yaml | grep -c 'nextVersion: v1.14.0')" 3 "the newest versions of the contract are planned"
says "To upgrade: slipway providers upgrade --contract v1beta2 --config clusterctl.yaml" "with the command that does it" providers plan "${config[@]}"
out=$("$SLIPWAY" providers upgrade "${config[@]}" --contract v1beta2 --dry-run 2>&1)
contains "$out" '-  version: v1.13.0
+  version: v1.14.0' "what an upgrade changes is shown"
contains "$out" 'password: "(hidden, other than before)"' "of Secrets, that they change"
case $out in *aHVudGVy*) die "a Secret was shown" ;; *) pass "and not what they hold" ;; esac
contains "$out" "nothing was written" "and nothing is written"
equal "$(k get cm -n cluster-api-system settings -o 'jsonpath={.data.version}')" v1.13.0 "indeed"
no "there is no upgrade to contract v1beta1; there is one for v1beta2" "a contract that nobody implements is refused" providers upgrade "${config[@]}" --contract v1beta1
says "Everything is up to date: there is nothing to upgrade" "a dry run with nothing to do says so" providers upgrade "${config[@]}" -i mine:v1.13.0 --dry-run
no "a downgrade to v1.12.0 is not supported" "a downgrade is refused" providers upgrade "${config[@]}" -i mine:v1.12.0
says "change Provider infrastructure-mine-system/infrastructure-mine" "an installation that is done again keeps the version that is there" init "${config[@]}" -i mine --dry-run
no "InfrastructureProvider mine is installed as v1.13.0; another version (v1.14.0) is an upgrade" "another version is an upgrade" init "${config[@]}" -i mine:v1.14.0
says "warning: InfrastructureProvider mine is installed as v1.13.0" "or a warning, where the user takes it on" init "${config[@]}" -i mine:v1.14.0 --validate=false --dry-run

# How it goes.
no "CoreProvider cluster-api is needed by InfrastructureProvider mine, AddonProvider more" "the core provider is not deleted from under the others" providers delete --core cluster-api
says "would delete ValidatingWebhookConfiguration infrastructure-mine-validating" "what would be deleted is shown" providers delete -i mine --dry-run
says "1 kept: CustomResourceDefinition things.mine.example; definitions" "definitions stay" providers delete -i mine --dry-run
printf '%s\n' 'apiVersion: mine.example/v1beta2' 'kind: Thing' 'metadata: {name: a, namespace: default}' | k apply -f - >/dev/null
no "such as Thing default/a: they would be lost" "definitions of which there are objects do not go" providers delete -i mine --include-crd
k get clusterrole/infrastructure-mine-system-manager validatingwebhookconfiguration/infrastructure-mine-validating >/dev/null && pass "and nothing else went"
k delete things.mine.example -n default a >/dev/null
says "deleted Provider infrastructure-mine-system/infrastructure-mine" "a provider is deleted" providers delete -i mine --include-crd --include-namespace
k wait --for=delete crd/things.mine.example --timeout=60s >/dev/null 2>&1 || true  # an older kubectl calls it an error that it is gone already
equal "$(k get crd,clusterrole,validatingwebhookconfiguration -o name | grep -c mine || true)" 0 "with everything of it"
k get -n addon-more-system secret/credentials cm/settings >/dev/null && pass "and nothing of another"
no "InfrastructureProvider mine is not installed; the inventory has CoreProvider cluster-api, AddonProvider more" "deleted again, it is not there" providers delete -i mine
out=$("$SLIPWAY" providers delete --all 2>&1)
contains "$out" "deleted Provider cluster-api-system/cluster-api" "all go together"
contains "$out" "2 kept: CustomResourceDefinition clusters.cluster.x-k8s.io, CustomResourceDefinition others.more.example; definitions" "what stays is counted and named"
contains "$out" "To delete those too: slipway providers delete --all --include-crd --include-namespace" "with the command that takes it too"
says "There are no providers" "and then there are none" providers list
out=$("$SLIPWAY" providers delete --all --include-crd --include-namespace 2>&1)
contains "$out" "deleted CustomResourceDefinition clusters.cluster.x-k8s.io" "definitions are found by their labels when no inventory tells of them"
contains "$out" "deleted Namespace addon-more-system" "and namespaces"
k wait --for=delete crd/clusters.cluster.x-k8s.io crd/others.more.example --timeout=60s >/dev/null 2>&1 || true
k wait --for=delete ns/cluster-api-system ns/addon-more-system --timeout=60s >/dev/null 2>&1 || true
says "There is nothing to delete on" "and then there is nothing" providers delete --all --include-crd --include-namespace

# For programs.
new=$("$SLIPWAY" init "${config[@]}" --bootstrap - --control-plane - -o json 2>"$work/init.log")
case $(cat "$work/init.log") in *"is running"*) die "nothing runs here: $(cat "$work/init.log")" ;; *) pass "a provider without Deployments is not said to run" ;; esac
contains "$new" '"state": "installed"' "an installation tells programs what it did"
contains "$new" '"digest": "sha256:' "with the digests"
contains "$("$SLIPWAY" init "${config[@]}" --core cluster-api --addon more --bootstrap - --control-plane - -o yaml)" "state: unchanged" "and what was there before"
says "unchanged CoreProvider cluster-api v1.14.0 (namespace cluster-api-system)" "and people too" init "${config[@]}" --core cluster-api --bootstrap - --control-plane -
