#!/usr/bin/env bash
# Every encoder (text, image and joint), fusion and loss trains one epoch of synthetic posts on the cpu backend, tiny and drawn at random, and the
# loss falls: in the last quarter of the steps it is at most 0.85 of what it was in the first. The posts are those whose
# picture shows what the text tells, and the class is whether that is dark or bright: each side says it alone.
. "$(dirname "$0")/../lib.sh"
tiny=$source_dir/experiments/tiny
if ! "$AUXFUSE" plugins cpu >/dev/null 2>&1; then
    skip "this build has no backend 'cpu'"
    finish
fi
# scene FOLDER COUNT: draws them, and keeps those of the task in FOLDER/scene.csv
scene() {
    "$AUXFUSE" data synth "$1" --count "$2" --seed 3 >"$output" 2>&1 || fail "data synth"
    holds "a task that one epoch teaches" python3 - "$1" <<'PY'
import csv, sys
folder = sys.argv[1]
rows = [row for row in csv.DictReader(open(f'{folder}/posts.csv', newline='')) if 'notadds' in row['label']]
with open(f'{folder}/scene.csv', 'w', newline='') as out:
    writer = csv.DictWriter(out, [*rows[0], 'dark', 'bright'])
    writer.writeheader()
    for row in rows:
        bright = int(any(word in row['text'].lower() for word in ('snow', 'beach')))
        writer.writerow({**row, 'label': bright, 'bright': bright, 'dark': 1 - bright})
assert len(rows) > 200
PY
}
scene posts 480
scene many 1000

text_side() { echo "{encoder: $1, weights: random, config: $tiny/$1, max_length: 24}"; }
image_side() { echo "{encoder: $1, weights: random, config: $tiny/$1}"; }

# trains NAME TEXT IMAGE FUSION [LINES OF YAML]
trains() {
    local name=$1 text=$2 image=$3 fusion=$4
    {
        echo "name: $name"
        echo "data: ${data:-{loader: table, file: posts/scene.csv, images: posts/images\}}"
        echo "model:"
        [ -z "$text" ] || echo "  text: $(text_side "$text")"
        [ -z "$image" ] || echo "  image: $(image_side "$image")"
        [ -z "$fusion" ] || echo "  fusion: $fusion"
        [ -z "${joint:-}" ] || echo "  joint: {encoder: $name, weights: random, config: $tiny/$name, max_length: 24, hidden_dropout: 0$joint}"
        echo "train: {epochs: 1, batch: ${batch:-8}, learning_rate: ${rate:-2e-3}}"
        echo "evaluate: {splits: [val]}"
        echo "backend: cpu"
        echo "threads: 2"
        [ $# -lt 5 ] || echo "$5"
    } >"$name.yml"
    rm -rf trace
    if ! "$AUXFUSE" run "$name.yml" -q --trace trace >"$output" 2>&1; then
        fail "$name does not train"
        return
    fi
    holds "$name: the loss falls" python3 - <<'PY'
import json
loss = [json.loads(line)['loss'] for line in open('trace/trace.jsonl')]
quarter = len(loss) // 4
first, last = sum(loss[:quarter]) / quarter, sum(loss[-quarter:]) / quarter
print(f'{first:.4f} to {last:.4f}')
assert quarter >= 5 and last <= 0.85 * first, (first, last)
PY
    [ -z "${VERBOSE:-}" ] || sed 's/^/    /' "$output"
}

for encoder in bert roberta bertweet bernice; do
    trains "$encoder" "$encoder" '' ''
done
for encoder in vit beit deit resnet50 resnet152 dinov2; do
    trains "$encoder" '' "$encoder" ''
done
holds "regions for LXMERT" python3 - <<'PY'
import csv, json, random, struct
ids, draw = [row['id'] for row in csv.DictReader(open('many/scene.csv'))], random.Random(1)
header, data = {'__metadata__': {'ids': '\n'.join(ids)}}, b''
for name, width in (('features', 16), ('boxes', 4)):
    values = [draw.uniform(0, 1) for _ in range(len(ids) * 4 * width)]
    block = struct.pack(f'<{len(values)}f', *values)
    header[name] = {'dtype': 'F32', 'shape': [len(ids), 4, width], 'data_offsets': [len(data), len(data) + len(block)]}
    data += block
text = json.dumps(header).encode()
open('regions.safetensors', 'wb').write(struct.pack('<Q', len(text)) + text + data)
PY
joint=' ' trains vilt '' '' ''
joint=", image_weights: random, image_config: $tiny/mmbt-image" rate=4e-3 \
    data='{loader: table, file: many/scene.csv, images: many/images}' trains mmbt '' '' ''
joint=', features: regions.safetensors' batch=4 \
    data='{loader: table, file: many/scene.csv, images: many/images}' trains lxmert '' '' ''
for fusion in concat attention gmu aspect-att; do
    trains "$fusion" bert vit "$fusion"
done
trains concat_cnn bert resnet50 concat_cnn
trains xatt bert resnet50 "{strategy: xatt, bottleneck: 8}"
itc='itc: {beta: 0.2, projection_width: 16}'
trains itc bert vit attention "losses: {$itc}"
trains itm bert vit attention 'losses: {itm: {beta: 0.2}}'
trains itm-second-pass bert vit attention 'losses: {itm: {beta: 0.2, second_pass: true}}'
trains itc-itm-hard bert vit attention "losses: {$itc, itm: {beta: 0.2, negatives: hard}}"


# The same task told as TIR's: its second label, image_adds, is the auxiliary target.
"$AUXFUSE" data synth tir --count 480 --seed 3 --format tir >"$output" 2>&1 || fail "data synth --format tir"
holds "TIR's table" python3 - <<'PY'
import csv
with open('tir/textimage-data.csv', newline='') as table:
    rows = [row for row in csv.DictReader(table) if row['image_adds'] == '0' and None not in row]
with open('tir/textimage-data.csv', 'w', newline='') as out:
    writer = csv.DictWriter(out, rows[0].keys(), quoting=csv.QUOTE_ALL)
    writer.writeheader()
    for row in rows:
        bright = int(any(word in row['tweet'].lower() for word in ('snow', 'beach')))
        row.update(text_is_represented=1, image_adds=bright, image_adds_text_repr=bright, image_adds_text_notrepr=0,
                   image_notadds_text_repr=1 - bright, image_notadds_text_notrepr=0)
        writer.writerow(row)
PY
data='{loader: tir, root: tir, task: relation}' trains iadds bert vit attention 'losses: {iadds: {beta: 0.3}}'
trains loss_correction bert vit attention 'objective: loss_correction'
data='{loader: table, file: posts/scene.csv, images: posts/images, label_columns: [dark, bright]}' \
    trains bce bert vit attention 'objective: bce'
finish
