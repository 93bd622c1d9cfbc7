#!/usr/bin/env bash
# Prints what the changelog says of a version, as the notes of its release. It fails if
# there is no such version, or nothing below its heading, or if it is still unreleased.
set -euo pipefail

if [ $# -lt 1 ] || [ $# -gt 2 ]; then
    echo "usage: scripts/notes.sh VERSION [CHANGELOG]" >&2
    exit 2
fi
changelog=${2:-$(dirname "$0")/../CHANGELOG.md}
heading=$(awk -v version="$1" '$1 == "##" && $2 == version { print; exit }' "$changelog")
if [ -z "$heading" ] || [[ $heading == *"(Unreleased)"* ]]; then
    echo "The changelog has no heading '## $1 (<date>)': move the unreleased one to the version first." >&2
    exit 1
fi
notes=$(awk -v version="$1" '$1 == "##" { in_it = $2 == version; next } in_it' "$changelog")
if [ -z "${notes//[[:space:]]/}" ]; then
    echo "The changelog says nothing of $1." >&2
    exit 1
fi
printf '%s\n' "$notes"
