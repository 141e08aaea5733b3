# Sourced by test/bench/run: time, CPU and memory of a plan, from 5,000 to 50,000 objects on kubesim. Aim: 50,000 under 400 MB and 30 s, and growth by the object.
# shellcheck shell=bash
sizes=5000,10000,20000,50000 rounds=3 bin=''
while [ $# -gt 0 ]; do
  case $1 in
    --quick) sizes=500,1000 rounds=1 ;;
    --sizes) sizes=$2; shift ;;
    --rounds) rounds=$2; shift ;;
    --binaries) bin=$(cd "$2" && pwd); shift ;;
    *) usage; exit 2 ;;
  esac
  shift
done
repository=${SLIPWAY_COMPONENTS:-$PWD/.cache/realkube/repository}
[ -e "$repository/stamp" ] || { echo "there are no components in $repository: hack/realkube/components renders them" >&2; exit 1; }
if [ -z "$bin" ]; then
  step "installing what the build needs" hack/install-deps
  build release bench_move
  bin=$PWD/build/release/test/bench/move
fi
work=$(mktemp -d "${TMPDIR:-/tmp}/slipway-bench.XXXXXX")
pid=''
trap '[ -z "$pid" ] || kill $pid 2>/dev/null; rm -rf "$work"' EXIT
: >"$work/results"
for size in ${sizes//,/ }; do
  mkfifo "$work/said"
  "$bin/bench_move" simulate --kubeconfig "$work/kubeconfig" >"$work/said" & pid=$!
  read -r _ <"$work/said"
  rm "$work/said"
  say "$size objects: filling kubesim"
  "$bin/bench_move" prepare --kubeconfig "$work/kubeconfig" --repository "$repository" --fixture test/bench/move/fixture
  "$bin/bench_move" fill --kubeconfig "$work/kubeconfig" --fixture test/bench/move/fixture --clusters $((size / 60)) --machines 6
  for _ in $(seq "$rounds"); do
    out=$("$bin/bench_move" measure "$work/out" "$bin/bench_move" plan --kubeconfig "$work/kubeconfig") || { cat "$work/out" >&2; exit 1; }
    echo "${out#RESULT } $(sed -n 's/^RESULT //p' "$work/out")" | tee -a "$work/results"
  done
  kill "$pid"
  wait "$pid" || true
  pid=''
done
echo
awk '{ for (i = 1; i <= NF; i++) { split($i, kv, "="); v[kv[1]] = kv[2] } n = v["objects"]
       if (!(n in seen)) { seen[n] = 1; order[++count] = n }
       if (!(n in wall) || v["wall_ms"] < wall[n]) wall[n] = v["wall_ms"]; if (!(n in cpu) || v["cpu_ms"] < cpu[n]) cpu[n] = v["cpu_ms"]; if (v["peak_kb"] > peak[n]) peak[n] = v["peak_kb"] }
     END { print "objects  wall s  cpu s  peak MB  KB an object  cpu us an object"
           for (i = 1; i <= count; i++) { n = order[i]; printf "%7d %7.2f %6.2f %8.1f %13.1f %17.1f\n", n, wall[n] / 1e3, cpu[n] / 1e3, peak[n] / 1024, peak[n] / n, cpu[n] * 1e3 / n } }' "$work/results"
