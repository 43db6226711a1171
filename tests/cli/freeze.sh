#!/usr/bin/env bash
# Freezing in a run: up to a layer, and a group for some epochs, with Ctrl-C in the midst of them and the same bits after.
. "$(dirname "$0")/../lib.sh"
tiny_spec base.yml 120 </dev/null
weights() { # weights FILE FILE PREFIX: how many tensors of that prefix the two files share, and how many are equal
    python3 - "$@" <<'PY'
import json, sys
def read(path):
    data = open(path, 'rb').read()
    size = int.from_bytes(data[:8], 'little')
    header = json.loads(data[8:8 + size])
    return {name: data[8 + size + entry['data_offsets'][0]:8 + size + entry['data_offsets'][1]]
            for name, entry in header.items() if name != '__metadata__'}
a, b = read(sys.argv[1]), read(sys.argv[2])
shared = [name for name in a if name in b and name.startswith(sys.argv[3])]
print(len(shared), sum(a[name] == b[name] for name in shared))
PY
}

# Up to a layer: nothing below it changes, or is kept; it is another run than one that trains all.
sed -e 's/max_length: 16}/max_length: 16, freeze_until: encoder.layer.0}/' base.yml >until.yml
expect 0 -- "$AUXFUSE" run until.yml -q -s name=until --trace until-trace
expect 0 -- "$AUXFUSE" run base.yml -q -s name=all --trace all-trace
until=$(echo runs/until/*/s0/checkpoints/final.safetensors) all=$(echo runs/all/*/s0/checkpoints/final.safetensors)
holds "frozen layers are not among the kept weights" test "$(weights until-trace/initial.safetensors "$until" text.encoder.layer.0.)" = "0 0"
holds "the others are, and have changed" test "$(weights until-trace/initial.safetensors "$until" text.encoder.layer.1.)" = "16 0"
holds "without freezing all have" test "$(weights all-trace/initial.safetensors "$all" text.encoder.layer.0.)" = "16 0"
awk -F, 'NR == 1 || $4 == "test"' posts/posts.csv | cut -d, -f1,2,5 >test.csv
holds "predict builds the frozen layers again" sh -c "'$AUXFUSE' predict runs/until/*/s0 --data test.csv --images posts/images >new.csv &&
    cut -d, -f1,3 runs/until/*/s0/predictions-test.csv | tail -n +2 | sort >own && cut -d, -f1,2 new.csv | tail -n +2 | sort | cmp own -"
expect 2 "freeze_until" "did you mean 'encoder.layer.1'?" "embeddings, encoder.layer.0" -- \
    "$AUXFUSE" run base.yml -s name=bad -s model.text.freeze_until=encoder.layers.1
expect 2 "frozen: true freezes all" -- "$AUXFUSE" run base.yml -s name=bad -s model.text.freeze_until=embeddings -s model.text.frozen=true

# A group that is frozen for two of four epochs, and one with a rate of its own.
sed 's/^train:.*/train: {epochs: 4, batch: 8, learning_rate: 1e-3, groups: [{match: "text.*", frozen: 2 epochs, learning_rate: 1e-4}, {match: "image.embeddings.*", frozen: yes}]}/' \
    base.yml >groups.yml
echo 'checkpoint: {every: 2 steps, keep: all}' >>groups.yml
expect 0 -- "$AUXFUSE" run groups.yml -q -s name=whole --trace trace
whole=$(echo runs/whole/*/s0)
holds "after epoch 2 the group has not moved" test "$(weights trace/initial.safetensors "$whole/checkpoints/epoch-2.safetensors" text.encoder.)" = "32 32"
holds "after epoch 3 it has" test "$(weights trace/initial.safetensors "$whole/checkpoints/epoch-3.safetensors" text.encoder.)" = "32 0"
holds "what is frozen for good is not kept" test "$(weights trace/initial.safetensors "$whole/checkpoints/final.safetensors" image.embeddings.)" = "0 0"
for epoch in 1 2; do
    signal_at INT metrics.csv "$epoch,train" "$AUXFUSE" run groups.yml -s name=cut-$epoch >log 2>&1
    status=$?
    holds "epoch $epoch: interrupted" test $status -eq 130
    expect 0 "resumed at step" -- "$AUXFUSE" run groups.yml -s name=cut-$epoch
    for file in metrics.csv predictions-test.csv checkpoints/final.safetensors; do
        holds "epoch $epoch: $file is the same, bit for bit" cmp "$whole/$file" "$(echo runs/cut-$epoch/*/s0)/$file"
    done
done
expect 2 "neither yes, no nor a number of epochs" -- "$AUXFUSE" run base.yml -s name=bad -s 'train.groups=[{match: "text.*", frozen: maybe}]'
finish
