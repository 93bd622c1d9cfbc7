# Sourced by the scripts beside it: the environment of cli.sh, without any of the
# provider's variables. One of the user's would choose another server, another auth
# mode or another log level than the one a test is about.
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
