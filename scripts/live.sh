#!/usr/bin/env bash
# Runs the live command (test, sweep or report) against the vault that the
# HELVETISAFE_* variables reach, with the CLI on PATH. The variables stay, as does a
# proxy's; the command says which are missing.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/cli.sh

case "${1:-}" in
test) set -- test -cli "$(find_cli)" -provider bin ;;
sweep) set -- sweep ${SWEEP_OLDER_THAN:+-older-than "$SWEEP_OLDER_THAN"} ;;
report) set -- report ${OUT:+-out "$OUT"} ;;
*)
    echo "usage: scripts/live.sh test|sweep|report" >&2
    exit 2
    ;;
esac
go build -trimpath -o bin/live ./internal/live/cmd/live
# In the shell's place, so that Ctrl-C reaches it, and it cleans up.
exec bin/live "$@"
