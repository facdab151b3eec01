#!/usr/bin/env bash
# Checks that the program compiles, without warnings and clippy's either, on the platforms where this
# machine cannot run it.
#
#   ci/platforms.sh [TARGET…]
#   MMAPCTL_BUILD_STD=1 ci/platforms.sh    with a standard library built from source for every target
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
failed=()

for target in "${TARGETS[@]}"; do
    prepare_target "$target"
    say "clippy for $target${BUILD_STD:+, with a standard library built from source}"
    "${CARGO_FOR[@]}" clippy "${BUILD_STD[@]}" --locked --lib --bins --target "$target" \
        --target-dir target/platforms -- -D warnings || failed+=("$target")
done

printf '%d passed, %d failed\n' $((${#TARGETS[@]} - ${#failed[@]})) ${#failed[@]}
[[ ${#failed[@]} == 0 ]] || die "failed: ${failed[*]}"
