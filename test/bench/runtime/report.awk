# From lines of "case side round metric value" (tabs): a table of medians, and the RATIO lines. Ratios are of values of the same round.
BEGIN {
  FS = "\t"
  # The metrics that are compared, their short names, and with whom.
  compare("B1", "cpu_ms", "cpu", "typed")
  compare("B1", "peak_kb", "peak-rss", "typed")
  compare("B1", "wall_ms", "wall", "typed")
  compare("B1", "cpu_ms", "cpu-vs-unstructured", "unstructured")
  compare("B1", "peak_kb", "peak-rss-vs-unstructured", "unstructured")
  compare("B2", "kb_per_object", "memory-per-object-vs-stripped", "typed-strip")
  compare("B2", "kb_per_object", "memory-per-object-vs-unstructured", "unstructured")
  compare("B3", "loop_p50_us", "p50", "typed")
  compare("B3", "loop_p99_us", "p99", "typed")
  compare("B3", "reconcile_p99_us", "reconcile-p99", "typed")
  compare("B3", "cpu_ms", "cpu", "typed")
  compare("B4", "us_per_reconcile", "wall", "typed")
  compare("B4", "cpu_us_per_reconcile", "cpu", "typed")
  compare("B5", "cpu_ns_per_op", "cpu-vs-priorityqueue", "typed")
  compare("B5", "cpu_ns_per_op", "cpu-vs-client-go-queue", "unstructured")
  compare("B6", "rss_kb", "rss", "typed")
  compare("B6", "cpu_s_per_hour", "cpu", "typed")
  compare("B6", "threads", "threads", "typed")
  compare("B6", "fds", "fds", "typed")
  compare("B7", "ready_ms", "ready", "typed")
  compare("B7", "cpu_ms", "cpu", "typed")
  compare("B7", "peak_kb", "peak-rss", "typed")
}
function compare(prefix, metric, name, side) { ++rules; rule_prefix[rules] = prefix; rule_metric[rules] = metric; rule_name[rules] = name; rule_side[rules] = side }
function put(name, side, round, metric, value) {
  if (!(name in seen_case)) { seen_case[name] = ++case_count; case_at[case_count] = name }
  if (!((name, metric) in seen_metric)) { seen_metric[name, metric] = 1; metrics[name] = metrics[name] " " metric }
  values[name, side, round, metric] = value
  if (round > rounds) rounds = round
}
NF == 5 { put($1, $2, $3, $4, $5) }

# Fills sorted[1..n] from list[1..n].
function sort(list, n,    i, j, v) {
  for (i = 1; i <= n; i++) { v = list[i]; for (j = i; j > 1 && sorted[j - 1] > v; j--) sorted[j] = sorted[j - 1]; sorted[j] = v }
}
function median(n) { return n % 2 ? sorted[(n + 1) / 2] : (sorted[n / 2] + sorted[n / 2 + 1]) / 2 }
function short(v) { return v >= 100 || v == int(v) ? sprintf("%.0f", v) : sprintf("%.2f", v) }
function cell(name, side, metric,    n, r, list) {
  for (r = 1; r <= rounds; r++) if ((name, side, r, metric) in values) list[++n] = values[name, side, r, metric]
  if (!n) return "-"
  sort(list, n)
  return n == 1 ? short(sorted[1]) : short(median(n)) " (" short(sorted[1]) "-" short(sorted[n]) ")"
}

# B2: how much resident memory grows with an object, between B1's two sizes. Theirs after FreeOSMemory, which is the least that it can be.
function slopes(    i, small, large, n_small, n_large, r, s, metric, a, b) {
  for (i = 1; i <= case_count; i++) {
    if (case_at[i] !~ /^B1\.[0-9]+\.watchlist$/) continue
    split(case_at[i], part, ".")
    if (!small || part[2] < n_small) { small = case_at[i]; n_small = part[2] + 0 }
    if (!large || part[2] > n_large) { large = case_at[i]; n_large = part[2] + 0 }
  }
  if (n_large <= n_small) return
  for (r = 1; r <= rounds; r++) {
    for (s in side_names) {
      metric = s == "ours" ? "rss_kb" : "rss_freed_kb"
      if (!((small, s, r, metric) in values) || !((large, s, r, metric) in values)) continue
      put("B2", s, r, "kb_per_object", (values[large, s, r, metric] - values[small, s, r, metric]) / (n_large - n_small))
      if ((small, s, r, "heap_kb") in values)
        put("B2", s, r, "heap_kb_per_object", (values[large, s, r, "heap_kb"] - values[small, s, r, "heap_kb"]) / (n_large - n_small))
    }
  }
}

END {
  split("ours typed typed-strip unstructured", sides, " ")
  for (i = 1; i <= 4; i++) side_names[sides[i]] = 1
  slopes()
  printf "%-22s %-22s %26s %26s %26s %26s\n", "case", "metric", "ours", "typed", "typed, stripped", "unstructured"
  for (i = 1; i <= case_count; i++) {
    count = split(metrics[case_at[i]], names, " ")
    for (m = 1; m <= count; m++)
      printf "%-22s %-22s %26s %26s %26s %26s\n", case_at[i], names[m], cell(case_at[i], "ours", names[m]), cell(case_at[i], "typed", names[m]), \
        cell(case_at[i], "typed-strip", names[m]), cell(case_at[i], "unstructured", names[m])
  }
  print "(median of the rounds, least and most in brackets; B5: typed is controller-runtime's priority queue, unstructured client-go's queue)\n"
  for (i = 1; i <= case_count; i++) {
    for (k = 1; k <= rules; k++) {
      name = case_at[i]
      if (index(name, rule_prefix[k]) != 1) continue
      n = 0
      split("", list)
      for (r = 1; r <= rounds; r++) {
        if (!((name, "ours", r, rule_metric[k]) in values) || !((name, rule_side[k], r, rule_metric[k]) in values)) continue
        other = values[name, rule_side[k], r, rule_metric[k]]
        if (other > 0) list[++n] = values[name, "ours", r, rule_metric[k]] / other
      }
      if (!n) continue
      sort(list, n)
      printf "RATIO %s.%s %.3f min %.3f max %.3f\n", name, rule_name[k], median(n), sorted[1], sorted[n]
    }
  }
}
