# Sourced by test/bench/run: the same objects between the same two API servers, moved by clusterctl and by Slipway in turn, and the floor under both.
# shellcheck shell=bash
sizes=145,1000,3000 rounds='' quick='' full='' bin='' delay_ms=20
while [ $# -gt 0 ]; do
  case $1 in
    --quick) quick=1 sizes=145 rounds=2 ;;
    --full) full=1 ;;
    --rounds) rounds=$2; shift ;;
    --sizes) sizes=$2; shift ;;
    --delay) delay_ms=$2; shift ;;
    --binaries) bin=$(cd "$2" && pwd); shift ;;
    *) usage; exit 2 ;;
  esac
  shift
done
assets=${SLIPWAY_KUBE_ASSETS:-$PWD/.cache/realkube/bin}
repository=${SLIPWAY_COMPONENTS:-$assets/../repository}
for name in realkube clusterctl kubectl; do
  [ -x "$assets/$name" ] || { echo "there is no $name in $assets: hack/realkube/build makes one" >&2; exit 1; }
done
[ -e "$repository/stamp" ] || { echo "there are no components in $repository: hack/realkube/components renders them" >&2; exit 1; }
if [ -z "$bin" ]; then
  step "installing what the build needs" hack/install-deps
  build release slipway bench_move
  bin=$PWD/.cache/bench
  mkdir -p "$bin"
  ln -sfn "$PWD/build/release/test/bench/move/bench_move" "$bin/bench_move"
  ln -sfn "$PWD/build/release/cmd/slipway/slipway" "$bin/slipway"
fi
# clusterctl would ask the network for newer versions of itself.
export CLUSTERCTL_DISABLE_VERSIONCHECK=true GOPROXY=off
unset "${!http@}" "${!https@}" "${!HTTP@}" "${!HTTPS@}"

fixture=$PWD/test/bench/move/fixture
work=$(mktemp -d "${TMPDIR:-/tmp}/slipway-bench.XXXXXX")
pids=() servers=()
stop() {
  local pid name
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
  for name in "${servers[@]}"; do "$assets/realkube" down --dir "$work/$name" >/dev/null 2>&1 || true; done
  rm -rf "$work"
}
trap stop EXIT
results=$work/results  # case, side, round, metric, value
: >"$results"

# two_servers NAME NAME [flags of realkube up]: with CRDs and inventory; NAME.kubeconfig each
two_servers() {
  local name one=$1 other=$2 preparing=(); shift 2
  for name in "$one" "$other"; do
    servers+=("$name")
    "$assets/realkube" up --dir "$work/$name" "$@" >"$work/$name.log" 2>&1 || { cat "$work/$name.log" >&2; return 1; }
    cp "$work/$name/kubeconfig" "$work/$name.kubeconfig"
    "$bin/bench_move" prepare --kubeconfig "$work/$name.kubeconfig" --repository "$repository" --fixture "$fixture" & preparing+=($!)
  done
  for name in "${preparing[@]}"; do wait "$name"; done
}
# far_kubeconfig NAME: NAME-far.kubeconfig reaches the same server through a delay
far_kubeconfig() {
  local port proxy
  port=$(sed -n 's|.*https://127.0.0.1:\([0-9]*\).*|\1|p' "$work/$1.kubeconfig")
  mkfifo "$work/$1.port"
  "$bin/bench_move" delay --port "$port" --round-trip-ms "$delay_ms" >"$work/$1.port" & pids+=($!)
  read -r proxy <"$work/$1.port"
  sed "s|https://127.0.0.1:$port|https://127.0.0.1:$proxy|" "$work/$1.kubeconfig" >"$work/$1-far.kubeconfig"
}
fill() {  # fill SERVER SIZE: so many objects in all are discovered there
  local clusters=1 machines=2 others=94
  case $2 in
    1000) clusters=16 machines=6 others=21 ;;
    3000) clusters=50 machines=6 others=0 ;;
  esac
  "$bin/bench_move" fill --kubeconfig "$work/$1.kubeconfig" --fixture "$fixture" --clusters $clusters --machines $machines --others $others
}

