#!/usr/bin/env bash
# A user's day: apply both samples, wait, look, with a real kubectl. Ends with every object of the bootstrap cluster accounted for.
. "$(dirname "$0")/lib.sh"
start_world --speed 20
start_operator
echo "kubectl: $("$KUBECTL" version --client 2>/dev/null | head -n 1)"

k apply -f "$CONFIG_DIR/samples/demo/" >"$work/apply.log"
pass "apply takes every sample without a flag"
# A Secret with stringData is "configured" each time by kubectl's own rules: the live object has none.
equal "$(k apply -f "$CONFIG_DIR/samples/demo/" | grep -vE 'unchanged|secret/tkg-pkg-tkg-system-values' || true)" "" "applying them again changes nothing"

k wait -n tkg-system mcr/tkg-mgmt-vc --for=condition=Ready --timeout=180s >/dev/null
pass "the management cluster becomes Ready"
k wait -n default wlc/tkg-vc-antrea --for=condition=Ready --timeout=180s >/dev/null
pass "the workload cluster becomes Ready"

wide=$(k get mcr,wlc -A -o wide)
echo "$wide"
for column in PHASE PROGRESS READY CONTROLPLANE WORKERS VERSION AGE REASON MESSAGE; do contains "$wide" "$column" "get -o wide has $column"; done
contains "$wide" "v1.24.9+vmware.1" "the Kubernetes version is shown"
contains "$(k explain mcr.spec.bootstrap)" "kubeconfigSecretRef" "explain knows the API"

described=$(k describe mcr -n tkg-system tkg-mgmt-vc)
contains "$described" "Events:" "describe shows Events"
events=$(k get events -n tkg-system -o custom-columns=REASON:.reason,MESSAGE:.message --no-headers)
[ "$(wc -l <<<"$events")" -ge 10 ] && pass "there is an Event for each edge of a step" || die "too few Events: $events"

pivot() { k get mcr -n tkg-system tkg-mgmt-vc -o "jsonpath={.status.pivot.$1}"; }
planned=$(pivot planned) created=$(pivot created) verified=$(pivot verified) deleted=$(pivot deleted) kept=$(pivot kept)
excluded=$(k get mcr -n tkg-system tkg-mgmt-vc -o 'jsonpath={range .status.pivot.excluded[*]}{.count}{"\n"}{end}' | awk '{ n += $1 } END { print n + 0 }')
k get mcr -n tkg-system tkg-mgmt-vc -o 'jsonpath={range .status.pivot.excluded[*]}  excluded {.count}: {.reason}{"\n"}{end}'
if [ -z "$bootstrap_kubeconfig" ]; then
  equal "$((planned + kept + excluded))" 145 "all 145 discovered objects are moved, kept or excluded with a reason"
else
  # How many Secrets of their own the simulated packages have made by now is a matter of time there, and the API server adds a ConfigMap of its own.
  equal "$((planned + kept))" 38 "the 38 objects that hang on the Cluster are moved or kept; $excluded others are excluded with a reason"
fi
equal "$created" "$planned" "everything planned was created on the management cluster"
equal "$verified" "$planned" "and verified"
# A package brought the ClusterClass and its five templates to both clusters, with the same content: they are taken over, and the originals are the package's.
equal "$deleted" "$((planned - 6))" "and deleted on the bootstrap cluster, all but the six that its package owns"

equal "$(k get simulatedclusters -A --no-headers 2>/dev/null | wc -l)" 0 "the bootstrap cluster is gone"
kubeconfig_of() { k get secret -n "$1" "$2" -o 'jsonpath={.data.value}' | base64 -d >"$work/$3.kubeconfig"; chmod 600 "$work/$3.kubeconfig"; }
ref() { k get "$1" -n "$2" "$3" -o 'jsonpath={.status.kubeconfigSecretRef.name}'; }
kubeconfig_of tkg-system "$(ref mcr tkg-system tkg-mgmt-vc)" mgmt
kubeconfig_of default "$(ref wlc default tkg-vc-antrea)" workload
equal "$(target mgmt get clusters -n tkg-system tkg-mgmt-vc -o 'jsonpath={.spec.paused}')" "" "the moved Cluster is not paused"
equal "$(target mgmt get machines -n tkg-system --no-headers | wc -l)" 2 "the management cluster has its two Machines, once"
equal "$(target mgmt get machines -n tkg-system -o 'jsonpath={.items[*].status.phase}')" "Running Running" "and they run"
contains "$(target mgmt get clusters -n tkg-system tkg-mgmt-vc -o 'jsonpath={.metadata.annotations}')" "TKGVERSION" "tanzu's annotations are there"
equal "$(target mgmt get clusters -A --no-headers | wc -l)" 2 "the management cluster manages both"
equal "$(target workload get nodes --no-headers | wc -l)" 2 "the workload cluster has its nodes"

if [ -n "$bootstrap_kubeconfig" ]; then
  left=$("$KUBECTL" --kubeconfig "$bootstrap_kubeconfig" get clusters,machines,machinedeployments,kubeadmcontrolplanes,vspheremachines,ipaddresses.ipam.cluster.x-k8s.io -A -o name)
  equal "$left" "" "the real API server that was the bootstrap cluster holds nothing of the Cluster any more"
fi

k scale --help >/dev/null
k patch wlc -n default tkg-vc-antrea --type=merge -p '{"spec":{"cluster":{"workers":[{"name":"md-0","replicas":3}]}}}' >/dev/null
until_line 120 '^3/3$' k get wlc -n default tkg-vc-antrea -w -o 'jsonpath={.status.workers}{"\n"}'
pass "scaling the workers in spec scales the cluster"
kill_operator TERM
pass "the operator ends on SIGTERM"
contains "$(tail -n 3 "$work/operator.log")" "operator stopped" "and says so"
