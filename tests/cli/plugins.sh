#!/usr/bin/env bash
# Plugins of another ABI, incomplete ones and ones that misbehave: refused with the file, both values and what to do.
. "$(dirname "$0")/../lib.sh"
tiny_spec tiny.yml 60 <<<'evaluate: {splits: [val]}'

build() { # build CASE [SOURCE]: case-CASE.so
    holds "case $1 compiles" "${CC:-cc}" -std=c17 -Wall -Wextra -Werror -shared -fPIC -DCASE="$1" \
        -I"$source_dir/framework/include" -o "case-$1.so" "$here/cli/${2:-bad_plugin}.c" -lm
}
refused() { # refused CASE CODE FRAGMENT…
    local number=$1 code=$2
    shift 2
    build "$number"
    expect "$code" "$@" -- "$AUXFUSE" run tiny.yml --plugin "case-$number.so" -s model.fusion=odd
}
refused 1 1 case-1.so "not an auxfuse plugin: magic 0x12345678, expected 0x46585541"
refused 2 1 case-2.so "has 16 bytes, this auxfuse's has " "rebuild the plugin"
refused 3 1 case-3.so "built for plugin ABI 7." "this auxfuse has ABI 0." "rebuild the plugin"
refused 4 1 case-4.so "this auxfuse has ABI 0." "rebuild the plugin"
refused 5 1 case-5.so "version, licence or build string is missing"
refused 6 1 case-6.so "of 4 bytes each" "rebuild the plugin"
refused 7 1 case-7.so "fusion 'odd' lacks the required entry 'fuse'"
refused 8 1 case-8.so "kind 'auxfuse.teleporter/1', which this auxfuse does not have"
refused 9 1 "fusion 'concat' is in two plugins: " case-9.so concat.so
refused 10 1 case-10.so "lacks its kind, name, version or summary"
refused 11 1 "cannot open plugin" nowhere.impl.so
refused 12 1 case-12.so "options table of 'odd' has rows of 8 bytes"
refused 13 1 case-13.so "option strength has the unknown type 99"
refused 14 2 "model.fusion=odd: fusion 'odd': widths 64 and 64 do not go together"
refused 16 1 case-16.so "the default of option strength is wrong" "but 'much' is written"
refused 17 1 case-17.so "option strength at offset 4096 does not fit a struct of 8 bytes"
refused 18 1 case-18.so "changed the floating-point mode" "-ffast-math"
refused 19 1 case-19.so "exports no axf_plugin_entry"
refused 20 1 case-20.so "axf_plugin_entry returned NULL"
echo "this is no shared object" >text.so
expect 1 "text.so" -- "$AUXFUSE" run tiny.yml --plugin ./text.so
expect 1 "gone.so: No such file or directory" -- "$AUXFUSE" plugins --plugin gone.so
expect 1 "AUXFUSE_PLUGIN_PATH: $PWD/gone: No such file or directory" -- env AUXFUSE_PLUGIN_PATH="$PWD/gone" "$AUXFUSE" plugins

# What an image encoder says of itself: a recipe that images cannot be put through, an entry that is not there.
encoder() { # encoder CASE FRAGMENT…
    local number=$1
    shift
    build "$number" bad_encoder
    expect 1 "image encoder 'odd'" "$@" -- "$AUXFUSE" validate tiny.yml --plugin "case-$number.so" -s model.image=odd
}
encoder 31 "pixel recipe of 8 bytes" "rebuild the plugin"
encoder 32 "pixel recipe: one size 8 x 9, but resize and crop give another (8 x 8)"
encoder 33 "lacks the required entry 'encode_features'"

# A good one works by --plugin, by the path and from the user's folder; its options are checked.
build 0
expect 0 -- "$AUXFUSE" run tiny.yml -q --plugin case-0.so -s model.fusion=odd
expect 2 "strength of fusion 'odd'" "from 0 to 2" -- "$AUXFUSE" validate tiny.yml --plugin case-0.so \
    -s 'model.fusion={strategy: odd, strength: 3}'
expect 0 "odd" "an odd fusion" -- env AUXFUSE_PLUGIN_PATH="$PWD/case-0.so" "$AUXFUSE" plugins
mkdir -p "$HOME/.local/lib/auxfuse"
cp case-0.so "$HOME/.local/lib/auxfuse/odd.so"
expect 0 "How much" -- "$AUXFUSE" plugins odd
# A refused file in a folder leaves the others usable, and is named.
cp case-3.so "$HOME/.local/lib/auxfuse/old.so"
expect 0 "refused: " "old.so: built for plugin ABI 7." "an odd fusion" -- "$AUXFUSE" plugins
expect 0 valid -- "$AUXFUSE" validate tiny.yml
rm -r "$HOME/.local"

# One that crashes is named, with the call: every kind of component, and every call that it can be caught in.
crash() { # crash "KIND" CALL SETTING…
    local kind=$1 call=$2 plugin settings=() status
    shift 2
    plugin=crash-${kind// /-}-$call.so
    for setting; do
        settings+=(-s "$setting")
    done
    "${CC:-cc}" -std=c17 -Wall -Wextra -Werror -shared -fPIC -DCRASH="\"$kind $call\"" -I"$source_dir/framework/include" \
        -o "$plugin" "$here/cli/crashing_plugin.c"
    "$AUXFUSE" run tiny.yml --plugin "$plugin" "${settings[@]}" -s name=crash >"$output" 2>&1
    status=$?
    if [ $status -gt 2 ] && grep -q "inside $kind 'odd' in its call '$call'.*plugin .*/$plugin" "$output"; then
        pass "a crash names the $kind and the call $call"
    else
        fail "a crash (exit code $status) names the $kind, the call $call and $plugin"
        sed 's/^/    | /' "$output"
    fi
    rm -rf runs/crash
}
for call in describe declare tokenize encode destroy; do
    crash "text encoder" "$call" model.text=odd model.image=null model.fusion=null
done
for call in describe declare has_features encode_features destroy; do
    crash "image encoder" "$call" model.text=null model.image=odd model.fusion=null
done
for call in describe declare fuse destroy; do
    crash fusion "$call" model.fusion=odd
done
for call in describe declare compute destroy; do
    crash loss "$call" 'losses={odd: {beta: 0.1}}'
done
crash dataset describe data=odd
crash dataset read data=odd
crash "backend" score backend=auto
crash "backend" create backend=odd
finish
