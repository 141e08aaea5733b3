#!/usr/bin/env bash
# /metrics as Prometheus sees it: a real one scrapes a real operator through a whole flow. Also: what is exposed is documented, what dashboards and alerts ask
# for exists, and no Secret's value shows in metrics, Events or logs.
. "$(dirname "$0")/lib.sh"
root=$(cd "$CONFIG_DIR/.." && pwd)
tool() { command -v "$root/.cache/prometheus/usr/bin/$1" || command -v "$1" || true; }
prometheus=$(tool prometheus) promtool=$(tool promtool)
[ -n "$prometheus" ] && [ -n "$promtool" ] || { echo "skipped: prometheus is not there (hack/install-deps --prometheus)"; exit 77; }

free_port() {
  local port
  while port=$((20000 + RANDOM % 20000)); (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do :; done
  echo "$port"
}
# http PORT PATH: the body; what curl would do, which not every machine has
http() {
  exec 3<>"/dev/tcp/127.0.0.1/$1" || return 1
  printf 'GET %s HTTP/1.0\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n' "$2" >&3
  sed '1,/^\r$/d' <&3
  exec 3<&-
}

start_world --speed max
metrics_port=$(free_port)
start_operator --metrics-bind-address "127.0.0.1:$metrics_port" --health-probe-bind-address "127.0.0.1:$metrics_port" --leader-elect --leader-elect-namespace default
k apply -f "$CONFIG_DIR/samples/demo/" >/dev/null
k wait -n tkg-system mcr/tkg-mgmt-vc --for=condition=Ready --timeout=180s >/dev/null
k wait -n default wlc/tkg-vc-antrea --for=condition=Ready --timeout=180s >/dev/null
pass "both clusters are Ready"

http "$metrics_port" /metrics >"$work/metrics"
"$promtool" check metrics <"$work/metrics" >"$work/check" 2>&1 || die "promtool check metrics: $(cat "$work/check")"
equal "$(cat "$work/check")" "" "promtool finds nothing wrong with the metrics' names, types and help"
equal "$(http "$metrics_port" /readyz)" "ok" "the operator is ready"
contains "$(http "$metrics_port" '/readyz?verbose')" "readyz check passed" "and says of what it is made"
grep -q '^Max core file size *0 *0 ' "/proc/$operator_pid/limits" && pass "the operator leaves no core dumps" || die "the operator may dump core"

# Documented and used names.
documented=$(grep -oE '`[a-z][a-z0-9_]+`?' "$root/docs/metrics.md" | tr -d '`')
for family in $(awk '/^# TYPE / { print $3 }' "$work/metrics"); do
  grep -qx "$family" <<<"$documented" || die "$family is exposed, but not in docs/metrics.md"
done
pass "docs/metrics.md has every family that is exposed"
"$promtool" check rules "$CONFIG_DIR"/monitoring/rules.yaml >"$work/check" 2>&1 || die "promtool check rules: $(cat "$work/check")"
pass "the alert rules are well formed"
(cd "$CONFIG_DIR/monitoring" && "$promtool" test rules rules_test.yaml) >"$work/check" 2>&1 || die "promtool test rules: $(cat "$work/check")"
pass "the alerts fire when they should, and only then"
used=$(cat "$CONFIG_DIR"/monitoring/rules.yaml "$CONFIG_DIR"/monitoring/dashboard.json |
  grep -oE '\b(slipway|controller_runtime|workqueue|rest_client|leader_election|informer|process)_[a-z0-9_]+' | sort -u)
for name in $used; do
  family=$(sed -E 's/_(bucket|sum|count)$//' <<<"$name")
  grep -qx -e "$name" -e "$family" <<<"$documented" || die "config/monitoring asks for $name, which is not in docs/metrics.md"
done
pass "dashboards and alerts ask only for metrics that are documented"

# A real Prometheus.
prometheus_port=$(free_port)
cat >"$work/prometheus.yml" <<YAML
global: {scrape_interval: 1s, scrape_timeout: 1s}
rule_files: [$CONFIG_DIR/monitoring/rules.yaml]
scrape_configs:
- job_name: slipway
  static_configs: [{targets: ["127.0.0.1:$metrics_port"]}]
YAML
mkfifo "$work/prometheus.log"
"$prometheus" --config.file="$work/prometheus.yml" --storage.tsdb.path="$work/tsdb" --web.listen-address="127.0.0.1:$prometheus_port" \
  --log.level=info >/dev/null 2>"$work/prometheus.log" &
prometheus_pid=$!
world_pid+=" $prometheus_pid"  # ended with it
exec 9<"$work/prometheus.log"
while read -r -t 60 line <&9; do case $line in *'Server is ready to receive web requests'*) ready=yes; break ;; *level=error*) die "prometheus: $line" ;; esac; done
[ "${ready:-}" = yes ] && pass "Prometheus is up" || die "prometheus did not start"
cat <&9 >"$work/prometheus.rest" &
world_pid+=" $!"

