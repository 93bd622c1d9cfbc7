#!/bin/sh
# Imports each secret that the data source lists, one after another.
set -eu
terraform apply -auto-approve -target=data.helvetisafe_secrets.vault
for key in $(terraform output -raw keys); do
    terraform import "helvetisafe_secret.vault[\"$key\"]" "data:$key"
done
