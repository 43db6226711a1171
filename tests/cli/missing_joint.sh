#!/usr/bin/env bash
# Posts without an image in joint encoders: a learned vector stands for MMBT's modal token, ViLT's patches and LXMERT's
# regions; it is trained, goes on after a kill, is exported, and predicted with.
. "$(dirname "$0")/../lib.sh"
tiny=$source_dir/experiments/tiny
"$AUXFUSE" data synth posts --count 80 --seed 1 >"$output" 2>&1 || fail "data synth"
# Every third post names no image; LXMERT's regions lack them, too.
python3 - <<'PY'
import csv, json, random, struct
with open('posts/posts.csv', newline='') as f:
    reader = csv.DictReader(f)
    names, rows = reader.fieldnames, list(reader)
gone = {row['id'] for i, row in enumerate(rows) if i % 3 == 0}
with open('posts/none.csv', 'w', newline='') as f:
    writer = csv.DictWriter(f, names)
    writer.writeheader()
    writer.writerows({**row, 'image': ''} if row['id'] in gone else row for row in rows)
def regions(path, ids):
    draw = random.Random(3)
    header, data = {'__metadata__': {'ids': '\n'.join(ids)}}, b''
    for name, width in ('features', 16), ('boxes', 4):
        block = struct.pack(f'<{len(ids) * 4 * width}f', *(draw.uniform(-1, 1) for _ in range(len(ids) * 4 * width)))
        header[name] = {'dtype': 'F32', 'shape': [len(ids), 4, width], 'data_offsets': [len(data), len(data) + len(block)]}
        data += block
    text = json.dumps(header).encode()
    text += b' ' * (-len(text) % 8)
    open(path, 'wb').write(struct.pack('<Q', len(text)) + text + data)
ids = [row['id'] for row in rows if row['id'] not in gone]
regions('regions.safetensors', ids)
PY
spec() { # NAME "options of the encoder"
    cat >"$1.yml" <<YAML
name: $1
data: {loader: table, file: posts/none.csv, images: posts/images, missing_image: learned}
model:
  joint: {encoder: $1, weights: random, max_length: 24, hidden_dropout: 0.02, $2}
train: {epochs: 2, batch: 8, learning_rate: 1e-3}
losses: {itc: {beta: 0.1}, itm: {beta: 0.1}}
evaluate: {splits: [val, test]}
checkpoint: {every: 2 steps}
backend: cpu
threads: 1
YAML
}
spec vilt "config: $tiny/vilt"
spec mmbt "config: $tiny/mmbt, image_weights: random, image_config: $tiny/mmbt-image"
spec lxmert "config: $tiny/lxmert, features: regions.safetensors"
# The first values of a tensor of a safetensors file, "absent" when it is not there.
values() { # FILE NAME
    python3 - "$1" "$2" <<'PY'
import json, struct, sys
data = open(sys.argv[1], 'rb').read()
size = struct.unpack('<Q', data[:8])[0]
entry = json.loads(data[8:8 + size]).get(sys.argv[2])
start = 8 + size + entry['data_offsets'][0] if entry else 0
print(['%.6f' % x for x in struct.unpack('<4f', data[start:start + 16])] if entry else 'absent')
PY
}
for name in vilt mmbt lxmert; do
    vector=missing_image.vector
    [ $name != mmbt ] || vector=missing_image.pooled
    expect 0 "train posts have no image (" -- "$AUXFUSE" run $name.yml
    whole=$(echo runs/$name/*/s0)
    expect 0 -- "$AUXFUSE" run $name.yml -q -s name=$name-start -s train.epochs=0
    start=$(values runs/$name-start/*/s0/checkpoints/final.safetensors $vector)
    end=$(values "$whole/checkpoints/final.safetensors" $vector)
    if [ "$start" != absent ] && [ "$end" != absent ] && [ "$start" != "$end" ]; then
        pass "$name: the vector is trained"
    else
        fail "$name: the vector is trained: $start, $end"
    fi

    # Stopped between two checkpoints, the same command goes on to the same bits.
    expect 0 -- "$AUXFUSE" run $name.yml -q -s name=$name-stopped --stop-after 3
    expect 0 "resumed at step" -- "$AUXFUSE" run $name.yml -s name=$name-stopped
    for file in checkpoints/final.safetensors metrics.csv predictions-test.csv; do
        holds "$name: stopped and resumed: $file is the same" cmp "$whole/$file" "$(echo runs/$name-stopped/*/s0)/$file"
    done

    holds "$name: export" "$AUXFUSE" export "$whole" $name-exported
    if [ "$(values $name-exported/head.safetensors $vector)" = "$end" ]; then
        pass "$name: the vector is exported"
    else
        fail "$name: the vector is exported: $(values $name-exported/head.safetensors $vector), $end"
    fi
    "$AUXFUSE" predict "$whole" --data posts/none.csv --images posts/images >predicted.csv 2>"$output" || fail "$name: predict"
    holds "$name: predict puts the vector there" python3 - "$whole/predictions-test.csv" <<'PY'
import csv, sys
new = {row['id']: row for row in csv.DictReader(open('predicted.csv'))}
own = list(csv.DictReader(open(sys.argv[1])))
assert own and all(row['prediction'] == new[row['id']]['prediction'] for row in own)
PY
    expect 0 -- "$AUXFUSE" run $name.yml -q -s name=$name-dropped -s train.image_dropout=0.5 -s train.epochs=1
    expect 0 -- "$AUXFUSE" run $name.yml -q -s name=$name-frozen -s model.joint.frozen=true -s train.epochs=1
    if [ "$(values runs/$name-frozen/*/s0/checkpoints/final.safetensors $vector)" != "$start" ]; then
        pass "$name: the vector is trained through a frozen encoder"
    else
        fail "$name: the vector is trained through a frozen encoder"
    fi
done
expect 1 "none.csv:2: post s000001" -- "$AUXFUSE" run lxmert.yml -s data.missing_image=error -s data.on_bad_image=learned -s name=bad
finish
