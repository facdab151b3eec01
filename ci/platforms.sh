#!/usr/bin/env bash
# Checks that the program compiles without warnings, including those of clippy, for other platforms. It also generates
# code for targets whose assembly in the fault guard is not assembled otherwise. Nothing is linked.
#
#   ci/platforms.sh [TARGET…]
#   MMAPCTL_BUILD_STD=1 ci/platforms.sh    always build the standard library from source
#   MMAPCTL_SECONDS=N ci/platforms.sh      start no target after N seconds
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
exec </dev/null
# shellcheck source=ci/targets.sh
source ci/targets.sh

TARGETS=(
    aarch64-apple-darwin
    x86_64-unknown-freebsd
    x86_64-pc-windows-gnu
    x86_64-unknown-linux-musl
    i686-unknown-linux-gnu
)
[[ $# == 0 ]] || TARGETS=("$@")
ASSEMBLED=" aarch64-apple-darwin "
passed=0 failed=()

on_target() {
    local subcommand=$1
    shift
    "${CARGO_FOR[@]}" "$subcommand" "${BUILD_STD[@]}" --quiet --locked --target "$target" "$@"
}

check() {
    on_target clippy --lib --bins -- -D warnings || return
    [[ $ASSEMBLED != *" $target "* ]] || on_target build --lib
}

for target in "${TARGETS[@]}"; do
    if ((SECONDS >= ${MMAPCTL_SECONDS:-86400})); then
        skip "clippy for $target: no time left"
        continue
    fi
    if ! prepare_target "$target"; then
        missing "clippy for $target" "a compiler for it"
        continue
    fi
    say "clippy for $target${BUILD_STD:+, with a standard library built from source}"
    before=$SECONDS
    if check; then
        printf '(%d s)\n' $((SECONDS - before))
        passed=$((passed + 1))
    else
        failed+=("$target")
    fi
done

printf '%d passed, %d failed\n' "$passed" ${#failed[@]}
[[ ${#failed[@]} == 0 ]] || die "failed: ${failed[*]}"
