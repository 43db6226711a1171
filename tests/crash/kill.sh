#!/usr/bin/env bash
# kill -9 after a random change of what is on the disk, then the same command again, until the run is done: weights, metrics
# and predictions equal the uninterrupted run's, bit for bit. ROUNDS (20), SEED, BACKEND and EPOCHS (4) may be set.
. "$(dirname "$0")/../lib.sh"
rounds=${ROUNDS:-20}
RANDOM=${SEED:-$$}
tiny_spec tiny.yml 80 <<<'losses: {itc: {beta: 0.1}, itm: {beta: 0.1}}
checkpoint: {every: 2 steps}
evaluate: {splits: [val, test, train]}'
run=("$AUXFUSE" run tiny.yml -q -s "train.epochs=${EPOCHS:-4}" -s "backend=${BACKEND:-reference}" -s model.head.dropout=0.3)

holds "the uninterrupted run" "${run[@]}" -s name=whole
whole=$(echo runs/whole/*/s0)
# counted PATH-PART NAME: how many changes a whole run makes from its first write to such a path on (/: from its start)
counted() {
    SIGNAL_COUNT=$scratch/changes SIGNAL_AFTER=1000000000 signal_at KILL "$1" '' "${run[@]}" -s "name=$2" >"$output" 2>&1 ||
        fail "a run that is counted"
    changes=$(cat "$scratch/changes")
}
counted / counted
all=$changes
counted step- counted-states
states=$changes
if [ "$states" -gt 20 ] && [ "$all" -gt "$states" ]; then pass counted; else fail "$all changes, $states from the first state on"; fi

# killed PATH-PART MOST: a run that is killed up to so many changes after its first write to such a path, or ends before
killed() {
    { SIGNAL_AFTER=$((RANDOM % $2)) signal_at KILL "$1" '' "${run[@]}" -s "name=killed-$round" >log 2>&1; } 2>"$scratch/shell"
}

midway=0
# Each run is killed early or half way, some before the folder is complete; then a while after it has begun to save a state;
# then it ends.
for round in $(seq "$rounds"); do
    killed / $((all * 60 / 100))
    killed step- $((states / 4))
    [ -z "$(find runs/killed-"$round" -name 'step-*.safetensors' 2>/dev/null)" ] || midway=$((midway + 1))
    if ! "${run[@]}" -s "name=killed-$round" >"$output" 2>&1; then
        fail "round $round: the resumed run"
        continue
    fi
    folder=$(echo runs/killed-"$round"/*/s0)
    for file in checkpoints/final.safetensors metrics.csv predictions-val.csv predictions-test.csv predictions-train.csv; do
        holds "round $round: $file" cmp "$whole/$file" "$folder/$file"
    done
    holds "round $round: no temporary file and no state is left" test -z "$(find "$folder" -name '*.axf-tmp' -o -name 'step-*')"
    rm -rf "runs/killed-$round"
done
# Killed between done.json and the removal of the states: the next start removes them.
touch "$whole/checkpoints/step-3.safetensors"
holds "a finished run again" "${run[@]}" -s name=whole
holds "a finished run keeps no state" test -z "$(find "$whole" -name 'step-*')"
# A round counts as midway when it went on from a saved state: the others were killed before the first or after the last.
if [ $((4 * midway)) -ge "$rounds" ]; then pass midway; else fail "only $midway of $rounds rounds went on from a state"; fi
finish
