#!/usr/bin/env bash
# Builds the program for Linux without shared libraries, checks that it is static, tests it, and packs it with the
# manual pages and the completions into target/dist/mmapctl-VERSION-TARGET.tar.gz.
#
#   ci/static.sh [TARGET]      default: x86_64-unknown-linux-musl; also aarch64-unknown-linux-musl
#   MMAPCTL_BUILD_STD=1        always build the standard library from source
#
# If the toolchain has no library for the target, Debian's compiler and musl-tools are used (see targets.sh). A program
# for another processor needs that library; rust-lld links it, and it runs under qemu-user. As root on a system with
# apt-get, the script installs what it needs.
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

if ! prepare_target "$TARGET"; then
    skip "the static program for $TARGET: no compiler for it"
    exit
fi
flags=()
if [[ $processor != "$(uname -m)" ]]; then
    flags+=(-Clinker=rust-lld)
    install qemu-user || true
fi
if [[ ${#BUILD_STD[@]} -gt 0 ]]; then
    [[ $processor == "$(uname -m)" ]] || die "the static program for $TARGET: needs its standard library from rustup"
    # The C library, which a prebuilt standard library includes.
    install musl-tools || die "musl-tools is required"
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
    ci/smoke.sh "$room/mmapctl"
    # In a directory without libraries.
    [[ $EUID != 0 ]] || chroot "$room" /mmapctl pagesize >/dev/null
else
    command -v "qemu-$processor" >/dev/null || die "$program is static, but this machine cannot run it"
    emulated=$PWD/$OUT/$TARGET/mmapctl
    printf '#!/bin/sh\nexec qemu-%s "%s" "$@"\n' "$processor" "$program" >"$emulated"
    chmod +x "$emulated"
    ci/smoke.sh "$emulated"
    # The tests of commands that need only system calls that the emulator has. It needs more memory than some tests
    # permit, and more threads.
    env -u CARGO_ENCODED_RUSTFLAGS "MMAPCTL_TESTED=$emulated" \
        cargo test --quiet --locked --test diff --test filesize --test golden --test pagesize -- \
        --skip memory --skip without_other_threads
fi

name=mmapctl-$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml)-$TARGET
mkdir -p target/dist "$room/$name"
cp -R man completions README.md CHANGELOG.md LICENSE-APACHE LICENSE-MIT THIRD-PARTY-LICENSES "$program" "$room/$name/"
# The same files make the same archive.
tar --create --sort=name --owner=0 --group=0 --numeric-owner --mtime=@0 --mode=u=rwX,go=rX \
    --directory "$room" "$name" | gzip --no-name >"target/dist/$name.tar.gz"
say "passed: target/dist/$name.tar.gz, with a static program of $(stat -c %s "$program") bytes"
