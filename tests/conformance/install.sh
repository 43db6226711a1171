#!/usr/bin/env bash
# The installed tree: it works from wherever it is moved to, and a plugin outside the source tree builds against its headers
# and trains. BUILD: the build folder, by default that of AUXFUSE.
. "$(dirname "$0")/../lib.sh"
build=${BUILD:-$(dirname "$(dirname "$AUXFUSE")")}
holds "cmake --install" cmake --install "$build" --prefix "$scratch/first place"
mv "$scratch/first place" "$scratch/second place"
prefix="$scratch/second place"
installed=$prefix/bin/auxfuse
small=(-s train.epochs=1 -s data.count=60 -s train.batch=16)

# Nothing in it may point back to the build folder, the sources or where it was first.
holds "the installed program starts" "$installed" --version
holds "it finds its plugins beside itself" "$installed" plugins attention
expect 0 "valid" -- "$installed" validate "$prefix/share/auxfuse/experiments/quickstart/attention-itc-itm.yml"
holds "the quickstart's experiment runs from the moved folder" \
    "$installed" run "$prefix/share/auxfuse/experiments/quickstart/attention-itc-itm.yml" -q "${small[@]}"
holds "it has the tiny models of any experiment" "$installed" run --tiny \
    "$prefix/share/auxfuse/experiments/tir/bernice-vit-attention.yml" -q
holds "the plugins used are the installed ones" grep -q '"name": "itc"' runs/quickstart-attention-itc-itm/*/s0/environment.json
for file in "$prefix"/lib/auxfuse/*.so "$installed"; do
    if readelf -d "$file" 2>/dev/null | grep -E 'R(UN)?PATH' >"$output"; then fail "$(basename "$file") has a run path"; else pass "$(basename "$file") has no run path"; fi
done
if grep -rlF "$source_dir" "$prefix/lib/cmake" "$prefix/include" "$prefix/share" >"$output" 2>&1; then
    fail "an installed file names the source tree"
else
    pass "no installed file names the source tree"
fi

# Each header stands alone, in C and in C++.
for header in "$prefix"/include/auxfuse/*.h; do
    holds "$(basename "$header") alone, C" "${CC:-cc}" -std=c17 -Wall -Wextra -Werror -fsyntax-only -x c \
        -I"$prefix/include" "$header" -Wno-error=unused-function -Wno-pragma-once-outside-header
    if command -v "${CXX:-c++}" >/dev/null; then
        holds "$(basename "$header") alone, C++" "${CXX:-c++}" -std=c++17 -Wall -Wextra -fsyntax-only -x c++ \
            -I"$prefix/include" "$header"
    fi
done

# The template plugin, copied away from the source tree.
cp -r "$source_dir/examples/plugin" plugin
holds "configure" cmake -S plugin -B plugin-build -DCMAKE_PREFIX_PATH="$prefix"
holds "build" cmake --build plugin-build
holds "its own test" ctest --test-dir plugin-build
spec=$prefix/share/auxfuse/experiments/quickstart/base.yml
fusion=(-s 'model.fusion={strategy: hadamard, rank: 8}')
expect 2 "there is no fusion 'hadamard'" -- "$installed" validate "$spec" "${fusion[@]}"
expect 0 "Width of the space" -- "$installed" plugins hadamard --plugin plugin-build/hadamard.so
expect 2 "rank of fusion 'hadamard'" "from 1 to 65536" -- "$installed" validate "$spec" --plugin plugin-build/hadamard.so \
    -s 'model.fusion={strategy: hadamard, rank: 0}'
holds "it trains by --plugin" "$installed" run "$spec" -q "${small[@]}" "${fusion[@]}" --plugin plugin-build/hadamard.so
holds "it trains by AUXFUSE_PLUGIN_PATH" env AUXFUSE_PLUGIN_PATH="$PWD/plugin-build" \
    "$installed" run "$spec" -q "${small[@]}" "${fusion[@]}" -s name=by-path
holds "by both ways the same bits" cmp runs/quickstart/*/s0/predictions-test.csv runs/by-path/*/s0/predictions-test.csv
holds "the run names the plugin" grep -q '"file": "hadamard.so"' runs/by-path/*/s0/environment.json
holds "weights are saved under the plugin's names" grep -qa 'fusion.image.weight' runs/by-path/*/s0/checkpoints/final.safetensors
finish
