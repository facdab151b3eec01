#!/usr/bin/env bash
# Builds the program for Linux without shared libraries, checks that it is static, tests it, and packs it with the
# manual pages and the completions into target/dist/mmapctl-VERSION-TARGET.tar.gz.
#
#   ci/static.sh [TARGET]      default: x86_64-unknown-linux-musl; also aarch64-unknown-linux-musl
#   MMAPCTL_BUILD_STD=1        always build the standard library from source
#
# If the toolchain has no library for the target, Debian's compiler and C library are used (see targets.sh). A program
# for another processor is linked by rust-lld and runs under qemu-user. As root on a system with apt-get, the script
# installs what it needs.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
exec </dev/null
# shellcheck source=ci/targets.sh
source ci/targets.sh

TARGET=${1:-x86_64-unknown-linux-musl}
OUT=target/static
processor=${TARGET%%-*}
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT

# Unpacks Debian's C library and unwinder for this architecture, without installing them.
unpack_libraries() {
    local folder=$OUT/debian-$1 apt
    [[ ! -d $folder/usr ]] || return 0
    mkdir -p "$folder/lists/partial"
    apt=(apt-get -q -o "APT::Architecture=$1" -o "APT::Architectures=$1" -o Dir::State::status=/dev/null)
    apt+=(-o "Dir::State::Lists=$PWD/$folder/lists")
    "${apt[@]}" update >/dev/null || return
    (cd "$folder" && "${apt[@]}" download musl-dev libgcc-12-dev >/dev/null) || return
    for package in "$folder"/*.deb; do dpkg-deb --extract "$package" "$folder"; done
}

if ! prepare_target "$TARGET"; then
    skip "the static program for $TARGET: no compiler for it"
    exit
fi
flags=()
if [[ $processor != "$(uname -m)" ]]; then
    flags+=(-Clinker=rust-lld)
    install qemu-user || true
fi
if [[ ${#BUILD_STD[@]} -gt 0 && $processor == "$(uname -m)" ]]; then
    # The C library, which a prebuilt standard library includes.
    install musl-tools || die "musl-tools is required"
elif [[ ${#BUILD_STD[@]} -gt 0 ]]; then
    if ! may_install apt-get || [[ $processor != aarch64 ]] || ! unpack_libraries arm64; then
        die "musl for $processor is required"
    fi
    libraries=$PWD/$OUT/debian-arm64/usr/lib
    cp "$libraries/gcc/aarch64-linux-gnu/12/libgcc_eh.a" "$libraries/aarch64-linux-musl/libunwind.a"
    flags+=("-Lnative=$libraries/aarch64-linux-musl" "-Clink-self-contained=no")
fi

say "building for $TARGET${BUILD_STD:+, with a standard library built from source}"
hide_folders "${flags[@]}"
"${CARGO_FOR[@]}" build "${BUILD_STD[@]}" --release --locked --target "$TARGET" --target-dir "$OUT"
program=$PWD/$OUT/$TARGET/release/mmapctl

say "testing $program"
file "$program" 2>/dev/null || true
if readelf -lW "$program" | grep -q INTERP || readelf -dW "$program" 2>/dev/null | grep -q NEEDED; then
    readelf -dW "$program" | grep NEEDED || true
    die "$program is not static"
fi
if [[ $processor == "$(uname -m)" ]]; then
    cp "$program" "$room/"
else
    command -v "qemu-$processor" >/dev/null || die "$program is static, but this machine cannot run it"
    printf '#!/bin/sh\nexec qemu-%s "%s" "$@"\n' "$processor" "$program" >"$room/mmapctl"
    chmod +x "$room/mmapctl"
fi
ci/smoke.sh "$room/mmapctl"
if [[ $EUID == 0 && $processor == "$(uname -m)" ]]; then
    # In a directory without libraries.
    chroot "$room" /mmapctl pagesize >/dev/null
fi

name=mmapctl-$("$room/mmapctl" --version | cut -d ' ' -f 2)-$TARGET
mkdir -p target/dist "$room/$name"
cp -R man completions README.md CHANGELOG.md LICENSE-APACHE LICENSE-MIT THIRD-PARTY-LICENSES "$program" "$room/$name/"
# The same files make the same archive.
tar --create --sort=name --owner=0 --group=0 --numeric-owner --mtime=@0 --mode=u=rwX,go=rX \
    --directory "$room" "$name" | gzip --no-name >"target/dist/$name.tar.gz"
say "passed: target/dist/$name.tar.gz, with a static program of $(stat -c %s "$program") bytes"
