#!/usr/bin/env bash
# Installs what the full test run needs and the machine lacks: PostgreSQL 15,
# Chromium, openssl, unzip, bsdtar, fonts, and axe-core from npm. Needs root only if something is missing.
set -euo pipefail
missing=()
[ -x /usr/lib/postgresql/15/bin/initdb ] || missing+=(postgresql-15)
command -v chromium >/dev/null || missing+=(chromium)
command -v openssl >/dev/null || missing+=(openssl)
command -v unzip >/dev/null || missing+=(unzip)
command -v bsdtar >/dev/null || missing+=(libarchive-tools)
[ -d /usr/share/fonts/truetype/noto ] || missing+=(fonts-noto-core)
if [ "${1:-}" = bench ]; then
  command -v nginx >/dev/null || missing+=(nginx-light)
  command -v wrk >/dev/null || missing+=(wrk)
fi
if [ ${#missing[@]} -gt 0 ]; then
  echo "installing: ${missing[*]}"
  as_root=()
  [ "$(id -u)" = 0 ] || as_root=(sudo)
  # Packages that bring a server must not start it: the tests start their own.
  "${as_root[@]}" sh -c 'printf "#!/bin/sh\nexit 101\n" > /usr/sbin/policy-rc.d && chmod +x /usr/sbin/policy-rc.d' || true
  "${as_root[@]}" apt-get update -qq
  DEBIAN_FRONTEND=noninteractive "${as_root[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
fi
cache="${XDG_CACHE_HOME:-$HOME/.cache}/keepiton"
if [ ! -f "$cache/node_modules/axe-core/axe.min.js" ] && command -v npm >/dev/null; then
  mkdir -p "$cache"
  npm install --silent --no-fund --no-audit --prefix "$cache" axe-core@4.14.1 >/dev/null
fi
