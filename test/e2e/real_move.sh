#!/usr/bin/env bash
# slipway move between two real API servers with Cluster API's own definitions: shown beforehand, moved, killed in the middle and gone on with, undone; and
# clusterctl move on what Slipway left, and the other way round. No controller runs: nothing is paused but by the moves themselves.
. "$(dirname "$0")/lib.sh"
repository=${SLIPWAY_COMPONENTS:-$assets/../repository}
for name in realkube clusterctl; do
  [ -x "$assets/$name" ] || { echo "skipped: there is no $name in $assets; hack/realkube/build makes one"; exit 77; }
done
[ -e "$repository/stamp" ] || { echo "skipped: there are no components in $repository; hack/realkube/components renders them"; exit 77; }
export CLUSTERCTL_DISABLE_VERSIONCHECK=true GOPROXY=off
unset "${!http@}" "${!https@}" "${!HTTP@}" "${!HTTPS@}"
label=slipway.test/world=move

# on CLUSTER kubectl-args...
on() { "$KUBECTL" --kubeconfig "$work/real/$1/kubeconfig" "${@:2}"; }
uid() { on "$1" get "$2" -n team-a "$3" -o 'jsonpath={.metadata.uid}'; }
# snapshot CLUSTER: the world's objects, without what a server makes up
snapshot() { "$assets/realkube" snapshot --kubeconfig "$work/real/$1/kubeconfig" --output pretty --selector "$label"; }
kinds=cluster,dockercluster,dockermachinetemplate,kubeadmcontrolplane,machinedeployment,machineset,machine,kubeadmconfigtemplate,kubeadmconfig,dockermachine,secret,configmap,clusterresourceset,clusterresourcesetbinding
# owners CLUSTER: UIDs in ownerReferences that nothing there has
orphans() {
  local all; all=$(on "$1" get "$kinds" -n team-a 2>/dev/null -o 'jsonpath={range .items[*]}{.metadata.uid}{"\n"}{end}' | sort)
  on "$1" get "$kinds" -n team-a 2>/dev/null -o 'jsonpath={range .items[*]}{range .metadata.ownerReferences[*]}{.uid}{"\n"}{end}{end}' | sort -u | comm -23 - <(echo "$all")
}
managers() { on "$1" get "$kinds" -n team-a -l "$label" --show-managed-fields -o 'jsonpath={range .items[*]}{.kind}/{.metadata.name} {.metadata.managedFields[*].manager}{"\n"}{end}' 2>/dev/null | sort; }
paused() { on "$1" get cluster -n team-a -o 'jsonpath={.items[*].spec.paused}'; }

# move FROM TO flags...: into $work/out (stdout) and $work/err
move() {
  local from=$1 to=$2 code=0; shift 2
  "$SLIPWAY" move --kubeconfig "$work/real/$from/kubeconfig" --to-kubeconfig "$work/real/$to/kubeconfig" -n team-a "$@" >"$work/out" 2>"$work/err" || code=$?
  return $code
}
moved() { move "$@" || { cat "$work/out" "$work/err"; die "slipway move $* failed"; }; }
not_moved() { local sentence=$1 name=$2; shift 2; if move "$@"; then die "$name: it moved"; fi; contains "$(cat "$work/err" "$work/out")" "$sentence" "$name"; }
# interrupted SIGNAL PATTERN FROM TO flags...: the signal comes with the first line that matches; sets `code`
interrupted() {
  local signal=$1 pattern=$2 from=$3 to=$4 line sent='' pid; shift 4
  mkfifo "$work/said"
  "$SLIPWAY" move --kubeconfig "$work/real/$from/kubeconfig" --to-kubeconfig "$work/real/$to/kubeconfig" -n team-a --concurrency 1 "$@" >"$work/out" 2>"$work/said" & pid=$!
  : >"$work/err"
  while read -r line; do
    echo "$line" >>"$work/err"
    [ -n "$sent" ] || [[ ! $line =~ $pattern ]] || { sent=1; kill "-$signal" $pid 2>/dev/null || true; }
  done <"$work/said"
  rm "$work/said"
  code=0; wait $pid || code=$?
  [ -n "$sent" ] || { cat "$work/err"; die "no line matched $pattern"; }
}
# there CLUSTER: it has the world, whole, owned and not paused
there() {
  local difference
  snapshot "$1" >"$work/now"
  difference=$(diff "$work/before" "$work/now") || die "$2: < before, > on $1: $(head -n 60 <<<"$difference")"
  pass "$2"
  equal "$(orphans "$1")" "" "  owners are where they should be"
  equal "$(paused "$1")" "" "  nothing is paused"
  difference=$(diff "$work/managers" <(managers "$1")) || die "$2: < managers before, > after: $(head -n 40 <<<"$difference")"
  pass "  fields have the managers that they had"
}
gone() { equal "$(snapshot "$1")" "" "$2"; }

