# How to compile for another platform here; sourced by the scripts beside it.
#
# Where the toolchain at hand has the target's standard library, or rustup can get it, that is used. Where not,
# Debian's compiler is, which comes with the library's source: cargo builds that as well (-Zbuild-std), which
# RUSTC_BOOTSTRAP=1 permits on a stable compiler.
#
#   MMAPCTL_BUILD_STD=1    always the second way

# Nobody debugs what is built here.
export CARGO_PROFILE_DEV_DEBUG=0

say() { printf '\n=== %s\n' "$*"; }

die() {
    printf '%s\n' "$*" >&2
    exit 1
}

# Says that something cannot be done here; .ci/run counts the lines in the file that it names.
skip() {
    printf 'skipped: %s\n' "$*" | tee -a "${MMAPCTL_SKIPS:-/dev/null}"
}

# What a step needs cannot be had: that fails where it could have been installed, and in CI, and skips the step
# elsewhere.
missing() {
    [[ $EUID != 0 && ${CI:-} != true ]] || die "$1: needs $2, and it could not be installed"
    skip "$1: needs $2"
}

# Whether we may install anything, and have the means to.
may_install() {
    [[ $EUID == 0 ]] && command -v "$1" >/dev/null
}

# Installs those of these packages that are not installed. Fails where that cannot be done.
install() {
    local missing=() package
    for package in "$@"; do
        dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' ||
            missing+=("$package")
    done
    [[ ${#missing[@]} -gt 0 ]] || return 0
    may_install apt-get || return 1
    say "installing ${missing[*]}"
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -q >/dev/null &&
        apt-get install -q -y --no-install-recommends "${missing[@]}" >/dev/null
}

has_library() {
    [[ ${MMAPCTL_BUILD_STD:-} != 1 && -d $(rustc --print sysroot)/lib/rustlib/$1/lib ]]
}

# Gets a target's standard library for the toolchain at hand. After a failure it is not tried again.
get_library() {
    [[ ${MMAPCTL_BUILD_STD:-} != 1 && -z $unreachable ]] && may_install rustup || return 1
    say "installing the standard library for $1"
    timeout 100 rustup target add "$1" && has_library "$1" && return
    unreachable=1
    return 1
}
unreachable=

# Whether a compiler is one that Cargo.toml permits.
is_recent() {
    local wanted found
    wanted=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml)
    found=$("$1" --version | cut -d ' ' -f 2)
    printf '%s\n' "$wanted" "$found" | sort -V -C
}

# Sets CARGO_FOR, the beginning of a cargo command for a target, up to the subcommand; and BUILD_STD, what
# follows the subcommand, for which further parts of the standard library may be named. Fails where there is no
# compiler for it.
prepare_target() {
    local target=$1 parts=std,panic_abort${2:+,$2}
    if has_library "$target" || get_library "$target"; then
        CARGO_FOR=(cargo) BUILD_STD=()
        return
    fi
    install rustc-web rust-web-src rust-web-clippy && is_recent /usr/bin/rustc || return 1
    # Its clippy must be found instead of the one that belongs to the toolchain at hand.
    CARGO_FOR=(env "PATH=/usr/bin:$PATH" RUSTC=/usr/bin/rustc RUSTC_BOOTSTRAP=1 "$(command -v cargo)")
    BUILD_STD=("-Zbuild-std=$parts")
}
