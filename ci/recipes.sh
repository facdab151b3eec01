#!/usr/bin/env bash
# Checks the recipes that other distributions build from: makes the Arch package from the files of the working tree, and
# evaluates flake.nix with a stand-in for nixpkgs, which shows that it can be evaluated and that Cargo.lock is found.
#
#   ci/recipes.sh
#   CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_OPT_LEVEL=0 ci/recipes.sh    faster, to check only the recipes
#
# As root on a system with apt-get, the script installs makepkg and nix.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
exec </dev/null
# shellcheck source=ci/targets.sh
source ci/targets.sh

room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml)

arch() {
    local name=mmapctl-$version
    cp contrib/arch/PKGBUILD "$room/"
    # In place of the archive of the release.
    git ls-files -z |
        tar --create --gzip --null --files-from - --transform "s,^,$name/," --file "$room/$name.tar.gz"
    # makepkg refuses root. Without --nodeps it would need pacman.
    local user=()
    [[ $EUID != 0 ]] || user=(unshare --user --map-user=1000 --map-group=1000)
    (cd "$room" && PACMAN=true "${user[@]}" makepkg --nodeps --nocolor) || return
    tar --list --file "$room"/*.pkg.tar* | sort | tee "$room/contents"
    local file
    for file in bin/mmapctl share/man/man1/mmapctl.1.gz share/licenses/mmapctl/THIRD-PARTY-LICENSES; do
        grep -qx "usr/$file" "$room/contents" || die "the Arch package lacks $file"
    done
    grep -q "^pkgver=$version\$" contrib/arch/PKGBUILD || die "contrib/arch/PKGBUILD has another version"
}

flake() {
    nix-instantiate --eval --strict --json --expr "
        let
          lib = {
            genAttrs = names: make: builtins.listToAttrs (map (name: { inherit name; value = make name; }) names);
            importTOML = file: builtins.fromTOML (builtins.readFile file);
            licenses = { mit = 1; asl20 = 2; };
          };
          pkgs = { rustPlatform.buildRustPackage = package: package; installShellFiles = 3; };
          systems = [ \"x86_64-linux\" \"aarch64-linux\" \"x86_64-darwin\" \"aarch64-darwin\" ];
          nixpkgs = { inherit lib; legacyPackages = lib.genAttrs systems (system: pkgs); };
          package = ((import $PWD/flake.nix).outputs { self = 4; inherit nixpkgs; }).packages.x86_64-linux.default;
        in
        builtins.pathExists package.cargoLock.lockFile && package.pname + package.version == \"mmapctl$version\"
    " | grep -qx true
}

if command -v makepkg >/dev/null || install makepkg fakeroot libarchive-tools zstd; then
    say "contrib/arch/PKGBUILD"
    arch
else
    skip "contrib/arch/PKGBUILD: needs makepkg"
fi
if command -v nix-instantiate >/dev/null || install nix-bin; then
    say "flake.nix"
    flake || die "flake.nix cannot be evaluated"
else
    skip "flake.nix: needs nix"
fi
say "passed"
