#!/usr/bin/env bash
# Builds the Debian package and tests it: lintian accepts it, it installs and works, and removing it leaves no files.
#
#   ci/deb.sh [FILE.deb]       test this package instead of building one
#
# Needs cargo-deb, and root on Debian or a derivative. The system is not changed: the test runs in a temporary overlay
# of it.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
exec </dev/null
# shellcheck source=ci/targets.sh
source ci/targets.sh

package=${1:-}
if [[ $EUID != 0 ]] || ! command -v dpkg >/dev/null; then
    skip "the Debian package: needs root on Debian or a derivative"
    exit
fi
if [[ -z $package ]]; then
    if ! command -v cargo-deb >/dev/null; then
        skip "the Debian package: cargo-deb is not installed (cargo install cargo-deb)"
        exit
    fi
    say "cargo deb"
    hide_folders
    package=$(cargo deb --locked --quiet)
fi
package=$(realpath "$package")
install lintian || true

say "lintian $package"
if command -v lintian >/dev/null; then
    lintian --allow-root --fail-on error,warning "$package" || die "lintian reported problems"
fi

say "installing, testing and removing it"
room=$(mktemp -d)
trap 'rmdir "$room"' EXIT
unshare --mount bash -euo pipefail -s "$package" "$room" <<'INSIDE'
package=$1 room=$2
mount -t tmpfs tmpfs "$room"
mkdir "$room"/{upper,work,root}
mount -t overlay -o "lowerdir=/,upperdir=$room/upper,workdir=$room/work" overlay "$room/root"
for place in dev proc sys; do mount --rbind "/$place" "$room/root/$place"; done
cp "$package" "$room/root/mmapctl.deb"
chroot "$room/root" bash -euo pipefail <<'TRY' >/dev/null
cd /
listed() { find /usr /etc /var/lib/dpkg/info -xdev | grep -v '/man/index\.db' | sort; }
dpkg --purge mmapctl >/dev/null 2>&1
listed >before
dpkg -i mmapctl.deb
[[ $(mmapctl --version) == "mmapctl "* ]]
[[ $(mmapctl pagesize) == "$(getconf PAGESIZE)" ]]
echo hello >file
[[ $(mmapctl dump file --format plain) == 68656c6c6f0a ]]
mmapctl warm file
! command -v man >/dev/null || man -w mmapctl-advise >/dev/null
bash -c 'source /usr/share/bash-completion/completions/mmapctl; complete -p mmapctl' >/dev/null
dpkg --verify mmapctl
dpkg -r mmapctl
listed >after
diff before after | grep -v '/var/lib/dpkg/info/mmapctl\.list$' | grep '^[<>]' && exit 1
[[ ! -e /usr/bin/mmapctl ]]
TRY
INSIDE
say "passed: $package"
