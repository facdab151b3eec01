#!/usr/bin/env bash
# Runs the fuzz targets one after the other: ci/campaign.sh fuzz [SECONDS] [TARGET...]
#
# Each target runs for this number of seconds (default: 300). Prints the executions, and fails if an input fails; it is
# then in fuzz/artifacts. Needs cargo-fuzz, and a nightly toolchain if there is one.
#
# Inputs that reach new code are kept in fuzz/target/corpus and used again. To commit them, minimised:
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
failed=0
for target in "${targets[@]}"; do
    found=fuzz/target/corpus/$target
    log=fuzz/target/$target.log
    mkdir -p "$found" "fuzz/artifacts/$target"
    status=0
    # A finding must not end the others.
    "fuzz/target/$host/release/$target" "$found" "fuzz/corpus/$target" -artifact_prefix="fuzz/artifacts/$target/" \
        -max_total_time="$seconds" -timeout=20 -print_final_stats=1 >"$log" 2>&1 || status=$?
    runs=$(sed -nE 's/^stat::number_of_executed_units: +//p' "$log")
    printf '%s: %s executions, %s\n' "$target" "${runs:-0}" "$([[ $status == 0 ]] && echo passed || echo FAILED)"
    if [[ $status != 0 ]]; then
        grep -E "panicked at|SUMMARY|Test unit written|^error" -A1 "$log" || tail -5 "$log"
        failed=$((failed + 1))
    fi
done
printf '%d passed, %d failed\n' $((${#targets[@]} - failed)) "$failed"
exit $((failed > 0))
