# Sourced by the other scripts here: the environment of cli.sh, without any of the
# provider's variables. A variable of the user's would choose another server, another
# auth mode or another log level than the one that a test is about.
. scripts/cli.sh
unset ${!HELVETISAFE_@}

# write_tfrc prints a CLI configuration that takes the provider from directory
# $1, for Terraform and OpenTofu alike.
write_tfrc() {
    cat <<TFRC
provider_installation {
  dev_overrides {
    "registry.terraform.io/helvetisafe/helvetisafe" = "$1"
    "registry.opentofu.org/helvetisafe/helvetisafe" = "$1"
  }
  direct {}
}
TFRC
}
