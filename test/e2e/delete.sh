#!/usr/bin/env bash
# Deletion: refused while workload clusters exist, then everything goes, in order, and the finalizers with it.
. "$(dirname "$0")/lib.sh"
start_world --speed max
start_operator
k apply -f "$CONFIG_DIR/samples/demo/" >/dev/null
k wait -n tkg-system mcr/tkg-mgmt-vc --for=condition=Ready --timeout=120s >/dev/null
k wait -n default wlc/tkg-vc-antrea --for=condition=Ready --timeout=120s >/dev/null

k delete mcr -n tkg-system tkg-mgmt-vc --wait=false >/dev/null
until_line 60 'WorkloadClustersExist' k get mcr -n tkg-system tkg-mgmt-vc -w -o 'jsonpath={.status.conditions[?(@.type=="Deleting")].reason}{"\n"}'
pass "deletion is refused while a workload cluster exists"
contains "$(condition mcr tkg-system tkg-mgmt-vc Deleting message)" "slipway.dev/force-delete" "and the way to override it is named"

k delete wlc -n default tkg-vc-antrea --timeout=120s >/dev/null
pass "the workload cluster is deleted"
k wait -n tkg-system mcr/tkg-mgmt-vc --for=delete --timeout=180s >/dev/null
pass "then the management cluster is"
equal "$(k get simulatedclusters -A --no-headers 2>/dev/null | wc -l)" 0 "no bootstrap cluster is left"
