#!/usr/bin/env bash
# Compares mmapctl's page cache commands with tools that do the same, and prints benches/CACHE.md:
#
#     benches/cache.sh [--peers] [SECTION]... [ROUNDS]        (default: all sections, 7 rounds)
#
#     file     one file of $FILE_SIZE (2G): warm, evict
#     small    $FOLDERS folders of $FILES files (1000 of 100) of 4 to 12 KiB: cached, warm, evict
#     big      $BIG_COUNT files of $BIG_SIZE (20 of 512M): warm
#     restore  the same files, in 200,000 ranges: restore; the small files: snapshot
#     why      one file of $WHY_SIZE (10G): why
#     verify   one file of $VERIFY_SIZE (512M): verify
#     million  1,000 folders of $MILLION_FILES files (1000) of 4 bytes: peak memory, in one round
#
# --peers runs the other tools only. $MMAPCTL names the program to measure; by default the script builds it. The files
# stay in $TREES ($TMPDIR/mmapctl-trees), which must be on a disk, and are reused; delete it at the end. A section that
# does not fit in memory or on the disk is scaled down, and says so.
#
# Needs vmtouch, hyperfine, python3 and cc; pagers (a crate) takes part if it is on PATH. The tools take turns, so other
# load on the machine affects all of them. After each run, another program checks the result.
set -euo pipefail
cd "$(dirname "$0")/.."

# ---- What to run

sections=() rounds=7 peers_only=
for argument; do
    case $argument in
        --peers) peers_only=1 ;;
        file | small | big | restore | why | verify | million) sections+=("$argument") ;;
        [1-9] | [1-9][0-9]) rounds=$argument ;;
        *) sed -n '2,/^set/ { /^#/ s/^# \{0,1\}//p }' "$0" >&2; exit 2 ;;
    esac
done
[ ${#sections[@]} != 0 ] || sections=(file small big restore why verify million)

for tool in vmtouch hyperfine python3 cc; do
    command -v "$tool" >/dev/null || { echo "missing: $tool" >&2; exit 1; }
done
pagers=$(command -v pagers || true)
trees=${TREES:-${TMPDIR:-/tmp}/mmapctl-trees}
mkdir -p "$trees"
trees=$(realpath "$trees")
case $(findmnt -no FSTYPE -T "$trees") in
    tmpfs | ramfs) echo "$trees is not on a disk; set TREES" >&2; exit 1 ;;
esac
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

mmapctl=
static=
if [ -z "$peers_only" ]; then
    mmapctl=${MMAPCTL:-$PWD/target/release/mmapctl}
    [ -n "${MMAPCTL:-}" ] || cargo build --release --locked --quiet
    # The static build (ci/static.sh) takes part if it exists: it starts faster, which matters in short runs.
    static=$PWD/target/static/$(uname -m)-unknown-linux-musl/release/mmapctl
    [ -x "$static" ] || static=
fi
cachetree=$work/cachetree
cc -O2 -Wall -Wextra -pthread -o "$cachetree" benches/cachetree.c
page=$(getconf PAGESIZE)

# ---- The files

bytes() { numfmt --from=iec "$1"; }

# Makes files in the folder $1 with Python, unless an earlier run has made them.
make() { # folder, program, its arguments
    [ ! -e "$1" ] || return 0
    echo "making $1" >&2
    rm -rf "$1.part"
    mkdir "$1.part"
    python3 -c "$2" "$1.part" "${@:3}"
    sync -f "$1.part"
    mv "$1.part" "$1"
}

# Random bytes, because a disk may store zeros without writing them.
large_files='
import os, sys
folder, count, size = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
block = os.urandom(64 << 20)
for i in range(count):
    with open(f"{folder}/{i:02}", "wb", buffering=0) as file:
        for at in range(0, size, len(block)):
            file.write(block[:size - at])
'
# The sizes are random, but the same in each run. With a fifth argument, a fifth of the files get a second name in the
# next folder.
small_files='
import os, random, sys
base, folders, files, smallest, largest = sys.argv[1], *map(int, sys.argv[2:6])
random.seed(1)
block = os.urandom(largest)
for i in range(folders):
    os.mkdir(f"{base}/{i:04}")
    folder = os.open(f"{base}/{i:04}", os.O_RDONLY)
    for j in range(files):
        name = f"{j:04}.bin"
        file = os.open(name, os.O_WRONLY | os.O_CREAT, 0o644, dir_fd=folder)
        os.write(file, block[:random.randint(smallest, largest)])
        os.close(file)
        if i and len(sys.argv) > 6 and j % 5 == 0:
            os.link(name, f"second.{name}", src_dir_fd=before, dst_dir_fd=folder)
    if i:
        os.close(before)
    before = folder
'

# How many of the bytes wanted fit in memory, and on the disk unless an earlier run has made the folder.
room() { # bytes wanted, folder
    local memory disk
    memory=$(awk '/^MemAvailable/ { printf "%.0f", $2 * 1024 * 0.8 }' /proc/meminfo)
    disk=$(df --output=avail -B1 "$trees" | awk 'NR == 2 { printf "%.0f", $1 * 0.9 }')
    [ ! -e "$2" ] || disk=$1
    printf '%s\n' "$1" "$memory" "$disk" | sort -n | head -n 1
}

# ---- Running and checking

# The bytes in the page cache, from the program that is not being judged.
judge() { # command under test, paths
    local command=$1
    shift
    case $command in
        vmtouch*) "$cachetree" "$@" | sed 's/.* cached=\([0-9]*\).*/\1/' ;;
        *) vmtouch "$@" | awk -v page="$page" '/Resident Pages/ { split($3, n, "/"); printf "%.0f\n", n[1] * page }' ;;
    esac
}
make_cold() { vmtouch -qe "$@" >/dev/null; }
make_warm() { vmtouch -qt "$@" >/dev/null; }

