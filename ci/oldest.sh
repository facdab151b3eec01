#!/usr/bin/env bash
# Compiles the program with the oldest compiler that Cargo.toml permits (`rust-version`). rustup installs it.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
exec </dev/null
# shellcheck source=ci/targets.sh
source ci/targets.sh

version=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml)
if ! command -v rustup >/dev/null; then
    skip "the oldest compiler: needs rustup"
    exit
fi
rustup run "$version" rustc --version 2>/dev/null ||
    rustup toolchain install "$version" --profile minimal --no-self-update
cargo "+$version" check --locked --bins --target-dir target/oldest
say "passed: Rust $version compiles the program"
