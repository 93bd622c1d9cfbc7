#!/usr/bin/env bash
# Compares the provider with what people use today, and writes benchmarks.
# Only Go and a CLI are needed: whatever else is missing is left out.
#
#   RANDOM_PROVIDER    directory with a terraform-provider-random
#   EXTERNAL_PROVIDER  directory with a terraform-provider-external
#   VAULT_PROVIDER     directory with a terraform-provider-vault, which needs
#   VAULT_SERVER       the binary of HashiCorp's Vault
#   PEERS              which versions these are, for the text: "random 3.9.0, vault …"
#   TERRAFORM          the Terraform to measure with (the one on PATH)
#   RUNS               how often each is measured (3; 1 with WEIGH)
#   MANY               how many secrets are measured once, with OpenTofu (10000; 0 for none)
#   WEIGH              if set: only what each part of a secret's state costs, into
#                      benchmarks/weights.md (about 20 s for each of some 20 rows and runs)
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/env.sh

go build -trimpath -o bin/bench ./internal/bench
go build -trimpath -ldflags "-s -w" -o bin/bench-first ./internal/bench/first

runs=${RUNS:-3}
[ -z "${WEIGH:-}" ] || runs=${RUNS:-1}
args=(-runs "$runs" -many "${MANY:-10000}")
[ -z "${RANDOM_PROVIDER:-}" ] || args+=(-random "$RANDOM_PROVIDER")
[ -z "${EXTERNAL_PROVIDER:-}" ] || args+=(-external "$EXTERNAL_PROVIDER")
[ -z "${VAULT_PROVIDER:-}" ] || args+=(-vault-provider "$VAULT_PROVIDER" -vault-server "$VAULT_SERVER")
[ -z "${PEERS:-}" ] || args+=(-peers "$PEERS")
if terraform=$(command -v "${TERRAFORM:-terraform}"); then
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

if [ -n "${WEIGH:-}" ]; then
    bin/bench "${args[@]}" -weigh
    echo "Wrote benchmarks/weights.md."
    exit
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

benchstat=$(scripts/tool.sh benchstat)
raw=$(mktemp)
benchmarks=$(mktemp)
trap 'rm -f "$raw" "$benchmarks"' EXIT
echo "Go benchmarks, ten runs of each"
go test -run '^$' -bench . -benchmem -benchtime 300ms -count 10 ./internal/envelope ./internal/helvetisafe ./internal/provider >"$raw"
# The name of a column is the file's, which says nothing here.
"$benchstat" this="$raw" | tee "$benchmarks"
bin/bench "${args[@]}" -go-benchmarks "$benchmarks"
echo "Wrote benchmarks/README.md and benchmarks/benchmarks.svg."
