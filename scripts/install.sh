#!/usr/bin/env bash
# Writes bin/dev.tfrc, a CLI configuration that takes the provider from bin/,
# and prints how to use it.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/env.sh

write_tfrc "$PWD/bin" >bin/dev.tfrc
cat <<TEXT
Built  $PWD/bin/terraform-provider-helvetisafe
Wrote  $PWD/bin/dev.tfrc:

$(cat bin/dev.tfrc)

Use it in any directory with a configuration that requires helvetisafe/helvetisafe:

  export TF_CLI_CONFIG_FILE="$PWD/bin/dev.tfrc"
  terraform plan        # no 'terraform init' for this provider: it would ask the registry

Or copy the provider_installation block into ~/.terraformrc (OpenTofu: ~/.tofurc).
For a vault to try it on, run $PWD/bin/devserver, which prints what to export.
TEXT