declare -A times cpus commands
# Runs the command of a tool in a case, and records its times. What `cached` and its peers print is in $work/output.
run() { # case, tool
    local output=null figures
    case $1 in cached*) output=$work/output ;; esac
    # warm fails if the kernel reclaims pages meanwhile; the check below counts them.
    hyperfine -N --style none --runs 1 --ignore-failure --output "$output" --export-json "$work/time" "${commands[$1/$2]}" \
        >"$work/log" 2>&1 || {
        cat "$work/log" >&2
        exit 1
    }
    figures=$(sed -n 's/.*"\(mean\|user\|system\)": \([0-9.e-]*\),.*/\2/p' "$work/time")
    times[$1/$2]+="$(sed -n 1p <<<"$figures") "
    cpus[$1/$2]+="$(sed -n '2,3p' <<<"$figures" | awk '{ sum += $1 } END { print sum }') "
}

# Checks how much is in the page cache after a run.
expect() { # case, tool, bytes expected, paths
    local what=$1 tool=$2 wanted=$3 found
    shift 3
    found=$(judge "${commands[$what/$tool]}" "$@")
    [ "$found" != "$wanted" ] || return 0
    # The kernel may reclaim pages at any moment, so missing pages are not an error.
    echo "$what, $tool: $found bytes are cached instead of $wanted" >&2
    [ "$wanted" != 0 ] || exit 1
}

# The bytes in the page cache according to the last output of a tool.
reported() { # tool
    case $1 in
        ours) awk 'NR == 1 { print $1 }' "$work/output" ;;
        'ours json') grep -o '"cached": *[0-9]*' "$work/output" | tail -n 1 | grep -o '[0-9]*$' ;;
        pagers) sed -n 's/^TotalResidentSize=//p' "$work/output" ;;
        vmtouch) awk -v page="$page" '/Resident Pages/ { split($3, n, "/"); printf "%.0f\n", n[1] * page }' "$work/output" ;;
        C) sed 's/.* cached=\([0-9]*\).*/\1/' "$work/output" ;;
    esac
}

