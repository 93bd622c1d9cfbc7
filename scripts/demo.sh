#!/usr/bin/env bash
# A write-only and a generated secret through the real CLI, from nothing to destroy,
# against the development server. `make demo` builds what this needs.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/env.sh

root=$PWD
cli=$(find_cli)
name=$(basename "$cli")
work=$(mktemp -d)
server_pid=
step="starting"
finished=

# Colours are for a terminal, not for a file or a CI log.
bold= plain=
if [ -t 1 ] && [ -z "${NO_COLOR:-}" ] && [ "${TERM:-dumb}" != dumb ]; then
    bold=$(printf '\033[1;36m') plain=$(printf '\033[0m')
fi

say() {
    step=$1
    printf '\n%s== %s%s\n' "$bold" "$1" "$plain"
}

stop_server() {
    if [ -n "$server_pid" ]; then
        kill "$server_pid" 2>/dev/null || true
        wait "$server_pid" 2>/dev/null || true
        server_pid=
    fi
}

clean_up() {
    if [ -z "$finished" ]; then
        printf '\nThe demo FAILED while: %s\n' "$step" >&2
        sed 's/^/devserver: /' "$work/server.err" >&2 2>/dev/null || true
    fi
    stop_server
    rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 130' INT TERM

die() {
    echo "$1" >&2
    exit 1
}

# run shows a command as you would type it, and runs it. It leaves out the CLI's warning
# about development overrides, which comes with every command.
run() {
    printf '\n%s$ %s %s%s\n' "$bold" "$name" "$*" "$plain"
    "$cli" "$1" -no-color "${@:2}" 2>&1 | awk '
        /^Warning: Provider development overrides/ { noise = 1 }
        !noise && (NF || !blank) { print; blank = !NF }
        noise && /releases\.$/ { noise = 0 }'
}

# holds_value searches files for the present value.
holds_value() { grep -qF -- "$value" "$@"; }

say "starting a development server on a free port: HelvetiSafe's API in memory, made-up keys"
bin/devserver -addr 127.0.0.1:0 -data "$work/vault.json" -print-env "$work/env" >/dev/null 2>"$work/server.err" &
server_pid=$!
tries=0
until [ -e "$work/env" ]; do
    kill -0 "$server_pid" 2>/dev/null || die "the development server ended"
    tries=$((tries + 1))
    [ "$tries" -lt 300 ] || die "the development server is not ready after 30 s"
    sleep 0.1
done
. "$work/env"
echo "It listens on $HELVETISAFE_BASE_URL and keeps what it is sent in one file, vault.json."

write_tfrc "$root/bin" >"$work/dev.tfrc"
export TF_CLI_CONFIG_FILE="$work/dev.tfrc"
cp -R examples/demo/write examples/demo/read "$work"

value='correct horse battery staple'
export TF_VAR_password=$value

say "creating a write-only secret, and one that the provider generates, as a service account with client credentials and a private key in a file"
cd "$work/write"
sed -n '/^resource/,/^}/p' main.tf
run plan -out=saved.tfplan
run apply saved.tfplan

say "looking for the value in the saved plan and in the state"
"$cli" show -json saved.tfplan >plan.json 2>/dev/null
grep -q '"value_wo"' plan.json || die "the saved plan can't be read"
if holds_value plan.json terraform.tfstate; then
    die "the plan or the state holds the value"
fi
sed -n '/^            "key": /p; /^            "value": /p; /^            "value_wo": /p' terraform.tfstate
echo "The value is '$value', and neither the plan nor the state holds it."

say "looking at what the server holds of it"
cat "$work/vault.json"
if holds_value "$work/vault.json"; then
    die "the server's file holds the value itself"
fi
echo "The value is '$value'; the server has its ciphertext, and no key to open it."

say "planning again with the same value: nothing to do"
run plan -detailed-exitcode

say "changing the value: the provider notices without having kept the old one"
value='Tr0ub4dor&3'
export TF_VAR_password=$value
run apply -auto-approve

say "planning again: nothing to do"
run plan -detailed-exitcode

say "reading it from another configuration, with an API token and a password, while that runs and no longer"
cd "$work/read"
sed -n '/^ephemeral/,/^}/p' main.tf
(
    unset HELVETISAFE_CLIENT_ID HELVETISAFE_CLIENT_SECRET HELVETISAFE_PRIVATE_KEY_PATH
    export HELVETISAFE_API_TOKEN="$DEVSERVER_API_TOKEN" HELVETISAFE_PASSWORD="$DEVSERVER_PASSWORD"
    run apply -auto-approve
)
[ "$(cat password.txt)" = "$value" ] || die "the application was given another value"
if holds_value terraform.tfstate; then
    die "the state of the reader holds the value"
fi
echo
echo "The application was given '$value', and the state of this configuration doesn't hold it either."

say "looking for the generated value: nobody typed it, and only the application was given it"
value=$(cat session_key.txt)
[ "${#value}" = 32 ] || die "the application was given no value of 32 characters"
if holds_value terraform.tfstate ../write/terraform.tfstate ../write/terraform.tfstate.backup ../write/saved.tfplan ../write/main.tf "$work/vault.json"; then
    die "the generated value is where it does not belong"
fi
(cd ../write && "$cli" state show -no-color helvetisafe_secret.session_key)
echo "The value is '$value'. No state, plan, configuration or server holds it."

say "destroying it"
cd "$work/write"
run destroy -auto-approve
if grep -q '"db_password"\|"session_key"' "$work/vault.json"; then
    die "the server still has a secret"
fi

say "stopping the server and removing everything that this demo made"
finished=yes
echo "Done in $SECONDS s. Next: README.md, 'First configuration'."
