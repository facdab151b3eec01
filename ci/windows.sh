#!/usr/bin/env bash
# Builds the program for Windows and tests every command under Wine, and runs the unit tests of pure code there.
#
# As root on a system with apt-get, it installs the linker, Wine, and a compiler if the toolchain has no library for
# Windows (see targets.sh).
#
#   ci/windows.sh [TEST…]    run only the tests whose names contain one of these
#   MMAPCTL_BUILD_STD=1      always build the standard library from source
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
exec </dev/null
# shellcheck source=ci/targets.sh
source ci/targets.sh

TARGET=x86_64-pc-windows-gnu
OUT=target/windows

if ! install gcc-mingw-w64-x86-64 wine64 || ! prepare_target "$TARGET" test; then
    missing "the tests on Windows" "gcc-mingw-w64-x86-64, wine64 and a compiler for $TARGET"
    exit
fi

find_wine() {
    local place
    for place in wine64 wine /usr/lib/wine/wine64; do
        command -v "$place" && return
    done
    die "wine64 not found"
}
wine=$(find_wine)

export CARGO_TARGET_X86_64_PC_WINDOWS_GNU_LINKER=x86_64-w64-mingw32-gcc
export CARGO_TARGET_X86_64_PC_WINDOWS_GNU_RUNNER=$wine
# A separate prefix, without windows and without Wine's own warnings.
export WINEPREFIX=$PWD/$OUT/prefix WINEDEBUG=-all DISPLAY='' WINEDLLOVERRIDES='mscoree,mshtml='
export MMAPCTL_UNDER_WINE=1

say "preparing Wine"
mkdir -p "$OUT"
[[ -d $WINEPREFIX ]] || "$wine" wineboot -i >/dev/null 2>&1
# Wine 8 has no bcryptprimitives.dll, which the standard library needs for random seeds. advapi32.dll exports
# RtlGenRandom as SystemFunction036.
x86_64-w64-mingw32-gcc -shared -o "$WINEPREFIX/drive_c/windows/system32/bcryptprimitives.dll" \
    -x c - -ladvapi32 <<'C'
#include <windows.h>
BOOLEAN NTAPI SystemFunction036(PVOID, ULONG);
__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE data, SIZE_T length)
{
    return SystemFunction036(data, (ULONG)length);
}
C

# A file with a hole on a full file system, for accesses that fail.
disk=
cleanup() {
    [[ -z $disk ]] || { umount "$disk" && rmdir "$disk"; } || true
}
trap cleanup EXIT
disk=$(mktemp -d)
if mount -t tmpfs -o size=64k tmpfs "$disk" 2>/dev/null; then
    truncate -s 128K "$disk/sparse"
    head -c 1M /dev/zero >"$disk/ballast" 2>/dev/null || true
    export MMAPCTL_FULL_DISK=$disk
else
    rmdir "$disk"
    disk=
fi

test=("${CARGO_FOR[@]}" test "${BUILD_STD[@]}" --locked --target "$TARGET")
log=$OUT/tests.log
status=0

say "tests for $TARGET under Wine"
"${test[@]}" --test windows -- --skip console:: "$@" 2>&1 | tee "$log" || status=$?

# The rest of the core is tested by the commands above. Its unit tests observe Linux.
if [[ $# == 0 ]]; then
    say "unit tests of pure code"
    PROPTEST_CASES=$EMULATED_CASES "${test[@]}" --lib -- "${IMPURE[@]/#/--skip=}" "${PURE[@]}" 2>&1 |
        tee -a "$log" || status=$?
fi

# Wine provides a console, and so Ctrl-C, only when it is started on a terminal.
if [[ $# == 0 ]] && command -v script >/dev/null; then
    say "tests on a console"
    SHELL=/bin/bash script -qec "$(printf '%q ' "${test[@]}" --test windows -- console::) >$OUT/console.log 2>&1" \
        /dev/null || status=$?
    tee -a "$log" <"$OUT/console.log"
elif [[ $# == 0 ]]; then
    missing "the tests on a console" "script (bsdutils)"
fi

grep '^skipped: ' "$log" >>"${MMAPCTL_SKIPS:-/dev/null}" || true
awk '/^test result:/ { passed += $4; failed += $6 }
     END { printf "%d passed, %d failed\n", passed, failed; exit !passed }' "$log" || status=1
exit "$status"
