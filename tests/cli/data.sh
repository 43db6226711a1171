#!/usr/bin/env bash
# Tables of posts: labels outside the set, empty splits, broken lines; each error names the file, the line and the post.
. "$(dirname "$0")/../lib.sh"
tiny_spec tiny.yml 60 <<<'evaluate: {splits: [val, test]}'
where="tiny.yml:2:16: dataset 'table': $PWD/posts"
labels=$(cut -d, -f3 posts/posts.csv | tail -n +2 | sort -u | paste -sd,)

refused() { # refused CODE FRAGMENT… : posts/odd.csv from standard input
    local code=$1
    shift
    cat >posts/odd.csv
    expect "$code" "$@" -- "$AUXFUSE" run tiny.yml -q -s data.file=posts/odd.csv
}
sed '5s/,image_[a-z_]*,/,sarcasm,/' posts/posts.csv >posts/odd.csv
expect 1 "$where/odd.csv:5: post s000004: label 'sarcasm' is outside the label set" -- \
    "$AUXFUSE" run tiny.yml -s data.file=posts/odd.csv -s "data.labels=[$labels]"
refused 1 "the val split is empty, and evaluate.splits asks for it" < <(sed 's/,val,/,train,/' posts/posts.csv)
refused 1 "the train split is empty" < <(sed 's/,train,/,val,/' posts/posts.csv)
refused 1 "odd.csv:" "'holdout'" < <(sed 's/,val,/,holdout,/' posts/posts.csv)
refused 1 "odd.csv:7: post id 's000001' is there twice; first at $PWD/posts/odd.csv:2" < <(sed '7s/^s[0-9]*/s000001/' posts/posts.csv)
sed '7s/^s[0-9]*/..\/..\/x/' posts/posts.csv >posts/odd.csv
expect 1 "odd.csv:7: " "../../x" -- "$AUXFUSE" run tiny.yml -s data.file=posts/odd.csv -s data.image=null
refused 1 "odd.csv:7: " "fields" < <(sed '7s/,.*//' posts/posts.csv)
refused 1 "odd.csv:" < <(sed '7s/^/"/' posts/posts.csv)
refused 1 "odd.csv:1: " "'text'" < <(sed '1s/text/txet/' posts/posts.csv)
refused 1 "0 classes: at least 2 are needed" "is the column of labels named right?" < <(sed '1s/label/lable/' posts/posts.csv)
refused 1 "dataset 'table': no posts were read" < <(head -1 posts/posts.csv)
refused 1 "odd.csv" < <(:)
refused 1 "odd.csv" < <(head -c 20000 /dev/urandom)
refused 1 "1 classes: at least 2 are needed" < <(sed -E 's/,image_[a-z_]*,/,one,/' posts/posts.csv)
expect 1 "not a regular file" -- "$AUXFUSE" run tiny.yml -s data.file=posts
expect 2 "data.subset asks for 100000 train posts, there are 52" -- "$AUXFUSE" run tiny.yml -s data.subset=100000
mkfifo pipe.csv
expect 1 "pipe.csv': it is not a regular file" -- timeout 300 "$AUXFUSE" run tiny.yml -s data.file=pipe.csv

# JSONL: the same posts give the same predictions; its errors have lines, too.
python3 - <<'PY'
import csv, json
with open('posts/posts.csv', newline='') as table, open('posts/posts.jsonl', 'w') as lines:
    for row in csv.DictReader(table):
        lines.write(json.dumps(row) + '\n')
PY
holds "a run on CSV" "$AUXFUSE" run tiny.yml -q -s name=csv
holds "a run on JSONL" "$AUXFUSE" run tiny.yml -q -s name=jsonl -s data.file=posts/posts.jsonl
holds "CSV and JSONL give the same predictions" cmp runs/csv/*/s0/predictions-test.csv runs/jsonl/*/s0/predictions-test.csv
sed '3s/}$//' posts/posts.jsonl >posts/odd.jsonl
expect 1 "odd.jsonl:3" -- "$AUXFUSE" run tiny.yml -s data.file=posts/odd.jsonl
sed '3s/"text": "[^"]*"/"text": [7]/' posts/posts.jsonl >posts/odd.jsonl
expect 1 "odd.jsonl:3" -- "$AUXFUSE" run tiny.yml -s data.file=posts/odd.jsonl

# The raw layouts of mvsa and tir, with pictures, train; what is missing is named.
for format in mvsa tir; do
    holds "data synth --format $format" "$AUXFUSE" data synth "raw-$format" --count 60 --format $format
done
holds "a run on MVSA's layout" "$AUXFUSE" run tiny.yml -q -s name=mvsa -s 'data={loader: mvsa, root: raw-mvsa, file: null, images: null}'
holds "a run on TIR's layout" "$AUXFUSE" run tiny.yml -q -s name=tir -s 'data={loader: tir, root: raw-tir, file: null, images: null}'
expect 1 "dataset 'mvsa': " "$PWD/nowhere" -- "$AUXFUSE" run tiny.yml -s 'data={loader: mvsa, root: nowhere, file: null}'
expect 2 "root" -- "$AUXFUSE" run tiny.yml -s 'data={loader: mvsa, file: null}'

# The same seed draws the same posts, another one others.
"$AUXFUSE" data synth again --count 60 --seed 1 >/dev/null
holds "posts are the same by seed" diff -r again posts -x 'odd.*' -x posts.jsonl
"$AUXFUSE" data synth other --count 60 --seed 2 >/dev/null
if cmp -s other/posts.csv posts/posts.csv; then fail "another seed gives other posts"; else pass "another seed gives other posts"; fi
expect 2 "data synth" -- "$AUXFUSE" data synth
expect 2 "the count must be from 1 to 1000000" -- "$AUXFUSE" data synth x --count 0
expect 2 "" -- "$AUXFUSE" data synth x --format zip
expect 1 "" -- "$AUXFUSE" data synth /proc/x
finish
