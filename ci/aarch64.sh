#!/usr/bin/env bash
# Builds the unit tests for 64-bit ARM, and runs those of pure code and of the fault guard under emulation (qemu-user).
#
# As root on a system with apt-get, it installs the linker, the emulator, and a compiler if the toolchain has no library
# for this target (see targets.sh).
#
#   ci/aarch64.sh [TEST…]    run only the tests whose names contain one of these
#   MMAPCTL_BUILD_STD=1      always build the standard library from source
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
exec </dev/null
# shellcheck source=ci/targets.sh
source ci/targets.sh

TARGET=aarch64-unknown-linux-gnu

if ! install gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user || ! prepare_target "$TARGET" test; then
    missing "the unit tests on 64-bit ARM" "gcc-aarch64-linux-gnu, qemu-user and a compiler for $TARGET"
    exit
fi

# The guard is in assembly for this processor.
tests=("${PURE[@]}" mapping::region::copy:: mapping::sys::trap::)
[[ $# == 0 ]] || tests=("$@")
skipped=("${IMPURE[@]}")
# The emulator copies for process_vm_readv(2) in its own way.
skipped+=(the_kernels_copier)
# A test that starts its own program again needs an emulator that the kernel starts.
[[ -e /proc/sys/fs/binfmt_misc/qemu-aarch64 ]] ||
    skipped+=(mapping::sys::trap::signal:: hexview::tests::printer::colors_from_the_environment)

export CC_aarch64_unknown_linux_gnu=aarch64-linux-gnu-gcc
export CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER=aarch64-linux-gnu-gcc
export CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_RUNNER='qemu-aarch64 -L /usr/aarch64-linux-gnu'
export PROPTEST_CASES=$EMULATED_CASES

say "unit tests for $TARGET under qemu-user"
"${CARGO_FOR[@]}" test "${BUILD_STD[@]}" --locked --target "$TARGET" --lib -- "${skipped[@]/#/--skip=}" "${tests[@]}"
