#!/usr/bin/env bash
# Every durable write of a run fails once (AXF_TEST_FAIL_WRITE=N): one clear message, nothing saved is lost, and the run goes
# on to the same bits. Also: a damaged newest checkpoint falls back to the one before it.
# FIRST and STEP choose which N: every STEP-th from FIRST on (1 and 7 by default; the long loop of tools/test full takes 1).
. "$(dirname "$0")/../lib.sh"
tiny_spec tiny.yml 60 <<<'checkpoint: {every: 2 steps}
evaluate: {splits: [val, test]}'
run=("$AUXFUSE" run tiny.yml -q -s model.head.dropout=0.3)
holds "the undisturbed run" "${run[@]}" -s name=whole
whole=$(echo runs/whole/*/s0)

same_results() {
    local file
    for file in checkpoints/final.safetensors metrics.csv predictions-val.csv predictions-test.csv; do
        holds "$1: $file" cmp "$whole/$file" "$2/$file"
    done
}

n=${FIRST:-1} faults=0
while true; do
    AXF_TEST_FAIL_WRITE=$n "${run[@]}" -s "name=fault" >"$output" 2>&1
    status=$?
    [ $status -ne 0 ] || break # the run has fewer writes than n
    faults=$((faults + 1))
    if [ $status -eq 1 ] && [ "$(grep -c 'error: ' "$output")" -eq 1 ]; then
        pass "write $n fails: one message"
    else
        fail "write $n fails: exit code $status, expected 1 with one message"
    fi
    holds "write $n failed, then the run goes on" "${run[@]}" -s name=fault
    same_results "write $n failed" "$(echo runs/fault/*/s0)"
    rm -rf runs/fault
    n=$((n + ${STEP:-7}))
done
if [ $faults -ge 3 ]; then pass "$faults writes failed in turn"; else fail "only $faults writes failed: the fault is not injected"; fi

# Checkpoints: stopped half way, the newest state damaged in one of several ways.
for damage in truncate flip empty remove garbage; do
    "${run[@]}" -s "name=$damage" --stop-after 5 >"$output" 2>&1 || fail "--stop-after"
    folder=$(echo runs/"$damage"/*/s0)
    states=$(find "$folder/checkpoints" -name 'step-*' | wc -l)
    newest=$(find "$folder/checkpoints" -name 'step-*' | sort -V | tail -1)
    [ "$states" -eq 2 ] || fail "$damage: $states states are kept, expected 2"
    case $damage in
    truncate) truncate -s -1000 "$newest" ;;
    flip) python3 -c "
import sys; f = open(sys.argv[1], 'r+b'); f.seek(-5000, 2); b = f.read(1); f.seek(-1, 1); f.write(bytes([b[0] ^ 64]))" "$newest" ;;
    empty) : >"$newest" ;;
    remove) rm "$newest" ;;
    garbage) head -c 30000 /dev/urandom >"$newest" ;;
    esac
    if [ $damage = remove ]; then
        expect 0 -- "${run[@]}" -s "name=$damage"
    else
        expect 0 "trying the one before it" "$(basename "$newest")" -- "${run[@]}" -s "name=$damage"
    fi
    same_results "the newest state after $damage" "$folder"
done

# Both damaged: refused, with what to do; --force begins anew.
"${run[@]}" -s name=both --stop-after 5 >"$output" 2>&1
for state in runs/both/*/s0/checkpoints/step-*; do truncate -s 100 "$state"; done
expect 1 "no checkpoint can be read; --force starts the run anew" -- "${run[@]}" -s name=both
expect 0 -- "${run[@]}" -s name=both --force
same_results "--force over damaged states" "$(echo runs/both/*/s0)"
finish