# The tools of a case in an order that puts another one first in each round.
turns() { # round, tools
    local round=$1
    shift
    for i in $(seq $#); do
        i=$(((i + round) % $# + 1))
        echo "${!i}"
    done
}

sorted() { tr ' ' '\n' <<<"$1" | awk 'NF' | sort -g; }
best() { sorted "$1" | head -n 1; }
median() { sorted "$1" | awk '{ t[NR] = $1 } END { if (NR) print (t[int((NR + 1) / 2)] + t[int(NR / 2) + 1]) / 2 }'; }

heading() {
    cat <<HEAD

## $1

| case | tool | tool, s | CPU, s | mmapctl, s | CPU, s | ratio | goal |
|---|---|---|---|---|---|---|---|
HEAD
}

row() { # case, tool, as shown, goal, and our entry (default: ours)
    local peer=$1/$2 ours=$1/${5:-ours}
    [ -n "${times[$peer]:-}" ] || return 0
    awk -v what="$1" -v peer="$3" -v goal="$4" \
        -v t="$(best "${times[$peer]}")" -v tm="$(median "${times[$peer]}")" -v tc="$(best "${cpus[$peer]}")" \
        -v o="$(best "${times[$ours]:-}")" -v om="$(median "${times[$ours]:-}")" \
        -v oc="$(best "${cpus[$ours]:-}")" 'BEGIN {
            mine = "| |"; ratio = ""
            if (o) {
                mine = sprintf("%.4f (%.4f) | %.3f |", o, om, oc)
                ratio = sprintf("**%.2f×** (%.2f×)", t / o, tm / om)
            }
            printf "| %s | `%s` | %.4f (%.4f) | %.3f | %s %s | %s |\n", what, peer, t, tm, tc, mine, ratio, goal }'
}

# Adds a tool to a case.
enter() { # case, tool, command
    commands[$1/$2]=$3
}

# The names of the tools that take part in a case, of those given.
entered() { # case, tools
    local what=$1 tool
    shift
    for tool; do
        [ -z "${commands[$what/$tool]:-}" ] || echo "$tool"
    done
}

# ---- The sections

section_file() {
    local size=${FILE_SIZE:-2G} file round tool what full
    make "$trees/file.$size" "$large_files" 1 "$(bytes "$size")"
    file=$trees/file.$size/00
    full=$((($(stat -c %s "$file") + page - 1) / page * page))
    for what in 'warm, cold file' 'warm, resident file'; do
        [ -z "$mmapctl" ] || enter "$what" ours "$mmapctl warm $file"
        [ -z "$static" ] || enter "$what" static "$static warm $file"
        enter "$what" cat "cat $file"
        enter "$what" vmtouch "vmtouch -t $file"
        [ -z "$pagers" ] || enter "$what" pagers "pagers touch -o kv $file"
    done
    [ -z "$mmapctl" ] || enter evict ours "$mmapctl evict $file"
    [ -z "$static" ] || enter evict static "$static evict $file"
    enter evict vmtouch "vmtouch -e $file"
    [ -z "$pagers" ] || enter evict pagers "pagers evict -o kv $file"

    for round in $(seq "$rounds"); do
        echo "file: round $round" >&2
        while read -r tool; do
            for what in 'warm, cold file' 'warm, resident file' evict; do
                [ -n "${commands[$what/$tool]:-}" ] || continue
                case $what in
                    'warm, cold file') make_cold "$file" ;;
                    *) make_warm "$file" ;;
                esac
                run "$what" "$tool"
                expect "$what" "$tool" "$([ "$what" = evict ] && echo 0 || echo "$full")" "$file"
            done
        done < <(turns "$round" ours static cat vmtouch pagers)
    done

    heading "One file of $size"
    row 'warm, cold file' cat 'cat >/dev/null' '≥ 1.0×'
    row 'warm, cold file' vmtouch 'vmtouch -t' '≥ 1.0×'
    row 'warm, cold file' pagers 'pagers touch' '≥ 1.0×'
    row 'warm, resident file' cat 'cat >/dev/null' ''
    row 'warm, resident file' vmtouch 'vmtouch -t' '≥ 10×'
    row 'warm, resident file' pagers 'pagers touch' ''
    row evict vmtouch 'vmtouch -e' '≥ 1.0×'
    row evict pagers 'pagers evict' ''
    [ -n "$static" ] || return 0
    heading "One file of $size, static build"
    row 'warm, resident file' vmtouch 'vmtouch -t' '≥ 10×' static
    row evict vmtouch 'vmtouch -e' '≥ 1.0×' static
}

