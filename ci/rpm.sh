#!/usr/bin/env bash
# Builds the RPM package and tests it: lists its contents, installs it into an empty folder, runs the program, and
# removes the package, which leaves no files.
#
#   ci/rpm.sh [FILE.rpm]       test this package instead of building one
#
# Needs cargo-generate-rpm, rpm, and root. As root on a system with apt-get, the script installs rpm.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
exec </dev/null
# shellcheck source=ci/targets.sh
source ci/targets.sh

package=${1:-}
if [[ $EUID != 0 ]] || { ! command -v rpm >/dev/null && ! install rpm; }; then
    skip "the RPM package: needs root and rpm"
    exit
fi
if [[ -z $package ]]; then
    if ! command -v cargo-generate-rpm >/dev/null; then
        skip "the RPM package: cargo-generate-rpm is not installed (cargo install cargo-generate-rpm)"
        exit
    fi
    say "cargo generate-rpm"
    hide_folders
    cargo build --release --locked
    rm -rf target/generate-rpm
    cargo generate-rpm
    package=$(ls target/generate-rpm/*.rpm)
fi
package=$(realpath "$package")

say "contents of $package"
rpm --query --info --list --package "$package"
printf 'requires: %s\n' "$(rpm --query --requires --package "$package" | sort -u | tr '\n' ' ')"

say "installing, testing and removing it"
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
root=(rpm --root "$room/root" --dbpath /var/lib/rpm)
mkdir -p "$room/root/var/lib/rpm"
"${root[@]}" --initdb
listed() { find "$room/root" ! -path '*/var/lib/rpm*' ! -type d | sort; }
listed >"$room/before"
# Its requirements are not in the empty folder.
"${root[@]}" --install --nodeps "$package"
"${root[@]}" --verify --nodeps mmapctl
ci/smoke.sh "$room/root/usr/bin/mmapctl"
for page in man/*; do
    [[ -e $room/root/usr/share/man/man${page##*.}/${page##*/} ]] || die "$page is missing"
done
"${root[@]}" --erase mmapctl
listed | diff "$room/before" - || die "files are left"
say "passed: $package"
