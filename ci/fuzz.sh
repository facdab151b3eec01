#!/usr/bin/env bash
# Runs the fuzz targets one after the other: ci/campaign.sh fuzz [SECONDS] [TARGET...]
#
# Each target uses this number of seconds of processor time (default: 300), so a busy machine does not shorten the test.
# Prints the executions, and fails if an input fails; it is then in fuzz/artifacts. Needs cargo-fuzz, and uses a nightly
# toolchain if there is one.
#
# Inputs that reach new code are kept in fuzz/target/corpus and used again. To commit them, minimise them, and move the
# result to fuzz/corpus/TARGET:
#
#   cargo +nightly fuzz run --sanitizer none TARGET EMPTY_DIRECTORY fuzz/corpus/TARGET fuzz/target/corpus/TARGET -- -merge=1
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
exec </dev/null

seconds=300
if [[ ${1:-} == [0-9]* ]]; then
    seconds=$1
    shift
fi
targets=("$@")
[[ $# -gt 0 ]] || mapfile -t targets < <(sed -nE 's/^name = "([a-z_]+)"$/\1/p' fuzz/Cargo.toml)

# The stable compiler has the same instrumentation, behind a switch.
toolchain=()
if rustup run nightly rustc --version >/dev/null 2>&1; then
    toolchain=(+nightly)
else
    export RUSTC_BOOTSTRAP=1
fi
# Nearly all of the code is safe, and the guard against faults needs the signals that sanitizers take.
build=(--sanitizer none)
cargo "${toolchain[@]}" fuzz build "${build[@]}"
host=$(rustc -vV | sed -n 's/^host: //p')

# Memory is faster than a disk, for targets that need a file.
[[ ! -w /dev/shm ]] || export TMPDIR=/dev/shm
TIMEFORMAT='%3U %3S'

# Runs a target until its processor time is used. Prints the executions. Fails if an input fails.
fuzz() {
    local target=$1 log=fuzz/target/$1.log found=fuzz/target/corpus/$1 executed=0 status=0 round user system
    local used=0 limit=$((1000 * seconds)) # milliseconds, because a round on a busy machine may use less than a second
    mkdir -p "$found" "fuzz/artifacts/$target"
    : >"$log"
    while [[ $status == 0 ]] && ((used < limit)); do
        # The fuzzer itself only limits the elapsed time.
        { time "fuzz/target/$host/release/$target" "$found" "fuzz/corpus/$target" -print_final_stats=1 -timeout=20 \
            -artifact_prefix="fuzz/artifacts/$target/" -max_total_time=$(((limit - used + 999) / 1000)) >"$log.round" 2>&1 ||
            status=$?; } 2>"$log.time"
        read -r user system <"$log.time"
        round=$(sed -nE 's/^stat::number_of_executed_units: +//p' "$log.round")
        cat "$log.round" >>"$log"
        used=$((used + 10#${user//[.,]/} + 10#${system//[.,]/}))
        executed=$((executed + ${round:-0}))
    done
    rm -f "$log".*
    printf '%s: %s executions in %s s, %s\n' "$target" "$executed" $((used / 1000)) \
        "$([[ $status == 0 ]] && echo passed || echo FAILED)"
    [[ $status != 0 ]] || return 0
    grep -E "panicked at|SUMMARY|Test unit written|^error" -A1 "$log" || tail -5 "$log"
    return 1
}

failed=0
for target in "${targets[@]}"; do
    # A finding must not end the others.
    fuzz "$target" || failed=$((failed + 1))
done
printf '%d passed, %d failed\n' $((${#targets[@]} - failed)) "$failed"
exit $((failed > 0))
