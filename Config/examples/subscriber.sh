#!/bin/sh
# A subscriber in POSIX shell: prints cursor and title of each event, and goes on after the last one it printed,
# whatever happened in between. Needs nc (netcat-openbsd) and jq.
#   subscriber.sh [SOCKET [CURSOR-FILE]]
set -u
socket=${1:-/run/tickerd/tickerd.sock}
file=${2:-./tickerd.cursor}

while :; do
  if [ -s "$file" ]; then start="after=$(cat "$file")"; else start=from=tail; fi
  # nc ends its sending side at the end of its input, which ends nothing.
  printf 'sub %s type=item.*\n' "$start" | nc -U "$socket" |
    # A line may be cut by a crash of the daemon that the connection outlived: it comes again.
    jq --unbuffered -rR 'fromjson? | select(.t == "item" or .t == "beat" or .t == "gap" or .t == "err")
      | [.t, .cursor // .to // .code, (.title // .msg // "" | gsub("\\p{C}"; "?"))] | @tsv' |
    while IFS="$(printf '\t')" read -r kind cursor title; do
      case $kind in
        item) printf '%s %s\n' "$cursor" "$title" ;;
        gap) echo "events before $cursor are gone" >&2 ;;
        err)
          echo "$title" >&2
          # Another log: its first event comes next.
          case $cursor in epoch_mismatch | cursor_ahead) rm -f "$file" ;; esac
          continue ;;
      esac
      # Replaced as a whole, after what it stands for was printed.
      printf '%s\n' "$cursor" >"$file.new" && mv "$file.new" "$file"
    done
  sleep 1
done
