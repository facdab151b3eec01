#!/usr/bin/env bash
# Compares `mmapctl dump` with tools that print the same bytes, and prints tables:
#
#     [MMAPCTL_VECTORS=avx2] benches/compare.sh [--quick | --formats]
#
# benches/RESULTS.md has the tables of three runs: with MMAPCTL_VECTORS=avx2, and with --formats for no limit and for none.
#
# --quick omits the 1 GiB inputs. --formats also omits pipes, and all but the formats. Needs the tools of the list below
# on PATH (hexyl 0.17), and 5 GiB of free space in $TMPDIR; tinyxxd is measured if it is there. Before a command is timed,
# the first 20 MB of its output are compared with the peer's (except for values).
set -euo pipefail
cd "$(dirname "$0")/.."

sizes=(100M 1G)
outputs=(null pipe)
[[ ${1:-} != @(--quick|--formats) ]] || sizes=(100M)
[[ ${1:-} != --formats ]] || outputs=(null)

for tool in xxd hexdump od strings hyperfine hexyl script python3 /usr/bin/time cmp; do
    command -v "$tool" >/dev/null || { echo "missing: $tool" >&2; exit 1; }
done
cargo build --release --locked --quiet
mmapctl=$PWD/target/release/mmapctl
# The static build (ci/static.sh) is measured if it exists: it starts faster.
static=$PWD/target/static/$(uname -m)-unknown-linux-musl/release/mmapctl
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The inputs: random bytes, and text from the files of this repository.
make_text() {
    while cat README.md CHANGELOG.md src/*/*.rs; do :; done 2>/dev/null | head -c "$1" || true
}
for size in "${sizes[@]}" fresh; do
    head -c "${size/fresh/100M}" /dev/urandom >"$work/random.$size"
    make_text "${size/fresh/100M}" >"$work/text.$size"
done
sync
# Files that are read from a disk, as most are, come in large blocks of memory. Those that small writes have just made, as
# the fresh ones, are in single pages, which take longer to map.
for size in "${sizes[@]}"; do
    "$mmapctl" evict --quiet "$work/random.$size" "$work/text.$size" || {
        echo "set TMPDIR to a directory on a disk" >&2
        exit 1
    }
    cat "$work/random.$size" "$work/text.$size" >/dev/null
done

# The time of a command in seconds, with its output to $2.
once() {
    local start=$EPOCHREALTIME
    case $2 in
        null) eval "$1 >/dev/null" ;;
        pipe) eval "$1 | cat >/dev/null" ;;
    esac
    local end=$EPOCHREALTIME
    awk -v a="$start" -v b="$end" 'BEGIN { printf "%.6f", b - a }'
}
# The best time of the runs in three seconds: at least 1 run, at most 25.
best() {
    local best= spent=0 run took
    for run in $(seq 25); do
        took=$(once "$1" "$2")
        read -r best spent < <(awk -v a="${best:-1e9}" -v b="$took" -v s="$spent" \
            'BEGIN { print (b < a) ? b : a, s + b }')
        awk -v s="$spent" 'BEGIN { exit s < 3 }' && break
    done
    echo "$best"
}

same() {
    cmp -s <(bash -c "$1 | head -c 20000000") <(bash -c "$2 | head -c 20000000") || {
        echo "output differs: $1" >&2
        exit 1
    }
}

# The goal for an output and a kind of input. Goals are those for /dev/null and for a pipe; random/text where they differ.
goal_of() { # goals, output, kind
    local null pipe goal
    read -r null pipe <<<"$1"
    goal=$null
    [[ $2 == null ]] || goal=${pipe:-—}
    if [[ $3 == random ]]; then echo "${goal%/*}"; else echo "${goal#*/}"; fi
}

