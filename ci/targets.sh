# Functions to compile for other platforms; sourced by the scripts in this directory.
#
# If the toolchain has the target's standard library, or rustup can install it, that library is used. Otherwise
# Debian's compiler is used, whose packages include the source of the library. Cargo builds it (-Zbuild-std);
# RUSTC_BOOTSTRAP=1 permits this on a stable compiler.
#
#   MMAPCTL_BUILD_STD=1    always use Debian's compiler

# These builds are not debugged.
export CARGO_PROFILE_DEV_DEBUG=0

# The unit tests of pure code, which run on an emulated system too: the rooms that make no system call, and the parts of
# the core that only calculate.
PURE=(
    cli:: hexview:: manual:: report::
    mapping::error:: mapping::platform:: mapping::types::
    mapping::actions::advise::judge:: mapping::actions::fill::content:: mapping::actions::ring::format::
    mapping::cache::snapshot::ranges:: mapping::cache::why::verdict::
    mapping::measure::proc_maps:: mapping::region::window::
)
# Tests among them that start other programs, read /proc, or take minutes there.
IMPURE=(
    hexview::tests::peers:: mapping::measure::proc_maps::tests::live::
    hexview::tests::threads::threads_do_not hexview::tests::threads::a_late_failure
    hexview::tests::threads::bytes_that_are_read_later
)
# The number of random cases of a test there.
EMULATED_CASES=32

say() { printf '\n=== %s\n' "$*"; }

die() {
    printf '%s\n' "$*" >&2
    exit 1
}

# Reports a skipped step. .ci/run counts the lines in $MMAPCTL_SKIPS.
skip() {
    printf 'skipped: %s\n' "$*" | tee -a "${MMAPCTL_SKIPS:-/dev/null}"
}

# Reports a missing requirement of a step: an error as root, who could install it, and in CI; a skip otherwise.
missing() {
    [[ $EUID != 0 && ${CI:-} != true ]] || die "$1: needs $2, which could not be installed"
    skip "$1: needs $2"
}

# Whether this user may install packages and has the given installer.
may_install() {
    [[ $EUID == 0 ]] && command -v "$1" >/dev/null
}

# Installs the packages that are missing; fails if it cannot.
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

# Makes the program independent of the folders of this machine: replaces those of the project, of the crates and of the
# standard library in the names of source files that panics report. The same toolchain then builds the same program
# everywhere. The arguments are further flags of rustc. The variable overrides RUSTFLAGS.
hide_folders() {
    local crates=${CARGO_HOME:-$HOME/.cargo}/registry/src
    local library
    library=$(rustc --print sysroot)/lib/rustlib/src/rust
    local commit pair
    commit=$(rustc --version --verbose | sed -n 's/^commit-hash: //p')
    local flags=("$@")
    for pair in "$PWD=/mmapctl" "$crates=/crates" "$library=/rustc/$commit"; do
        flags+=("--remap-path-prefix=$pair")
    done
    CARGO_ENCODED_RUSTFLAGS=$(printf '%s\x1f' "${flags[@]}")
    export CARGO_ENCODED_RUSTFLAGS=${CARGO_ENCODED_RUSTFLAGS%?}
}

has_library() {
    [[ ${MMAPCTL_BUILD_STD:-} != 1 && -d $(rustc --print sysroot)/lib/rustlib/$1/lib ]]
}

# Installs a target's standard library with rustup. After a failure it does not try again.
get_library() {
    [[ ${MMAPCTL_BUILD_STD:-} != 1 && -z $unreachable ]] && may_install rustup || return 1
    say "installing the standard library for $1"
    timeout 100 rustup target add "$1" && has_library "$1" && return
    unreachable=1
    return 1
}
unreachable=

# Whether Cargo.toml permits a compiler.
is_recent() {
    local wanted found
    wanted=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml)
    found=$("$1" --version | cut -d ' ' -f 2)
    printf '%s\n' "$wanted" "$found" | sort -V -C
}

# Sets CARGO_FOR, the start of a cargo command for a target, and BUILD_STD, its options after the subcommand. $2 lists
# further parts of the standard library to build. Fails if no compiler for the target is available.
prepare_target() {
    local target=$1 parts=std,panic_abort${2:+,$2}
    if has_library "$target" || get_library "$target"; then
        CARGO_FOR=(cargo) BUILD_STD=()
        return
    fi
    install rustc-web rust-web-src rust-web-clippy && is_recent /usr/bin/rustc || return 1
    # PATH makes cargo find Debian's clippy first.
    CARGO_FOR=(env "PATH=/usr/bin:$PATH" RUSTC=/usr/bin/rustc RUSTC_BOOTSTRAP=1 "$(command -v cargo)")
    BUILD_STD=("-Zbuild-std=$parts")
}
