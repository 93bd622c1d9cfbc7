#!/usr/bin/env bash
# Measures the provider beside what people use today, and writes benchmarks.
# All of it may be missing but Go and a CLI: what is not at hand is left out.
#
#   RANDOM_PROVIDER    directory with a terraform-provider-random
#   EXTERNAL_PROVIDER  directory with a terraform-provider-external
#   RUNS               how often each is measured (5)
#   MANY               how many secrets are measured once, with OpenTofu (10000; 0 for none)
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/env.sh

go build -trimpath -o bin/bench ./internal/bench
go build -trimpath -ldflags "-s -w" -o bin/bench-first ./internal/bench/first

args=(-runs "${RUNS:-5}" -many "${MANY:-10000}")
[ -z "${RANDOM_PROVIDER:-}" ] || args+=(-random "$RANDOM_PROVIDER")
[ -z "${EXTERNAL_PROVIDER:-}" ] || args+=(-external "$EXTERNAL_PROVIDER")
if terraform=$(command -v terraform); then
    args+=(-terraform "$terraform")
else
    echo "No terraform on PATH: measuring with OpenTofu alone." >&2
fi
if [ -x tools/bin/tofu ]; then
    args+=(-tofu tools/bin/tofu)
elif tofu=$(command -v tofu); then
    args+=(-tofu "$tofu")
else
    echo "No OpenTofu ('make tofu' builds one): measuring with Terraform alone." >&2
fi

# The packages that the interop tests pin, in an environment that stays in bin.
venv=bin/bench-venv
requirements=internal/interop/requirements.txt
if python3 -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 10))' 2>/dev/null; then
    if ! cmp -s "$requirements" "$venv/requirements.txt"; then
        python3 -m venv --clear "$venv"
        "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r "$requirements"
        cp "$requirements" "$venv/requirements.txt"
    fi
    args+=(-python "$venv/bin/python")
else
    echo "No Python 3.10 or newer with its venv module: nothing is compared with the published client." >&2
fi

benchmarks=$(mktemp)
trap 'rm -f "$benchmarks"' EXIT
echo "Go benchmarks"
go test -run '^$' -bench . -benchmem ./internal/envelope ./internal/helvetisafe ./internal/provider |
    grep -E '^(Benchmark|pkg:)' | tee "$benchmarks"
bin/bench "${args[@]}" -go-benchmarks "$benchmarks"
echo "Wrote benchmarks/README.md and benchmarks/benchmarks.svg."
