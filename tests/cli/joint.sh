#!/usr/bin/env bash
# Joint encoders: ViLT and MMBT learn drawn posts, go on after a kill, predict what they did, and take both auxiliary losses.
. "$(dirname "$0")/../lib.sh"
tiny=$source_dir/experiments/tiny
"$AUXFUSE" data synth posts --count 120 --seed 1 >"$output" 2>&1 || fail "data synth"

joint_spec() { # joint_spec NAME "options of the encoder"
    cat >"$1.yml" <<YAML
name: $1
data: {loader: table, file: posts/posts.csv, images: posts/images}
model:
  joint: {encoder: $1, weights: random, max_length: 24, hidden_dropout: 0.02, $2}
  head: {dropout: 0.05}
train: {epochs: 8, batch: 8, learning_rate: 3e-3}
checkpoint: {every: 3 steps}
backend: cpu
threads: 1
YAML
}
joint_spec vilt "config: $tiny/vilt"
joint_spec mmbt "config: $tiny/mmbt, image_weights: random, image_config: $tiny/mmbt-image"

loss_falls() { # loss_falls FOLDER: over the epochs, of the train posts
    python3 - "$1/metrics.csv" <<'PY'
import csv, sys
loss = [float(row['loss']) for row in csv.DictReader(open(sys.argv[1])) if row['split'] == 'train']
assert len(loss) == 8 and loss[-1] < 0.8 * loss[0], loss
PY
}

for name in vilt mmbt; do
    holds "$name: a run" "$AUXFUSE" run $name.yml
    whole=$(echo runs/$name/*/s0)
    holds "$name: the loss falls" loss_falls "$whole"

    # Killed without a word, the same command goes on to the same bits.
    signal_at KILL metrics.csv 2,train "$AUXFUSE" run $name.yml -s name=killed >/dev/null 2>&1
    expect 0 -- "$AUXFUSE" run $name.yml -s name=killed
    for file in checkpoints/final.safetensors metrics.csv predictions-test.csv; do
        holds "$name: killed and resumed: $file is the same, bit for bit" cmp "$whole/$file" "$(echo runs/killed/*/s0)/$file"
    done
    rm -rf runs/killed

    awk -F, 'NR == 1 || $4 == "test"' posts/posts.csv | cut -d, -f1,2,5 >test.csv
    "$AUXFUSE" predict "$whole" --data test.csv --images posts/images >predicted.csv 2>"$output" || fail "$name: predict"
    holds "$name: predict repeats the run's predictions" python3 - "$whole/predictions-test.csv" <<'PY'
import csv, sys
own = {row['id']: int(row['prediction']) for row in csv.DictReader(open(sys.argv[1]))}
again = {row['id']: int(row['prediction']) for row in csv.DictReader(open('predicted.csv'))}
assert own and own == again, (len(own), len(again))
PY

    # Both auxiliary losses, in training and in evaluation.
    holds "$name: contrast and matching" "$AUXFUSE" run $name.yml -s name=$name-cm \
        -s 'losses={itc: {beta: 0.1}, itm: {beta: 0.1}}'
    holds "$name: each loss is measured on each split" python3 - "$(echo runs/$name-cm/*/s0)/metrics.csv" <<'PY'
import csv, math, sys
rows = list(csv.DictReader(open(sys.argv[1])))
assert {row['split'] for row in rows} == {'train', 'val', 'test'}, rows
for row in rows:
    parts = [float(row[key]) for key in row if key.endswith(('itc', 'itm', 'cross_entropy'))]
    assert len(parts) == 3 and all(math.isfinite(part) and part > 0 for part in parts), row
PY
    holds "$name: matching with a second pass" "$AUXFUSE" run $name.yml -q -s name=$name-m -s train.epochs=1 \
        -s 'losses={itm: {beta: 0.1, second_pass: true}}'
    holds "$name: frozen" "$AUXFUSE" run $name.yml -q -s name=$name-frozen -s train.epochs=1 -s model.joint.frozen=true
done

# The ResNet alone frozen, which includes its batch norms: their running means stay at 0.
holds "mmbt: its ResNet frozen" "$AUXFUSE" run mmbt.yml -q -s name=half -s train.epochs=1 -s model.joint.freeze_until=layer4
holds "mmbt: running statistics change when the ResNet is trained, and then alone" python3 - runs/mmbt/*/s0 runs/half/*/s0 <<'PY'
import json, struct, sys
changed = []
for folder in sys.argv[1:]:
    data = open(folder + '/checkpoints/final.safetensors', 'rb').read()
    length, = struct.unpack('<Q', data[:8])
    means = {name: entry['data_offsets'] for name, entry in json.loads(data[8:8 + length]).items()
             if name.endswith('running_mean')}
    assert len(means) > 10, means
    changed.append([name for name, (begin, end) in means.items() if any(data[8 + length + begin:8 + length + end])])
assert len(changed[0]) == len(means) and not changed[1], changed
PY

holds "mmbt: the reference's defects" "$AUXFUSE" run mmbt.yml -q -s name=defects -s train.epochs=1 \
    -s model.joint.reference_defects=true -s 'losses={itc: {beta: 0.1}, itm: {beta: 0.1, second_pass: true}}'
expect 2 "mmbt" "micro_batch" -- "$AUXFUSE" run mmbt.yml -s name=parts -s train.micro_batch=4
expect 0 -- "$AUXFUSE" run vilt.yml -q -s name=parts -s train.epochs=1 -s train.micro_batch=4
expect 2 "loss 'itm'" "'vilt' has text and image in one encoder" "train.batch (8) may be no more than train.micro_batch (4)" \
    -- "$AUXFUSE" run vilt.yml -s name=bad -s train.micro_batch=4 -s 'losses={itm: {beta: 0.1}}'
expect 2 "vilt.yml" "max_length is 50" "positions for 40" -- "$AUXFUSE" run vilt.yml -s name=long -s model.joint.max_length=50

# An image that cannot be read is one blank patch.
rm "posts/images/$(awk -F, 'NR == 2 {print $5}' posts/posts.csv)"
expect 1 "data.on_bad_image" -- "$AUXFUSE" run vilt.yml -s name=bad
for name in vilt mmbt; do
    expect 0 -- "$AUXFUSE" run $name.yml -q -s name=bad-$name -s train.epochs=1 -s data.on_bad_image=blank
done
finish