case_name='' round=0 here=a there=b
swap() { local name=$here; here=$there there=$name; }
# status does not come along with a move; its controllers would write it
revive() { "$bin/bench_move" revive --kubeconfig "$work/$1.kubeconfig"; }
note() { tr ' ' '\n' | awk -F= -v OFS='\t' -v c="$case_name" -v s="$1" -v r="$round" 'NF == 2 { print c, s, r, $1, $2 }' >>"$results"; }
# moved_by SIDE program...: from $here to $there, which change places
moved_by() {
  local side=$1 out; shift
  out=$("$bin/bench_move" measure "$work/out" "$@") || { echo "FAILED: $case_name, $side: $*" >&2; tail -n 30 "$work/out" >&2; return 1; }
  note "$side" <<<"${out#RESULT }"
  swap
  revive "$here"
}
far=''  # or -far
by_clusterctl() {
  moved_by clusterctl "$assets/clusterctl" move --kubeconfig "$work/$here.kubeconfig" --to-kubeconfig "$work/$there$far.kubeconfig" -n tkg-system --config "$repository/clusterctl.yaml"
}
by_slipway() {  # by_slipway SIDE flags...
  local side=$1; shift
  moved_by "$side" "$bin/slipway" move --kubeconfig "$work/$here.kubeconfig" --to-kubeconfig "$work/$there$far.kubeconfig" -n tkg-system --id "bench-$((++moves))" "$@"
}
moves=0
floor() {  # floor WIDTH...
  local width out
  for width; do
    out=$("$bin/bench_move" floor --from "$work/$here.kubeconfig" --to "$work/$there$far.kubeconfig" --width "$width") || return 1
    note "floor-$width" <<<"${out#RESULT }"
  done
}
# Each round: theirs there, ours back, ours again with what it does by default; so the next one goes the other way. The same work for both is --no-rehearse.
one_case() {  # one_case SIZE ROUNDS FLOOR-WIDTHS
  case_name=${far:+delay} case_name=${case_name:-direct}-$1
  say "$case_name: $2 rounds"
  for round in $(seq "$2"); do
    by_clusterctl
    by_slipway slipway --no-rehearse
    by_slipway rehearsed
    # shellcheck disable=SC2086
    floor $3
  done
}
rounds_of() {  # rounds_of CASE: fewer where clusterctl takes minutes a round
  if [ -n "$rounds" ]; then echo "$rounds"; return; fi
  if [ -n "$full" ]; then echo 5; return; fi
  case $1 in
    direct-3000 | delay-1000) echo 3 ;;
    delay-3000) echo 1 ;;
    *) echo 5 ;;
  esac
}

say "two API servers"
two_servers a b
far_kubeconfig a
far_kubeconfig b
for size in ${sizes//,/ }; do
  fill "$here" "$size"
  far=''
  one_case "$size" "$(rounds_of "direct-$size")" "8 16 32"
  far=-far
  one_case "$size" "$(rounds_of "delay-$size")" "32 64"
  "$bin/bench_move" wipe --kubeconfig "$work/$here.kubeconfig"
  "$bin/bench_move" wipe --kubeconfig "$work/$there.kubeconfig"
done

# What each asked for, by the audit logs of both servers, and what is there afterwards.
say "requests, and what each leaves on the target"
two_servers c d --audit
asked() { for name in c d; do "$assets/realkube" requests --dir "$work/$name" --user-agent "$1"; done | awk '$1 == "total" { n += $2 } END { print n }'; }
# Objects of the namespace, with their owners in order: clusterctl writes those in the order of a map.
left() {
  "$assets/realkube" snapshot --kubeconfig "$work/d.kubeconfig" --selector '' --output pretty |
    awk '/^{/ { text = "" } { text = text $0 "\n" } /^}/ && text ~ /"namespace": "tkg-system"/ { printf "%s", text }' | awk -f test/bench/move/owners.awk >"$work/$1.left"
}
far='' case_name=requests-145 round=1
for side in clusterctl slipway; do
  here=c there=d
  fill c 145
  if [ $side = clusterctl ]; then by_clusterctl; else by_slipway slipway --no-rehearse; fi
  note $side <<<"requests=$(asked $side)"
  left $side
  "$bin/bench_move" wipe --kubeconfig "$work/c.kubeconfig"
  "$bin/bench_move" wipe --kubeconfig "$work/d.kubeconfig"
done
echo
awk -f test/bench/move/report.awk "$results"
if diff "$work/clusterctl.left" "$work/slipway.left" >"$work/difference"; then
  echo "SAME: clusterctl and Slipway leave the same $(grep -c '^{' "$work/slipway.left") objects on the target"
else
  echo "DIFFERENT: what clusterctl (<) and Slipway (>) leave on the target"
  head -n 40 "$work/difference"
  exit 1
fi
