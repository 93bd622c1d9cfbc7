#!/usr/bin/env bash
# Prints the path of a development tool at the version that this project uses. If the
# tool is neither in tools/bin nor on PATH, the script first installs it into tools/bin.
set -euo pipefail
cd "$(dirname "$0")/.."

case "${1:-}" in
golangci-lint) package=github.com/golangci/golangci-lint/v2/cmd/golangci-lint version=v2.15.0 ;;
tfplugindocs) package=github.com/hashicorp/terraform-plugin-docs/cmd/tfplugindocs version=v0.25.0 ;;
goreleaser) package=github.com/goreleaser/goreleaser/v2 version=v2.16.0 ;;
govulncheck) package=golang.org/x/vuln/cmd/govulncheck version=v1.9.0 ;;
cyclonedx-gomod) package=github.com/CycloneDX/cyclonedx-gomod/cmd/cyclonedx-gomod version=v1.10.0 ;;
benchstat) package=golang.org/x/perf/cmd/benchstat version=v0.0.0-20260908200009-22c9c6c9d4da ;;
actionlint) package=github.com/rhysd/actionlint/cmd/actionlint version=v1.7.12 ;;
*)
    echo "usage: scripts/tool.sh golangci-lint|tfplugindocs|goreleaser|govulncheck|cyclonedx-gomod|benchstat|actionlint" >&2
    exit 2
    ;;
esac

for candidate in "$PWD/tools/bin/$1" "$(command -v "$1" || true)"; do
    if [ -x "$candidate" ] && go version -m "$candidate" 2>/dev/null |
        awk -v want="$version" '$1 == "mod" && $3 == want { found = 1 } END { exit !found }'; then
        echo "$candidate"
        exit 0
    fi
done

echo "installing $1 $version into tools/bin" >&2
GOBIN="$PWD/tools/bin" go install "$package@$version" >&2
echo "$PWD/tools/bin/$1"
