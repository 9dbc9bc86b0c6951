#!/usr/bin/env bash
# How fast raiscope captures: replays a capture into a veth at top speed, and at lower ones, and looks for loss.
# What is said is a ratio to `tcpdump -w /dev/null` on the same machine: the highest rate at which each loses nothing.
#
#   sudo bench/live.sh CAPTURE [ENGINE]       ENGINE: tcpdump (default), dumpcap, cap
#
# Needs ip, tcpdump, tcpreplay, and `npm run build`. All traffic stays in a network namespace of its own.
set -euo pipefail

capture=${1:?usage: bench/live.sh CAPTURE [ENGINE]}
engine=${2:-tcpdump}
here=$(cd "$(dirname "$0")/.." && pwd)
space="rsbench$$"
work=$(mktemp -d)
trap 'ip netns del "$space" 2>/dev/null; rm -rf "$work"' EXIT

ip netns add "$space"
ip -n "$space" link add near type veth peer name far
ip -n "$space" link set near up
ip -n "$space" link set far up
# No neighbour discovery in between.
ip netns exec "$space" sysctl -q -w net.ipv6.conf.near.disable_ipv6=1 net.ipv6.conf.far.disable_ipv6=1 || true

# replay RATE: frames a second, or "top". Prints what was sent, and how fast.
replay() {
  local speed=(--pps "$1")
  [ "$1" = top ] && speed=(--topspeed)
  ip netns exec "$space" tcpreplay -q -K "${speed[@]}" -i near "$capture" 2>&1 |
    awk '/^Actual:/ { sent = $2 } /^Rated:/ { rate = $(NF - 1) } END { printf "%d %d\n", sent, rate }'
}

# Each prints: sent, frames a second, lost.
with_tcpdump() {
  ip netns exec "$space" tcpdump -i far -B 65536 -w /dev/null tcp 2>"$work/err" &
  local child=$!
  sleep 1
  read -r sent rate < <(replay "$1")
  sleep 1.5
  kill -TERM "$child"
  wait "$child" || true
  local got
  got=$(awk '/packets? captured/ { print $1 }' "$work/err")
  echo "$sent $rate $((sent - got))"
}

with_raiscope() {
  ip netns exec "$space" node "${RAISCOPE_DIST:-$here/dist}/src/cli/main.js" sniff -i far --engine "$engine" --user root \
    -T ndjson --events summary >"$work/out" 2>"$work/err" &
  local child=$!
  until grep -q "capturing on" "$work/err"; do sleep 0.1; done
  sleep 0.5
  read -r sent rate < <(replay "$1")
  sleep 2
  kill -INT "$child"
  wait "$child" || true
  local decoded
  decoded=$(node -e 'console.log(JSON.parse(require("fs").readFileSync(process.argv[1], "utf8")).frames)' "$work/out")
  echo "$sent $rate $((sent - decoded))"
}

# The highest of some rates without loss; top speed first.
best() {
  local rate
  for rate in top 400000 300000 250000 200000 160000 130000 100000 80000 60000 40000 20000; do
    read -r sent real lost < <("$1" "$rate")
    echo "  $1 at $rate: $sent frames, $real a second, $lost lost" >&2
    if [ "$lost" -le 0 ]; then
      echo "$real"
      return
    fi
  done
  echo 0
}

reference=$(best with_tcpdump)
own=$(best with_raiscope)
awk -v own="$own" -v reference="$reference" -v engine="$engine" 'BEGIN {
  printf "raiscope sniff (%s) decodes %d frames a second without loss, tcpdump -w /dev/null takes %d: ratio %.2f\n",
    engine, own, reference, own / reference
}'
