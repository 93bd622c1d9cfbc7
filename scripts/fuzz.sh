#!/usr/bin/env bash
# Runs every fuzz target of the module with as many inputs as the first argument
# says. A number of inputs and not a time: when a time is up, Go before 1.27 may
# report 'context deadline exceeded' as a failure of the target
# (https://go.dev/issue/75804), the more often the busier the machine is.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/env.sh
inputs=${1:?how many inputs each target gets}
log=$(mktemp)
trap 'rm -f "$log"' EXIT

targets=0
for package in $(go list ./...); do
    for target in $(go test -list '^Fuzz' "$package" | grep '^Fuzz' || true); do
        echo "fuzzing $target in $package with $inputs inputs"
        # Without a bound, the fuzzer spends up to a minute on making an interesting
        # input smaller.
        go test -run '^$' -fuzz "^$target\$" -fuzztime "${inputs}x" -fuzzminimizetime 10x "$package" >"$log" 2>&1 || {
            cat "$log"
            exit 1
        }
        targets=$((targets + 1))
    done
done
if [ "$targets" -eq 0 ]; then
    echo "no fuzz target found" >&2
    exit 1
fi
echo "$targets fuzz targets found nothing"
