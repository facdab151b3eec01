#!/usr/bin/env bash
# Measures `mmapctl record` beside cat, from a pipe that dd fills, and prints a table:
#
#     benches/ring.sh [GIB]
#
# Each command records or copies GIB (default 8) GiB; the best of five runs, taken in turn, counts. The ring keeps 64 MiB
# in /dev/shm. CPU is the time of the command alone, without dd and the reader. Needs 130 MiB in /dev/shm.
set -euo pipefail
cd "$(dirname "$0")/.."

gib=${1:-8}
cargo build --release --locked --quiet
mmapctl=$PWD/target/release/mmapctl
ring=$(mktemp -d /dev/shm/mmapctl-bench.XXXXXX)

# The seconds of a command in the middle of a pipeline: elapsed, and of the processor.
once() {
    rm -f "$ring/ring"
    dd if=/dev/zero bs=1M count=$((gib * 1024)) 2>/dev/null |
        bash -c "TIMEFORMAT='%R %U %S'; time $1 2>&3" 3>&2 2>"$ring/time" | bash -c "$2"
    awk '{ print $1, $2 + $3 }' "$ring/time"
}

names=('cat >/dev/null' 'record' 'record, on a disk' 'cat | cat' 'record --tee | cat')
commands=(
    'cat >/dev/null'
    "$mmapctl record $ring/ring --length 64M --quiet"
    "$mmapctl record ring.bench --length 64M --quiet"
    cat
    "$mmapctl record $ring/ring --length 64M --quiet --tee"
)
readers=(: : : 'cat >/dev/null' 'cat >/dev/null')
trap 'rm -rf "$ring" ring.bench' EXIT

declare -A best cpu
for _ in 1 2 3 4 5; do
    for i in "${!commands[@]}"; do
        read -r took used < <(once "${commands[i]}" "${readers[i]}")
        if [[ -z ${best[$i]:-} ]] || awk -v a="$took" -v b="${best[$i]}" 'BEGIN { exit a >= b }'; then
            best[$i]=$took
        fi
        if [[ -z ${cpu[$i]:-} ]] || awk -v a="$used" -v b="${cpu[$i]}" 'BEGIN { exit a >= b }'; then
            cpu[$i]=$used
        fi
    done
done
echo '| command | time | rate | CPU |'
echo '|---|---|---|---|'
for i in "${!commands[@]}"; do
    awk -v n="${names[i]}" -v t="${best[$i]}" -v c="${cpu[$i]}" -v g="$gib" \
        'BEGIN { printf "| `%s` | %.2f s | %.2f GB/s | %.2f s |\n", n, t, g * 1.073741824 / t, c }'
done
