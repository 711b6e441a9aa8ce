#!/usr/bin/env bash
# Measures the program and writes docs/benchmarks.md. SIZES and KEEP can be set:
# KEEP names a directory that keeps the invented registers between runs.
set -euo pipefail
cd "$(dirname "$0")/.."
sheet="${KEEPITON_SHARED:-../shared}/data/stop/accessnow_stop_combined_2016-2025_snapshot_2026-05-20.csv"
[ -f "$sheet" ] || { echo "the coalition's sheet is not here: the import is not measured"; sheet=""; }
go run ./tools/bench -sheet "$sheet" -sizes "${SIZES:-2000,1000000}" ${KEEP:+-keep "$KEEP"}
cat docs/benchmarks.md
