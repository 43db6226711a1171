#!/usr/bin/env bash
# A run's life on the command line: results, resume after Ctrl-C and a full disk, predictions, --json.
. "$(dirname "$0")/../lib.sh"
tiny_spec tiny.yml 120 <<<'train: {epochs: 3}
checkpoint: {every: 3 steps}'
sed -i '0,/^train:/{/^train:/d}; s/^train: {epochs: 3}/train: {epochs: 3, batch: 8, learning_rate: 1e-3}/' tiny.yml

holds "a run" "$AUXFUSE" run tiny.yml
whole=$(echo runs/tiny/*/s0)
for file in spec.yml environment.json metrics.csv events.jsonl done.json predictions-val.csv predictions-test.csv \
    checkpoints/final.safetensors; do
    holds "$file is there" test -s "$whole/$file"
done
holds "no state is left" test "$(ls "$whole/checkpoints")" = final.safetensors
holds "three epochs of three splits" test "$(wc -l <"$whole/metrics.csv")" -eq 10
expect 0 "already finished" "$whole" -- "$AUXFUSE" run tiny.yml
expect 0 "parameters" "folder" -- "$AUXFUSE" run tiny.yml -s name=dry --dry-run
holds "the resolved spec runs as it is, to the same run id" test "$("$AUXFUSE" run "$whole/spec.yml" -q | sed 's,.*/runs/,runs/,')" = "$whole"

same_results() { # same_results "what" FOLDER
    local file
    for file in checkpoints/final.safetensors metrics.csv predictions-val.csv predictions-test.csv; do
        holds "$1: $file is the same, bit for bit" cmp "$whole/$file" "$2/$file"
    done
}

# Ctrl-C and SIGTERM: a checkpoint, exit code 130, and the same command goes on to the same bits.
interrupted() { # interrupted SIGNAL NAME
    signal_at "$1" step-30 '' "$AUXFUSE" run tiny.yml -s "name=$2" >log 2>&1
    local status=$?
    cp log "$output"
    if [ $status -eq 130 ]; then pass "$1 → exit code 130"; else fail "$1 → exit code $status, expected 130"; fi
    holds "$1: no result is claimed" test ! -e runs/"$2"/*/s0/done.json
    expect 0 "resumed at step" -- "$AUXFUSE" run tiny.yml -s "name=$2"
    same_results "$1 and resume" "$(echo runs/"$2"/*/s0)"
}
interrupted INT by-int
interrupted TERM by-term

# Two processes on one run: the second refuses. The first stops when it has written a row, until the second has its answer.
signal_at STOP metrics.csv 1,train background "$AUXFUSE" run tiny.yml -s name=locked >/dev/null 2>&1
process=$!
for try in $(seq 6000); do # a program that neither stops nor ends is not waited for without end
    ! kill -0 $process 2>/dev/null || grep -q '^State:.*T' /proc/$process/status || { sleep 0.01 && continue; }
    break
done
holds "the first of two runs stops when it has written a row" grep '^State:.*T' /proc/$process/status
expect 1 "runs/locked" -- "$AUXFUSE" run tiny.yml -s name=locked
kill -CONT $process
wait $process
same_results "a run that another one looked at" "$(echo runs/locked/*/s0)"

# A full disk: one message, what is saved stays, and after room is made the run goes on to the same bits.
# The limit of a file's size stands in for it; /dev/full is used where a shell may write to it.
expect 1 "error: " -- bash -c "ulimit -f 200; trap '' XFSZ; exec '$AUXFUSE' run tiny.yml -s name=full"
holds "no torn file under its final name" test ! -e runs/full/*/s0/checkpoints/final.safetensors
expect 0 -- "$AUXFUSE" run tiny.yml -q -s name=full
same_results "a full disk and resume" "$(echo runs/full/*/s0)"
if mkdir small && mount -t tmpfs -o size=600k tmpfs small 2>/dev/null; then
    expect 1 "No space left on device" "small/runs" -- "$AUXFUSE" run tiny.yml -s output=small/runs
    mount -o remount,size=20m small
    expect 0 -- "$AUXFUSE" run tiny.yml -q -s output=small/runs
    same_results "a full file system and resume" "$(echo small/runs/tiny/*/s0)"
    umount small
