#!/usr/bin/env bash
# Runs every fuzz target of the module for the time given as first argument.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/env.sh
time=${1:-20s}
log=$(mktemp)
trap 'rm -f "$log"' EXIT

targets=0
for package in $(go list ./...); do
    for target in $(go test -list '^Fuzz' "$package" | grep '^Fuzz' || true); do
        echo "fuzzing $target in $package for $time"
        # Without a bound, the fuzzer spends up to a minute of this time on making an
        # interesting input smaller.
        go test -run '^$' -fuzz "^$target\$" -fuzztime "$time" -fuzzminimizetime 10x "$package" >"$log" 2>&1 || {
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
