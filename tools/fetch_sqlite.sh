#!/bin/sh
# Puts sqlite3.c and sqlite3.h (SQLite3 Multiple Ciphers) into DEPS/sqlite3: tools/fetch_sqlite.sh [DEPS], by default
# build/deps.  Taken from an npm package, because npm is a client that is there and its tarballs can be pinned by hash.
# A tarball of that name in DEPS or in $SANJAL_TARBALLS is used without a network.  Quick when all is in place.
set -eu

package=better-sqlite3-multiple-ciphers
version=12.11.1
integrity=pG72+3VkUipnmYx4LwQqoOXNG2CJ1HlmDrlvqgr7xQHgsE+cz5rAZEiaJHnUKTHaGfGifggA/C0Sv9qZlUrfow==
source_sha256=670d8d053176b53a68073b168f8e68fb72db67bdf964a0eb130338e9391198b9
header_sha256=8270c30673c9dccb08f0516ae63b64f898a09bc92b76d850cd912b0c1461dbe5

root=$(cd "$(dirname "$0")/.." && pwd)
deps=${1:-$root/build/deps}
tarball=$package-$version.tgz

in_place() {
    printf '%s  %s\n%s  %s\n' "$source_sha256" "$1/sqlite3.c" "$header_sha256" "$1/sqlite3.h" | sha256sum --check --status 2>/dev/null
}

if [ -f "$deps/sqlite3/sqlite3.c" ] && in_place "$deps/sqlite3"; then exit 0; fi

mkdir -p "$deps"
work=$(mktemp -d "$deps/fetch.XXXXXX")
trap 'rm -rf "$work"' EXIT INT TERM
for place in "${SANJAL_TARBALLS:-$deps}" "$deps"; do
    if [ -f "$place/$tarball" ]; then cp "$place/$tarball" "$work/$tarball"; break; fi
done
if [ ! -f "$work/$tarball" ]; then
    (cd "$work" && npm pack --silent "$package@$version" >/dev/null) || {
        echo "fetch_sqlite: npm could not fetch $package $version. Check the network, or put $tarball into $deps." >&2
        exit 1
    }
fi
if [ "$(openssl dgst -sha512 -binary "$work/$tarball" | base64 -w0)" != "$integrity" ]; then
    echo "fetch_sqlite: $tarball is not the file that was pinned (SHA-512 differs). Nothing was installed." >&2
    exit 1
fi
tar -xzf "$work/$tarball" -C "$work" package/deps/sqlite3/sqlite3.c package/deps/sqlite3/sqlite3.h
if ! in_place "$work/package/deps/sqlite3"; then
    echo "fetch_sqlite: sqlite3.c is not the file that was pinned (SHA-256 differs). Nothing was installed." >&2
    exit 1
fi
rm -rf "$deps/sqlite3"
mv "$work/package/deps/sqlite3" "$deps/sqlite3"
echo "fetch_sqlite: $package $version is in $deps/sqlite3"
