# From lines of "case side round metric value" (tabs): a table of medians, and what the cases come to. Ratios are of values of the same round; the floor of a round
# is its fastest width.
BEGIN { FS = "\t" }
function put(name, side, round, metric, value) {
  if (!(name in seen)) { seen[name] = 1; cases[++case_count] = name }
  if (!((name, side) in seen)) { seen[name, side] = 1; sides[name] = sides[name] " " side }
  values[name, side, round, metric] = value
  if (round > rounds) rounds = round
}
NF == 5 && $2 ~ /^floor-/ && $4 == "wall_ms" && (!(($1, "floor", $3, "wall_ms") in values) || $5 + 0 < values[$1, "floor", $3, "wall_ms"] + 0) { put($1, "floor", $3, "wall_ms", $5) }
NF == 5 { put($1, $2, $3, $4, $5) }

function sort(list, n,    i, j, v) {
  for (i = 1; i <= n; i++) { v = list[i]; for (j = i; j > 1 && sorted[j - 1] > v; j--) sorted[j] = sorted[j - 1]; sorted[j] = v }
}
function median(n) { return n % 2 ? sorted[(n + 1) / 2] : (sorted[n / 2] + sorted[n / 2 + 1]) / 2 }
function cell(name, side, metric,    n, r, list) {
  for (r = 1; r <= rounds; r++) if ((name, side, r, metric) in values) list[++n] = values[name, side, r, metric] + 0
  if (!n) return "-"
  sort(list, n)
  return n == 1 ? sprintf("%.0f", sorted[1]) : sprintf("%.0f (%.0f-%.0f)", median(n), sorted[1], sorted[n])
}
# The quotient of two sides, round by round.
function ratio(label, name, metric, above, below,    n, r, list) {
  for (r = 1; r <= rounds; r++)
    if (((name, above, r, metric) in values) && values[name, below, r, metric] > 0) list[++n] = values[name, above, r, metric] / values[name, below, r, metric]
  if (!n) return
  sort(list, n)
  printf "%s %s %.2f min %.2f max %.2f\n", label, name, median(n), sorted[1], sorted[n]
}
END {
  printf "%-14s %-12s %24s %22s %22s %10s\n", "case", "side", "wall ms", "cpu ms", "peak KiB", "requests"
  for (i = 1; i <= case_count; i++) {
    count = split(sides[cases[i]], names, " ")
    for (s = 1; s <= count; s++)
      printf "%-14s %-12s %24s %22s %22s %10s\n", cases[i], names[s], cell(cases[i], names[s], "wall_ms"), cell(cases[i], names[s], "cpu_ms"), \
        cell(cases[i], names[s], "peak_kb"), cell(cases[i], names[s], "requests")
  }
  print "(median of the rounds, least and most in brackets)\n"
  for (i = 1; i <= case_count; i++) {
    if (cases[i] ~ /^requests/) { ratio("REQUESTS", cases[i], "requests", "clusterctl", "slipway"); continue }
    ratio("CPU", cases[i], "cpu_ms", "clusterctl", "slipway")
    ratio("RSS", cases[i], "peak_kb", "clusterctl", "slipway")
    ratio("FLOOR", cases[i], "wall_ms", "slipway", "floor")
    ratio("REHEARSED", cases[i], "wall_ms", "clusterctl", "rehearsed")
  }
  for (i = 1; i <= case_count; i++) if (cases[i] !~ /^requests/) ratio("RATIO", cases[i], "wall_ms", "clusterctl", "slipway")
}
