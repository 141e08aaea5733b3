# Sourced by run.sh: a real kube-apiserver with objects in it.
# shellcheck shell=bash disable=SC2154
kubeconfig=${SLIPWAY_BENCH_KUBECONFIG:-}
if [ -z "$kubeconfig" ]; then
  say "starting etcd and kube-apiserver ..."
  kubeconfig=$(hack/realkube/up --name bench | tail -n 1)
  after='hack/realkube/down --name bench'
fi

# fill KINDS N: the server has N objects from now on, Pods (KINDS 0) or custom resources (1); more are added, never fewer
fill() { "$bin/bench_client" --case load --kubeconfig "$kubeconfig" --kinds "$1" --objects "$2" --size 11000; }
