#!/usr/bin/env bash
# Builds the release in two folders, with the crates in two places. Checks that both programs are identical, and that
# they name no folder of this machine.
#
#   ci/reproducible.sh     takes as long as two release builds
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
exec </dev/null
# shellcheck source=ci/targets.sh
source ci/targets.sh

room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
cargo_home=$(realpath "${CARGO_HOME:-$HOME/.cargo}")
sysroot=$(rustc --print sysroot)
folders=("$room/one" "$room/two/of another depth")

for folder in "${folders[@]}"; do
    mkdir -p "$folder" "$folder-home"
    git ls-files -z | tar --create --null --files-from - | tar --extract --directory "$folder"
    find "$cargo_home" -mindepth 1 -maxdepth 1 ! -name bin -exec ln -s -t "$folder-home" {} +
done
programs=()
for folder in "${folders[@]}"; do
    say "building in $folder"
    (
        cd "$folder"
        export CARGO_HOME=$folder-home CARGO_TARGET_DIR=$folder/target
        hide_folders
        cargo build --release --locked
    )
    programs+=("$folder/target/release/mmapctl")
done

sha256sum "${programs[@]}"
cmp "${programs[@]}" || die "the programs differ"
for place in "$room" "$cargo_home" "$sysroot" "$PWD"; do
    ! grep --text --fixed-strings --quiet "$place" "${programs[0]}" || die "the program names $place"
done
say "passed: both programs are identical"
