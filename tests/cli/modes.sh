#!/usr/bin/env bash
# Objectives and auxiliary losses in whole runs: class weights, corrected labels, a second label, hard negatives.
. "$(dirname "$0")/../lib.sh"
tiny_spec class.yml 120 </dev/null
python3 - <<'PY'
import csv
rows = list(csv.DictReader(open('posts/posts.csv', newline='')))
names = sorted({row['label'] for row in rows})
with open('posts/binary.csv', 'w', newline='') as out:
    writer = csv.DictWriter(out, rows[0])
    writer.writeheader()
    for i, row in enumerate(rows):
        writer.writerow({**row, 'label': int(row['label'] == names[0])})  # one of four
PY
sed 's,posts/posts.csv,posts/binary.csv,' class.yml >binary.yml

# The loss of the first step, from the logits of the predictions before it: what the weights make of it.
first_loss() { # NAME SETTING…
    local name=$1
    shift
    "$AUXFUSE" run binary.yml -q -s name="$name" -s train.learning_rate=0 -s model.head.dropout=0 -s 'evaluate.splits=[train]' "$@" >"$output" 2>&1 || fail "$name does not train"
}
first_loss balanced
first_loss none -s objective.class_weights=none -s objective.loss=cross_entropy
first_loss weights -s objective.average=weights -s objective.loss=cross_entropy
first_loss corrected -s objective.loss=loss_correction -s objective.class_weights=none
holds "losses on train are those of the written logits" python3 - <<'PY'
import csv, glob, math
def read(name):
    folder = glob.glob(f'runs/{name}/*/s0')[0]
    posts = list(csv.DictReader(open(folder + '/predictions-train.csv')))
    rows = [r for r in csv.DictReader(open(folder + '/metrics.csv')) if r['split'] == 'train']
    return posts, [float(r['loss']) for r in rows]
def ce(post, label):
    z = [float(post['logit_0']), float(post['logit_1'])]
    return math.log(sum(math.exp(v) for v in z)) - z[label]
posts, _ = read('none')
count = [sum(int(p['target']) == k for p in posts) for k in (0, 1)]
assert count[0] > 2 * count[1] > 0, count
weight = [len(posts) / (2 * c) for c in count]
e0, e1 = 0.17851959, 0.092827
def corrected(p):
    l0, l1 = ce(p, 0), ce(p, 1)
    return (((1 - e1) * l0 - e0 * l1) if p['target'] == '0' else ((1 - e0) * l1 - e1 * l0)) / (1 - e0 - e1)
want = {'none': lambda p: ce(p, int(p['target'])), 'balanced': lambda p: weight[int(p['target'])] * ce(p, int(p['target'])),
        'corrected': corrected}
for name, loss in want.items():
    posts, got = read(name)
    mean = sum(map(loss, posts)) / len(posts)
    for value in got:
        assert abs(value - mean) < 2e-6, (name, value, mean)
assert abs(read('weights')[1][0] - read('balanced')[1][0]) > 1e-6
PY
expect 2 "two classes" -- "$AUXFUSE" run class.yml -s name=bad -s objective=loss_correction
expect 2 "class_weights" -- "$AUXFUSE" run binary.yml -s name=bad -s objective.loss=cross_entropy -s objective.class_weights=inverse

# A second label: TIR's image_adds; a dataset without the column is refused before anything is made.
"$AUXFUSE" data synth tir --count 80 --seed 2 --format tir >"$output" 2>&1 || fail "data synth --format tir"
sed -e 's,^data:.*,data: {loader: tir\, root: tir\, task: text_is_represented},' class.yml >tir.yml
echo 'losses: {iadds: {beta: 0.25}, itc: {beta: 0.1, projection_width: 8}, itm: {beta: 0.1, negatives: hard}}' >>tir.yml
expect 0 -- "$AUXFUSE" run tir.yml -q -s name=adds
holds "every loss has its column" sh -c "head -1 runs/adds/*/s0/metrics.csv |
    grep -q '^epoch,split,posts,loss,loss_cross_entropy,loss_iadds,loss_itc,loss_itm,'"
holds "the joint loss is their weighted sum" python3 - <<'PY'
import csv, glob
for row in csv.DictReader(open(glob.glob('runs/adds/*/s0/metrics.csv')[0])):
    parts = {k[5:]: float(v) for k, v in row.items() if k.startswith('loss_')}
    if row['split'] != 'train' and int(row['posts']) <= 8:
        want = 0.55 * parts['cross_entropy'] + 0.25 * parts['iadds'] + 0.1 * parts['itc'] + 0.1 * parts['itm']
        assert abs(float(row['loss']) - want) < 1e-6, (row['loss'], want)
PY
expect 2 "image_adds" "losses.iadds" -- "$AUXFUSE" run class.yml -s name=bad -s losses.iadds.beta=0.1
holds "nothing was begun" sh -c '! ls runs/bad/*/s0/metrics.csv 2>/dev/null | xargs -r cat | grep -q .'
expect 2 "itc.similarity" -- "$AUXFUSE" run class.yml -s name=bad -s losses.itm.negatives=hard

# One side alone: what the classifier reads, and no auxiliary loss that needs both.
for side in text image; do
    other=$([ $side = text ] && echo image || echo text)
    expect 0 -- "$AUXFUSE" run class.yml -q -s name=$side -s model.$other=null -s model.fusion=null
    expect 2 "this model does not have both" -- "$AUXFUSE" run class.yml -s name=bad -s model.$other=null -s model.fusion=null -s losses.itm.beta=0.1
done
expect 0 -- "$AUXFUSE" run class.yml -q -s name=attends -s model.text=null -s model.fusion=null -s 'evaluate={splits: [test]}' \
    -s "model.image={encoder: resnet50, weights: random, config: $source_dir/experiments/tiny/resnet50, conv_attention: true}"
expect 2 "image encoder 'vit' has no option 'conv_attention'" -- "$AUXFUSE" validate class.yml -s model.image.conv_attention=true

# ITC's temperature is learned, or fixed; pairs are drawn by the run's seed, whatever else is in the spec.
pairs=(-q -s 'losses={itc: {beta: 0.1, projection_width: 8}, itm: {beta: 0.1}}')
expect 0 -- "$AUXFUSE" run class.yml "${pairs[@]}" -s name=learned --trace learned
expect 0 -- "$AUXFUSE" run class.yml "${pairs[@]}" -s name=fixed -s losses.itc.temperature=fixed --trace fixed
expect 0 -- "$AUXFUSE" run class.yml "${pairs[@]}" -s name=seed -s seeds=[1] --trace seed
holds "the temperature is learned or fixed; pairs hang on the seed" python3 - <<'PY'
import glob, json, struct
def scale(name):
    data = open(glob.glob(f'runs/{name}/*/s*/checkpoints/final.safetensors')[0], 'rb').read()
    size = struct.unpack('<Q', data[:8])[0]
    entry = json.loads(data[8:8 + size])['losses.itc.logit_scale']
    return struct.unpack_from('<f', data, 8 + size + entry['data_offsets'][0])[0]
first = struct.unpack('<f', struct.pack('<f', 2.6592))[0]
assert scale('fixed') == first != scale('learned'), (scale('fixed'), scale('learned'))
def pairs(name):
    return [json.loads(line)['pairs'] for line in open(f'{name}/trace.jsonl')]
assert pairs('learned') == pairs('fixed') != pairs('seed')
PY
finish
