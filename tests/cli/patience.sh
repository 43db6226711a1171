#!/usr/bin/env bash
# Ctrl-C in the middle of an epoch's evaluation, after validation: that epoch counts once for train.patience and select.
. "$(dirname "$0")/../lib.sh"
tiny_spec tiny.yml 300 </dev/null
# No learning: the first epoch is the best, and the second is the one that patience stops after.
sed -i 's/^train:.*/train: {epochs: 4, batch: 64, learning_rate: 0, patience: 1, select: best}/' tiny.yml
cat >>tiny.yml <<'YAML'
evaluate: {splits: [val, train], batch: 1}
checkpoint: {every: epoch}
YAML
expect 0 -- "$AUXFUSE" run tiny.yml -q -s name=whole
whole=$(echo runs/whole/*/s0)
holds "stopped after the second epoch" test "$(tail -n 1 "$whole/metrics.csv" | cut -d, -f1)" = 2
for epoch in 1 2; do
    signal_at INT metrics.csv "$epoch,val" "$AUXFUSE" run tiny.yml -s name=cut-$epoch >log 2>&1
    status=$?
    cp log "$output"
    holds "epoch $epoch: interrupted" test $status -eq 130
    holds "epoch $epoch: in its evaluation" grep -q "interrupted in the evaluation of epoch $epoch" log
    expect 0 "resumed at step" -- "$AUXFUSE" run tiny.yml -s name=cut-$epoch
    for file in metrics.csv predictions-val.csv checkpoints/best.safetensors; do
        holds "epoch $epoch: $file is the same, bit for bit" cmp "$whole/$file" "$(echo runs/cut-$epoch/*/s0)/$file"
    done
done
finish
