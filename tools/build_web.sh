#!/bin/bash
# Builds the web client into build/web: dist/ as Vite makes it, and pages.cpp, which carries it into the binary (src/node/client.h).
# Needs npm and Node 20 or newer (tools/node.sh brings one).  Quick where nothing has changed: npm is asked only when the lock has.
set -euo pipefail
cd "$(dirname "$0")/.."
tools/node.sh --fetch
mkdir -p build/web
if [ ! -f web/node_modules/.package-lock.json ] || [ web/package-lock.json -nt web/node_modules/.package-lock.json ]; then
  echo "Fetching what the web client is built from"
  (cd web && npm ci --ignore-scripts --no-audit --no-fund --silent) || { echo "The web client's packages could not be fetched: is there a line to the package registry?" >&2; exit 1; }
  touch web/node_modules/.package-lock.json
fi
# The rules for without a line: the same C++.  Where its compiler is not here, phones wait for the node instead.
if command -v clang++-14 > /dev/null && [ -f /usr/lib/wasm32-wasi/libc.a ]; then
  tools/build_wasm.sh
else
  rm -f build/wasm/rules.wasm
  echo "The rules are not built as WebAssembly (tools/setup.sh test installs what that needs): phones sign nothing by themselves."
fi
(cd web && ../tools/node.sh node_modules/vite/bin/vite.js build --logLevel warn)
tools/node.sh web/pack.mjs build/web/dist build/web/packed build/web/pages.cpp
