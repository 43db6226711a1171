#!/usr/bin/env bash
# train.reference_defects: each of the reference program's defects does what its name says, and the default does not.
. "$(dirname "$0")/../lib.sh"
tiny_spec base.yml 75 </dev/null
tiny=$source_dir/experiments/tiny
cat >>base.yml <<'YAML'
objective: {class_weights: none}
evaluate: {splits: [train]}
checkpoint: {keep: all}
YAML
# Without steps (learning rate 0), the epoch's own train row and the evaluated one differ by what training mode does.
sed -i 's/^train:.*/train: {epochs: 2, batch: 9, learning_rate: 0}/' base.yml
sed '/^  image:/d; /^  fusion:/d; s/max_length: 16/max_length: 16, hidden_dropout: 0.1/' base.yml >text.yml
sed "/^  text:/d; /^  fusion:/d; s,^  image:.*,  image: {encoder: resnet50\, weights: random\, config: $tiny/resnet50}," base.yml >image.yml
sed "s,^  image:.*,  image: {encoder: resnet50\, weights: random\, config: $tiny/resnet50\, frozen: true}," base.yml |
    sed 's/^  fusion:.*/  fusion: concat_cnn/; s/max_length: 16/max_length: 16, hidden_dropout: 0.1, frozen: true/' >cnn.yml

run() { # run SPEC NAME SETTING…
    local spec=$1 name=$2
    shift 2
    "$AUXFUSE" run "$spec" -s name="$name" --trace "trace-$name" "$@" >"$output" 2>&1 || fail "$name does not train"
    cp "$output" "log-$name"
}
once=(-s 'train.reference_defects=[train_mode_once]')
frozen=(-s 'train.reference_defects=[frozen_in_train_mode]')
run text.yml text
run text.yml text-once "${once[@]}"
run text.yml text-learns "${once[@]}" -s train.learning_rate=1e-3
run image.yml image -s train.learning_rate=1e-3
run image.yml image-once "${once[@]}" -s train.learning_rate=1e-3
run image.yml image-unshuffled -s 'train.reference_defects=[unshuffled]'
run cnn.yml cnn
run cnn.yml cnn-frozen "${frozen[@]}" -s 'evaluate.splits=[train, test]'
run cnn.yml cnn-both -s 'train.reference_defects=[train_mode_once, frozen_in_train_mode]'
run text.yml text-mean -s 'train.reference_defects=[batch_mean_loss]'
pads=(-s model.fusion.reference_defects=true -s train.learning_rate=1e-3 -s 'evaluate.splits=[train, test]')
sed '/^  text:/s/, frozen: true//; s/^  fusion:.*/  fusion: {strategy: xatt, bottleneck: 4}/' cnn.yml >xatt.yml
run xatt.yml xatt -s train.learning_rate=1e-3
losses='losses={itc: {beta: 0.1, projection_width: 8}, itm: {beta: 0.1, second_pass: true}}'
run xatt.yml xatt-pads "${pads[@]}" -s "$losses"
run xatt.yml xatt-pads-two "${pads[@]}" -s "$losses" -s train.micro_batch=4
run xatt.yml xatt-pads-whole "${pads[@]}"
run xatt.yml xatt-pads-parts "${pads[@]}" -s train.micro_batch=4
run xatt.yml xatt-pads-cpu "${pads[@]}" -s backend=cpu
run xatt.yml xatt-pads-long "${pads[@]}" -s model.text.max_length=32
cat >check.py <<'PY'
import csv, glob, json, math, struct, sys
def folder(name):
    return glob.glob(f'runs/{name}/*/s0')[0]
def rows(name):
    """The losses on train: {epoch: (of its steps, evaluated behind it)}"""
    losses = {}
    for row in csv.DictReader(open(folder(name) + '/metrics.csv')):
        if row['split'] == 'train':
            losses.setdefault(int(row['epoch']), []).append(float(row['loss']))
    return losses
def still(name, epoch):
    steps, evaluated = rows(name)[epoch]
    return abs(steps - evaluated) < 2e-6
def read(name, file):
    data = open(f'{folder(name)}/checkpoints/{file}.safetensors', 'rb').read()
    size = int.from_bytes(data[:8], 'little')
    return {key: data[8 + size + entry['data_offsets'][0]:8 + size + entry['data_offsets'][1]]
            for key, entry in json.loads(data[8:8 + size]).items() if key != '__metadata__'}
def moved(name):
    """Which tensors the second epoch changed."""
    first, second = read(name, 'epoch-1'), read(name, 'epoch-2')
    return {key for key in first if first[key] != second[key]}