row() { # format, peer's name, our command, peer's command, goals, sizes
    local size kind out ours theirs
    for size in ${6:-${sizes[@]}}; do
        for kind in random text; do
            local file=$work/$kind.$size
            local our=${3//FILE/$file} their=${4//FILE/$file}
            [[ "$1" == values* ]] || same "$our" "$their"
            for out in "${outputs[@]}"; do
                ours=$(best "$our" $out)
                theirs=$(best "$their" $out)
                awk -v format="$1" -v peer="$2" -v size="${size/fresh/100M}" -v kind="$kind" -v out="$out" \
                    -v ours="$ours" -v theirs="$theirs" -v goal="$(goal_of "$5" $out $kind)" \
                    -v bytes="$(stat -c %s "$file")" 'BEGIN {
                        printf "| %s | %s | %s %s | %s | %.3f | %.3f | %.2f | **%.1f×** | %s |\n",
                            format, peer, size, kind, out, theirs, ours, bytes / ours / 1e9, theirs / ours, goal
                    }'
            done
        done
    done
}

startup() { # case, our command, peer's command, goal
    local json=$work/startup.json
    hyperfine -N --warmup 50 --runs 400 --export-json "$json" "$2" "$3" >/dev/null 2>&1
    python3 - "$json" "$1" "$3" "$4" <<'PY'
import json, statistics, sys
results = json.load(open(sys.argv[1]))["results"]
ours, theirs = (statistics.median(r["times"]) for r in results)
print(f"| {sys.argv[2]} | `{sys.argv[3].split(' /')[0]}` | {theirs * 1e3:.2f} ms | {ours * 1e3:.2f} ms "
      f"| **{ours / theirs:.2f}×** | {sys.argv[4]} |")
PY
}

# The flags of the processor on which the speed depends.
flags() { grep -owE 'avx2|avx512vbmi2|bmi2|erms|fsrm' /proc/cpuinfo | sort -u | paste -sd ' '; }

cat <<HEAD
# Results of benches/compare.sh

