#!/usr/bin/env bash
# What a webhook delivery costs, beside the same POSTs from plain C: Scripts/bench webhook [EVENTS]
# CPU time of the whole daemon since it was ready, less what it takes to read and record the same events without endpoints;
# compare figures of one run. PROGRAM=… measures another build, ONLY=backlog the last line alone.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd); root=$(cd "$here/../.." && pwd); cd "$root"
events=${1:-5000}
out=$(mktemp -d); pids=()
trap 'for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done; rm -rf "$out"' EXIT
program=${PROGRAM:-.build-release/release/tickerd}
# As README builds it.
[ -n "${PROGRAM:-}" ] || swift build -c release --static-swift-stdlib --scratch-path .build-release --product tickerd >&2
cc -O2 -o "$out/sink" "$here/sink.c"; cc -O2 -o "$out/limit" "$here/limit.c" -lcurl

port() { shuf -i 20000-45000 -n 1; }
sink() { sinkport=$(port); "$out/sink" "$sinkport" & pids+=($!); until curl -sf "127.0.0.1:$sinkport/stats" >/dev/null; do sleep 0.05; done; }
stats() { curl -sf "127.0.0.1:$sinkport/stats"; }
requests() { stats | sed 's/.*"requests":\([0-9]*\).*/\1/'; }
cpu() { cat /proc/"$1"/task/*/schedstat | awk '{ns += $1} END {printf "%d", ns / 1000}'; }
memory() { awk -v key="$2:" '$1 == key {print int($2 / 1024)}' "/proc/$1/status"; }
# page COUNT [TOPIC] : lines newest first.
page() { for ((i = $1; i > 0; i--)); do echo "Headline $i from desk $((i % 7)) on subject $((i * i % 1009))${2:-}, as agencies report this hour"; done; }
source_table() { printf '[[source]]\nname = "%s"\nkind = "text"\nbaseline = "all"\ninterval = "%s"\nurl = "file://%s"\nexpect = { min_items = 0, max_items = 10000 }\n' "$@"; }
webhook_table() { printf '[[webhook]]\nname = "e%d"\nurl = "http://127.0.0.1:%d/%d"\nsecret = { env = "BENCH_SECRET" }\nallow_net = ["127.0.0.0/8"]\n' "$1" "$sinkport" "$1"; }
export BENCH_SECRET=whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw
ask() { "$program" "$@" --socket "$folder/tickerd.sock"; }
begin() {
  "$program" run -c "$folder/tickerd.toml" 2>>"$folder/log" & pid=$!; pids+=("$pid")
  until ask status >/dev/null 2>&1 || [ $? -eq 1 ]; do kill -0 "$pid" || { cat "$folder/log" >&2; exit 1; }; sleep 0.1; done
}
finish() { kill "$pid"; wait "$pid" 2>/dev/null || true; }
# until_arrived COUNT
until_arrived() {
  local deadline=$((SECONDS + 120))
  until ! kill -0 "$pid" || [ "$(requests)" -ge "$1" ] || [ $SECONDS -gt $deadline ]; do sleep 0.2; done
}

# scenario NAME ENDPOINTS EVENTS RATE : RATE events a second, 0 for all at once. Sets used.
scenario() {
  local endpoints=$2 count=$3 rate=$4 n; folder=$(mktemp -d -p "$out"); sink
  { printf '[daemon]\nstate = "%s/t.db"\nruntime = "%s"\n' "$folder" "$folder"
    source_table a "$([ "$rate" -gt 0 ] && echo 1s || echo 1h)" "$folder/page"
    for ((i = 0; i < endpoints; i++)); do webhook_table "$i"; done; } >"$folder/tickerd.toml"
  : >"$folder/page"
  begin
  # What a start costs is paid once, whatever is delivered.
  local start; start=$(cpu "$pid")
  page $([ "$rate" -gt 0 ] && echo "$rate" || echo "$count") >"$folder/next"; mv "$folder/next" "$folder/page"
  if [ "$rate" -gt 0 ]; then
    for ((n = rate; n < count; n += rate)); do sleep 1; page $((n + rate)) | head -200 >"$folder/next"; mv "$folder/next" "$folder/page"; done
    sleep 1
  else
    ask poll a >/dev/null
  fi
  until_arrived $((endpoints * count)); sleep 0.5
  used=$(($(cpu "$pid") - start))
}

median() { printf '%s\n' "$@" | sort -n | awk '{value[NR] = $1} END {print value[int((NR + 1) / 2)]}'; }
# post COUNT AT_ONCE [BURST] : microseconds of a POST from plain C.
post() { "$out/limit" "http://127.0.0.1:$sinkport/limit" "$1" "$2" 900 "${3:-}"; }

# row NAME ENDPOINTS EVENTS RATE : a scenario as a line of the table, less the CPU of the same without endpoints; medians of
# three, in turn with C. Beside C with as many under way (four of an endpoint, forty in all) that posts without a pause, and
# beside C that posts as many each second and then rests: its memory is as cold then.
row() {
  local burst=$(($2 * $4)) at_once=$(($2 * 4 < 40 ? $2 * 4 : 40)) round alone=() whole=() hot=() paced=()
  for round in 1 2 3; do
    scenario "$1" 0 "$3" "$4"; alone+=("$used"); finish
    hot+=("$(post 50000 "$at_once")"); [ "$burst" -eq 0 ] || paced+=("$(post $((burst * 4)) "$at_once" "$burst")")
    scenario "$1" "$2" "$3" "$4"; whole+=("$used")
    [ "$round" -eq 3 ] || finish
  done
  local peak rows; peak=$(memory "$pid" VmHWM); rows=$(ask deliveries --json | wc -l)
  awk -v name="$1" -v n="$(requests)" -v want=$(($2 * $3)) -v whole="$(median "${whole[@]}")" -v alone="$(median "${alone[@]}")" \
    -v mem="$peak" -v rows="$rows" -v limit="$(median "${hot[@]}")" -v paced="$([ "$burst" -eq 0 ] || median "${paced[@]}")" \
    -v stats="$(stats)" 'BEGIN { match(stats, /p50_us":[0-9]+/); p50 = substr(stats, RSTART + 8, RLENGTH - 8) / 1000;
      match(stats, /p99_us":[0-9]+/); p99 = substr(stats, RSTART + 8, RLENGTH - 8) / 1000; us = (whole - alone) / n;
      same = paced ? sprintf("%.2f", us / paced) : "";
      printf "| %s | %d of %d | %.1f | %.1f | %.1f | %.2f | %s | %.1f / %.1f | %d | %d |\n", name, n, want, whole / n, us, limit, us / limit, same, p50, p99, rows, mem }'
  finish
}

# backlog COUNT : so many events behind, recorded while the one endpoint is disabled; then it takes them all.
backlog() {
  local count=$1 part; folder="$out/backlog"; mkdir -p "$folder"; sink
  { printf '[daemon]\nstate = "%s/t.db"\nruntime = "%s"\n' "$folder" "$folder"
    source_table a 24h "$folder/page"; webhook_table 0; } >"$folder/tickerd.toml"
  page 1 >"$folder/page"
  begin; ask disable e0; ask poll a >/dev/null; finish
  python3 "$here/fill.py" "$folder/t.db" "$((count - 1))"
  begin
  local start memories; memories="$(memory "$pid" VmRSS) before"; start=$(cpu "$pid")
  ask enable e0
  for part in 10 2 1; do
    until_arrived $((count / part)); memories+=", $(memory "$pid" VmRSS) after $(requests)"
  done
  local us limit arrived; arrived=$(requests); us=$(awk -v c="$(($(cpu "$pid") - start))" -v n="$arrived" 'BEGIN {printf "%.1f", c / n}')
  limit=$(median "$(post 50000 40)" "$(post 50000 40)" "$(post 50000 40)")
  echo
  echo "$count events behind on one endpoint: $arrived arrived, $us µs of CPU each, $(awk -v us="$us" -v limit="$limit" 'BEGIN {printf "%.2f", us / limit}') of C; MiB: $memories, at most $(memory "$pid" VmHWM)"
  finish
}

echo "| deliveries | arrived | µs CPU each | less recording | C | of C | of C at that pace | p50 / p99 ms from seen | rows of failures | peak MiB |"
echo "|---|---|---|---|---|---|---|---|---|---|"
[ "${ONLY:-}" = backlog ] || {
row "1 endpoint, all at once" 1 "$events" 0
row "10 endpoints, all at once" 10 "$events" 0
row "10 endpoints, 10 events a second" 10 100 10
row "1000 endpoints, 10 events a second" 1000 60 10
}
backlog 100000
