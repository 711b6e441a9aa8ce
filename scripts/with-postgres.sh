#!/usr/bin/env bash
# Runs a command with a PostgreSQL 15 server of its own, in a directory that is
# thrown away. The address is in TEST_POSTGRES.
set -euo pipefail
cd "$(dirname "$0")/.."
[ -n "${TEST_POSTGRES:-}" ] && exec "$@"
case "$*" in *bench*) ./scripts/install.sh bench ;; *) ./scripts/install.sh ;; esac
bin=/usr/lib/postgresql/15/bin
dir=$(mktemp -d)
run=()
if [ "$(id -u)" = 0 ]; then # the server refuses to run as root
  id postgres >/dev/null 2>&1 || useradd --system --home-dir /nonexistent postgres
  chown postgres "$dir"
  run=(setpriv --reuid=postgres --regid="$(id -gn postgres)" --init-groups)
fi
stop() {
  "${run[@]}" "$bin/pg_ctl" -D "$dir/data" -m immediate -w stop >/dev/null 2>&1 || true
  rm -rf "$dir"
}
trap stop EXIT
"${run[@]}" "$bin/initdb" -D "$dir/data" -U postgres -A trust -E UTF8 --locale=C.UTF-8 >/dev/null
port=$((20000 + RANDOM % 20000))
fast=""
[ "${PG_FSYNC:-off}" = on ] || fast="-c fsync=off -c full_page_writes=off -c synchronous_commit=off -c wal_level=minimal -c max_wal_senders=0"
"${run[@]}" "$bin/pg_ctl" -D "$dir/data" -l "$dir/log" -w \
  -o "-p $port -c listen_addresses=127.0.0.1 -k $dir -c max_connections=200 $fast" start >/dev/null ||
  { cat "$dir/log"; exit 1; }
export TEST_POSTGRES="postgres://postgres@127.0.0.1:$port/postgres"
"$@"
