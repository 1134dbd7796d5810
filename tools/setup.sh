#!/bin/bash
# Brings what building (and, with `test`, testing) needs on Debian 12: installs only packages that are missing, removes
# nothing, and unpacks Boost's headers and SQLite's source under build/deps without installing them.
# Usage: tools/setup.sh [build|test]
set -euo pipefail
cd "$(dirname "$0")/.."
what=${1:-build}
packages="g++ cmake ninja-build ccache mold pkg-config libexpected-dev rapidjson-dev libsodium-dev libssl-dev libcurl4-openssl-dev libyaml-dev zlib1g-dev libpango1.0-dev fonts-noto-core libpq-dev libicu-dev libarchive-dev libexpat1-dev openssl ca-certificates"
if [ "$what" = test ]; then
  packages="$packages doctest-dev librapidcheck-dev postgresql-15 python3 python3-cryptography python3-openpyxl libxlsxwriter-dev curl chromium poppler-utils qpdf fonts-noto-cjk age
            clang-14 lld-14 wasi-libc libc++-14-dev-wasm32 libclang-rt-14-dev-wasm32 libclang-rt-14-dev"
fi
missing=()
for package in $packages; do
  dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
done
# npm fetches SQLite's source; what brings its own npm keeps it.
command -v npm >/dev/null || missing+=(nodejs npm)
if [ ${#missing[@]} -gt 0 ]; then
  if [ "$(id -u)" = 0 ]; then sudo=(); else sudo=(sudo); fi
  echo "Installing what is missing: ${missing[*]}"
  export DEBIAN_FRONTEND=noninteractive
  "${sudo[@]}" apt-get update -qq
  if "${sudo[@]}" apt-get install -s --no-install-recommends "${missing[@]}" | grep -q '^Remv'; then
    echo "Installing these would remove packages from this machine, so nothing was done: ${missing[*]}" >&2
    exit 1
  fi
  # PostgreSQL is for the tests' own private cluster: where it is new here, no cluster of the system's is made.
  if printf '%s\n' "${missing[@]}" | grep -qx postgresql-15 && [ ! -e /etc/postgresql-common/createcluster.conf ]; then
    "${sudo[@]}" mkdir -p /etc/postgresql-common
    echo "create_main_cluster = false" | "${sudo[@]}" tee /etc/postgresql-common/createcluster.conf >/dev/null
  fi
  "${sudo[@]}" apt-get install -y -qq --no-install-recommends -o DPkg::Lock::Timeout=300 -o Dpkg::Options::=--force-confold "${missing[@]}" >/dev/null
fi
tools/fetch_boost.sh
tools/fetch_sqlite.sh
