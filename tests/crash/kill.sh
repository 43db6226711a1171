#!/usr/bin/env bash
# kill -9 at random moments, then the same command again, until the run is done: weights, metrics and predictions equal the
# uninterrupted run's, bit for bit. ROUNDS (20) moments, SEED and BACKEND may be set, and EPOCHS (4): a fast backend needs more,
# so that most of a run is training and not its start.
. "$(dirname "$0")/../lib.sh"
rounds=${ROUNDS:-20}
RANDOM=${SEED:-$$}
tiny_spec tiny.yml 80 <<<'losses: {itc: {beta: 0.1}, itm: {beta: 0.1}}
checkpoint: {every: 2 steps}
evaluate: {splits: [val, test, train]}'
run=("$AUXFUSE" run tiny.yml -q -s "train.epochs=${EPOCHS:-4}" -s "backend=${BACKEND:-reference}" -s model.head.dropout=0.3)

holds "the uninterrupted run" "${run[@]}" -s name=whole
whole=$(echo runs/whole/*/s0)
# Timed apart: the first run of a machine also measures its matrix products and fills the caches.
begin=$(date +%s%N)
holds "the uninterrupted run again" "${run[@]}" -s name=timed
length=$((($(date +%s%N) - begin) / 1000000)) # milliseconds

pause() { sleep "$(python3 -c "print($((RANDOM % ($1 + 1))) / 1000)")"; } # pause MOST: up to so many milliseconds

# saved: until the run has saved a state, or is over
saved() {
    while kill -0 $process 2>/dev/null && [ -z "$(find runs/killed-"$round" -name 'step-*.safetensors' 2>/dev/null)" ]; do
        sleep 0.01
    done
}

midway=0
# Each run is killed at a random moment of its length, some before the folder is made; then a while after it has saved a
# state, whatever the machine does beside; then it ends.
for round in $(seq "$rounds"); do
    for part in first second; do
        "${run[@]}" -s "name=killed-$round" >log 2>&1 &
        process=$!
        if [ $part = first ]; then pause $((length * 60 / 100)); else saved && pause $((length / 4)); fi
        kill -9 $process 2>/dev/null
        wait $process 2>/dev/null
    done
    [ -z "$(find runs/killed-"$round" -name 'step-*' 2>/dev/null)" ] || midway=$((midway + 1))
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
