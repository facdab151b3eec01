#!/usr/bin/env bash
# Measures `mmapctl tags --users` with many shared memory regions, and prints the best of five times:
#
#     benches/tags.sh [REGIONS [PROGRAM]]
#
# Creates REGIONS (default 100,000) regions of one page in /dev/shm, none of which is used, and removes them. PROGRAM is a
# built mmapctl; without it, the program is built.
set -euo pipefail
cd "$(dirname "$0")/.."

regions=${1:-100000}
[[ -n ${2:-} ]] || cargo build --release --locked --quiet
mmapctl=${2:-$PWD/target/release/mmapctl}
prefix=mmapctl-bench-$$-
remove() { find /dev/shm -maxdepth 1 -name "$prefix*" -delete; }
trap remove EXIT
seq "$regions" | sed "s|^|/dev/shm/$prefix|" | xargs truncate -s 4K

listed=$("$mmapctl" tags --json | grep -o "\"$prefix" | wc -l)
[[ $listed == "$regions" ]] || { echo "$listed regions of $regions are listed" >&2; exit 1; }
TIMEFORMAT=%R
best=$(for _ in 1 2 3 4 5; do { time "$mmapctl" tags --users >/dev/null 2>&1; } 2>&1; done | sort -n | head -n 1)
printf '%d regions with their users: %s s\n' "$regions" "$best"
