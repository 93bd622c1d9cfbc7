#!/usr/bin/env bash
# Formats the examples and writes docs/ from the provider's schema, templates/
# and examples/.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/env.sh

if ! command -v terraform >/dev/null; then
    echo "The documentation is generated with Terraform, which is not on PATH. Install Terraform 1.11, whose schema output CI uses." >&2
    exit 1
fi
terraform fmt -recursive examples >/dev/null
tfplugindocs=$(scripts/tool.sh tfplugindocs)
log=$(mktemp)
trap 'rm -f "$log"' EXIT
for command in generate validate; do
    "$tfplugindocs" "$command" --provider-name helvetisafe >"$log" 2>&1 || {
        cat "$log" >&2
        exit 1
    }
done
