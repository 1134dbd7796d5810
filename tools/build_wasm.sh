#!/bin/bash
# Builds src/rules as WebAssembly: build/wasm/rules.wasm.  tools/setup.sh test installs what it needs.
set -euo pipefail
cd "$(dirname "$0")/.."
out=build/wasm
mkdir -p "$out/include"
# Only these two of the system's headers may be seen: the rest is for another machine.
for name in rapidjson tl; do ln -sfn "/usr/include/$name" "$out/include/$name"; done
sources=(src/rules/call.cpp src/rules/value.cpp src/rules/condition.cpp src/rules/clock.cpp src/rules/form.cpp src/rules/plan.cpp
         src/base/json.cpp src/base/bytes.cpp src/base/time.cpp src/base/id.cpp src/base/result.cpp)
newest=$(ls -t "${sources[@]}" src/rules/*.h src/base/*.h tools/build_wasm.sh "$out/rules.wasm" 2>/dev/null | head -1 || true)
if [ "$newest" = "$out/rules.wasm" ]; then exit 0; fi
clang++-14 --target=wasm32-wasi -std=c++20 -Oz -flto -fno-exceptions -fno-rtti -mexec-model=reactor -isystem "$out/include" -Isrc \
  -Wall -Wextra -Werror "${sources[@]}" -o "$out/rules.wasm.new" \
  -Wl,--export=sanjal_take -Wl,--export=sanjal_give_back -Wl,--export=sanjal_call -Wl,--strip-all -lc++ -lc++abi
mv "$out/rules.wasm.new" "$out/rules.wasm"
echo "rules.wasm: $(stat -c %s "$out/rules.wasm") bytes, $(gzip -9 -c "$out/rules.wasm" | wc -c) compressed"
