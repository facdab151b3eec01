#!/usr/bin/env bash
# Compares `mmapctl fill` with tools that write the same number of bytes, and prints a table:
#
#     benches/fill.sh [ROUNDS [SIZE-IN-MIB]]
#
# Every tool runs once per round, so other load on the machine affects all of them. The result is the best of all
# rounds (default 15). Files are written to ./target, which should be on a disk, and to /dev/shm (tmpfs). Needs xfs_io
# and dd on PATH.
set -euo pipefail
cd "$(dirname "$0")/.."

rounds=${1:-15}
mib=${2:-1024}
for tool in xfs_io dd head; do
    command -v "$tool" >/dev/null || { echo "missing: $tool" >&2; exit 1; }
done
cargo build --release --locked --quiet
mmapctl=$PWD/target/release/mmapctl
disk=$(mktemp -d -p target fill.XXXXXX)
memory=$(mktemp -d -p /dev/shm fill.XXXXXX)
results=$(mktemp)
trap 'rm -rf "$disk" "$memory" "$results"' EXIT

bytes=$((mib * 1048576))
declare -A command=(
    [mmapctl]="$mmapctl fill -q FILE -n $bytes --byte 0x5a"
    [xfs_io]="xfs_io -f -c 'truncate $bytes' -c 'mmap -rw 0 $bytes' -c 'mwrite -S 0x5a 0 $bytes' FILE"
    [dd]="dd if=/dev/zero of=FILE bs=1M count=$mib conv=notrunc status=none"
    [head]="head -c $bytes /dev/zero 1<>FILE"
    [memset]="xfs_io -c 'mmap -rw 0 $bytes' -c 'mwrite -S 0x5a 0 $bytes' FILE"
)

once() { # case, tool, file
    local start=$EPOCHREALTIME
    bash -c "${command[$2]//FILE/$3}"
    local end=$EPOCHREALTIME
    awk -v c="$1" -v n="$2" -v a="$start" -v b="$end" 'BEGIN { printf "%s %s %.6f\n", c, n, b - a }' >>"$results"
}

# A file that does not exist yet.
new() { # case, directory
    local round name
    for round in $(seq "$rounds"); do
        for name in mmapctl dd head xfs_io; do
            rm -f "$2/file"
            once "$1" "$name" "$2/file"
        done
    done
    rm -f "$2/file"
}

# A file whose pages are all in memory.
refill() { # case, directory
    local round name
    head -c "$bytes" /dev/zero >"$2/file"
    for round in $(seq "$rounds"); do
        for name in mmapctl memset dd; do
            once "$1" "$name" "$2/file"
        done
    done
    rm -f "$2/file"
}

type=$(stat -f -c %T "$disk")
[[ $type != ext2/ext3 ]] || type=ext4
new "new-$type" "$disk"
new new-tmpfs "$memory"
refill "refill-$type" "$disk"
refill refill-tmpfs "$memory"

printf '%s MiB, best of %s rounds, on %s (%s processors)\n\n' "$mib" "$rounds" \
    "$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -1)" "$(nproc)"
awk -v bytes="$bytes" '
    { key = $1 " " $2; if (!(key in best) || $3 < best[key]) best[key] = $3
      if (!(key in seen)) { seen[key] = 1; order[++n] = key } }
    END {
        print "| case | tool | best, s | GB/s | speedup of mmapctl |"
        print "|---|---|---|---|---|"
        for (i = 1; i <= n; i++) {
            split(order[i], part, " ")
            ours = best[part[1] " mmapctl"]
            ratio = part[2] == "mmapctl" ? "" : sprintf("%.2f×", best[order[i]] / ours)
            printf "| %s | %s | %.3f | %.2f | %s |\n", part[1], part[2], best[order[i]], bytes / best[order[i]] / 1e9, ratio
        }
    }' "$results"
