#!/usr/bin/env bash
# What happens to API servers in a year, within a minute: kill -9 of the hub's and of the bootstrap cluster's, etcd compacted behind the watches, new serving
# certificates. The operator is never restarted, and the flow ends the same.
SLIPWAY_E2E_REAL=1
. "$(dirname "$0")/lib.sh"
start_world --speed 8
start_operator
k apply -f "$CONFIG_DIR/samples/demo/" >/dev/null
real() { "$assets/realkube" "$1" --dir "$work/real/$2" >>"$work/real.log"; }
progress() { k get mcr -n tkg-system tkg-mgmt-vc -o 'jsonpath={.status.progress}'; }
total=''
until_line 120 '^[0-9]+/[0-9]+$' k get mcr -n tkg-system tkg-mgmt-vc -w -o 'jsonpath={.status.progress}{"\n"}'
total=$(progress); total=${total#*/}
reach() { until_line 180 "^($(seq -s '|' "$1" "$total"))/$total\$" k get mcr -n tkg-system tkg-mgmt-vc -w -o 'jsonpath={.status.progress}{"\n"}'; }

reach 2
real kill9 hub
real restart-apiserver hub
pass "the hub's API server was killed and came back, at $(progress)"
reach 5
real kill9 bootstrap
real restart-apiserver bootstrap
pass "the bootstrap cluster's, too, at $(progress)"
reach 8
# Gone, and when it is back nothing that the watches knew is known any more: every one of them must list anew.
real kill9 hub
real compact hub
real restart-apiserver hub
pass "the hub came back with its history compacted, at $(progress)"
reach 10
real rotate hub
real rotate bootstrap
real kill9 bootstrap
real compact bootstrap
real restart-apiserver bootstrap
pass "both have new certificates, and the bootstrap cluster lost its history, at $(progress)"

k wait -n tkg-system mcr/tkg-mgmt-vc --for=condition=Ready --timeout=240s >/dev/null
k wait -n default wlc/tkg-vc-antrea --for=condition=Ready --timeout=240s >/dev/null
pass "both clusters become Ready"
kill -0 "$operator_pid" && pass "with the operator that was there from the start"
k get secret -n tkg-system tkg-mgmt-vc-kubeconfig -o 'jsonpath={.data.value}' | base64 -d >"$work/mgmt.kubeconfig"
equal "$(target mgmt get machines -n tkg-system --no-headers | wc -l)" 2 "there are two Machines, none doubled"
equal "$(k get mcr -n tkg-system tkg-mgmt-vc -o 'jsonpath={.status.pivot.state}')" Completed "the move is complete"
equal "$(k get simulatedclusters -A --no-headers 2>/dev/null | wc -l)" 0 "the bootstrap cluster is gone"

real restart-apiserver hub
k patch wlc -n default tkg-vc-antrea --type=merge -p '{"spec":{"cluster":{"workers":[{"name":"md-0","replicas":2}]}}}' >/dev/null
# A watch that was refused again and again waits up to a minute before it tries, and as long again where its place has expired meanwhile.
until_line 300 '^2/2$' k get wlc -n default tkg-vc-antrea -w -o 'jsonpath={.status.workers}{"\n"}'
pass "and after one more restart it still follows the spec"
