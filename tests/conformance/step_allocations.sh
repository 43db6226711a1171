#!/usr/bin/env bash
# No training step allocates memory: every encoder, fusion, loss and mode trains for a few steps under a counting allocator
# (tests/tools/count_alloc.c), which counts what the program and its plugins ask for on all threads in the third and the
# fourth step. The posts are sorted so that texts become longer from batch to batch, and images smaller: what a step needs is
# reserved before the first, while memory for decoding grows with the largest image so far. In a run of real size three
# things still grow now and then: moments of a table with the words met, a backend's scratch in steps of 2 MiB, and the
# memory of a decoding thread. An image encoder `features` whose posts have a file each opens it in the step.
. "$(dirname "$0")/../lib.sh"
tiny=$source_dir/experiments/tiny
export OMP_WAIT_POLICY=passive
counter=$scratch/count_alloc.so
if [ "$(uname -m)" != x86_64 ] || ! ldd "$AUXFUSE" | grep -q 'libc\.so\.6'; then
    skip "the counting allocator needs glibc"
    finish
fi
if ldd "$AUXFUSE" | grep -q -e libasan -e libtsan; then
    skip "sanitizers bring an allocator of their own"
    finish
fi
holds "the counting allocator compiles" "${CC:-cc}" -std=gnu17 -O1 -g -Wall -Wextra -Werror -shared -fPIC \
    -I"$source_dir/framework/include" -o "$counter" "$here/tools/count_alloc.c"
backends=(reference)
! "$AUXFUSE" plugins cpu >/dev/null 2>&1 || backends+=(cpu)

"$AUXFUSE" data synth posts --count 120 --seed 3 >"$output" 2>&1 || fail "data synth"
"$AUXFUSE" data synth tir --count 120 --seed 3 --format tir >"$output" 2>&1 || fail "data synth --format tir"
holds "tables" python3 - <<'PY'
import csv, json, random, struct
rows = list(csv.DictReader(open('posts/posts.csv', newline='')))
for row in rows:
    row['split'] = 'train' if row['split'] == 'train' else 'val'
rows.sort(key=lambda row: len(row['text'].split()))
def area(name): # pixels of a PNG or JPEG file
    data = open(f'posts/images/{name}', 'rb').read()
    if data[:4] == b'\x89PNG':
        width, height = struct.unpack('>II', data[16:24])
        return width * height
    at = 2
    while not (data[at + 1] in (0xc0, 0xc1, 0xc2)):
        at += 2 + struct.unpack('>H', data[at + 2:at + 4])[0]
    height, width = struct.unpack('>HH', data[at + 5:at + 9])
    return width * height
images = sorted((row['image'] for row in rows), key=area, reverse=True)
rows = [{**row, 'image': image} for row, image in zip(rows, images)]
first = rows[0]['label']
def write(name, rows):
    with open(f'posts/{name}.csv', 'w', newline='') as out:
        writer = csv.DictWriter(out, [*rows[0]])
        writer.writeheader()
        writer.writerows(rows)
open('posts/images/broken.jpg', 'wb').write(b'\xff\xd8\xff broken')
write('rising', [{**row, 'binary': int(row['label'] == first), 'other': 1 - int(row['label'] == first),
                  'none': '' if i % 3 == 0 else row['image'], 'broken': 'broken.jpg' if i % 3 == 0 else row['image']} for i, row in enumerate(rows)])
draw = random.Random(1)
header, data = {'__metadata__': {'ids': '\n'.join(row['id'] for row in rows)}}, b''
for name, width in (('features', 16), ('boxes', 4)):
    values = [draw.uniform(0, 1) for _ in range(len(rows) * 4 * width)]
    block = struct.pack(f'<{len(values)}f', *values)
    header[name] = {'dtype': 'F32', 'shape': [len(rows), 4, width], 'data_offsets': [len(data), len(data) + len(block)]}
    data += block
text = json.dumps(header).encode()
open('regions.safetensors', 'wb').write(struct.pack('<Q', len(text)) + text + data)
PY

text_side() { echo "{encoder: $1, weights: random, config: $tiny/$1, max_length: 24}"; }
image_side() {
    case $1 in
    features) echo "{encoder: features, features: regions.safetensors}" ;;
    *) echo "{encoder: $1, weights: random, config: $tiny/$1}" ;;
    esac
}