# answers QUERY: the values, one a line. Prometheus tells nobody when it has scraped, so it is asked until it knows, a minute at most.
encode() { local text=$1 out='' i c; for ((i = 0; i < ${#text}; i++)); do c=${text:i:1}; case $c in [a-zA-Z0-9._~-]) out+=$c ;; *) printf -v c '%%%02X' "'$c"; out+=$c ;; esac; done; echo "$out"; }
answers() { http "$prometheus_port" "/api/v1/query?query=$(encode "$1")" | grep -oE '"value":\[[0-9.]+,"[^"]*"\]' | sed -E 's/.*,"(.*)"\]/\1/'; }
until_query() {  # until_query QUERY PATTERN NAME
  local got='' end=$((SECONDS + 60))
  while [ $SECONDS -lt $end ]; do
    got=$(answers "$1" || true)
    if grep -qE "$2" <<<"$got"; then pass "$3"; return 0; fi
    read -r -t 0.3 <> <(:) || true
  done
  die "$3: '$1' gave '$got'"
}
until_query 'up{job="slipway"}' '^1$' "the target is up"
until_query 'sum(controller_runtime_reconcile_total{controller="managementcluster",result="success"})' '^[1-9]' "reconciles are counted"
until_query 'sum by (controller) (workqueue_depth)' '^[0-9]' "the depth of the queues is known"
until_query 'histogram_quantile(0.99, sum by (le) (controller_runtime_reconcile_time_seconds_bucket)) > 0' '^[0-9]' "quantiles of reconcile times can be computed"
until_query 'leader_election_master_status' '^1$' "it leads"
until_query 'sum(rest_client_requests_total{code=~"2.."})' '^[1-9]' "requests are counted"
until_query 'slipway_condition{type="Ready",status="True",kind="ManagementClusterRequest"}' '^1$' "the management cluster is Ready in Prometheus too"
echo "series: $(answers 'count({job="slipway",__name__!~"up|scrape_.*"})'), bytes: $(wc -c <"$work/metrics"), scrape: $(answers 'scrape_duration_seconds') s"
contains "$(http "$prometheus_port" /api/v1/targets)" '"lastError":""' "the last scrape had no error"

# Secrets. Short values are words like "admin" that stand elsewhere too.
k get secrets -A -o json >"$work/secrets"
k get events -A -o yaml >"$work/events"
k get mcr,wlc -A -o yaml --show-managed-fields=false 2>/dev/null >"$work/objects" || k get mcr,wlc -A -o yaml >"$work/objects"
cp "$work/operator.log" "$work/log"
count=0
while read -r encoded; do
  value=$(base64 -d <<<"$encoded" 2>/dev/null | head -c 4000 | tr -d '\0' | awk 'length > longest { longest = length; line = $0 } END { print line }' || true)
  [ ${#value} -ge 8 ] || continue
  count=$((count + 1))
  for shown in "$value" "$encoded"; do
    if grep -qF -e "$shown" "$work/log" "$work/metrics" "$work/events" "$work/objects"; then die "a value of a Secret is shown in $(grep -lF -e "$shown" "$work"/{log,metrics,events,objects} | xargs -n 1 basename)"; fi
  done
done < <(awk '/"data": \{/ { inside = 1; next } /\}/ { inside = 0 } inside' "$work/secrets" | sed -E 's/.*: "(.*)",?$/\1/' | sort -u)
[ $count -ge 3 ] && pass "none of $count values of Secrets shows in logs, metrics, Events or status" || die "only $count values of Secrets were looked for"
