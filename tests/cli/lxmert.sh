#!/usr/bin/env bash
# LXMERT learns from regions of drawn posts, with equal results from every form of file, goes on after a kill, predicts what it
# did, and takes both auxiliary losses; files that do not fit its configuration are refused.
. "$(dirname "$0")/../lib.sh"
tiny=$source_dir/experiments/tiny
"$AUXFUSE" data synth posts --count 120 --seed 1 >"$output" 2>&1 || fail "data synth"

# Regions that tell the post's class, so that there is something to learn; the same numbers in each form.
cat >make.py <<'PY'
import csv, json, os, random, struct, zlib
posts = list(csv.DictReader(open('posts/posts.csv')))
label = [key for key in posts[0] if key == 'label'][0]
classes = sorted({post[label] for post in posts})
ids = [post['id'] for post in posts]

def values(post, rows, width, tag):
    draw = random.Random(tag + post['id'])
    mark = classes.index(post[label])
    return [draw.uniform(-1, 1) + (1.5 if tag == 'f' and i % width == mark else 0) for i in range(rows * width)]

def safetensors(path, tensors, metadata):
    header, data = {'__metadata__': metadata} if metadata else {}, b''
    for name, (shape, flat) in tensors.items():
        block = struct.pack(f'<{len(flat)}f', *flat)
        header[name] = {'dtype': 'F32', 'shape': shape, 'data_offsets': [len(data), len(data) + len(block)]}
        data += block
    text = json.dumps(header).encode()
    text += b' ' * (-len(text) % 8)
    open(path, 'wb').write(struct.pack('<Q', len(text)) + text + data)

def npy(path, shape, flat):
    text = str({'descr': '<f4', 'fortran_order': False, 'shape': tuple(shape)})
    text += ' ' * (-(len(text) + 11) % 64) + '\n'
    open(path, 'wb').write(b'\x93NUMPY\x01\x00' + struct.pack('<H', len(text)) + text.encode() + struct.pack(f'<{len(flat)}f', *flat))

features, boxes = ([values(post, 4, width, tag) for post in posts] for width, tag in ((16, 'f'), (4, 'b')))
flat = lambda table: [x for row in table for x in row]
n = len(ids)
safetensors('regions.safetensors', {'features': ([n, 4, 16], flat(features)), 'boxes': ([n, 4, 4], flat(boxes))}, {'ids': '\n'.join(ids)})
safetensors('unnamed.safetensors', {'features': ([n, 4, 16], flat(features)), 'boxes': ([n, 4, 4], flat(boxes))}, None)
npy('features.npy', [n, 4, 16], flat(features))
npy('boxes.npy', [n, 4, 4], flat(boxes))
open('ids.txt', 'w').write('\n'.join(ids) + '\n')
for folder in ('feats', 'boxes'):
    os.makedirs(folder)
for i, id in enumerate(ids):
    npy(f'feats/feat_{id}', [1, 4, 16] if i % 2 else [4, 16], features[i])
    npy(f'boxes/nbox_{id}', [1, 4, 4] if i % 2 else [4, 4], boxes[i])
PY
python3 make.py || fail "make.py"

spec() { # spec NAME "where the regions lie"
    cat >"$1.yml" <<YAML
name: $1
data: {loader: table, file: posts/posts.csv, images: posts/images}
model:
  joint: {encoder: lxmert, weights: random, config: $tiny/lxmert, max_length: 24, hidden_dropout: 0.02, $2}
  head: {dropout: 0.05}
train: {epochs: 8, batch: 8, learning_rate: 3e-3}
checkpoint: {every: 3 steps}
backend: cpu
threads: 1
YAML
}
spec one "features: regions.safetensors"
spec arrays "features: features.npy, boxes: boxes.npy, ids: ids.txt"
spec files "features: feats, boxes: boxes"

loss_falls() { # loss_falls FOLDER: over the epochs, of the train posts
    python3 - "$1/metrics.csv" <<'PY'
import csv, sys
loss = [float(row['loss']) for row in csv.DictReader(open(sys.argv[1])) if row['split'] == 'train']
assert len(loss) == 8 and loss[-1] < 0.8 * loss[0], loss
PY
}
holds "a run" "$AUXFUSE" run one.yml -q
holds "the loss falls" loss_falls runs/one/*/s0
for name in arrays files; do
    holds "$name: a run" "$AUXFUSE" run $name.yml -q
    holds "$name: the same numbers as from one file" cmp runs/one/*/s0/metrics.csv runs/$name/*/s0/metrics.csv
done
holds "contrast and matching" "$AUXFUSE" run one.yml -q -s name=cm -s train.epochs=1 -s 'losses={itc: {beta: 0.1}, itm: {beta: 0.1}}'
holds "each loss is measured" grep -q '^epoch,split,posts,loss,loss_cross_entropy,loss_itc,loss_itm,' runs/cm/*/s0/metrics.csv
awk -F, 'NR == 1 || $4 == "test"' posts/posts.csv | cut -d, -f1,2,5 >test.csv
"$AUXFUSE" predict runs/one/*/s0 --data test.csv --images posts/images >predicted.csv 2>"$output" || fail "predict"
holds "predict repeats the run's predictions" python3 - runs/one/*/s0/predictions-test.csv <<'PY'
import csv, sys
own = {row['id']: int(row['prediction']) for row in csv.DictReader(open(sys.argv[1]))}
again = {row['id']: int(row['prediction']) for row in csv.DictReader(open('predicted.csv'))}
assert own and own == again, (len(own), len(again))
PY

# Killed without a word, the same command goes on to the same bits.
signal_at KILL metrics.csv 2,train "$AUXFUSE" run one.yml -s name=killed >/dev/null 2>&1
expect 0 -- "$AUXFUSE" run one.yml -s name=killed
for file in checkpoints/final.safetensors metrics.csv predictions-test.csv; do
    holds "killed and resumed: $file is the same, bit for bit" cmp runs/one/*/s0/$file runs/killed/*/s0/$file
done

# What does not fit the configuration.
expect 2 "no metadata \"ids\"" -- "$AUXFUSE" run one.yml -s name=x -s model.joint.features=unnamed.safetensors
expect 2 "no tensor \"boxes\"" -- "$AUXFUSE" run one.yml -s name=x -s model.joint.features=features.npy -s model.joint.ids=ids.txt
expect 1 "4 rows of 4 features" "visual_feat_dim of 16" -- "$AUXFUSE" run arrays.yml -s name=x -s model.joint.features=boxes.npy
expect 1 "4 x 16 values of boxes" "visual_pos_dim of 4" -- "$AUXFUSE" run arrays.yml -s name=x -s model.joint.boxes=features.npy
rm "boxes/nbox_$(head -1 ids.txt)"
expect 1 "boxes/nbox_$(head -1 ids.txt)" "data.on_bad_image" -- "$AUXFUSE" run files.yml -s name=x -s train.epochs=1

# The reference's experiments run without data, weights and regions.
unset TIR_ROOT LXMERT_REGIONS
holds "--tiny draws regions" "$AUXFUSE" run --tiny "$source_dir/experiments/tir/lxmert.yml" "$source_dir/experiments/losses/itc-itm.yml" -q
holds "of 64 posts" test "$(awk -F, '$1 == 1 { n += $3 } END { print n }' runs/tir-lxmert-tiny/*/s30/metrics.csv)" = 64
finish
