#!/usr/bin/env bash
# Everything: format, vet, modules, all tests on both engines and in the browser.
set -euo pipefail
cd "$(dirname "$0")/.."
unformatted=$(gofmt -l $(git ls-files '*.go'))
[ -z "$unformatted" ] || { echo "not formatted: $unformatted"; exit 1; }
go mod verify >/dev/null
go build -mod=readonly ./...
go vet ./...
export KEEPITON_AXE="${XDG_CACHE_HOME:-$HOME/.cache}/keepiton/node_modules/axe-core/axe.min.js"
go test -count=1 -timeout 80m ./...
