#!/usr/bin/env bash
# Formats the examples and writes docs/ from the provider's schema.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/env.sh

cli=$(find_cli)
"$cli" fmt -recursive examples >/dev/null
tfplugindocs=$(scripts/tool.sh tfplugindocs)
"$tfplugindocs" generate --provider-name helvetisafe
"$tfplugindocs" validate --provider-name helvetisafe