Measured on $(nproc) cores of $(awk -F': ' '/model name/ { print $2; exit }' /proc/cpuinfo),
$(awk '/MemTotal/ { printf "%.0f GiB", $2 / 1048576 }' /proc/meminfo) of memory, Linux $(uname -r), $(date +%Y-%m-%d); other tools from
Debian 12 ($(xxd -v 2>&1 | head -n 1 | cut -d' ' -f1,2), $(hexdump --version | sed 's/.*from //'), $(od --version | head -n 1)),
and $(hexyl --version). Inputs are in the page cache; all but the rows \`file just written\` were read from the disk. Each time is the best of the runs in
three seconds, at least one run. \`hexdump -C\` takes minutes for 1 GB, so it reads only 100 MB. Compare ratios, not
absolute times, between machines. Flags of the processor: $(flags). ${MMAPCTL_VECTORS:+Vectors are limited to $MMAPCTL_VECTORS (\`MMAPCTL_VECTORS\`).}

## Formats

| format | tool | input | output | tool, s | mmapctl, s | mmapctl, GB/s | ratio | goal |
|---|---|---|---|---|---|---|---|---|
HEAD
row xxd 'xxd' "$mmapctl dump FILE --format xxd" 'xxd FILE' '50× 20×'
row 'xxd, file just written' 'xxd' "$mmapctl dump FILE --format xxd" 'xxd FILE' '—' fresh
if command -v tinyxxd >/dev/null; then
    row xxd 'tinyxxd' "$mmapctl dump FILE --format xxd" 'tinyxxd FILE' '18×' 100M
fi
row 'xxd, from a pipe' 'xxd' "cat FILE | $mmapctl dump - --format xxd" 'cat FILE | xxd' '10× 10×'
row canonical 'hexdump -C' "$mmapctl dump FILE --format canonical" 'hexdump -C FILE' '450×' 100M
row values 'od -A d -t u4' "$mmapctl dump FILE --format values --type u32" 'od -A d -t u4 FILE' '100×'
row 'values, f64' 'od -A d -t fD' "$mmapctl dump FILE --format values --type f64" 'od -A d -t fD FILE' '60×' 100M
row plain 'xxd -p' "$mmapctl dump FILE --format plain" 'xxd -p FILE' '45×'
row hexyl 'hexyl' "$mmapctl dump FILE --color never" 'hexyl --color never FILE' '50× 22×'
row 'hexyl, colour' 'hexyl --color=force' "$mmapctl dump FILE --color always" 'hexyl --color force FILE' '60×/45× 25×'
for options in -e -b '-c 32 -g 4' -u; do
    row "xxd $options" "xxd $options" "$mmapctl dump FILE --format xxd ${options/-b/--base binary}" "xxd $options FILE" '—' 100M
done
row strings 'strings -t x' "$mmapctl dump FILE --strings" 'strings -t x FILE' '—' 100M
row raw 'cat' "$mmapctl dump FILE --format raw" 'cat FILE' '1.0× 1.0×'
[[ ${1:-} != --formats ]] || exit 0

cat <<HEAD

## Raw to a file

| input | cp, s | mmapctl, s | ratio | goal |
|---|---|---|---|---|
HEAD
for size in "${sizes[@]}"; do
    file=$work/random.$size
    ours=$(best "rm -f $work/a; $mmapctl dump $file --format raw --output $work/a; :" null)
    theirs=$(best "rm -f $work/b; cp $file $work/b; :" null)
    cmp "$work/a" "$work/b"
    rm -f "$work/a" "$work/b"
    awk -v s="$size" -v o="$ours" -v t="$theirs" 'BEGIN {
        printf "| %s random | %.3f | %.3f | **%.2f×** | 1.0× |\n", s, t, o, t / o }'
done

cat <<HEAD

## Holes

| input | command | seconds | peak memory |
|---|---|---|---|
HEAD
truncate -s 1T "$work/sparse"
for i in 0 1 2 3 4 5 6 7 8 9; do
    printf 'extent %d' "$i" | dd of="$work/sparse" bs=1 seek=$((i * 109951162777)) conv=notrunc status=none
done
truncate -s 8G "$work/hole"
for input in 'sparse:1 TiB with 10 extents' 'hole:8 GiB without data'; do
    for format in hexyl canonical; do
        took=$(best "$mmapctl dump $work/${input%%:*} --format $format" null)
        memory=$(/usr/bin/time -f %M "$mmapctl" dump "$work/${input%%:*}" --format $format 2>&1 >/dev/null)
        printf '| %s | `dump --format %s` | %.3f | %s KiB |\n' "${input#*:}" $format "$took" "$memory"
    done
done

cat <<HEAD

## Memory

| command | peak resident memory, including the mapped file |
|---|---|
HEAD
large=$work/random.${sizes[-1]}
for format in hexyl xxd canonical plain values raw; do
    memory=$(/usr/bin/time -f %M "$mmapctl" dump "$large" --format $format 2>&1 >/dev/null)
    printf '| `dump --format %s`, %s | %s KiB |\n' $format "${sizes[-1]}" "$memory"
done

cat <<HEAD

## Watching

The processor time of a look at a full screen, of which the panels are redrawn, and its share of one core at the default
interval of two seconds. The goal is at most 1%.

| command | screen | time of a look | share of a core |
|---|---|---|---|
HEAD
for screen in '80 24' '200 50'; do
    read -r columns lines <<<"$screen"
    looks=200
    watch="$mmapctl dump $large --panels auto --watch=10ms --count $looks"
    TERM=xterm script -qec "stty cols $columns rows $lines; /usr/bin/time -o $work/time -f '%U %S' $watch" /dev/null >/dev/null
    awk -v screen="${columns}×$lines" -v looks=$looks '{
        took = ($1 + $2) / looks
        printf "| `dump --watch` | %s | %.2f ms | **%.2f%%** |\n", screen, took * 1000, took / 2 * 100
    }' "$work/time"
done

cat <<HEAD

## Start-up

Medians of 400 runs. Lower is better.

| command | tool | tool | mmapctl | mmapctl ÷ tool | goal |
|---|---|---|---|---|---|
HEAD
startup '`mmapctl dump -n 16`' "$mmapctl dump $work/random.100M -n 16" "xxd -l 16 $work/random.100M" '≤ 1.3×'
startup '`mmapctl pagesize`' "$mmapctl pagesize" 'getconf PAGESIZE' '≤ 1.5×'
if [ -x "$static" ]; then
    startup '`mmapctl dump -n 16`, static build' "$static dump $work/random.100M -n 16" "xxd -l 16 $work/random.100M" '≤ 0.7×'
    startup '`mmapctl pagesize`, static build' "$static pagesize" 'getconf PAGESIZE' '≤ 0.7×'
fi
