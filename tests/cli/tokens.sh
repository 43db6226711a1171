#!/usr/bin/env bash
# Texts are tokenized by several threads: the tokens do not depend on how many, nor does the post that an error names.
. "$(dirname "$0")/../lib.sh"
tiny_spec tiny.yml 600 </dev/null
for threads in 1 3; do
    expect 0 -- "$AUXFUSE" run tiny.yml -q --force --threads $threads --stop-after 2 --trace trace-$threads
done
holds "the tokens of a step are the same with one thread and with three" cmp trace-1/trace.jsonl trace-3/trace.jsonl
holds "the trace has tokens" grep -qE '"tokens":\[\[[0-9]+,[0-9]+' trace-1/trace.jsonl

# A text encoder that refuses two posts: whichever thread is first, the first post is named.
if gcc -shared -fPIC -I "$source_dir/framework/include" -o picky.so "$here/cli/picky_encoder.c" 2>"$output"; then
    early=$(sed -n 150p posts/posts.csv | cut -d, -f1)
    sed -i -E '150s/,/,refuse /; 590s/,/,refuse /' posts/posts.csv
    for threads in 1 4; do
        expect 1 "post $early" "refuses this text" -- "$AUXFUSE" run tiny.yml --plugin ./picky.so \
            -s model.text=null -s model.text=picky -q --force --threads $threads
    done
else
    fail "picky_encoder.c does not compile"
fi
finish