section_small() {
    local folders=${FOLDERS:-1000} files=${FILES:-100} tree round tool what full truth
    tree=$trees/small.${folders}x$files
    make "$tree" "$small_files" "$folders" "$files" 4096 12288
    make_warm "$tree"
    full=$(vmtouch "$tree" | awk -v page="$page" '/Resident Pages/ { split($3, n, "/"); printf "%.0f\n", n[2] * page }')

    [ -z "$mmapctl" ] || {
        enter cached ours "$mmapctl cached --bytes --no-header $tree"
        enter 'cached -a --json' 'ours json' "$mmapctl cached -a --json $tree"
        enter warm ours "$mmapctl warm $tree"
        enter evict ours "$mmapctl evict $tree"
    }
    [ -z "$pagers" ] || {
        enter cached pagers "pagers query -o kv $tree"
        enter 'cached -a --json' pagers "pagers query -o kv $tree"
        enter warm pagers "pagers touch -o kv $tree"
        enter evict pagers "pagers evict -o kv $tree"
    }
    enter cached vmtouch "vmtouch $tree"
    enter cached C "$cachetree $tree"
    enter warm vmtouch "vmtouch -t $tree"
    enter evict vmtouch "vmtouch -e $tree"

    for round in $(seq "$rounds"); do
        echo "small: round $round" >&2
        # Pages that nobody uses may leave between two rounds.
        make_warm "$tree"
        for what in cached 'cached -a --json'; do
            while read -r tool; do
                run "$what" "$tool"
                truth=$(judge "${commands[$what/$tool]}" "$tree")
                # A few pages may leave between the two looks.
                awk -v a="$(reported "$tool")" -v b="$truth" 'BEGIN { exit !(a <= b * 1.01 && a >= b * 0.99) }' || {
                    echo "$what, $tool: reports $(reported "$tool") cached bytes instead of $truth" >&2
                    exit 1
                }
                case $tool in
                    'ours json') [ "$(grep -o '"kind": *"file"' "$work/output" | wc -l)" = $((folders * files)) ] || {
                        echo "$what: not a row for each file" >&2
                        exit 1
                    } ;;
                esac
            done < <(turns "$round" $(entered "$what" ours pagers vmtouch C) && entered "$what" 'ours json')
        done
        # Each tool loads what the one before it has dropped.
        make_cold "$tree"
        while read -r tool; do
            run warm "$tool"
            expect warm "$tool" "$full" "$tree"
            make_warm "$tree"
            run evict "$tool"
            expect evict "$tool" 0 "$tree"
        done < <(turns "$round" $(entered warm ours vmtouch pagers))
    done

    heading "$((folders * files)) files of 4 to 12 KiB in $folders folders"
    row cached pagers 'pagers query' '≥ 3.0×'
    row cached vmtouch vmtouch '≥ 4.0×'
    row cached C 'cachetree (C)' '≥ 0.67×'
    row 'cached -a --json' pagers 'pagers query' '≥ 2.0×' 'ours json'
    row warm vmtouch 'vmtouch -t' '≥ 1.2×'
    row warm pagers 'pagers touch' '≥ 1.2×'
    row evict vmtouch 'vmtouch -e' '≥ 1.2×'
    row evict pagers 'pagers evict' '≥ 1.2×'
    echo
    echo 'The files that `warm` loads are cold, but not their directories and inodes.'
}

