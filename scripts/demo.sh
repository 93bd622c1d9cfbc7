#!/usr/bin/env bash
# One secret through the real CLI, from nothing to destroy, against the
# development server. `make demo` builds what this needs.
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

say() {
    step=$1
    printf '\n== %s\n' "$1"
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

# run shows a command as you would type it, and runs it. The box in which the
# CLI warns of development overrides, which every command prints, is left out.
run() {
    printf '\n$ %s %s\n' "$name" "$*"
    "$cli" "$@" -no-color 2>&1 | awk '
        /^╷/ { box = $0; inside = 1; next }
        inside { box = box "\n" $0 }
        /^╵/ { if (box !~ /development overrides/) print box; inside = 0; next }
        !inside && (NF || !blank) { print; blank = !NF }'
}

# exported prints the value of a variable in what the server said to export.
exported() {
    (
        unset "$1"
        eval "$(grep -m 1 "export $1=" "$work/server.out")"
        eval "printf %s \"\${$1}\""
    )
}

say "starting a development server on a free port: HelvetiSafe's API in memory, made-up keys"
bin/devserver -addr 127.0.0.1:0 -data "$work/vault.json" >"$work/server.out" 2>"$work/server.err" &
server_pid=$!
for _ in $(seq 100); do
    grep -q 'HELVETISAFE_PASSWORD=' "$work/server.out" && break
    kill -0 "$server_pid" 2>/dev/null || die "the development server ended"
    sleep 0.1
done
HELVETISAFE_BASE_URL=$(exported HELVETISAFE_BASE_URL)
export HELVETISAFE_BASE_URL
echo "It listens on $HELVETISAFE_BASE_URL and keeps what it is sent in one file, vault.json."

write_tfrc "$root/bin" >"$work/dev.tfrc"
export TF_CLI_CONFIG_FILE="$work/dev.tfrc"
cp -R examples/demo/write examples/demo/read "$work"

value='correct horse battery staple'
HELVETISAFE_CLIENT_ID=$(exported HELVETISAFE_CLIENT_ID)
HELVETISAFE_CLIENT_SECRET=$(exported HELVETISAFE_CLIENT_SECRET)
HELVETISAFE_PRIVATE_KEY_PATH=$(exported HELVETISAFE_PRIVATE_KEY_PATH)
export HELVETISAFE_CLIENT_ID HELVETISAFE_CLIENT_SECRET HELVETISAFE_PRIVATE_KEY_PATH
export TF_VAR_password=$value

say "creating a secret, as a service account with client credentials and a private key in a file"
cd "$work/write"
sed -n '/^resource/,/^}/p' main.tf
run apply -auto-approve

say "showing the outputs"
run output
echo
echo "$name output -raw db_password prints: $("$cli" output -raw db_password 2>/dev/null)"
[ "$("$cli" output -raw db_password 2>/dev/null)" = "$value" ] || die "the output is not the value that was written"

say "looking at what the server holds of it"
cat "$work/vault.json"
if grep -qF "$value" "$work/vault.json"; then
    die "the server's file holds the value itself"
fi
echo "The value is '$value'; the server has its ciphertext, and no key to open it."

say "planning again: nothing to do"
run plan -detailed-exitcode

say "changing the value"
value='Tr0ub4dor&3'
export TF_VAR_password=$value
run apply -auto-approve
[ "$("$cli" output -raw db_password 2>/dev/null)" = "$value" ] || die "the output is not the new value"

say "planning again: nothing to do"
run plan -detailed-exitcode

say "reading it from another configuration, with an API token and a password"
cd "$work/read"
(
    unset HELVETISAFE_CLIENT_ID HELVETISAFE_CLIENT_SECRET HELVETISAFE_PRIVATE_KEY_PATH
    HELVETISAFE_API_TOKEN=$(exported HELVETISAFE_API_TOKEN)
    HELVETISAFE_PASSWORD=$(exported HELVETISAFE_PASSWORD)
    export HELVETISAFE_API_TOKEN HELVETISAFE_PASSWORD
    run apply -auto-approve
)
read_back=$("$cli" output -raw db_password 2>/dev/null)
echo
echo "It reads: $read_back"
[ "$read_back" = "$value" ] || die "the other way in read another value"

say "destroying it"
cd "$work/write"
run destroy -auto-approve
if grep -q '"db_password"' "$work/vault.json"; then
    die "the server still has the secret"
fi

say "stopping the server and removing everything that this demo made"
finished=yes
echo "Done in $SECONDS s. Next: README.md, 'First configuration'."
