#!/usr/bin/env bash
# Builds the provider for the other operating systems and the other word size, so
# that a file with the wrong build constraint is found before a release. Each takes
# a minute if nothing is cached; `make release-check TARGETS=all` builds them all.
set -euo pipefail
cd "$(dirname "$0")/.."

for target in linux/386 darwin/arm64 windows/amd64; do
    echo "building for $target"
    CGO_ENABLED=0 GOOS=${target%/*} GOARCH=${target#*/} go build -o /dev/null .
done
