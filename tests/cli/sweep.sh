#!/usr/bin/env bash
# A sweep on the command line: the list, the runs, skipping, failures, Ctrl-C, kill -9, two workers at once.
. "$(dirname "$0")/../lib.sh"
tiny_spec base.yml 80 </dev/null
cat >sweep.yml <<'YAML'
extends: base.yml
name: ablation
seeds: [0, 1]
sweep:
  axes:
    model.fusion: [concat, attention]
    losses: {none: {}, C+M: {itc: {}, itm: {}}}
YAML

rows() { # rows STATE: how many runs the list shows in that state
    "$AUXFUSE" sweep sweep.yml --dry-run "${@:2}" | grep -cE " [0-9a-f]{8}  $1 "
}
same() { # same "what" EXPECTED FOUND
    if [ "$2" = "$3" ]; then pass "$1"; else
        echo "expected '$2', found '$3'" >"$output"
        fail "$1"
    fi
}

expect 0 "model.fusion" "losses" "8 runs of 4 points" "C+M" -- "$AUXFUSE" sweep sweep.yml --dry-run
same "nothing is run by --dry-run" no "$([ -e runs ] && echo yes || echo no)"
same "all runs are pending" 8 "$(rows pending)"
expect 2 "sweep.axes" -- "$AUXFUSE" sweep sweep.yml -s 'sweep.axes.model.fusion=[]'
expect 2 "--jobs" "'x'" -- "$AUXFUSE" sweep sweep.yml --jobs x
expect 2 "sweep point 'concat none'" "learning_rate" -- "$AUXFUSE" sweep sweep.yml -s train.learning_rate=fast

# The folders of the plan are those of the runs, and a second start runs nothing.
expect 0 "[ 8/8] done" "f1_weighted (%)" "concat" "signature: f1_weighted|avg:weighted" "8 runs, 0 already done" -- \
    "$AUXFUSE" sweep sweep.yml -j 2
same "all runs are done" 8 "$(rows done)"
same "no claim is left behind" "" "$(ls -A runs/ablation/sweep/claims)"
same "a sweep keeps no weights" 0 "$(find runs/ablation -name '*.safetensors' | wc -l)"
holds "threads are fixed at the first start" grep threads runs/ablation/sweep/threads.json
expect 0 "8 runs, 8 already done" "f1_weighted (%)" -- "$AUXFUSE" sweep sweep.yml
same "the second start ran nothing" 8 "$(cat runs/ablation/sweep/journal/*.jsonl | grep -c '"running"')"
holds "--json" sh -c "'$AUXFUSE' sweep sweep.yml --json 2>/dev/null | grep -q '\"comparison\"'"
expect 0 "are the same experiment: it is run once" "2 runs of 2 points" -- \
    "$AUXFUSE" sweep base.yml -s name=twice -s 'seeds=[0, 1]' -s 'sweep.axes.train.epochs={a: 1, b: 1}' --dry-run

# One run alone gives the same bits as in the sweep.
holds "a point's spec runs alone" "$AUXFUSE" run runs/ablation/sweep/points/concat-C+M-*.yml -s 'seeds=[1]' -s output=alone -q
holds "and gives the same predictions" cmp alone/ablation/*/s1/predictions-test.csv \
    runs/ablation/concat-C+M-*/s1/predictions-test.csv

# Failures: a stand-in for the binary that fails for one fusion.
cat >stand-in <<SH
#!/bin/sh
case "\$2" in *concat-none*) echo "auxfuse: error: no luck today" >&2; exit 1;; esac
exec "$AUXFUSE" "\$@"
SH
chmod +x stand-in
luck=(-s output=luck -s 'seeds=[0]')
AUXFUSE_TEST_BINARY=$PWD/stand-in "$AUXFUSE" sweep sweep.yml -j 2 "${luck[@]}" >said 2>&1
same "failed runs → exit code 1" 1 $?
for text in "1 of 4 runs failed" "exit code 1: auxfuse: error: no luck today" "--retry" "attention"; do
    holds "it says '$text'" grep -F -- "$text" said
done
same "one failed" 1 "$(rows failed "${luck[@]}")"
"$AUXFUSE" sweep sweep.yml "${luck[@]}" >said 2>&1
same "failed runs are not run again → exit code 1" 1 $?
holds "and the reason is told again" grep "failed before and is skipped (--retry runs it again): .*no luck today" said
expect 0 "[ 4/4] done" -- "$AUXFUSE" sweep sweep.yml "${luck[@]}" --retry
same "none failed" 0 "$(rows failed "${luck[@]}")"

# Ctrl-C: passed on once, exit code 130, and the same command continues.
long=(-s output=slow -s 'seeds=[0]' -s train.epochs=4 -s checkpoint.every=epoch)
signal_at INT metrics.csv 1,train parent "$AUXFUSE" sweep sweep.yml -j 2 "${long[@]}" >log 2>&1
same "SIGINT → exit code 130" 130 $?
holds "runs are interrupted" grep -q "interrupted" log
holds "the message says how to go on" grep -q "the same command continues" log
same "none is left running" 0 "$(rows running "${long[@]}")"

# kill -9 three times, ever later: the runs end with the sweep, and it goes on to the bits of an undisturbed one.
for place in "metrics.csv 2,train" "metrics.csv 3,train" "done.json "; do
    signal_at KILL "${place% *}" "${place#* }" parent "$AUXFUSE" sweep sweep.yml -j 2 "${long[@]}" >log 2>&1
    same "killed at $place" 137 $?
done
expect 0 "[ 4/4] done" -- "$AUXFUSE" sweep sweep.yml -j 2 "${long[@]}"
same "claims are cleared" "" "$(ls -A slow/ablation/sweep/claims)"
holds "an undisturbed sweep" "$AUXFUSE" sweep sweep.yml -j 2 "${long[@]}" -s output=calm
for folder in slow/ablation/*/s*/; do
    for file in metrics.csv predictions-test.csv; do
        holds "$folder$file is the same, bit for bit" cmp "$folder$file" "${folder/slow/calm}$file"
    done
done

# Two workers share a sweep: each run once.
"$AUXFUSE" sweep sweep.yml -s output=shared -s 'seeds=[0]' >first 2>&1 &
process=$!
"$AUXFUSE" sweep sweep.yml -s output=shared -s 'seeds=[0]' >second 2>&1
same "the second worker ends well" 0 $?
wait $process
same "the first worker ends well" 0 $?
same "each run was started once" 4 "$(cat first second | grep -c '\] running')"
finish
