#!/usr/bin/env bash
# Compares `mmapctl diff` with `cmp`, and prints a table:
#
#     benches/diff.sh [ROUNDS [PROGRAM]]
#
# Both run once per round, so other load on the machine affects both. The result is the best of all rounds (default 7).
# PROGRAM is a built mmapctl; without it, the program is built. `cmp -l` takes half a minute and runs once. Files are
# written to ./target, and need 2.5 GiB there.
set -euo pipefail
cd "$(dirname "$0")/.."

rounds=${1:-7}
command -v cmp >/dev/null || { echo "missing: cmp" >&2; exit 1; }
mmapctl=${2:-}
[ -n "$mmapctl" ] || { cargo build --release --locked --quiet; mmapctl=$PWD/target/release/mmapctl; }
work=$(mktemp -d -p target diff.XXXXXX)
trap 'rm -rf "$work"' EXIT

head -c 1G /dev/urandom >"$work/a"
cp "$work/a" "$work/b"
head -c 100M "$work/a" >"$work/random.a"
tail -c 100M "$work/a" >"$work/random.b"
for side in a b; do
    truncate -s 1T "$work/sparse.$side"
    for extent in {0..9}; do
        printf data | dd of="$work/sparse.$side" bs=1 seek=$((extent * (1 << 40) / 10)) conv=notrunc status=none
    done
done
cat "$work"/a "$work"/b "$work"/random.* >/dev/null

once() { # command
    local start=$EPOCHREALTIME
    bash -c "$1" || true
    awk -v a="$start" -v b="$EPOCHREALTIME" 'BEGIN { printf "%.6f", b - a }'
}

row() { # case, our command, peer's command or none, peer's rounds, goal
    local ours=1e9 theirs=1e9 round
    for round in $(seq "$rounds"); do
        ours=$(awk -v a="$ours" -v b="$(once "$2")" 'BEGIN { print b < a ? b : a }')
        [ -z "$3" ] || [ "$round" -gt "$4" ] ||
            theirs=$(awk -v a="$theirs" -v b="$(once "$3")" 'BEGIN { print b < a ? b : a }')
    done
    awk -v what="$1" -v ours="$ours" -v theirs="$theirs" -v goal="$5" 'BEGIN {
        peer = theirs < 1e9 ? sprintf("%.3f | %.3f | **%.1f×**", theirs, ours, theirs / ours) : sprintf("- | %.3f | -", ours)
        printf "| %s | %s | %s |\n", what, peer, goal
    }'
}

cmp -s <(cmp -l "$work/random.a" "$work/random.b" | head -c 20000000) \
    <("$mmapctl" diff "$work/random.a" "$work/random.b" --format list 2>/dev/null | head -c 20000000) || {
    echo "the lists differ" >&2
    exit 1
}

echo "| case | cmp, s | mmapctl, s | ratio | goal |"
echo "|---|---|---|---|---|"
row "equal 1 GiB, in the page cache" "$mmapctl diff $work/a $work/b" "cmp $work/a $work/b" "$rounds" '1.5×'
row "list of 100 MiB of random bytes, to a pipe" \
    "$mmapctl diff $work/random.a $work/random.b --format list 2>/dev/null | cat >/dev/null" \
    "cmp -l $work/random.a $work/random.b | cat >/dev/null" 1 '20×'
row "two sparse files of 1 TiB with ten extents" "$mmapctl diff $work/sparse.a $work/sparse.b" '' 0 '0.050 s'
