#!/usr/bin/env bash
# train.micro_batch under losses that compare all posts of a batch: losses, pairs and weights are those of the step that
# is not split; killed and resumed to the same bits; less memory.
. "$(dirname "$0")/../lib.sh"
# Noise in gradients that are 0 but for rounding must not be blown up by AdamW: a larger epsilon.
tiny_spec tiny.yml 44 <<'YAML'
evaluate: {splits: [test]}
YAML
base=(-q -s model.text.hidden_dropout=0.2 -s model.text.attention_dropout=0.1 -s train.epsilon=1e-4)
both='losses={itc: {beta: 0.1, projection_width: 8}, itm: {beta: 0.2}}'
hard='losses={itc: {beta: 0.1, projection_width: 8}, itm: {beta: 0.2, negatives: hard}}'
again='losses={itc: {beta: 0.1, projection_width: 8}, itm: {beta: 0.2, second_pass: true}}'

python3 - <<'PY' # every third post without an image
import csv
with open('posts/posts.csv', newline='') as f:
    reader = csv.DictReader(f)
    names, rows = reader.fieldnames, list(reader)
with open('posts/none.csv', 'w', newline='') as f:
    writer = csv.DictWriter(f, names)
    writer.writeheader()
    writer.writerows(dict(r, image='') if i % 3 == 0 else r for i, r in enumerate(rows))
PY
none=(-s data.file=posts/none.csv -s data.missing_image=learned)

# Losses, pairs and posts of every step, the metrics, and the weights after it, of two runs.
cat >compare.py <<'PY'
import csv, glob, json, struct, sys

def weights(path):
    data = open(path, 'rb').read()
    size, = struct.unpack('<Q', data[:8])
    header = json.loads(data[8:8 + size])
    header.pop('__metadata__', None)
    return {name: struct.unpack('<%df' % ((e['data_offsets'][1] - e['data_offsets'][0]) // 4),
                                data[8 + size + e['data_offsets'][0]:8 + size + e['data_offsets'][1]])
            for name, e in header.items()}

a, b = sys.argv[1:3]


def near(a, b):
    """Equal but for rounding in f32: losses of several units have fewer digits behind the point."""
    return abs(a - b) < 2e-6 * max(1, abs(a))


steps = [[json.loads(line) for line in open(f'trace-{name}/trace.jsonl')] for name in (a, b)]
assert len(steps[0]) == len(steps[1]) >= 3 and len(steps[0][-1]['posts']) < 8, (len(steps[0]), len(steps[1]))
for x, y in zip(*steps):
    for key in ('step', 'posts', 'tokens', 'pairs', 'match'):
        assert x[key] == y[key], (key, x[key], y[key])
    assert set(x['parts']) == set(y['parts']) and len(x['parts']) > 1
    for key in x['parts']:
        assert near(x['parts'][key], y['parts'][key]), (x['step'], key, x['parts'][key], y['parts'][key])
    assert near(x['loss'], y['loss'])
rows = [list(csv.DictReader(open(glob.glob(f'runs/{name}/*/s0/metrics.csv')[0], newline=''))) for name in (a, b)]
for x, y in zip(*rows):
    for key, value in x.items():
        assert y[key] == value or near(float(y[key]), float(value)), (key, value, y[key])
first, (x, y) = (weights(f'trace-{a}/initial.safetensors'),
                 [weights(glob.glob(f'runs/{name}/*/s0/checkpoints/final.safetensors')[0]) for name in (a, b)])
assert set(x) == set(y)
moved = 0
for name in x:
    moved = max(moved, max(abs(u - v) for u, v in zip(x[name], first[name])))
    worst = max(abs(u - v) for u, v in zip(x[name], y[name]))
    assert worst < 2e-6, (name, worst)
assert moved > 1e-3, moved
PY

# alike NAME SETTING…: as 1 x 8, 2 x 4, 3 + 3 + 2 and 8 x 1
alike() {
    local name=$1 micro
    shift
    for micro in 8 4 3 1; do
        expect 0 -- "$AUXFUSE" run tiny.yml "${base[@]}" -s name="$name-$micro" -s train.micro_batch=$micro \
            --trace "trace-$name-$micro" "$@"
        [ $micro -eq 8 ] || holds "$name: parts of $micro" python3 compare.py "$name-8" "$name-$micro"
    done
}
alike attention -s "$both"
alike concat -s model.fusion=concat -s backend=cpu -s "$hard"
alike gmu -s model.fusion=gmu -s backend=cpu -s "$again" -s train.clip=0.05
alike frozen -s backend=cpu -s model.image.frozen=true -s model.text.freeze_until=encoder.layer.0 -s "$both"
holds "the frozen tower's features come from the cache" sh -c "ls $XDG_CACHE_HOME/auxfuse/* | grep -q ."
alike missing -s backend=cpu "${none[@]}" -s train.image_dropout=0.3 -s "$both"
alike missing-cached -s backend=cpu "${none[@]}" -s model.image.frozen=true -s "$again"
alike groups -s backend=cpu -s 'train.groups=[{match: "image.*", frozen: yes}]' -s "$both"
alike plain -s backend=cpu -s 'losses={itm: {beta: 0.2}}' -s train.reference_defects='[frozen_in_train_mode]'

# Killed in the middle of an epoch, and resumed: the same bits as without.
long=(-s train.epochs=40 -s train.micro_batch=3 -s backend=cpu -s "$again" -s 'checkpoint.every=2 steps')
expect 0 -- "$AUXFUSE" run tiny.yml "${base[@]}" "${long[@]}" -s name=through
signal_at KILL metrics.csv 2,train "$AUXFUSE" run tiny.yml "${base[@]}" "${long[@]}" -s name=killed >/dev/null 2>&1
holds "it was killed before its end" test ! -e runs/killed/*/s0/done.json
expect 0 "resumed at step" -- "$AUXFUSE" run tiny.yml "${base[@]:1}" "${long[@]}" -s name=killed
for file in metrics.csv predictions-test.csv checkpoints/final.safetensors; do
    holds "killed and resumed: $file" cmp runs/through/*/s0/$file runs/killed/*/s0/$file
done
finish
