# Sourced by test/bench/run: the cases B1 to B7 (docs/benchmarks.md), round by round, and what came of them.
# shellcheck shell=bash
rounds=5 quick='' cases=B1,B2,B3,B4,B5,B6,B7 server=mock bin=''
while [ $# -gt 0 ]; do
  case $1 in
    --rounds) rounds=$2; shift ;;
    --quick) quick=1 rounds=1 ;;
    --cases) cases=$2; shift ;;
    --server) server=$2; shift ;;
    --binaries) bin=$(cd "$2" && pwd); shift ;;
    *) usage; exit 2 ;;
  esac
  shift
done
wanted() { case ,$cases, in *,$1,*) return 0 ;; esac; return 1; }

if [ -z "$bin" ]; then
  command -v go >/dev/null || { echo "Go 1.26 or newer is needed: controller-runtime is built from its module" >&2; exit 1; }
  step "installing what the build needs" hack/install-deps
  build release bench_server bench_client bench_launch
  bin=$PWD/.cache/bench
  mkdir -p "$bin"
  for name in bench_server bench_client bench_launch; do ln -sfn "$PWD/build/release/test/bench/runtime/$name" "$bin/$name"; done
  step "building the peer on controller-runtime" go build -C test/bench/runtime/peer -o "$bin/peer" .
fi

work=$(mktemp -d "${TMPDIR:-/tmp}/slipway-bench.XXXXXX")
pids=()
stop_servers() {
  local pid
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; wait "$pid" 2>/dev/null || true; done
  pids=()
}
after=true  # what else is to be taken down
trap 'stop_servers; $after; rm -rf "$work"' EXIT
results=$work/results  # case, side, round, metric, value
: >"$results"
round=0

# with_server FLAGS...: a mock server; its kubeconfig is $kubeconfig from now on
with_server() {
  local dir line; dir=$(mktemp -d "$work/server.XXXXXX")
  mkfifo "$dir/said"
  "$bin/bench_server" --dir "$dir" "$@" >"$dir/said" 2>"$dir/err" & pids+=($!)
  read -r line <"$dir/said" || { cat "$dir/err" >&2; return 1; }
  kubeconfig=$dir/kubeconfig
}

# measure CASE SIDE command...: records the pairs of its RESULT line
measure() {
  local name=$1 side=$2 out; shift 2
  out=$(timeout 600 "$@" 2>"$work/err") || { echo "FAILED: $name, $side: $*" >&2; cat "$work/err" >&2; return 1; }
  sed -n 's/^RESULT //p' <<<"$out" | tr ' ' '\n' | awk -F= -v OFS='\t' -v c="$name" -v s="$side" -v r="$round" 'NF == 2 { print c, s, r, $1, $2 }' >>"$results"
}
ours() { measure "$1" ours "$bin/bench_client" --kubeconfig "$kubeconfig" "${@:2}"; }
theirs() { measure "$1" "$2" "$bin/peer" --kubeconfig "$kubeconfig" --mode "$2" "${@:3}"; }
each_round() { for round in $(seq "$rounds"); do "$@"; done; }

sync_round() {  # CASE OBJECTS KINDS
  ours "$1" --case sync --settle "$settle" --kinds "$3"
  for mode in typed typed-strip unstructured; do theirs "$1" $mode --case sync --settle "$settle" --objects "$2" --kinds "$3"; done
}
sync_cases() {
  local how
  for how in watchlist list; do
    for n in "${sizes[@]}"; do
      say "B1: initial sync of $n objects of 11 KB by $how"
      with_server --objects "$n" --size 11000 --watch-list "$([ $how = watchlist ] && echo yes || echo no)"
      each_round sync_round "B1.$n.$how" "$n" 0
      stop_servers
    done
  done
}
# Of built-in kinds, typed clients of Go ask for protobuf; custom resources are JSON for everybody.
real_sync_cases() {
  . test/bench/runtime/real.sh
  for n in "${sizes[@]}"; do
    say "B1: initial sync of $n Pods, and of as many custom resources, from kube-apiserver"
    fill 0 "$n"
    each_round sync_round "B1.$n.real-pods" "$n" 0
    fill 1 "$n"
    each_round sync_round "B1.$n.real-custom" "$n" 1
  done
}

latency_round() {  # CASE RATE OBJECTS
  ours "$1" --case latency --rate "$2" --seconds "$seconds"
  theirs "$1" typed --case latency --rate "$2" --seconds "$seconds" --objects "$3"
}
latency_cases() {
  local objects=1000; [ -z "$quick" ] || objects=200
  for rate in "${rates[@]}"; do
    say "B3: events at $rate a second, from the server through a reconcile and back as a status patch"
    for round in $(seq "$rounds"); do
      with_server --objects $objects --size 11000
      latency_round "B3.$rate" "$rate" $objects
      stop_servers
    done
  done
}

throughput_round() {  # CASE WORKERS OBJECTS
  ours "$1" --case throughput --workers "$2"
  theirs "$1" typed --case throughput --workers "$2" --objects "$3"
}
throughput_cases() {
  say "B4: reconciles of $keys keys, by 1, 10 and 50 workers"
  with_server --objects "$keys" --size 4000
  for workers in 1 10 50; do each_round throughput_round "B4.$workers" $workers "$keys"; done
  stop_servers
}

queue_round() {  # CASE BATCH
  ours "$1" --case queue --batch "$2"
  theirs "$1" typed --case queue --batch "$2"
  theirs "$1" unstructured --case queue --batch "$2"
}
queue_cases() {
  say "B5: the workqueue, a key at a time and a thousand at a time"
  kubeconfig=''
  for batch in 1 1000; do each_round queue_round "B5.$batch" $batch; done
}

# Both at once: what idles does not disturb the other.
idle_round() {
  ours B6 --case idle --kinds 20 --controllers 10 --seconds "$window" & local pid=$!
  theirs B6 typed --case idle --kinds 20 --controllers 10 --seconds "$window"
  wait $pid
}
idle_cases() {
  say "B6: a manager with 10 controllers and 20 kinds, idle for $window s"
  with_server --objects 0 --kinds 20
  each_round idle_round
  stop_servers
}

ready_round() {  # CASE
  local flags=(--case idle --kubeconfig "$kubeconfig" --kinds 20 --controllers 10 --seconds 0 --health '127.0.0.1:{port}')
  measure "$1" ours "$bin/bench_launch" "$bin/bench_client" "${flags[@]}"
  measure "$1" typed "$bin/bench_launch" "$bin/peer" "${flags[@]}"
}
ready_cases() {
  for n in 0 "$each"; do
    say "B7: from exec to /readyz, 20 kinds with $n objects of 4 KB each"
    with_server --objects "$n" --size 4000 --kinds 20
    each_round ready_round "B7.$n"
    stop_servers
  done
}

if [ -n "$quick" ]; then
  sizes=(100 500) settle=1 rates=(200) seconds=2 keys=500 window=3 each=25
else
  sizes=(1000 10000) settle=5 rates=(10 200 1000) seconds=10 keys=10000 window=60 each=500
fi
if [ "$server" = real ]; then
  real_sync_cases
else
  wanted B1 && sync_cases
  wanted B3 && latency_cases
  wanted B4 && throughput_cases
  wanted B5 && queue_cases
  wanted B6 && idle_cases
  wanted B7 && ready_cases
fi
echo
awk -f test/bench/runtime/report.awk "$results"
