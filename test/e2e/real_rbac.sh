#!/usr/bin/env bash
# The operator with the rights that config/rbac gives it, and no others, on a real API server that enforces them; its token comes from a file, as in a Pod.
SLIPWAY_E2E_REAL=1
. "$(dirname "$0")/lib.sh"
start_world --speed max
k create namespace slipway-system >/dev/null
k apply -k "$CONFIG_DIR/rbac" >/dev/null
k apply -k "$CONFIG_DIR/flowcontrol" >/dev/null
k create token -n slipway-system slipway-operator >"$work/token"
sed -E "s#user: \{client-certificate-data.*#user: {tokenFile: $work/token}#" "$KUBECONFIG" >"$work/operator.kubeconfig"
equal "$("$KUBECTL" --kubeconfig "$work/operator.kubeconfig" --token "$(cat "$work/token")" auth whoami -o 'jsonpath={.status.userInfo.username}')" \
  system:serviceaccount:slipway-system:slipway-operator "the operator is its service account"
operator_kubeconfig=$work/operator.kubeconfig
start_operator --leader-elect
k apply -f "$CONFIG_DIR/samples/demo/" >/dev/null
k wait -n tkg-system mcr/tkg-mgmt-vc --for=condition=Ready --timeout=180s >/dev/null
k wait -n default wlc/tkg-vc-antrea --for=condition=Ready --timeout=180s >/dev/null
pass "both clusters become Ready"
k wait flowschema/slipway-leader-election --for=condition=Dangling=False --timeout=60s >/dev/null
answer=$("$KUBECTL" --kubeconfig "$work/operator.kubeconfig" get lease -n slipway-system slipway -v=8 2>&1)
contains "${answer,,}" "x-kubernetes-pf-flowschema-uid: $(k get flowschema slipway-leader-election -o 'jsonpath={.metadata.uid}')" \
  "its lease has the priority of the control plane's leases"
[ "$(k get events -n tkg-system --no-headers | wc -l)" -ge 10 ] && pass "its Events are accepted" || die "too few Events: $(k get events -n tkg-system)"
k delete wlc -n default tkg-vc-antrea --timeout=120s >/dev/null
k delete mcr -n tkg-system tkg-mgmt-vc --timeout=180s >/dev/null
pass "and deleted"
equal "$(grep -iE 'forbidden|[ =":]403\b' "$work/operator.log" | head -n 3)" "" "nothing was forbidden to it"
kill_operator TERM
contains "$(tail -n 3 "$work/operator.log")" "operator stopped" "it ends on SIGTERM, and gives its lease back"
