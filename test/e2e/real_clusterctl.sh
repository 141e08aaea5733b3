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
# afterwards is in $work/NAME.snapshot, a field a line, but for the inventory (which inventory() tells; Slipway labels its CRD too) and without what Slipway notes for itself (slipway.dev/...). The server stays, and $KUBECONFIG names it.
installed_by() {
  local name=$1 agent=$2 began; shift 2
  "$assets/realkube" up --dir "$work/real/$name" --audit >"$work/real-$name.log" 2>&1 || { cat "$work/real-$name.log"; exit 1; }
  KUBECONFIG=$(tail -n 1 "$work/real-$name.log")
  "$assets/realkube" stand-in --dir "$work/real/$name" >"$work/stand-in-$name.log" 2>&1 &
  world_pid="$world_pid $!"
  began=${EPOCHREALTIME//[.,]/}
  "$@" >"$work/$name.out" 2>&1 || { cat "$work/$name.out"; die "$name: $* failed"; }
  echo "# $name: $(((${EPOCHREALTIME//[.,]/} - began) / 1000)) ms, requests: $("$assets/realkube" requests --dir "$work/real/$name" --user-agent "$agent" | paste -sd' ')"
  "$assets/realkube" snapshot --kubeconfig "$KUBECONFIG" --output pretty --without slipway.dev/ --selector 'clusterctl.cluster.x-k8s.io,clusterctl.cluster.x-k8s.io/core!=inventory' >"$work/$name.snapshot"
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

slipway_init() {  # slipway_init VERSION [more flags]
  local version=$1; shift
  "$SLIPWAY" init --core "cluster-api:$version" --bootstrap "kubeadm:$version" --control-plane "kubeadm:$version" --infrastructure "docker:$version" --config "$config" "$@"
}
entries=$(inventory)
installed_by slipway slipway slipway_init $version
same_as first slipway
equal "$(inventory)" "$entries" "and the same inventory"
contains "$(clusterctl upgrade plan 2>&1)" "You are already up to date!" "clusterctl upgrade plan reads what slipway init wrote"
began=${EPOCHREALTIME//[.,]/}
slipway_init $version >"$work/again.out" 2>&1 || { cat "$work/again.out"; die "slipway init is not done again"; }
"$assets/realkube" snapshot --kubeconfig "$KUBECONFIG" --output pretty --without slipway.dev/ --selector 'clusterctl.cluster.x-k8s.io,clusterctl.cluster.x-k8s.io/core!=inventory' >"$work/again.snapshot"
echo "# slipway init again: $(((${EPOCHREALTIME//[.,]/} - began) / 1000)) ms"
same_as slipway again
contains "$("$SLIPWAY" providers list)" "InfrastructureProvider" "slipway providers list shows them"

# Killed with its first, its fourth, its seventh ... sentence, and at last left alone; from a bundle, with nobody to ask on the network.
"$SLIPWAY" bundle create -o "$work/bundle.tgz" --core cluster-api:$version --bootstrap kubeadm:$version --control-plane kubeadm:$version --infrastructure docker:$version \
  --config "$config" >"$work/bundle.out" 2>&1 || { cat "$work/bundle.out"; die "no bundle was made"; }
echo "{}" >"$work/empty.yaml"
killed_again_and_again() {
  local line sentences code
  for sentences in 1 4 7 10 13 16 19 22 25 28 31 34; do
    mkfifo "$work/said"
    https_proxy=http://127.0.0.1:1 config=$work/empty.yaml slipway_init $version --bundle "$work/bundle.tgz" 2>"$work/said" & local pid=$!
    code=0
    while read -r line; do
      echo "$line"
      sentences=$((sentences - 1))
      [ $sentences -gt 0 ] || { kill -KILL $pid 2>/dev/null || true; break; }
    done <"$work/said"
    rm "$work/said"
    wait $pid || code=$?
    echo "# ended with exit code $code"
    [ $code != 0 ] || return 0
  done
  https_proxy=http://127.0.0.1:1 config=$work/empty.yaml slipway_init $version --bundle "$work/bundle.tgz"
}
installed_by killed slipway killed_again_and_again
pass "slipway init was killed $(grep -c 'exit code 137' "$work/killed.out") times"
same_as first killed

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

"$SLIPWAY" providers plan --config "$config" >"$work/plan.out" 2>&1 || { cat "$work/plan.out"; die "slipway providers plan failed"; }
equal "$(grep -cE " $older +$version" "$work/plan.out")" 4 "slipway providers plan says the same"
"$SLIPWAY" providers upgrade --contract v1beta2 --config "$config" >"$work/upgrade.out" 2>&1 || { cat "$work/upgrade.out"; die "slipway providers upgrade failed"; }
contains "$(clusterctl upgrade plan 2>&1)" "You are already up to date!" "slipway providers upgrade takes over what clusterctl installed, and brings it up to date"
equal "$(k get deployments -A -o 'jsonpath={.items[*].spec.template.spec.containers[*].image}' | tr ' ' '\n' | grep -c ":$version\$")" 4 "all four managers run the new version"