# spec NAME TEXT IMAGE FUSION [LINES OF YAML]: writes NAME.yml
spec() {
    {
        echo "name: $1"
        echo "data: ${data:-{loader: table, file: posts/rising.csv, images: posts/images\}}"
        echo "model:"
        [ -z "$2" ] || echo "  text: $(text_side "$2")"
        [ -z "$3" ] || echo "  image: $(image_side "$3")"
        [ -z "$4" ] || echo "  fusion: $4"
        [ -z "${joint:-}" ] || echo "  joint: {encoder: $1, weights: random, config: $tiny/$1, max_length: 24$joint}"
        echo "train: {epochs: 1, batch: 8, learning_rate: 1e-3, reference_defects: [unshuffled]}"
        echo "losses: {count_alloc: {beta: 0.1}${losses:+, $losses}}"
        echo "evaluate: {splits: [val]}"
        echo "checkpoint: {keep: none}"
        [ $# -lt 5 ] || echo "$5"
    } >"$1.yml"
}

# quiet NAME [SETTING]…: the spec NAME.yml with these settings allocates nothing in a step, on every backend
quiet() {
    local name=$1 backend settings=()
    shift
    for setting in "$@"; do settings+=(-s "$setting"); done
    for backend in "${backends[@]}"; do
        rm -rf runs
        if ! LD_PRELOAD=$counter "$AUXFUSE" run "$name.yml" -q --plugin "$counter" -s "backend=$backend" -s threads=2 \
            "${settings[@]}" >"$output" 2>&1; then
            fail "$name $* on $backend does not train"
        elif grep -q '^count_alloc: 0 allocations in 2 steps' "$output"; then
            pass "$name $* on $backend"
        else
            grep '^count_alloc' "$output" | python3 "$here/tools/name_places.py" >"$scratch/places"
            cp "$scratch/places" "$output"
            fail "$name $* on $backend allocates in a step"
        fi
    done
}

for encoder in bert roberta bertweet bernice; do
    spec "$encoder" "$encoder" '' ''
    quiet "$encoder"
done
for encoder in vit beit deit resnet50 resnet152 dinov2; do
    spec "$encoder" '' "$encoder" ''
    quiet "$encoder"
done
spec features bert features attention
quiet features
joint=' ' spec vilt '' '' ''
quiet vilt
joint=", image_weights: random, image_config: $tiny/mmbt-image" spec mmbt '' '' ''
quiet mmbt
joint=', features: regions.safetensors' spec lxmert '' '' ''
quiet lxmert
for fusion in concat attention gmu aspect-att; do
    spec "$fusion" bert vit "$fusion"
    quiet "$fusion"
done
spec concat_cnn bert resnet50 concat_cnn
quiet concat_cnn
spec xatt bert resnet50 "{strategy: xatt, bottleneck: 8}"
quiet xatt

# Losses.
itc='itc: {beta: 0.2, projection_width: 16}'
losses=$itc spec itc bert vit attention
quiet itc
losses='itm: {beta: 0.2}' spec itm bert vit attention
quiet itm
losses='itm: {beta: 0.2, second_pass: true}' spec itm-second-pass bert vit attention
quiet itm-second-pass
losses="$itc, itm: {beta: 0.2, negatives: hard}" spec itc-itm-hard bert vit attention
quiet itc-itm-hard
losses='iadds: {beta: 0.2, column: image_adds}' data='{loader: tir, root: tir, task: relation}' spec iadds bert vit attention
quiet iadds
data='{loader: table, file: posts/rising.csv, images: posts/images, label: binary}' \
    spec loss_correction bert vit attention 'objective: loss_correction'
quiet loss_correction
data='{loader: table, file: posts/rising.csv, images: posts/images, label_columns: [binary, other]}' \
    spec bce bert vit attention 'objective: bce'
quiet bce
spec average bert vit attention 'objective: {loss: cross_entropy, average: weights}'
quiet average

# Modes.
cp attention.yml mode.yml
quiet mode train.micro_batch=3
quiet mode train.clip=0.5
quiet mode train.micro_batch=3 train.clip=0.5
quiet mode train.averaging=ema
quiet mode train.averaging=mean
quiet mode train.schedule=cosine train.warmup=0.1 train.decay_exclusions=true
quiet mode model.text.frozen=true
quiet mode model.text.freeze_until=encoder.layer.0
quiet mode model.image.freeze_until=encoder.layer.0
quiet mode model.image.frozen=true
quiet mode model.image.frozen=true cache.features=false
quiet mode model.text.hidden_dropout=0.1 model.text.attention_dropout=0.1
quiet mode data.missing_image=learned train.image_dropout=0.3
quiet mode data.image=none data.missing_image=learned
quiet mode data.image=none data.missing_image=learned train.image_dropout=0.3
quiet mode data.image=none data.missing_image=blank
quiet mode data.image=none data.missing_image=learned model.image.frozen=true
quiet mode data.image=broken data.on_bad_image=blank
quiet mode data.image=broken data.on_bad_image=learned
quiet mode 'train.reference_defects=[unshuffled,frozen_in_train_mode,batch_mean_loss,train_mode_once]' model.text.frozen=true
quiet mode 'train.reference_defects=[]'
quiet mode 'train.groups=[{match: "text.*", frozen: 1 epochs}]'
for loss in itc itm itm-second-pass itc-itm-hard; do
    quiet "$loss" train.micro_batch=3
done
quiet itm data.image=none data.missing_image=learned train.micro_batch=3
quiet vilt train.micro_batch=3
quiet mmbt data.image=none data.missing_image=learned
finish
