#!/usr/bin/env bash
# clusterctl itself on real API servers, with the release manifests of Cluster API and cert-manager: what an installer of management clusters is held against.
# No kubelet runs: `realkube stand-in` answers cert-manager's webhook in place of its Pod, without which clusterctl would wait for it, and injects its CA.
. "$(dirname "$0")/lib.sh"
repository=${SLIPWAY_COMPONENTS:-$assets/../repository}
for name in realkube clusterctl; do
  [ -x "$assets/$name" ] || { echo "skipped: there is no $name in $assets; hack/realkube/build makes one"; exit 77; }
done
[ -e "$repository/stamp" ] || { echo "skipped: there are no components in $repository; hack/realkube/components renders them"; exit 77; }
[ "$(</proc/sys/net/ipv4/ip_unprivileged_port_start)" -le 443 ] || [ "$(id -u)" = 0 ] || { echo "skipped: webhooks are at port 443, which only root may listen on"; exit 77; }
config=$repository/clusterctl.yaml
export CLUSTERCTL_DISABLE_VERSIONCHECK=true GOPROXY=off
unset "${!http@}" "${!https@}" "${!HTTP@}" "${!HTTPS@}"
version=v1.14.0 older=v1.13.0

clusterctl() { "$assets/clusterctl" "$@" --config "$config"; }
inventory() { k get providers.clusterctl.cluster.x-k8s.io -A -o 'jsonpath={range .items[*]}{.metadata.namespace}/{.metadata.name} {.type} {.providerName} {.version}{"\n"}{end}'; }

# installed_by NAME USER-AGENT command...: starts an empty server, runs the command on it with $KUBECONFIG and prints what that took and asked; what is there
# afterwards is in $work/NAME.snapshot, a field a line. The server stays, and $KUBECONFIG names it.
installed_by() {
  local name=$1 agent=$2 began; shift 2
  "$assets/realkube" up --dir "$work/real/$name" --audit >"$work/real-$name.log" 2>&1 || { cat "$work/real-$name.log"; exit 1; }
  KUBECONFIG=$(tail -n 1 "$work/real-$name.log")
  "$assets/realkube" stand-in --dir "$work/real/$name" >"$work/stand-in-$name.log" 2>&1 &
  world_pid="$world_pid $!"
  began=${EPOCHREALTIME//[.,]/}
  "$@" >"$work/$name.out" 2>&1 || { cat "$work/$name.out"; die "$name: $* failed"; }
  echo "# $name: $(((${EPOCHREALTIME//[.,]/} - began) / 1000)) ms, requests: $("$assets/realkube" requests --dir "$work/real/$name" --user-agent "$agent" | paste -sd' ')"
  "$assets/realkube" snapshot --kubeconfig "$KUBECONFIG" --output pretty >"$work/$name.snapshot"
}

# same_as NAME OTHER: both installers left the same objects, with the same names, labels, annotations and specs
same_as() {
  local difference
  difference=$(diff "$work/$1.snapshot" "$work/$2.snapshot") || die "$1 (<) and $2 (>) differ: $(head -n 60 <<<"$difference")"
  pass "$1 and $2 leave the same $(grep -c '^{' "$work/$1.snapshot") objects"
}

clusterctl_init() {  # clusterctl_init VERSION
  clusterctl init --core "cluster-api:$1" --bootstrap "kubeadm:$1" --control-plane "kubeadm:$1" --infrastructure "docker:$1"
}
installed_by first clusterctl clusterctl_init $version
first=$KUBECONFIG
equal "$(inventory)" "capd-system/infrastructure-docker InfrastructureProvider docker $version
capi-kubeadm-bootstrap-system/bootstrap-kubeadm BootstrapProvider kubeadm $version
capi-kubeadm-control-plane-system/control-plane-kubeadm ControlPlaneProvider kubeadm $version
capi-system/cluster-api CoreProvider cluster-api $version" "clusterctl init writes its inventory"
installed_by second clusterctl clusterctl_init $version
same_as first second

# ==== The other installer, on the same repository, held against clusterctl: to be called here. ====
slipway_init() {  # slipway_init VERSION
  "$SLIPWAY" init --kubeconfig "$KUBECONFIG" --core "cluster-api:$1" --bootstrap "kubeadm:$1" --control-plane "kubeadm:$1" --infrastructure "docker:$1" --config "$config"
}
# installed_by slipway slipway slipway_init $version
# same_as first slipway
# ==== until here ====

KUBECONFIG=$first
plan=$(clusterctl upgrade plan 2>&1)
contains "$plan" "You are already up to date!" "clusterctl upgrade plan reads the inventory"
k apply -f - >/dev/null 2>&1 <<'YAML'
apiVersion: cluster.x-k8s.io/v1beta2
kind: Cluster
metadata: {name: demo, namespace: default}
spec: {infrastructureRef: {apiGroup: infrastructure.cluster.x-k8s.io, kind: DockerCluster, name: demo}}
---
apiVersion: infrastructure.cluster.x-k8s.io/v1beta2
kind: DockerCluster
metadata: {name: demo, namespace: default}
YAML
contains "$(clusterctl describe cluster demo 2>&1)" "DockerCluster default/demo" "clusterctl describe finds what belongs to a Cluster"

installed_by older clusterctl clusterctl_init $older
plan=$(clusterctl upgrade plan 2>&1)
equal "$(grep -cE "Provider +$older +$version$" <<<"$plan")" 4 "and of an older installation it plans the upgrade of all four"
