#!/usr/bin/env bash
# Builds the provider for the operating systems and word sizes that are
# released, so that a file with the wrong build constraint is found before.
set -euo pipefail
cd "$(dirname "$0")/.."

for target in linux/arm64 linux/386 darwin/arm64 windows/amd64 freebsd/amd64; do
    echo "building for $target"
    CGO_ENABLED=0 GOOS=${target%/*} GOARCH=${target#*/} go build -o /dev/null .
done
