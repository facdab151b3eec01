#!/usr/bin/env bash
# Builds the program for Linux without shared libraries, checks that it is static, and tests the operations that
# depend most on the system.
#
#   ci/static.sh [TARGET]      default: x86_64-unknown-linux-musl
#   MMAPCTL_BUILD_STD=1        always build the standard library from source
#
# If the toolchain has no library for the target, Debian's compiler and musl-tools are used (see targets.sh). As root
# on a system with apt-get, the script installs them.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
exec </dev/null
# shellcheck source=ci/targets.sh
source ci/targets.sh

TARGET=${1:-x86_64-unknown-linux-musl}
OUT=target/static

if ! prepare_target "$TARGET"; then
    skip "the static program for $TARGET: no compiler for it"
    exit
fi
if [[ ${#BUILD_STD[@]} -gt 0 ]]; then
    # The C library, which a prebuilt standard library includes.
    install musl-tools || die "musl-tools is required"
fi

say "building for $TARGET${BUILD_STD:+, with a standard library built from source}"
"${CARGO_FOR[@]}" build "${BUILD_STD[@]}" --release --locked --target "$TARGET" --target-dir "$OUT"
program=$PWD/$OUT/$TARGET/release/mmapctl

say "testing $program"
file "$program" 2>/dev/null || true
if readelf -lW "$program" | grep -q INTERP || readelf -dW "$program" 2>/dev/null | grep -q NEEDED; then
    readelf -dW "$program" | grep NEEDED || true
    die "$program is not static"
fi
[[ $TARGET == "$(uname -m)"-* ]] || die "$program is static, but this machine cannot run it"

room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
cp "$program" "$room/"
cd "$room"
expect() {
    local expected=$1 found
    shift
    found=$("$@" 2>&1) || die "$*: status $?: $found"
    [[ $found == "$expected" ]] || die "$*: expected '$expected', found '$found'"
}
expect "$(getconf PAGESIZE)" ./mmapctl pagesize
./mmapctl fill data --length 1M --random=7 --verify --flush sync
expect 1048576 ./mmapctl filesize data
expect 22c6b22af87755aa bash -c './mmapctl fill data -o 510 --pattern 55aa -n 2 -q && ./mmapctl dump data -o 504 -n 8 --format plain'
./mmapctl evict data
./mmapctl map data --lock -- true
./mmapctl mirror --anon --length 64K --verify
./mmapctl tags --users
# A file truncated while it is mapped.
status=0
./mmapctl map data -q -- sh -c ': >data' || status=$?
[[ $status == 0 ]] || die "a file truncated while it is mapped: status $status"
if [[ $EUID == 0 ]]; then
    # In a directory without libraries.
    expect "$(getconf PAGESIZE)" chroot "$room" /mmapctl pagesize
fi
printf 'passed: %s is static, %d bytes\n' "$program" "$(stat -c %s "$program")"
