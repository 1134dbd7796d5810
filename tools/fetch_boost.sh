#!/bin/sh
# Unpacks the headers of Boost 1.81 (Asio, Beast) into DEPS/boost: tools/fetch_boost.sh [DEPS], by default build/deps.
# Nothing is installed: libboost1.81-dev conflicts with Debian's ordinary libboost-dev (1.74), and installing it would
# remove what stands on that.  A .deb of that name in DEPS or in $SANJAL_TARBALLS is used without a network.
# Quick when all is in place, or when the system's Boost is that version.
set -eu

package=libboost1.81-dev
version=1.81.0-5+deb12u1
lib_version=1_81

root=$(cd "$(dirname "$0")/.." && pwd)
deps=${1:-$root/build/deps}

is_right() { grep -qs "define BOOST_LIB_VERSION \"$lib_version\"" "$1/boost/version.hpp"; }

if is_right "$deps/boost/usr/include" || is_right /usr/include; then exit 0; fi

mkdir -p "$deps"
work=$(mktemp -d "$deps/fetch.XXXXXX")
trap 'rm -rf "$work"' EXIT INT TERM
chmod 755 "$work"
for place in "${SANJAL_TARBALLS:-$deps}" "$deps"; do
    for deb in "$place/${package}_"*.deb; do
        if [ -f "$deb" ]; then cp "$deb" "$work/"; break 2; fi
    done
done
if ! ls "$work"/*.deb >/dev/null 2>&1; then
    # apt checks the archive's signature and the file's hash.
    (cd "$work" && apt-get download -qq "$package=$version" 2>/dev/null || apt-get download -qq "$package" 2>/dev/null) || {
        echo "fetch_boost: apt-get could not download $package. Run apt-get update, check the network, or put ${package}_${version}_<arch>.deb into $deps." >&2
        exit 1
    }
fi
mkdir "$work/boost"
dpkg-deb -x "$work"/*.deb "$work/boost"
if ! is_right "$work/boost/usr/include"; then
    echo "fetch_boost: what was unpacked is not Boost 1.81. Nothing was put into $deps." >&2
    exit 1
fi
rm -rf "$deps/boost"
mv "$work/boost" "$deps/boost"
echo "fetch_boost: the headers of Boost 1.81 are in $deps/boost"
