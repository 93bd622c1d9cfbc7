#!/usr/bin/env bash
# Prepares what is in bin/ for a CLI, in two ways, and prints what each is for. With
# bin/mirror.tfrc, `init` installs the provider from bin/mirror and others from the
# registry. With bin/dev.tfrc, the CLI takes the build itself, without `init`.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/env.sh

# The version of the next release, which the examples ask for.
version=$(sed -n 's/^## \([0-9][0-9.]*\).*/\1/p' CHANGELOG.md | head -n 1)
target=$(go env GOOS)_$(go env GOARCH)
rm -rf bin/mirror
for host in registry.terraform.io registry.opentofu.org; do
    package=bin/mirror/$host/helvetisafe/helvetisafe/$version/$target
    mkdir -p "$package"
    cp bin/terraform-provider-helvetisafe "$package/terraform-provider-helvetisafe_v$version$(go env GOEXE)"
done

write_tfrc "$PWD/bin" >bin/dev.tfrc
cat >bin/mirror.tfrc <<TFRC
provider_installation {
  filesystem_mirror {
    path    = "$PWD/bin/mirror"
    include = ["registry.terraform.io/helvetisafe/helvetisafe", "registry.opentofu.org/helvetisafe/helvetisafe"]
  }
  direct {
    exclude = ["registry.terraform.io/helvetisafe/helvetisafe", "registry.opentofu.org/helvetisafe/helvetisafe"]
  }
}
TFRC
cat <<TEXT
Built  $PWD/bin/terraform-provider-helvetisafe, and installed it as version $version into $PWD/bin/mirror

To use it, alone or beside other providers, with init as for any provider:

  export TF_CLI_CONFIG_FILE="$PWD/bin/mirror.tfrc"
  terraform init

After another 'make install' remove .terraform.lock.hcl, which holds the old build's checksum, and init again.
To work on it, with each 'make build' taking effect at once, no init, and no other provider:

  export TF_CLI_CONFIG_FILE="$PWD/bin/dev.tfrc"
  terraform plan

For a vault to try it on, run $PWD/bin/devserver, which prints what to export.
TEXT
