#!/usr/bin/env bash
# Several operators and one lease: a leader that is stopped (SIGSTOP) is succeeded, and ends by itself when it is woken; a stop gives the lease away; a second
# SIGTERM ends the process at once, whatever it waits for.
. "$(dirname "$0")/lib.sh"
start_world
k create namespace slipway-system >/dev/null

start_candidate() {  # start_candidate NAME: sets `pid`
  "$SLIPWAY" operator --kubeconfig "$KUBECONFIG" --metrics-bind-address 0 --health-probe-bind-address 0 --leader-elect \
    --leader-elect-lease-duration 3s --leader-elect-renew-deadline 2s --leader-elect-retry-period 1s >>"$work/$1.log" 2>&1 &
  pid=$!
  operator_pid="$operator_pid $pid"
}
said() { until_line 60 "$2" tail -n +1 -F "$work/$1.log"; }
holder() { k get lease -n slipway-system slipway -o 'jsonpath={.spec.holderIdentity}'; }
ended() { code=0; wait "$1" || code=$?; }  # ended PID: waits, and sets `code`; not in a subshell, which has no children of ours
: >"$work/a.log"; : >"$work/b.log"; : >"$work/c.log"

start_candidate a; a=$pid
said a 'became leader'
first=$(holder)
start_candidate b; b=$pid
said b 'operator starting'
equal "$(holder)" "$first" "the second stands by"

kill -STOP "$a"
said b 'became leader'
second=$(holder)
[ "$second" != "$first" ] && pass "a stopped leader is succeeded" || die "the lease is still held by $first"
k apply -f "$CONFIG_DIR/samples/demo/" >/dev/null
said b 'operator ready'
kill -CONT "$a"
ended "$a"
[ "$code" != 0 ] && pass "woken, it ends by itself, with an error" || die "it ended with 0"
contains "$(cat "$work/a.log")" "leadership lost" "and says why"
equal "$(holder)" "$second" "and does not touch its successor's lease"

kill -TERM "$b"
ended "$b"
equal "$code" 0 "a stop is a success"
equal "$(holder)" "" "and gives the lease away"

start_candidate c; c=$pid
said c 'operator ready'
server=$world_pid
[ -z "${SLIPWAY_E2E_REAL:-}" ] || server=$(cat "$work/real/hub/pids/kube-apiserver")
kill -STOP "$server"  # nothing answers any more: giving the lease away would take its time
kill -TERM "$c"
said c 'operator stopping'
kill -TERM "$c"
ended "$c"
kill -CONT "$server"
equal "$code" 143 "a second SIGTERM ends at once"
