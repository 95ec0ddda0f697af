#!/usr/bin/env bash
# What a webhook delivery costs, beside the same POSTs from plain C: Scripts/bench webhook [EVENTS]
# CPU time of the whole daemon, reading and recording included; compare figures of one run.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd); root=$(cd "$here/../.." && pwd); cd "$root"
events=${1:-5000}
out=$(mktemp -d); pids=()
trap 'for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done; rm -rf "$out"' EXIT
swift build -c release --scratch-path .build-release --product tickerd >&2
program=.build-release/release/tickerd
cc -O2 -o "$out/sink" "$here/sink.c"; cc -O2 -o "$out/limit" "$here/limit.c" -lcurl

port() { shuf -i 20000-45000 -n 1; }
sink() { sinkport=$(port); "$out/sink" "$sinkport" & pids+=($!); until curl -sf "127.0.0.1:$sinkport/stats" >/dev/null; do sleep 0.05; done; }
stats() { curl -sf "127.0.0.1:$sinkport/stats"; }
requests() { stats | sed 's/.*"requests":\([0-9]*\).*/\1/'; }
ticks() { awk '{print $14 + $15}' "/proc/$1/stat"; }
memory() { awk '/VmHWM/ {print int($2 / 1024)}' "/proc/$1/status"; }
page() { for ((i = $1; i > 0; i--)); do echo "Headline $i from desk $((i % 7)) on subject $((i * i % 1009)), as agencies report this hour"; done; }

# scenario NAME ENDPOINTS EVENTS RATE : RATE events a second, 0 for all at once.
scenario() {
  local name=$1 endpoints=$2 count=$3 rate=$4 folder="$out/$2-$3-$4"; mkdir -p "$folder"; sink
  { printf '[daemon]\nstate = "%s/t.db"\nruntime = "%s"\n' "$folder" "$folder"
    printf '[[source]]\nname = "a"\nkind = "text"\nbaseline = "all"\ninterval = "%s"\nurl = "file://%s/page"\nexpect = { max_items = 10000 }\n' \
      "$([ "$rate" -gt 0 ] && echo 1s || echo 1h)" "$folder"
    for ((i = 0; i < endpoints; i++)); do
      printf '[[webhook]]\nname = "e%d"\nurl = "http://127.0.0.1:%d/%d"\nsecret = { env = "BENCH_SECRET" }\nallow_net = ["127.0.0.0/8"]\n' "$i" "$sinkport" "$i"
    done; } >"$folder/tickerd.toml"
  page $([ "$rate" -gt 0 ] && echo "$rate" || echo "$count") >"$folder/page"
  BENCH_SECRET=whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw "$program" run -c "$folder/tickerd.toml" 2>"$folder/log" & local pid=$!; pids+=($pid)
  if [ "$rate" -gt 0 ]; then
    for ((n = rate; n < count; n += rate)); do sleep 1; page $((n + rate)) | head -200 >"$folder/next"; mv "$folder/next" "$folder/page"; done
  fi
  local deadline=$((SECONDS + 120))
  until ! kill -0 "$pid" || [ "$(requests)" -ge $((endpoints * count)) ] || [ $SECONDS -gt $deadline ]; do sleep 0.2; done
  sleep 0.5
  kill -0 "$pid" || { cat "$folder/log" >&2; exit 1; }
  local used=$(ticks $pid) peak=$(memory $pid) rows
  rows=$("$program" deliveries --socket "$folder/tickerd.sock" --json | wc -l)
  awk -v name="$name" -v n="$(requests)" -v want=$((endpoints * count)) -v t="$used" -v hz="$(getconf CLK_TCK)" -v mem="$peak" -v rows="$rows" \
    -v limit="$limit" -v stats="$(stats)" 'BEGIN { match(stats, /p50_us":[0-9]+/); p50 = substr(stats, RSTART + 8, RLENGTH - 8) / 1000;
      match(stats, /p99_us":[0-9]+/); p99 = substr(stats, RSTART + 8, RLENGTH - 8) / 1000; us = t * 1e6 / hz / n;
      printf "| %s | %d of %d | %.1f | %.2f | %.1f / %.1f | %d | %d |\n", name, n, want, us, us / limit, p50, p99, rows, mem }'
  kill "$pid"; wait "$pid" 2>/dev/null || true
}

sink
limit=$("$out/limit" "http://127.0.0.1:$sinkport/limit" 50000 64 900)
echo "C with libcurl, 64 at once: $limit µs of CPU a POST"
echo
echo "| deliveries | arrived | µs CPU each | of C | p50 / p99 ms from seen | rows of failures | peak MiB |"
echo "|---|---|---|---|---|---|---|"
scenario "1 endpoint, all at once" 1 "$events" 0
scenario "10 endpoints, all at once" 10 "$events" 0
scenario "10 endpoints, 10 events a second" 10 100 10
scenario "1000 endpoints, 10 events a second" 1000 60 10
