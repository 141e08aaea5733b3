# Sourced by the end-to-end tests: a simulated world, an operator in a process of its own, and a real kubectl.
# Waiting is always for an event: a line of output, a watch of kubectl, the end of a process. Never for time.
# shellcheck shell=bash
set -euo pipefail
: "${SLIPWAY:?the slipway binary}" "${KUBECTL:?the kubectl binary}" "${CONFIG_DIR:?the config folder}"
[ -x "$KUBECTL" ] || { echo "skipped: $KUBECTL is not there"; exit 77; }

work=$(mktemp -d "${TMPDIR:-/tmp}/slipway-e2e.XXXXXX")
world_pid='' operator_pid=''
export KUBECONFIG=$work/world/hub.kubeconfig HOME=$work/home
mkdir -p "$HOME"

cleanup() {
  local code=$? pid server
  for pid in $operator_pid $world_pid; do kill -KILL "$pid" 2>/dev/null || true; wait "$pid" 2>/dev/null || true; done
  set +e  # what is missing must not keep the rest from being cleaned up
  if [ "$code" != 0 ] && [ "$code" != 77 ]; then
    echo "--- the last lines of the operator:"; tail -n 40 "$work/operator.log" 2>/dev/null
    echo "--- the last lines of the world:"; tail -n 20 "$work/world.log" 2>/dev/null
  fi
  for server in "$work"/real/*/settings.json; do
    [ ! -e "$server" ] || "$assets/realkube" down --dir "${server%/*}" >/dev/null || true
  done
  rm -rf "$work"
  exit "$code"
}
trap cleanup EXIT

k() { "$KUBECTL" "$@"; }
target() { local name=$1; shift; "$KUBECTL" --kubeconfig "$work/$name.kubeconfig" "$@"; }

# start_real NAME: an etcd, kube-apiserver and kube-controller-manager of its own (hack/realkube); sets `kubeconfig`
assets=${SLIPWAY_KUBE_ASSETS:-$(dirname "$KUBECTL")}
start_real() {
  local log=$work/real-$1.log
  "$assets/realkube" up --dir "$work/real/$1" >"$log" 2>&1 || { cat "$log"; exit 1; }
  kubeconfig=$(tail -n 1 "$log")
}

# With SLIPWAY_E2E_REAL, hub and bootstrap cluster are real API servers, each for this test alone, and only the clusters that come up are simulated.
bootstrap_kubeconfig=''
start_real_servers() {
  [ -x "$assets/realkube" ] || { echo "skipped: there is no real kube-apiserver in $assets; hack/realkube/build makes one"; exit 77; }
  start_real bootstrap; bootstrap_kubeconfig=$kubeconfig
  start_real hub; export KUBECONFIG=$kubeconfig
}

start_world() {
  local line servers=()
  if [ -n "${SLIPWAY_E2E_REAL:-}" ]; then
    start_real_servers
    servers=(--kubeconfig "$KUBECONFIG" --bootstrap-kubeconfig "$bootstrap_kubeconfig")
  fi
  mkfifo "$work/ready"
  "$SLIPWAY" simulate --dir "$work/world" --config-dir "$CONFIG_DIR" "${servers[@]}" "$@" >"$work/ready" 2>"$work/world.log" &
  world_pid=$!
  exec 8<"$work/ready"
  while read -r line <&8; do
    case $line in 'Ctrl-C'*)
      k wait --for=condition=Established crd --all --timeout=60s >/dev/null
      return 0 ;;
    esac
  done
  echo "the world did not start"; exit 1
}
start_operator() {
  "$SLIPWAY" operator --kubeconfig "${operator_kubeconfig:-$KUBECONFIG}" --metrics-bind-address 0 --health-probe-bind-address 0 --log-level info "$@" >>"$work/operator.log" 2>&1 &
  operator_pid=$!
}
kill_operator() {  # kill_operator [SIGNAL]
  kill "-${1:-KILL}" "$operator_pid"; wait "$operator_pid" 2>/dev/null || true; operator_pid=''
}

# until_line SECONDS PATTERN command...: runs the command until it prints a line that matches, then ends it
until_line() {
  local limit=$1 pattern=$2 line fifo pid found=1 seen=(); shift 2
  [ "$1" != k ] || set -- "$KUBECTL" "${@:2}"  # timeout runs programs, not functions
  fifo=$(mktemp -u "$work/line.XXXXXX"); mkfifo "$fifo"
  timeout "$limit" "$@" >"$fifo" 2>>"$work/until.log" &
  pid=$!
  while read -r line; do
    seen+=("$line")
    if [[ $line =~ $pattern ]]; then found=0; break; fi
  done <"$fifo"
  kill "$pid" 2>/dev/null || true; wait "$pid" 2>/dev/null || true
  rm -f "$fifo"
  [ $found = 0 ] || { echo "no line matched '$pattern' within $limit s of: $*"; printf '  it printed: %s\n' "${seen[@]}"; cat "$work/until.log"; } >&2
  return $found
}

pass() { echo >>"$work/checks"; echo "ok $(wc -l <"$work/checks") - $*"; }  # counted in a file: some checks run in a pipe
die() { echo "not ok - $*"; exit 1; }
equal() { [ "$1" = "$2" ] && pass "$3" || die "$3: expected '$2', got '$1'"; }
contains() { case $1 in *"$2"*) pass "$3" ;; *) die "$3: '$2' is not in: $1" ;; esac; }
refused() {  # refused "sentence" "name" kubectl-args... (standard input: the manifest)
  local sentence=$1 name=$2 out; shift 2
  if out=$(k "$@" 2>&1); then die "$name: accepted: $out"; fi
  contains "$out" "$sentence" "$name"
}
condition() { k get "$1" -n "$2" "$3" -o "jsonpath={.status.conditions[?(@.type==\"$4\")].$5}"; }  # condition mcr NS NAME Ready status
