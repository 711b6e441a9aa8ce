#!/usr/bin/env bash
# Runs every fuzz target for a while (default 30 s each).
set -euo pipefail
cd "$(dirname "$0")/.."
for file in $(git ls-files '*_test.go' | xargs grep -l '^func Fuzz'); do
  for name in $(grep -oE '^func Fuzz[A-Za-z0-9_]*' "$file" | sed 's/func //'); do
    echo "== $name in $(dirname "$file")"
    go test "./$(dirname "$file")" -run '^$' -fuzz "^$name\$" -fuzztime "${1:-30s}" -fuzzminimizetime 1x
  done
done
# Random registers: tests draw the same ones every time, here they are new.
go test ./internal/stop -run 'TestAny|TestLives' -timeout 60m -rapid.checks=300 -rapid.seed="$RANDOM"
