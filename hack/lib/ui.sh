# Sourced by the scripts of hack/: steps that say what happens, how long it took, and what to do when it fails.
# shellcheck shell=bash
ui_start=$SECONDS
if [ -t 1 ]; then ui_bold=$'\e[1m' ui_off=$'\e[0m'; else ui_bold='' ui_off=''; fi

say() { printf '%s[%3ds] %s%s\n' "$ui_bold" $((SECONDS - ui_start)) "$*" "$ui_off"; }

# step "what happens" command...: its output is kept in a log and shown only when it fails
step() {
  local what=$1 began=$SECONDS log; shift
  say "$what ..."
  mkdir -p .cache/logs; log=.cache/logs/$(echo "$what" | tr -cs 'a-zA-Z0-9' '-' | cut -c1-50).log
  if "$@" >"$log" 2>&1; then
    [ $((SECONDS - began)) -lt 5 ] || say "  done in $((SECONDS - began)) s"
  else
    local code=$?
    tail -n 60 "$log"
    say "FAILED: $what (exit code $code); the whole log is $log" >&2
    return $code
  fi
}

# build PRESET TARGETS...: configure and build, with ninja's progress on one line where there is a terminal
build() {
  local preset=$1; shift
  step "configuring the $preset build" cmake --preset "$preset" --log-level=WARNING || return
  say "building $* ($preset) ..."
  local log=.cache/logs/build-$preset.log code=0
  mkdir -p .cache/logs
  if [ -t 1 ]; then
    NINJA_STATUS='  [%f/%t] ' ninja -C "build/$preset" "$@" 2>&1 | tee "$log" | awk '{ printf "\r\033[K%.*s", 110, $0; fflush() } END { print "" }'; code=${PIPESTATUS[0]}
  else
    NINJA_STATUS='[%f/%t] ' ninja -C "build/$preset" "$@" >"$log" 2>&1 & local pid=$!
    # A line now and then, so that nobody wonders whether it hangs.
    while ! timeout 30 tail --pid=$pid -f /dev/null; do say "  $(grep -oE '^\[[0-9]+/[0-9]+\]' "$log" | tail -n 1) built"; done
    wait $pid || code=$?
  fi
  [ "$code" = 0 ] || { grep -A8 -E 'error:|FAILED' "$log" | head -n 60; say "FAILED: the $preset build; the whole log is $log" >&2; return "$code"; }
}
