#!/usr/bin/env bash
# The operator with the rights that config/rbac gives it, and no others, on a real API server that enforces them; its token comes from a file, as in a Pod, and
# is replaced while it runs.
SLIPWAY_E2E_REAL=1
. "$(dirname "$0")/lib.sh"
start_world --speed max
k create namespace slipway-system >/dev/null
k apply -k "$CONFIG_DIR/rbac" >/dev/null
k apply -k "$CONFIG_DIR/flowcontrol" >/dev/null
# A token ends with the object that it is bound to.
new_token() {
  k create secret generic -n slipway-system "$1" >/dev/null
  k create token -n slipway-system slipway-operator --bound-object-kind Secret --bound-object-name "$1" >"$work/$1"
  mv "$work/$1" "$work/token"
}
new_token first
sed -E "s#user: \{client-certificate-data.*#user: {tokenFile: $work/token}#" "$KUBECONFIG" >"$work/operator.kubeconfig"
sed -E "s#user: \{client-certificate-data.*#user: {token: $(cat "$work/token")}#" "$KUBECONFIG" >"$work/first.kubeconfig"
equal "$("$KUBECTL" --kubeconfig "$work/first.kubeconfig" auth whoami -o 'jsonpath={.status.userInfo.username}')" \
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
new_token second
k delete secret -n slipway-system first >/dev/null
# Nobody is told that a token has ended; the server itself remembers for ten seconds that it was good.
while "$KUBECTL" --kubeconfig "$work/first.kubeconfig" auth whoami >/dev/null 2>&1; do :; done
k patch wlc -n default tkg-vc-antrea --type=merge -p '{"spec":{"cluster":{"workers":[{"name":"md-0","replicas":2}]}}}' >/dev/null
until_line 120 '^2/2$' k get wlc -n default tkg-vc-antrea -w -o 'jsonpath={.status.workers}{"\n"}'
pass "with its token replaced and the old one refused, it goes on"
[ "$(k get events -n tkg-system --no-headers | wc -l)" -ge 10 ] && pass "its Events are accepted" || die "too few Events: $(k get events -n tkg-system)"
k delete wlc -n default tkg-vc-antrea --timeout=120s >/dev/null
k delete mcr -n tkg-system tkg-mgmt-vc --timeout=180s >/dev/null
pass "and deleted"
equal "$(grep -iE 'forbidden|[ =":]403\b' "$work/operator.log" | head -n 3)" "" "nothing was forbidden to it"
kill_operator TERM
contains "$(tail -n 3 "$work/operator.log")" "operator stopped" "it ends on SIGTERM, and gives its lease back"
