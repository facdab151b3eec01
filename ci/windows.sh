#!/usr/bin/env bash
# Builds the program for Windows and tests every command of it under Wine.
#
# As root on a system with apt-get it installs what it needs: a compiler where the one at hand has no
# library for Windows (see targets.sh), the linker, and Wine.
#
#   ci/windows.sh [TEST…]    only the tests whose names contain one of these
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
exec </dev/null
# shellcheck source=ci/targets.sh
source ci/targets.sh

TARGET=x86_64-pc-windows-gnu
OUT=target/windows

install gcc-mingw-w64-x86-64 wine64
prepare_target "$TARGET"

say "building for $TARGET"
export CARGO_TARGET_X86_64_PC_WINDOWS_GNU_LINKER=x86_64-w64-mingw32-gcc
"${CARGO_FOR[@]}" build "${BUILD_STD[@]}" --locked --target "$TARGET" --target-dir "$OUT"
program=$PWD/$OUT/$TARGET/debug/mmapctl.exe

# Wine 8 has no bcryptprimitives.dll, which the standard library takes its random seeds from.
# SystemFunction036 is what RtlGenRandom is called in advapi32.dll.
x86_64-w64-mingw32-gcc -shared -o "${program%/*}/bcryptprimitives.dll" -x c - -ladvapi32 <<'C'
#include <windows.h>
BOOLEAN NTAPI SystemFunction036(PVOID, ULONG);
__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE data, SIZE_T length)
{
    return SystemFunction036(data, (ULONG)length);
}
C

say "tests under Wine"
wine=$(command -v wine64 wine || true)
for place in /usr/lib/wine/wine64; do
    [[ -n $wine || ! -x $place ]] || wine=$place
done
[[ -n $wine ]] || die "no wine64 was found"
export WINE=${wine%%$'\n'*}
# A prefix of its own; nothing is shown, and nothing is said about what Wine itself lacks.
export WINEPREFIX=$PWD/$OUT/prefix WINEDEBUG=-all DISPLAY= WINEDLLOVERRIDES='mscoree,mshtml='
MMAPCTL=$program exec ci/windows-tests.sh "$@"
