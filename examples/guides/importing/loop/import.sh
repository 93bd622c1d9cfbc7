#!/bin/sh
# Imports each secret that the data source lists, one after another.
set -eu
export LC_ALL=C
terraform apply -auto-approve -target=data.helvetisafe_secrets.vault
keys=$(terraform output -raw keys)
printf '%s\n' "$keys" | while IFS= read -r key; do
    # A key stands in an address and in an id here: nothing but what a key is made of.
    case $key in
    '' | *[!a-zA-Z0-9_]*)
        echo "A key that Terraform can't manage was left out." >&2
        continue
        ;;
    esac
    terraform import "helvetisafe_secret.vault[\"$key\"]" "data:$key" </dev/null
done