install_definitions() {
  awk 'BEGIN{RS="---\n"} /\nkind: CustomResourceDefinition\n/ {print "---\n" $0}' "$repository"/*/v1.14.0/*-components*.yaml >"$work/crds.yaml"
  on "$1" create -f "$work/crds.yaml" >/dev/null
  on "$1" label crd --all clusterctl.cluster.x-k8s.io= >/dev/null
  on "$1" wait --for=condition=Established crd --all --timeout=120s >/dev/null
}
# object CLUSTER APIVERSION KIND NAME OWNERKIND OWNERAPI OWNERNAME LABELS SPEC: an object of team-a; without an owner where OWNERKIND is empty
object() {
  local owners=''
  [ -z "$5" ] || owners=", ownerReferences: [{apiVersion: $6, kind: $5, name: $7, uid: $(uid "$1" "$5" "$7"), controller: true, blockOwnerDeletion: true}]"
  on "$1" create -f - >/dev/null 2>"$work/warnings" <<YAML || { cat "$work/warnings"; die "$3 $4 was not created"; }
apiVersion: $2
kind: $3
metadata: {name: $4, namespace: team-a, labels: {${label/=/: }, cluster.x-k8s.io/cluster-name: one}, finalizers: [$(finalizer "$3")]$owners}
$8
YAML
}
finalizer() { case $1 in Secret | ConfigMap | *Template | KubeadmConfig) ;; *) echo "slipway.test/${1,,}" ;; esac; }
machine() {  # machine CLUSTER NAME OWNERKIND OWNERAPI OWNERNAME
  object "$1" $capi Machine "$2" "$3" "$4" "$5" "spec: {clusterName: one, version: v1.34.0, providerID: 'docker:////$2', bootstrap: {dataSecretName: $2, configRef: {apiGroup: bootstrap.cluster.x-k8s.io, kind: KubeadmConfig, name: $2}}, infrastructureRef: {apiGroup: infrastructure.cluster.x-k8s.io, kind: DockerMachine, name: $2}}"
  object "$1" $kubeadm KubeadmConfig "$2" Machine $capi "$2" "spec: {clusterConfiguration: {featureGates: {a: true}}}"
  object "$1" $infra DockerMachine "$2" Machine $capi "$2" "spec: {customImage: 'kindest/node:v1.34.0', providerID: 'docker:////$2'}"
  object "$1" v1 Secret "$2" KubeadmConfig $kubeadm "$2" "stringData: {value: cloud-init of $2}"
}
capi=cluster.x-k8s.io/v1beta2 infra=infrastructure.cluster.x-k8s.io/v1beta2 kubeadm=bootstrap.cluster.x-k8s.io/v1beta2 controlplane=controlplane.cluster.x-k8s.io/v1beta2
create_world() {
  local cluster=$1 i
  on "$cluster" create namespace team-a >/dev/null
  object "$cluster" $capi Cluster one '' '' '' "spec: {controlPlaneEndpoint: {host: 10.0.0.1, port: 6443}, controlPlaneRef: {apiGroup: controlplane.cluster.x-k8s.io, kind: KubeadmControlPlane, name: one}, infrastructureRef: {apiGroup: infrastructure.cluster.x-k8s.io, kind: DockerCluster, name: one}}"
  object "$cluster" $infra DockerCluster one Cluster $capi one "spec: {controlPlaneEndpoint: {host: 10.0.0.1, port: 6443}}"
  object "$cluster" $infra DockerMachineTemplate one Cluster $capi one "spec: {template: {spec: {customImage: 'kindest/node:v1.34.0'}}}"
  object "$cluster" $controlplane KubeadmControlPlane one Cluster $capi one "spec: {replicas: 1, version: v1.34.0, machineTemplate: {spec: {infrastructureRef: {apiGroup: infrastructure.cluster.x-k8s.io, kind: DockerMachineTemplate, name: one}}}, kubeadmConfigSpec: {clusterConfiguration: {featureGates: {a: true}}}}"
  for i in kubeconfig ca etcd sa; do object "$cluster" v1 Secret one-$i '' '' '' "stringData: {value: the $i}"; done
  machine "$cluster" one-0 KubeadmControlPlane $controlplane one
  object "$cluster" $kubeadm KubeadmConfigTemplate one-workers Cluster $capi one "spec: {template: {spec: {clusterConfiguration: {featureGates: {a: true}}}}}"
  object "$cluster" $capi MachineDeployment one-workers Cluster $capi one "spec: {clusterName: one, replicas: 2, selector: {matchLabels: {a: b}}, template: {metadata: {labels: {a: b}}, spec: {clusterName: one, version: v1.34.0, bootstrap: {configRef: {apiGroup: bootstrap.cluster.x-k8s.io, kind: KubeadmConfigTemplate, name: one-workers}}, infrastructureRef: {apiGroup: infrastructure.cluster.x-k8s.io, kind: DockerMachineTemplate, name: one}}}}"
  object "$cluster" $capi MachineSet one-workers MachineDeployment $capi one-workers "spec: {clusterName: one, replicas: 2, selector: {matchLabels: {a: b}}, template: {metadata: {labels: {a: b}}, spec: {clusterName: one, version: v1.34.0, bootstrap: {configRef: {apiGroup: bootstrap.cluster.x-k8s.io, kind: KubeadmConfigTemplate, name: one-workers}}, infrastructureRef: {apiGroup: infrastructure.cluster.x-k8s.io, kind: DockerMachineTemplate, name: one}}}}"
  for i in 1 2; do machine "$cluster" one-workers-$i MachineSet $capi one-workers; done
  on "$cluster" create configmap -n team-a bystander --from-literal=a=b >/dev/null
}

# controllers CLUSTER: plays those that fill in status, which no move copies
controllers() {
  local name
  on "$1" patch cluster -n team-a one --subresource=status --type=merge -p '{"status":{"initialization":{"infrastructureProvisioned":true,"controlPlaneInitialized":true},"conditions":[{"type":"ControlPlaneInitialized","status":"True","reason":"Initialized","message":"","lastTransitionTime":"2026-01-01T00:00:00Z"}]}}' >/dev/null
  for name in one-0 one-workers-1 one-workers-2; do
    on "$1" patch machine -n team-a $name --subresource=status --type=merge -p "{\"status\":{\"nodeRef\":{\"name\":\"$name\"}}}" >/dev/null
  done
}

start_real a & start_real b & wait
install_definitions a
create_world a
controllers a
snapshot a >"$work/before"
managers a >"$work/managers"
objects=$(grep -c '^{' "$work/before")
echo "# the world has $objects objects"

not_moved "slipway init" "a target without Cluster API is told apart, with what to do" a b
there a "  and the source was not touched"
install_definitions b
not_moved "are the same cluster" "a cluster does not move onto itself" a a
sed -E 's#https://127.0.0.1:[0-9]+#https://127.0.0.1:1#' "$work/real/b/kubeconfig" >"$work/nowhere"
code=0; "$SLIPWAY" move --kubeconfig "$work/real/a/kubeconfig" --to-kubeconfig "$work/nowhere" -n team-a >"$work/out" 2>"$work/err" || code=$?
equal "$code" 1 "a target that does not answer fails the move"
contains "$(<"$work/err")" "the target, https://127.0.0.1:1" "  and is named"

move a b --dry-run || { cat "$work/out" "$work/err"; die "--dry-run failed"; }
contains "$(<"$work/out")" "$objects to move in" "a dry run counts what would move"
contains "$(<"$work/out")" "   └─ Secret one-workers-2" "  and shows who owns what"
contains "$(<"$work/out")" "ConfigMap team-a/bystander" "  and what stays"
"$SLIPWAY" move --kubeconfig "$work/real/a/kubeconfig" -n team-a --dry-run -o json >"$work/out" 2>"$work/err" || { cat "$work/err"; die "--dry-run without a target failed"; }
contains "$(<"$work/out")" "\"move\": $objects" "  also without a target, as JSON"
gone b "  and the target stays empty"
moved a b --rehearse
contains "$(<"$work/err")" "would take all of it" "a rehearsal asks the target"
gone b "  and leaves it empty"
there a "  and the source as it was"

interrupted KILL '^creating copies' a b
equal "$code" 137 "a move is killed while it creates copies"
moved a b --status -o json
contains "$(<"$work/out")" '"phase": "Creating"' "  its journal says where it stands"
moved a b --rollback
there a "  undone: the source is as it was"
gone b "  and the target has nothing of it"
moved a b --rollback
pass "  undoing again is done at once"

interrupted KILL '^creating copies' a b
equal "$code" 137 "another move is killed while it creates copies"
moved a b
contains "$(<"$work/err")" "going on with move" "  the same command goes on with it"
there b "  and all objects are on the target"
gone a "  and none on the source"
moved a b
contains "$(<"$work/err")" "nothing is left to move" "the same command again has nothing to do"

controllers b
interrupted TERM '^deleting originals' b a
equal "$code" 1 "a move that is asked to stop while it deletes originals stops"
contains "$(<"$work/err")" "stands at Deleting" "  and says where it stands"
contains "$(<"$work/err")" "--resume" "  and how to go on"
not_moved "is committed" "  it cannot be undone any more" b a --rollback
moved b a --resume
there a "  gone on with, all objects are back"
gone b "  and none is left behind"

clusterctl_move() {  # clusterctl_move FROM TO
  "$assets/clusterctl" move --kubeconfig "$work/real/$1/kubeconfig" --to-kubeconfig "$work/real/$2/kubeconfig" -n team-a --hide-api-warnings all >"$work/out" 2>&1 ||
    { cat "$work/out"; die "clusterctl move from $1 to $2 failed"; }
}
controllers a
clusterctl_move a b
there b "clusterctl move takes what slipway move left, and leaves the same objects"
gone a "  and none on its source"
controllers b
moved b a
there a "slipway move takes what clusterctl move left"
gone b "  and none on its source"
