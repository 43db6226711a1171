#!/usr/bin/env bash
# compare and runs, on run folders written here: groups, columns, pairing, warnings, and hostile names in every output.
. "$(dirname "$0")/../lib.sh"

# A finished run: FOLDER RUN_ID SEED HITS, with lines of spec.yml from standard input. 40 posts of 2 classes; the first
# HITS are right.
run_folder() {
    mkdir -p "$1"
    cat >"$1/spec.yml"
    cat >"$1/environment.json" <<JSON
{"auxfuse": "0.1.0", "run_id": "$2", "seed": $3, "threads": 1, "machine": "x86_64", "cpu": "${cpu:-one}",
 "components": [{"kind": "fusion", "name": "concat", "build": "${build:-a}"}], "classes": ["no", "yes"]}
JSON
    echo '{}' >"$1/done.json"
    awk -v hits="$4" -v posts="${posts:-40}" 'BEGIN {
        print "id,target,prediction,logit_0,logit_1"
        for (i = 0; i < posts; i++) { t = i % 2; p = i < hits ? t : 1 - t; print "p" i "," t "," p "," 1 - p "," p }
    }' >"$1/predictions-test.csv"
    printf 'epoch,split,posts,loss,f1_weighted\n1,val,9,1,0.5\n1,test,9,1,0.25\n2,val,9,1,0.4\n' >"$1/metrics.csv"
}
spec() { echo "{name: x, threads: $3, model: {fusion: {strategy: $1}, text: {encoder: bert}}, losses: $2, train: {epochs: 3}}"; }

run_folder r/a/s0 aaaaaaaa 0 20 <<<"$(spec concat '{}' 1)"
run_folder r/a/s1 aaaaaaaa 1 22 <<<"$(spec concat '{}' 2)"
run_folder r/b/s0 bbbbbbbb 0 36 <<<"$(spec concat '{itc: {beta: 0.1}}' 1)"
run_folder r/b/s1 bbbbbbbb 1 38 <<<"$(spec concat '{itc: {beta: 0.1}}' 1)"
run_folder r/c/s0 cccccccc 0 21 <<<"$(spec '{a: 1}' '{itc: {beta: 0.1}}' 1)"

expect 0 "52.5 ± 3.5 (2)" "92.5 ± 3.5 (2)" "+40.0 [" "52.5 (1)" "bert" "train.epochs 3" "losses" "itc" "none" \
    "accuracy|split:test|n:40|posts:xxh3-" "|bs:10000|seed:12345|" "different seeds" -- \
    "$AUXFUSE" compare r --metric accuracy
holds "the large difference has a star, the small none" sh -c "'$AUXFUSE' compare r --metric accuracy |
    awk '/92.5/ && !/\*/ {exit 1} /52.5 \(1\)/ && /\*/ {exit 1}'"
holds "threads are no column" sh -c "! '$AUXFUSE' compare r/a r/b | grep -q threads"
holds "one metric's value, to the digit" sh -c "'$AUXFUSE' compare r/a r/b --metric accuracy --csv |
    grep -q '^itc,bbbbbbbb,accuracy,test,2,0.925,0.0353553391,.*,0.4,.*,0 1$'"
expect 0 '"p":' '"score": 0.5' -- "$AUXFUSE" compare r --metric accuracy --json
expect 0 "-40.0" -- "$AUXFUSE" compare r/a r/b --metric accuracy --baseline itc
expect 0 "-40.0" -- "$AUXFUSE" compare r/a r/b --metric accuracy --baseline bbbbbbbb
expect 2 "no row is called 'icc'" "did you mean 'itc'" -- "$AUXFUSE" compare r/a r/b --baseline icc
expect 2 "--metric" "'f2'" -- "$AUXFUSE" compare r --metric f2
expect 2 "--split" "'train'" -- "$AUXFUSE" compare r --split train
expect 2 "no runs were given" -- "$AUXFUSE" compare
expect 2 "'train' is not a column" "losses" -- "$AUXFUSE" compare r/a r/b --rows train --cols losses
expect 2 "must be given together" -- "$AUXFUSE" compare r --rows losses
expect 1 "predictions-val.csv" "evaluate.splits" -- "$AUXFUSE" compare r --split val
expect 1 "no finished run" -- "$AUXFUSE" compare "$scratch/home"
cp -r r/a/s0 copy
expect 1 "are the same run" -- "$AUXFUSE" compare r/a copy

# Other posts: no pairing, and it is said. Other builds and hardware: said.
posts=38 run_folder o/s0 dddddddd 0 38 <<<"$(spec gmu '{}' 1)"
expect 0 "other posts" "predicts different test posts" "38 and 40 of them" "100.0 (1)" -- "$AUXFUSE" compare r/a o
build=b cpu=two run_folder h/s0 eeeeeeee 0 38 <<<"$(spec gmu '{}' 1)"
expect 0 "different builds of fusion 'concat': a and b" "differ in the CPU" -- "$AUXFUSE" compare r/a h
rm r/c/s0/done.json
expect 0 "1 runs are not finished" -- "$AUXFUSE" compare r

# Hostile names come out harmless.
run_folder e/s0 ffffffff 0 20 <<<'{name: x, model: {fusion: {strategy: "=cmd(\"x\"),\e[31m&%$#_{}~^\\\u202e"}}}'
run_folder e/s1 99999999 0 20 <<<'{name: x, model: {fusion: {strategy: plain}}}'
expect 0 '\x1b[31m' '\u{202e}' -- "$AUXFUSE" compare e
holds "no escape reaches the terminal" sh -c "! '$AUXFUSE' compare e | grep -q \$(printf '\033')"
expect 0 '\&\%\$\#\_\{\}\textasciitilde{}\textasciicircum{}\textbackslash{}' -- "$AUXFUSE" compare e --latex
holds "CSV quotes" sh -c "'$AUXFUSE' compare e --csv | grep -qF '=cmd('"
holds "--safe-csv guards" sh -c "'$AUXFUSE' compare e --safe-csv | grep -q \"^\\\"'.*=cmd\""

# Damaged files: one message with file and place.
damage() { # damage "fragment" FILE CONTENT
    cp "$2" kept
    printf "$3" >"$2"
    expect 1 "$2" "$1" -- "$AUXFUSE" compare r/a
    cp kept "$2"
}
damage "record 3" r/a/s1/predictions-test.csv 'id,target,prediction\na,0,1\nb,0,2\n'
damage "twice" r/a/s1/predictions-test.csv 'id,target,prediction\na,0,1\na,0,1\n'
damage "expected 'target'" r/a/s1/predictions-test.csv 'id,prediction\na,0\n'
damage "no post" r/a/s1/predictions-test.csv 'id,target,prediction\n'
damage "cannot be read" r/a/s1/environment.json '{"run_id": 3}'

# runs
expect 0 "interrupted" "r/c/s0" "0.5000" "0.4000" "0.2500" "5 runs" -- "$AUXFUSE" runs r
expect 0 '"state": "done"' '"best": 0.5' -- "$AUXFUSE" runs r --json
expect 1 "nowhere" -- "$AUXFUSE" runs nowhere
finish