section_big() {
    local wanted=${BIG_COUNT:-20} size=${BIG_SIZE:-512M} count each folder round tool full what
    each=$(bytes "$size")
    count=$(($(room $((wanted * each)) "$trees/big.${wanted}x$size") / each))
    [ "$count" -gt 0 ] || { echo "big: no room for a file of $size" >&2; return 0; }
    folder=$trees/big.${count}x$size
    make "$folder" "$large_files" "$count" "$each"
    full=$(((each + page - 1) / page * page * count))
    local files=("$folder"/*)

    what='warm, cold files'
    [ -z "$mmapctl" ] || enter "$what" ours "$mmapctl warm ${files[*]}"
    enter "$what" cat "cat ${files[*]}"
    enter "$what" vmtouch "vmtouch -t ${files[*]}"
    [ -z "$pagers" ] || enter "$what" pagers "pagers touch -o kv ${files[*]}"
    enter "$what" dd "sh -c 'for file; do dd if=\$file of=/dev/null bs=4M iflag=direct status=none; done' sh ${files[*]}"
    for round in $(seq "$rounds"); do
        echo "big: round $round" >&2
        while read -r tool; do
            # A virtual machine gets memory that was free for a while back from its host, which costs seconds. Each tool
            # finds memory that was just in use.
            make_warm "${files[@]}"
            make_cold "${files[@]}"
            run "$what" "$tool"
            expect "$what" "$tool" "$([ "$tool" = dd ] && echo 0 || echo "$full")" "${files[@]}"
        done < <(turns "$round" $(entered "$what" ours cat vmtouch pagers dd))
    done
    make_cold "${files[@]}"

    heading "$count files of $size"
    row "$what" cat 'cat >/dev/null' '≥ 1.0×'
    row "$what" vmtouch 'vmtouch -t' '≥ 1.0×'
    row "$what" pagers 'pagers touch' '≥ 1.0×'
    row "$what" dd 'dd iflag=direct' '≥ 1.0×'
    [ "$count" = "$wanted" ] || printf '\nMemory and disk had no room for %s files.\n' "$wanted"
}

# Writes a snapshot of files of one folder to stdout: 12 of each 13 pages.
snapshot_of='
import json, os, sys
folder, page = sys.argv[1], int(sys.argv[2])
print(json.dumps({"kind": "snapshot", "version": 1, "page_size": page, "root": folder, "time_ns": 0}))
sums = [0, 0, 0]
for name in sorted(os.listdir(folder)):
    facts = os.stat(f"{folder}/{name}")
    step = 13 * page
    ranges = [[at, min(12 * page, facts.st_size - at)] for at in range(0, facts.st_size, step)]
    print(json.dumps({"kind": "file", "path": name, "size": facts.st_size, "mtime_ns": facts.st_mtime_ns,
                      "device": facts.st_dev, "inode": facts.st_ino, "ranges": ranges}))
    sums = [sums[0] + 1, sums[1] + len(ranges), sums[2] + sum(length for _, length in ranges)]
print(json.dumps({"kind": "total", "files": sums[0], "ranges": sums[1], "bytes": sums[2]}))
'

section_restore() {
    local wanted=${BIG_COUNT:-20} size=${BIG_SIZE:-512M} count each folder tree round tool full saved what
    local folders=${FOLDERS:-1000} small=${FILES:-100}
    each=$(bytes "$size")
    count=$(($(room $((wanted * each)) "$trees/big.${wanted}x$size") / each))
    [ "$count" -gt 0 ] || { echo "restore: no room for a file of $size" >&2; return 0; }
    folder=$trees/big.${count}x$size
    make "$folder" "$large_files" "$count" "$each"
    local files=("$folder"/*)
    full=$(((each + page - 1) / page * page * count))
    python3 -c "$snapshot_of" "$folder" "$page" >"$work/snapshot"
    saved=$(tail -n 1 "$work/snapshot" | grep -o '[0-9]*}' | tr -d '}')
    tree=$trees/small.${folders}x$small
    make "$tree" "$small_files" "$folders" "$small" 4096 12288

    what='restore, cold files'
    [ -z "$mmapctl" ] || enter "$what" ours "$mmapctl restore $work/snapshot"
    enter "$what" cat "cat ${files[*]}"
    [ -z "$mmapctl" ] || {
        enter 'cached or snapshot' ours "$mmapctl snapshot $tree"
        enter 'cached or snapshot' json "$mmapctl cached -a --json $tree"
    }
    for round in $(seq "$rounds"); do
        echo "restore: round $round" >&2
        while read -r tool; do
            make_warm "${files[@]}"
            make_cold "${files[@]}"
            run "$what" "$tool"
            expect "$what" "$tool" "$([ "$tool" = ours ] && echo "$saved" || echo "$full")" "${files[@]}"
        done < <(turns "$round" $(entered "$what" ours cat))
        make_cold "${files[@]}"
        make_warm "$tree"
        while read -r tool; do
            run 'cached or snapshot' "$tool"
            [ "$(grep -c '"kind": *"file"' "$work/output")" = $((folders * small)) ] || {
                echo "$tool: not a line for each file" >&2
                exit 1
            }
        done < <(turns "$round" $(entered 'cached or snapshot' ours json))
    done

    heading "$count files of $size in $(tail -n 1 "$work/snapshot" | grep -o '"ranges": [0-9]*' | grep -o '[0-9]*$') ranges; $((folders * small)) small files"
    row "$what" cat 'cat >/dev/null' '≥ 1.0×'
    row 'cached or snapshot' json 'cached -a --json' '≥ 0.67×'
    [ "$count" = "$wanted" ] || printf '\nMemory and disk had no room for %s files.\n' "$wanted"
}

section_why() {
    local wanted=${WHY_SIZE:-10G} size fits file round truth
    size=$wanted
    fits=$(room "$(bytes "$size")" "$trees/file.$size")
    [ "$fits" = "$(bytes "$size")" ] || size=$((fits >> 30))G
    [ "$size" != 0G ] || { echo 'why: no room for a file of 1G' >&2; return 0; }
    make "$trees/file.$size" "$large_files" 1 "$(bytes "$size")"
    file=$trees/file.$size/00
    [ -n "$mmapctl" ] || return 0

    enter why ours "$mmapctl why $file"
    for round in $(seq "$rounds"); do
        echo "why: round $round" >&2
        make_warm "$file"
        # Then the number of cached bytes is not the size of the file.
        vmtouch -qe -p 0-4M "$file"
        run why ours
    done
    truth=$(judge why "$file")
    "$mmapctl" why --json "$file" | grep -qw "$truth" || {
        echo "why: the report lacks the $truth cached bytes" >&2
        exit 1
    }
    make_cold "$file"

    printf '\n## One file of %s, cached\n\n' "$size"
    printf '| case | mmapctl, s | CPU, s | goal |\n|---|---|---|---|\n| why | **%.4f** (%.4f) | %.3f | < 1 s |\n' \
        "$(best "${times[why/ours]}")" "$(median "${times[why/ours]}")" "$(best "${cpus[why/ours]}")"
    [ "$size" = "$wanted" ] || printf '\nMemory and disk had no room for %s.\n' "$wanted"
}

section_verify() {
    local size=${VERIFY_SIZE:-512M} file round tool full
    make "$trees/file.$size" "$large_files" 1 "$(bytes "$size")"
    file=$trees/file.$size/00
    full=$((($(stat -c %s "$file") + page - 1) / page * page))
    [ -z "$mmapctl" ] || enter verify ours "$mmapctl verify $file"
    enter verify dd "dd if=$file of=/dev/null bs=1M iflag=direct status=none"
    for round in $(seq "$rounds"); do
        echo "verify: round $round" >&2
        while read -r tool; do
            make_warm "$file"
            run verify "$tool"
            expect verify "$tool" "$full" "$file"
        done < <(turns "$round" $(entered verify ours dd))
    done

    heading "One file of $size, cached"
    row verify dd 'dd bs=1M iflag=direct' '≥ 0.9×'
    echo
    echo '`dd` only reads; `verify` reads the same from the storage and compares it with the page cache.'
    [ -n "$mmapctl" ] || return 0
    python3 -c "$peak" "$work/output" $mmapctl verify "$file" | awk \
        '{ printf "\nPeak of its private memory: %.1f MiB (goal: < 16 MiB).\n", $2 / 1024 }'
    [ "$(grep -c 'no differences' "$work/output")" = 1 ] || { echo 'verify: differences' >&2; exit 1; }
}

# Runs a command, and prints its time, the peak of its private memory (RssAnon, read every millisecond), and the peak of
# all its memory (VmHWM, with mapped files), in KiB.
peak='
import os, subprocess, sys, time
start = time.monotonic()
child = subprocess.Popen(sys.argv[2:], stdout=open(sys.argv[1], "wb"))
peak = whole = 0
while not os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT):
    with open(f"/proc/{child.pid}/status") as status:
        for line in status:
            if line.startswith("RssAnon:"):
                peak = max(peak, int(line.split()[1]))
            elif line.startswith("VmHWM:"):
                whole = int(line.split()[1])
    time.sleep(0.001)
took = time.monotonic() - start
if child.wait():
    sys.exit(f"{sys.argv[2:]}: failed")
print(f"{took:.2f} {peak} {whole}")
'

section_million() {
    local files=${MILLION_FILES:-1000} tree entry figures goal
    tree=$trees/million.1000x$files
    make "$tree" "$small_files" 1000 "$files" 4 4 second
    local all=("vmtouch $tree" "$cachetree $tree")
    [ -z "$pagers" ] || all+=("pagers query -o kv $tree")
    if [ -n "$mmapctl" ]; then
        # `warm` comes before `--watch`, which keeps amounts that are not zero.
        for entry in cached 'cached -a' 'cached -a --json' warm 'cached -a --sort name' 'cached -a --sort size' \
            'cached -a --openmetrics' 'cached --watch=10ms -a --count 2' evict; do
            all+=("$mmapctl $entry $tree")
        done
    fi
    cat <<HEAD

## $((1000 * files)) files of 4 bytes in 1000 folders, a fifth of them with a second name

| command | s | peak private memory, MiB | peak of all memory, MiB | goal |
|---|---|---|---|---|
HEAD
    for entry in "${all[@]}"; do
        echo "million: $entry" >&2
        # The paths of this benchmark have no spaces.
        figures=$(python3 -c "$peak" "$work/output" $entry)
        goal=
        case $entry in
            "$mmapctl evict"*) [ "$(judge "$entry" "$tree")" = 0 ] || { echo 'evict: pages stayed' >&2; exit 1; } ;;
            "$mmapctl cached -a --json"*)
                [ "$(grep -o '"kind": *"file"' "$work/output" | wc -l)" = $((1000 * files)) ] || {
                    echo 'cached -a --json: not one row for each file' >&2
                    exit 1
                } ;;
        esac
        case $entry in "${mmapctl:-none} "*) goal='< 100 MiB' ;; esac
        entry=${entry% *}
        awk -v entry="${entry##*/}" -v goal="$goal" \
            '{ printf "| `%s` | %.2f | %.1f | %.1f | %s |\n", entry, $1, $2 / 1024, $3 / 1024, goal }' <<<"$figures"
    done
}

# ---- The report

processor() {
    lscpu | awk -F ': *' '
        /^Model name/ { model = $2 }
        /^Flags/ {
            if (match($2, /(^| )avx2( |$)/)) has = " with AVX2"
            if (match($2, /(^| )avx512f( |$)/)) has = has " and AVX-512"
        }
        END { print model has }'
}

cat <<HEAD
# Results of benches/cache.sh

$(nproc) cores of $(processor), $(findmnt -no FSTYPE -T "$trees"), Linux $(uname -r), $(date +%Y-%m-%d).
Times are the best of $rounds rounds, with the median in parentheses. CPU is the least user and system time of a run. The tools
take turns. A ratio above 1 means that mmapctl is faster. Load average at the start: $(cut -d ' ' -f 1-3 /proc/loadavg).
HEAD
for section in "${sections[@]}"; do
    times=() cpus=() commands=()
    "section_$section"
done
