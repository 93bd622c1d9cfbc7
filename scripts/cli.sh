# Sourced by the other scripts here: finds a Terraform or OpenTofu CLI, and gives it a
# clean environment. Works with the bash 3.2 of macOS.

cli_wanted=${TF_ACC_TERRAFORM_PATH:-}
unset ${!TF_@}
export TF_CLI_CONFIG_FILE=/dev/null
export CHECKPOINT_DISABLE=1
export TF_IN_AUTOMATION=1

# find_cli prints the path of the CLI to use: the one that TF_ACC_TERRAFORM_PATH
# named, else terraform, else tofu, else the OpenTofu that 'make tofu' has built.
# If there is none, it says what to install.
find_cli() {
    local name
    for name in "$cli_wanted" terraform tofu "$PWD/tools/bin/tofu"; do
        if [ -n "$name" ] && command -v "$name"; then
            return 0
        fi
    done
    echo "No terraform and no tofu on PATH. Install Terraform 1.11 or newer" \
        "(https://developer.hashicorp.com/terraform/install) or OpenTofu 1.11 or newer" \
        "(https://opentofu.org/docs/intro/install), or run 'make tofu', which builds OpenTofu into tools/bin." >&2
    return 1
}

# is_tofu tells whether the CLI at path $1 is OpenTofu. It doesn't go by the file's name.
is_tofu() {
    case "$("$1" version 2>/dev/null | head -n 1)" in
    OpenTofu*) return 0 ;;
    *) return 1 ;;
    esac
}