def order(name):
    steps = [json.loads(line) for line in open(f'trace-{name}/trace.jsonl')]
    posts = [post for step in steps for post in step['posts']]
    return posts[:len(posts) // 2], posts[len(posts) // 2:]
assert eval(f'({sys.argv[1]})'), sys.argv[1]
PY
check() { holds "$1" python3 check.py "$2"; }
check "train mode in every epoch" "not still('text', 1) and not still('text', 2)"
check "train_mode_once: the first epoch is the same" "rows('text-once')[1] == rows('text')[1]"
check "train_mode_once: no dropout in the second" "still('text-once', 2)"
check "train_mode_once: the second trains" "any(key.startswith('text.') for key in moved('text-learns'))"
check "batch norms move in every epoch" "{'image.bn1.running_mean', 'image.bn1.running_var', 'image.conv1.weight'} <= moved('image')"
check "train_mode_once: they do not in the second" "not any('running' in key for key in moved('image-once')) and 'image.conv1.weight' in moved('image-once')"
check "posts are shuffled" "order('image')[0] != order('image')[1]"
check "unshuffled: in the order of the data" "order('image-unshuffled')[0] == order('image-unshuffled')[1] ==
    [row['id'] for row in csv.DictReader(open('posts/posts.csv')) if row['split'] == 'train']"
holds "frozen parts: features are cached" grep -q "image features" log-cnn
check "frozen parts: evaluation mode" "not any(key.startswith('image.') for key in read('cnn', 'final')) and still('cnn', 1)"
holds "frozen_in_train_mode: they are not" sh -c '! grep -q "image features" log-cnn-frozen'
check "frozen_in_train_mode: running statistics move" "{'image.bn1.running_mean', 'image.layer4.0.bn3.running_var'} <= moved('cnn-frozen')"
check "frozen_in_train_mode: and nothing else does" "all('running' in key for key in moved('cnn-frozen'))"
check "frozen_in_train_mode: dropout and batch statistics" "not still('cnn-frozen', 1)"
check "both: in the first epoch alone" "not moved('cnn-both') and still('cnn-both', 2) and not still('cnn-both', 1)"
awk -F, 'NR == 1 || $4 == "test"' posts/posts.csv | cut -d, -f1,2,5 >test.csv
"$AUXFUSE" predict runs/cnn-frozen/*/s0 --data test.csv --images posts/images >new.csv 2>"$output" || fail "predict"
check "predict has the running statistics" "all(
    abs(float(post[f'logit_{k}']) - float(post['logit_0']) - math.log(float(new[f'probability_{k}']) / float(new['probability_0']))) < 1e-4
    for post in csv.DictReader(open(folder('cnn-frozen') + '/predictions-test.csv'))
    for new in csv.DictReader(open('new.csv')) if new['id'] == post['id'] for k in range(4))"
check "xatt: rows of padding count with the defect" "abs(rows('xatt')[2][1] - rows('xatt-pads-whole')[2][1]) > 1e-4"
check "xatt: and so does the length that texts are filled up to" "abs(rows('xatt-pads-whole')[2][1] - rows('xatt-pads-long')[2][1]) > 1e-4"
check "xatt: parts of a batch are the batch" "abs(rows('xatt-pads-whole')[2][1] - rows('xatt-pads-parts')[2][1]) < 1e-5"
check "xatt: losses that compare all posts, too" "abs(rows('xatt-pads')[2][1] - rows('xatt-pads-two')[2][1]) < 1e-5"
check "xatt: the backend cpu trains the same" "abs(rows('xatt-pads-whole')[2][1] - rows('xatt-pads-cpu')[2][1]) < 1e-4"
holds "xatt: the trace has the texts' own tokens" python3 - <<'PY'
import json
a, b = ([json.loads(line)['tokens'] for line in open(f'trace-{name}/trace.jsonl')] for name in ('xatt', 'xatt-pads-whole'))
assert a == b and len({len(text) for batch in a for text in batch}) > 1
PY
"$AUXFUSE" predict runs/xatt-pads/*/s0 --data test.csv --images posts/images >new.csv 2>"$output" || fail "predict with padding"
check "xatt: predict fills texts up, too" "all(
    abs(float(post[f'logit_{k}']) - float(post['logit_0']) - math.log(float(new[f'probability_{k}']) / float(new['probability_0']))) < 1e-4
    for post in csv.DictReader(open(folder('xatt-pads') + '/predictions-test.csv'))
    for new in csv.DictReader(open('new.csv')) if new['id'] == post['id'] for k in range(4))"
for what in fused first pooled; do
    side=$([ $what = fused ] || echo --side text)
    expect 0 "$what.safetensors: " -- "$AUXFUSE" extract runs/xatt-pads/*/s0 --what $what $side --split test --output $what.safetensors
done
holds "batch_mean_loss: a short last batch counts like a full one" python3 - <<'PY'
import csv, glob, math
name = {name: glob.glob(f'runs/{name}/*/s0')[0] for name in ('text', 'text-mean')}
posts = list(csv.DictReader(open(name['text'] + '/predictions-train.csv')))
def ce(post):
    z = [float(post[key]) for key in post if key.startswith('logit_')]
    return math.log(sum(map(math.exp, z))) - z[int(post['target'])]
assert len(posts) % 9, len(posts)
batches = [[ce(post) for post in posts[i:i + 9]] for i in range(0, len(posts), 9)]
want = {'text': sum(map(sum, batches)) / len(posts), 'text-mean': sum(sum(b) / len(b) for b in batches) / len(batches)}
assert abs(want['text'] - want['text-mean']) > 1e-5
for key, value in want.items():
    got = [float(row['loss']) for row in csv.DictReader(open(name[key] + '/metrics.csv'))][-1]
    assert abs(got - value) < 2e-6, (key, got, value)
PY
expect 2 "train.reference_defects" "did you mean 'unshuffled'" -- "$AUXFUSE" run text.yml -s name=bad -s 'train.reference_defects=[unshufled]'
expect 2 "micro-batches" -- "$AUXFUSE" run cnn.yml -s name=bad "${frozen[@]}" -s train.micro_batch=4

# A set: the order of its words is none of the run's identity.
expect 0 -- "$AUXFUSE" run text.yml -q -s name=set -s train.epochs=0 -s 'train.reference_defects=[batch_mean_loss, unshuffled]'
expect 0 "already finished" -- "$AUXFUSE" run text.yml -s name=set -s train.epochs=0 -s 'train.reference_defects=[unshuffled, batch_mean_loss]'
expect 2 "train.reference_defects: 'unshuffled' is written twice" -- \
    "$AUXFUSE" validate text.yml -s 'train.reference_defects=[unshuffled, batch_mean_loss, unshuffled]'
finish
