#!/usr/bin/env bash
# Runs go test with the arguments given, or over the whole module, in a clean
# environment: acceptance tests on, with the CLI that is on PATH (or the one
# that TF_ACC_TERRAFORM_PATH names), nothing read from the user's own
# configuration, race detector on.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/env.sh

cli=$(find_cli)
export TF_ACC=1 TF_ACC_TERRAFORM_PATH="$cli"
if is_tofu "$cli"; then
    export TF_ACC_PROVIDER_HOST=registry.opentofu.org
fi
echo "Acceptance tests run with $("$cli" version | head -n 1) ($cli)."

# The race detector links C code. A machine without a C compiler still tests
# everything else; CI may not.
race=-race
if command -v "$(go env CC | cut -d ' ' -f 1)" >/dev/null; then
    export CGO_ENABLED=1
elif [ -n "${CI:-}" ]; then
    echo "No C compiler, which the race detector needs: install one (gcc or clang)." >&2
    exit 1
else
    race=
    echo "No C compiler: tests run without the race detector."
fi

[ $# -gt 0 ] || set -- ./...
exec go run ./scripts/testsum $race -count=1 -timeout=60m "$@"
