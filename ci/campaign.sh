#!/usr/bin/env bash
# Runs a campaign: thousands of numbered test cases of one kind. CONTRIBUTING.md describes the campaigns.
#
#   ci/campaign.sh NAME [CASES] [--from N] [--seed S] [--jobs N] [--minutes N] [--case N] [--program FILE]
#   ci/campaign.sh fuzz [SECONDS] [TARGET...]
#
# Prints progress, failures, and finally a line "N passed, N failed". An interrupted run continues where it stopped
# when it is started again with the same seed. --case repeats one case. --program tests another program instead of the
# one that cargo has just built, such as the release build. --minutes ends the run (default: after an hour).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

usage() {
    sed -nE '2,/^[^#]/s/^# ?//p' "$0" >&2
    exit 2
}

[[ $# -gt 0 && $1 != -* ]] || usage
name=$1
shift
[[ $name != fuzz ]] || exec ci/fuzz.sh "$@"
if [[ $# -gt 0 && $1 != -* ]]; then
    export MMAPCTL_CAMPAIGN_CASES=$1
    shift
fi
while [[ $# -gt 0 ]]; do
    case $1 in
        --from | --seed | --jobs | --minutes | --case | --program)
            [[ $# -gt 1 ]] || usage
            option=${1#--}
            export "MMAPCTL_CAMPAIGN_${option^^}=$2"
            shift 2
            ;;
        *) usage ;;
    esac
done
[[ -f tests/campaign/$name.rs ]] || {
    echo "unknown campaign '$name'" >&2
    exit 2
}

summary=target/campaign/$name/summary
rm -f "$summary"
# Background commands of a shell ignore SIGINT. The commands under test must not.
status=0
env --default-signal cargo test --locked --test campaign -- \
    --ignored --exact --nocapture "$name::campaign" || status=$?
if [[ -f $summary ]]; then
    cat "$summary"
fi
exit "$((status != 0))"
