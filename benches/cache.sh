#!/usr/bin/env bash
# Compares `mmapctl warm` and `evict` with tools that do the same, and prints a table:
#
#     benches/cache.sh [SIZE] [ROUNDS]        (default: 2G and 7)
#
# Needs vmtouch and hyperfine on PATH, and SIZE of free space in $TMPDIR, which must be on a disk; pagers (a crate)
# takes part if it is on PATH. The tools take turns, so other load on the machine affects all of them. After each run,
# another program checks the result.
set -euo pipefail
cd "$(dirname "$0")/.."

size=${1:-2G}
rounds=${2:-7}
for tool in vmtouch hyperfine; do
    command -v "$tool" >/dev/null || { echo "missing: $tool" >&2; exit 1; }
done
cargo build --release --locked --quiet
mmapctl=$PWD/target/release/mmapctl
# The static build (ci/static.sh) takes part if it exists: it starts faster, which matters in short runs.
static=$PWD/target/static/$(uname -m)-unknown-linux-musl/release/mmapctl
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
file=$work/file
head -c "$size" /dev/urandom >"$file"
sync "$file"
pages=$(($(stat -c %s "$file") / $(getconf PAGESIZE)))

resident() { # the program that counts
    case $1 in
        vmtouch) vmtouch "$file" | awk '/Resident Pages/ { split($3, n, "/"); print n[1] }' ;;
        mmapctl) "$mmapctl" map "$file" --json | sed 's/.*"residency":{[^}]*"resident":\([0-9]*\).*/\1/' ;;
    esac
}
make_cold() { vmtouch -qe "$file" >/dev/null; }
make_warm() { cat "$file" >/dev/null; }

ours="$mmapctl warm $file"
declare -A times

# Runs a command, records its time under a name, and checks how much of the file is resident afterwards.
run() { # name, pages expected, command
    local judge=mmapctl found took
    hyperfine -N --style none --runs 1 --export-json "$work/time" "$3" >"$work/log" 2>&1 || {
        cat "$work/log" >&2
        exit 1
    }
    took=$(sed -n 's/.*"mean": \([0-9.e-]*\),.*/\1/p' "$work/time")
    case $3 in *mmapctl*) judge=vmtouch ;; esac
    found=$(resident $judge)
    # The kernel may reclaim pages at any moment, so missing pages are not an error.
    if [ "$found" != "$2" ]; then
        echo "$3: $found resident pages instead of $2, according to $judge" >&2
        [ "$2" != 0 ] || exit 1
    fi
    times[$1]+="$took "
}

tools=('ours' 'cat' 'vmtouch')
commands=("$ours" "cat $file" "vmtouch -t $file")
if command -v pagers >/dev/null; then
    tools+=('pagers')
    commands+=("pagers touch $file")
fi

if [ -x "$static" ]; then
    tools+=('static')
    commands+=("$static warm $file")
fi

for round in $(seq "$rounds"); do
    for i in "${!tools[@]}"; do
        # Each tool goes first in turn.
        i=$(((i + round) % ${#tools[@]}))
        make_cold
        run "cold ${tools[i]}" "$pages" "${commands[i]}"
        make_warm
        run "resident ${tools[i]}" "$pages" "${commands[i]}"
    done
    make_warm
    run 'evict ours' 0 "$mmapctl evict $file"
    make_warm
    run 'evict vmtouch' 0 "vmtouch -e $file"
    [ ! -x "$static" ] || {
        make_warm
        run 'evict static' 0 "$static evict $file"
    }
done

best() { tr ' ' '\n' <<<"${times[$1]}" | sort -g | awk 'NF' | head -n 1; }
median() { tr ' ' '\n' <<<"${times[$1]}" | sort -g | awk 'NF { t[NR] = $1 } END { print t[NR - int(NR / 2)] }'; }

row() { # case, ours, peer's name, peer's command, goal
    awk -v what="$1" -v peer="$4" -v goal="$5" \
        -v o="$(best "$2")" -v t="$(best "$3")" -v om="$(median "$2")" -v tm="$(median "$3")" 'BEGIN {
            printf "| %s | `%s` | %.4f (%.4f) | %.4f (%.4f) | **%.2f×** (%.2f×) | %s |\n",
                what, peer, t, tm, o, om, t / o, tm / om, goal }'
}

cat <<HEAD
# Results of benches/cache.sh

One file of $size on $(findmnt -no FSTYPE -T "$work"), $(nproc) cores, Linux $(uname -r), $(date +%Y-%m-%d). Times are the best of $rounds rounds,
with the median in parentheses. The tools take turns. A ratio above 1 means that mmapctl is faster.

| case | tool | tool, s | mmapctl, s | ratio | goal |
|---|---|---|---|---|---|
HEAD
row 'warm, cold file' 'cold ours' 'cold cat' 'cat >/dev/null' '≥ 1.0×'
row 'warm, cold file' 'cold ours' 'cold vmtouch' 'vmtouch -t' '≥ 1.0×'
[ -z "${times[cold pagers]:-}" ] || row 'warm, cold file' 'cold ours' 'cold pagers' 'pagers touch' '≥ 1.0×'
row 'warm, resident file' 'resident ours' 'resident cat' 'cat >/dev/null' ''
row 'warm, resident file' 'resident ours' 'resident vmtouch' 'vmtouch -t' '≥ 10×'
[ -z "${times[resident pagers]:-}" ] || row 'warm, resident file' 'resident ours' 'resident pagers' 'pagers touch' ''
[ ! -x "$static" ] || row 'warm, resident file, static build' 'resident static' 'resident vmtouch' 'vmtouch -t' '≥ 10×'
row 'evict' 'evict ours' 'evict vmtouch' 'vmtouch -e' '≥ 1.0×'
[ ! -x "$static" ] || row 'evict, static build' 'evict static' 'evict vmtouch' 'vmtouch -e' '≥ 1.0×'
