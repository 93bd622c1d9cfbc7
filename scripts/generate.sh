#!/usr/bin/env bash
# Formats the examples and writes docs/ from the provider's schema.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/env.sh

cli=$(find_cli)
"$cli" fmt -recursive examples >/dev/null
tfplugindocs=$(scripts/tool.sh tfplugindocs)
log=$(mktemp)
trap 'rm -f "$log"' EXIT
for command in generate validate; do
    "$tfplugindocs" "$command" --provider-name helvetisafe >"$log" 2>&1 || {
        cat "$log" >&2
        exit 1
    }
done
