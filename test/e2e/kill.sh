#!/usr/bin/env bash
# SIGKILL at ten places spread over the flow: each time a new operator goes on, and the flow ends the same.
. "$(dirname "$0")/lib.sh"
start_world --speed 8
start_operator
k apply -f "$CONFIG_DIR/samples/demo/" >/dev/null
progress() { k get mcr -n tkg-system tkg-mgmt-vc -o 'jsonpath={.status.progress}'; }

total=''
until_line 60 '^[0-9]+/[0-9]+$' k get mcr -n tkg-system tkg-mgmt-vc -w -o 'jsonpath={.status.progress}{"\n"}'
total=$(progress); total=${total#*/}
kills=0
for i in 1 2 3 4 5 6 7 8 9 10; do
  at=$((i * (total - 1) / 10))
  # Any progress at or past the place: the step may be over before the watch sees it.
  pattern="^($(seq -s '|' "$at" "$total"))/$total\$"
  until_line 180 "$pattern" k get mcr -n tkg-system tkg-mgmt-vc -w -o 'jsonpath={.status.progress}{"\n"}'
  kill_operator KILL
  kills=$((kills + 1))
  pass "killed at $(progress)"
  start_operator
done
k wait -n tkg-system mcr/tkg-mgmt-vc --for=condition=Ready --timeout=240s >/dev/null
k wait -n default wlc/tkg-vc-antrea --for=condition=Ready --timeout=240s >/dev/null
pass "after $kills kills both clusters are Ready"

k get secret -n tkg-system tkg-mgmt-vc-kubeconfig -o 'jsonpath={.data.value}' | base64 -d >"$work/mgmt.kubeconfig"
pivot() { k get mcr -n tkg-system tkg-mgmt-vc -o "jsonpath={.status.pivot.$1}"; }
equal "$(pivot state)" Completed "the move is complete"
equal "$(target mgmt get machines -n tkg-system --no-headers | wc -l)" 2 "there are two Machines, none doubled"
equal "$(target mgmt get clusters -n tkg-system tkg-mgmt-vc -o 'jsonpath={.spec.paused}')" "" "nothing is left paused"
equal "$(target mgmt get clusters,machines,secrets -A -o yaml | grep -c 'slipway.dev/move-id' || true)" 0 "no mark of the move is left"
equal "$(k get simulatedclusters -A --no-headers 2>/dev/null | wc -l)" 0 "the bootstrap cluster is gone"