else
    skip "a full file system: this user may not mount one"
fi
expect 1 "standard output cannot be written" -- bash -c "'$AUXFUSE' plugins >/dev/full"

# --force begins anew; a damaged metrics file or folder is not silently used.
expect 0 -- "$AUXFUSE" run tiny.yml -q -s name=by-int --force
same_results "--force" "$(echo runs/by-int/*/s0)"

# Predictions: from a file and from standard input agree, with each other and with those of the run.
awk -F, 'NR == 1 || $4 == "test"' posts/posts.csv | cut -d, -f1,2,5 >test.csv
"$AUXFUSE" predict "$whole" --data test.csv --images posts/images >from-file.csv 2>"$output" || fail "predict --data"
python3 - <<'PY'
import csv, json
with open('test.csv', newline='') as table, open('test.jsonl', 'w') as lines:
    for row in csv.DictReader(table):
        lines.write(json.dumps(row) + '\n')
PY
"$AUXFUSE" predict "$whole" - --images posts/images <test.jsonl >from-lines.jsonl 2>"$output" || fail "predict -"
"$AUXFUSE" predict "$whole" --data test.jsonl --images posts/images >from-jsonl.csv 2>"$output" || fail "predict --data JSONL"
holds "CSV and JSONL are predicted alike" cmp from-file.csv from-jsonl.csv
holds "file, lines and the run's own predictions agree" python3 - "$whole/predictions-test.csv" <<'PY'
import csv, json, sys
own = {row['id']: int(row['prediction']) for row in csv.DictReader(open(sys.argv[1]))}
file = {row['id']: row for row in csv.DictReader(open('from-file.csv'))}
lines = {row['id']: row for row in map(json.loads, open('from-lines.jsonl'))}
assert own and own.keys() == file.keys() == lines.keys(), (len(own), len(file), len(lines))
for id, prediction in own.items():
    assert prediction == int(file[id]['prediction']) == lines[id]['prediction'], id
    for k, p in enumerate(lines[id]['probabilities']):
        assert abs(p - float(file[id][f'probability_{k}'])) < 2e-6, id
PY
expect 2 "predict RUN --data FILE" -- "$AUXFUSE" predict "$whole"
expect 1 "nowhere" -- "$AUXFUSE" predict nowhere --data test.csv
expect 1 "gone.csv" -- "$AUXFUSE" predict "$whole" --data gone.csv
expect 1 "line 1" -- bash -c "echo '{\"id\": \"x\"' | '$AUXFUSE' predict '$whole' -"
expect 1 "standard input:2: post x: " "gone.jpg" -- bash -c "{ head -1 test.jsonl; echo '{\"id\": \"x\", \"text\": \"t\", \"image\": \"gone.jpg\"}'; } |
    '$AUXFUSE' predict '$whole' - --images posts/images"

# --json: one document; several seeds, one run each; an experiment of one side.
"$AUXFUSE" run tiny.yml -s name=seeds -s 'seeds=[1, 2]' -s train.epochs=1 -s model.fusion=null -s model.image=null --json \
    >runs.json 2>"$output" || fail "run --json"
holds "--json is one document with both seeds' metrics" python3 -c "
import json; runs = json.load(open('runs.json'))['runs']
assert [r['seed'] for r in runs] == [1, 2] and all(0 <= r['metrics']['test']['f1_weighted'] <= 1 for r in runs), runs"
expect 0 -- "$AUXFUSE" run tiny.yml -q -s name=image-only -s train.epochs=1 -s model.fusion=null -s model.text=null
finish
