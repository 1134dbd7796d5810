#!/bin/bash
# Entries of a real node, by node and device, before and after an erasure, verify with @sd-jwt/core and jose; changed ones
# do not; openapi.json is an OpenAPI 3.1 document to a validator of others;
# blind evaluation is that of @noble/curves.  Ends with `N passed, N failed`.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
"$root/tools/node.sh" --fetch
if [ ! -d "$here/node_modules" ] || [ "$here/package-lock.json" -nt "$here/node_modules" ]; then
  (cd "$here" && npm ci --ignore-scripts --no-audit --no-fund --silent)
  touch "$here/node_modules"
fi
work=$(mktemp -d /tmp/sanjal-oracle.XXXXXX)
trap 'rm -rf "$work"' EXIT
/usr/bin/python3 "$here/make_lines.py" "$work/lines"
passed=0 failed=0
for way in --quiet --mutate; do
  if "$root/tools/node.sh" "$here/verify_entries.mjs" "$way" "$work/lines"; then passed=$((passed + 1)); else failed=$((failed + 1)); fi
done
if "$root/tools/node.sh" "$here/check_openapi.mjs" "$root/src/features/operations/openapi.json"; then passed=$((passed + 1)); else failed=$((failed + 1)); fi
"$root/tools/node.sh" "$here/oprf_vectors.mjs" "$work/oprf.json"
if SANJAL_OPRF_VECTORS="$work/oprf.json" "${SANJAL_BUILD:-$root/build/release}/crypto_test" -m -tc="Another library evaluates*"; then passed=$((passed + 1)); else failed=$((failed + 1)); fi
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
