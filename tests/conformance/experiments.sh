#!/usr/bin/env bash
# A tiny version of every experiment trains: small random models on 64 drawn posts in the data's layout, two at a time.
. "$(dirname "$0")/../lib.sh"
unset $(compgen -v | grep '_ROOT$' || :)
export OMP_WAIT_POLICY=passive

# Validates and runs one spec: FILE
tiny_run() {
    local name
    name=$(echo "${1#"$source_dir"/experiments/}" | tr / -)
    if "$AUXFUSE" validate --tiny "$1" >"$name.log" 2>&1 &&
        "$AUXFUSE" run --tiny --base "$1" -q --threads 1 -s "name=${name%.yml}" -s cache.folder="$scratch/features" >>"$name.log" 2>&1 &&
        [ -f "$(tail -1 "$name.log")/done.json" ]; then
        echo "ok ${1#"$source_dir"/}"
    else
        echo "bad ${1#"$source_dir"/} $name.log"
    fi
}
export -f tiny_run
export AUXFUSE source_dir scratch

grep -l '^name:' -r "$source_dir/experiments" --include='*.yml' | sort >specs.txt
# The posts of each layout are drawn by whoever comes first; the runs then share them.
xargs -P "$(nproc)" -I{} bash -c 'tiny_run {}' <specs.txt >results.txt
while read -r verdict spec log; do
    output=$scratch/work/${log:-results.txt}
    if [ "$verdict" = ok ]; then pass "$spec"; else fail "$spec does not run tiny"; fi
done <results.txt
output=$scratch/output
holds "every spec was tried" test "$(wc -l <results.txt)" = "$(wc -l <specs.txt)"
holds "none lands in the folder of a real run" test -z "$(ls runs | grep -v -- '-tiny$')"
finish
