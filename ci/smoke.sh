#!/usr/bin/env bash
# Tests the operations of a program that depend most on the system: mapping, filling, flushing, dropping pages, and a
# file that is truncated while it is mapped. Runs on every Unix.
#
#   ci/smoke.sh PROGRAM
set -euo pipefail

program=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
cd "$room"

die() {
    printf '%s\n' "$*" >&2
    exit 1
}

expect() {
    local expected=$1 found
    shift
    found=$("$@" 2>&1) || die "$*: status $?: $found"
    [[ $found == "$expected" ]] || die "$*: expected '$expected', found '$found'"
}

expect "$(getconf PAGESIZE)" "$program" pagesize
"$program" fill data --length 1M --random=7 --verify --flush sync -q
expect 1048576 "$program" filesize data
"$program" fill data -o 510 --pattern 55aa -n 2 -q
expect 22c6b22af87755aa "$program" dump data -o 504 -n 8 --format plain
cp data copy
"$program" diff data copy -q
"$program" sync data -q
"$program" evict data -q
"$program" map data -q -- true
# Emulators do not have all ways to lock.
"$program" map data --lock -q || [[ $? == 8 ]] || die "map --lock: status $?"
"$program" mirror --anon --length 64K --verify -q
"$program" fill --tag mmapctl-smoke --length 64K --text hello -q
expect 68656c6c6f "$program" dump --tag mmapctl-smoke -n 5 --format plain
"$program" unlink mmapctl-smoke -q
# A file that is truncated while it is mapped.
"$program" map data -q -- sh -c ': >data' || die "a file truncated while it is mapped: status $?"
printf 'passed: %s\n' "$1"
