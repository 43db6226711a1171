#!/usr/bin/env bash
# auxfuse export: what the folders hold, that they give the same predictions, and that transformers loads them.
. "$(dirname "$0")/../lib.sh"
golden=$source_dir/tests/golden
encode=$(dirname "$(dirname "$AUXFUSE")")/tests/encode
"$AUXFUSE" data synth posts --count 40 --seed 1 >"$output" 2>&1 || fail "data synth"
awk -F, 'NR == 1 || $4 == "test"' posts/posts.csv | cut -d, -f1,2,5 >test.csv

# run NAME, the model's section from standard input: one epoch on few posts -> $run
train() {
    {
        echo "name: $1"
        echo "data: {loader: table, file: posts/posts.csv, images: posts/images}"
        echo "train: {epochs: 1, batch: 8, learning_rate: 1e-3}"
        echo "backend: reference"
        echo "threads: 1"
        cat
    } >"$1.yml"
    "$AUXFUSE" run "$1.yml" -q --force >"$output" 2>&1 || fail "run $1"
    run=$(echo "runs/$1"/*/s0)
}

# The tensors of a file: names and shapes, sorted.
tensors() {
    python3 - "$1" <<'PY'
import json, sys
file = open(sys.argv[1], 'rb')
header = json.loads(file.read(int.from_bytes(file.read(8), 'little')))
assert header.pop('__metadata__')['format'] == 'pt'
for name, tensor in sorted(header.items()):
    assert tensor['dtype'] == 'F32', tensor
    print(name, tensor['shape'])
PY
}

# same_tensors A PREFIX_A B PREFIX_B: every tensor of A under its prefix is in B under the other, bit for bit.
same_tensors() {
    python3 - "$@" <<'PY'
import json, sys
def read(path, prefix):
    bytes_ = open(path, 'rb').read()
    length = int.from_bytes(bytes_[:8], 'little')
    header = json.loads(bytes_[8:8 + length])
    header.pop('__metadata__', None)
    return {name[len(prefix):]: (value['shape'], bytes_[8 + length + value['data_offsets'][0]:8 + length + value['data_offsets'][1]])
            for name, value in header.items() if name.startswith(prefix)}
a, b = read(sys.argv[1], sys.argv[2]), read(sys.argv[3], sys.argv[4])
assert a and a.keys() <= b.keys(), sorted(a.keys() - b.keys())
for name, value in a.items():
    assert value == b[name], name
PY
}

# ---- a run of two sides, the text side trained, the image side frozen ----
train late <<YAML
model:
  text: {encoder: bert, weights: $golden/models/bert, max_length: 16}
  image: {encoder: vit, weights: $golden/models/vit, frozen: true}
  fusion: attention
losses: {itc: {beta: 0.1}}
YAML
late=$run
expect 0 "out/text: " "out/image: " "out/head.safetensors: " -- "$AUXFUSE" export "$late" out
holds "every file is there" test "$(cd out && find . -type f | sort | paste -sd' ')" = \
    "./environment.json ./head.json ./head.safetensors ./image/config.json ./image/model.safetensors ./image/preprocessor_config.json ./spec.yml ./text/config.json ./text/model.safetensors ./text/vocab.txt"
tensors $golden/models/bert/model.safetensors >want 2>"$output" || fail "the checkpoint's tensors"
sed -i 's/^bert\.//; /position_ids/d; /^cls\./d' want
tensors out/text/model.safetensors | sort >got 2>"$output"
holds "the text encoder has the names and shapes of its checkpoint" diff <(sort want) got
holds "it is the trained one, bit for bit" same_tensors "$late/checkpoints/final.safetensors" text. out/text/model.safetensors ''
holds "the frozen one is its checkpoint" same_tensors out/image/model.safetensors '' $golden/models/vit/model.safetensors ''
holds "the rest is in head.safetensors" same_tensors out/head.safetensors '' "$late/checkpoints/final.safetensors" ''
holds "head.json names every layer of it, and the classes" python3 - <<'PY'
import json
head = json.load(open('out/head.json'))
file = open('out/head.safetensors', 'rb')
header = json.loads(file.read(int.from_bytes(file.read(8), 'little')))
header.pop('__metadata__')
assert {name: value['shape'] for name, value in header.items()} == head['tensors'], head['tensors']
assert {name.split('.')[0] for name in header} == {'fusion', 'head', 'losses'}, header
assert head['model']['fusion']['strategy'] == 'attention' and head['losses']['itc']['beta'] == 0.1
assert len(head['classes']) == 4 and head['classifier_reads'] == 'fused' and not head['several_labels']
PY
mv out elsewhere
"$AUXFUSE" predict "$late" --data test.csv --images posts/images >own.csv 2>"$output" || fail "predict"
(cd posts && "$AUXFUSE" predict ../elsewhere --data ../test.csv --images images >../exported.csv 2>"$output") || fail "predict DIR"
holds "the exported folder predicts as the run does" cmp own.csv exported.csv
expect 1 "elsewhere was built on 'text'" "model.safetensors has the hash" -- bash -c "
    printf x >>elsewhere/text/model.safetensors; '$AUXFUSE' predict elsewhere --data test.csv --images posts/images"
truncate -s -1 elsewhere/text/model.safetensors

# A new run on the exported folders starts from these weights.
train again <<YAML
model:
  text: {encoder: bert, weights: elsewhere/text, max_length: 16, frozen: true}
  image: {encoder: vit, weights: elsewhere/image, frozen: true}
  fusion: attention
losses: {itc: {beta: 0.1}}
cache: {features: false}
YAML
expect 0 -- "$AUXFUSE" run again.yml -q --force --trace trace
holds "weights: DIR/text starts from the trained weights" same_tensors "$late/checkpoints/final.safetensors" text. trace/initial.safetensors text.

# ---- what goes wrong is said ----
expect 2 "elsewhere is not empty" -- "$AUXFUSE" export "$late" elsewhere
expect 2 "export RUN DIR" -- "$AUXFUSE" export "$late"
expect 1 "nowhere" -- "$AUXFUSE" export nowhere x
"$AUXFUSE" run late.yml -q -s name=none -s checkpoint.keep=none >"$output" 2>&1 || fail "a run that keeps nothing"
expect 1 "final.safetensors is not there" "checkpoint.keep: none" -- "$AUXFUSE" export runs/none/*/s0 x
for step in $(seq 1 5 400); do # a full disk at any step: refused, and never half a file under its name
    rm -rf full
    AXF_TEST_FAIL_WRITE=$step "$AUXFUSE" export "$late" full >"$output" 2>&1 && break
    for file in $(find full -name '*.safetensors' 2>/dev/null); do tensors "$file" >/dev/null 2>&1 || fail "half of $file"; done
done
holds "writing fails at many steps, each said" test "$step" -gt 20 -a "$step" -lt 400

# ---- every encoder, against the library it comes from ----
exported=()
single() { # single NAME KIND FOLDER [OPTIONS]: a run of one side
    train "$1" <<YAML
model:
  $2: {encoder: $1, weights: $3${4:-}}
YAML
    expect 0 -- "$AUXFUSE" export "$run" "exported/$1"
    holds "$1: exported as trained" same_tensors "$run/checkpoints/final.safetensors" "$2." "exported/$1/$2/model.safetensors" ''
    exported+=("exported/$1")
}
single bert text $golden/models/bert ', max_length: 16'
single roberta text $golden/text_encoders/roberta ', max_length: 16'
single bertweet text $golden/text_encoders/bertweet ', max_length: 16'
single bernice text $golden/text_encoders/bernice ', max_length: 16'
single vit image $golden/models/vit
single deit image $golden/wide/deit
cp -r $golden/wide/beit beit # without stages of a decoder, which newer versions count
sed -i '/"out_indices": \[/,/\]/d' beit/config.json
single beit image beit
single dinov2 image $golden/models/dinov2
single resnet50 image $golden/wide/resnet

# Joint encoders: one checkpoint (ViLT), and two, the second of which becomes a folder of its own (MMBT).
joint() { # joint NAME OPTIONS
    train "$1" <<YAML
model:
  joint: {encoder: $1, $2}
losses: {itc: {beta: 0.1}}
YAML
    expect 0 -- "$AUXFUSE" export "$run" "exported/$1"
    "$AUXFUSE" predict "$run" --data test.csv --images posts/images >own.csv 2>"$output" || fail "predict"
    "$AUXFUSE" predict "exported/$1" --data test.csv --images posts/images >exported.csv 2>"$output" || fail "predict DIR"
    holds "$1: the exported folder predicts as the run does" test -s own.csv -a "$(cat own.csv)" = "$(cat exported.csv)"
    exported+=("exported/$1")
}
joint vilt "weights: $golden/joint/vilt, max_length: 12"
joint mmbt "weights: $golden/joint/mmbt/bert, image_weights: $golden/joint/mmbt/resnet, max_length: 12"
holds "mmbt: its BERT has the names of its checkpoint, and no others" diff \
    <(tensors $golden/joint/mmbt/bert/model.safetensors) <(tensors exported/mmbt/joint/model.safetensors)
holds "mmbt: its ResNet lies beside it" same_tensors exported/mmbt/joint-image/model.safetensors '' "$run/checkpoints/final.safetensors" joint.

# A checkpoint that is one file is exported as the folder that its library reads, with what `config` names beside it.
train files <<YAML
model:
  joint: {encoder: mmbt, weights: $golden/torch/models/bert-old.bin, config: $golden/models/bert, max_length: 12,
    image_weights: $golden/torch/models/resnet.pth, image_config: $golden/wide/resnet}
YAML
expect 0 -- "$AUXFUSE" export "$run" exported/files
"$AUXFUSE" predict "$run" --data test.csv --images posts/images >own.csv 2>"$output" || fail "predict"
"$AUXFUSE" predict exported/files --data test.csv --images posts/images >exported.csv 2>"$output" || fail "predict DIR"
holds "mmbt from files: the exported folder predicts as the run does" test -s own.csv -a "$(cat own.csv)" = "$(cat exported.csv)"
holds "mmbt from files: each folder has its configuration, and the spec names no other" bash -c "
    test -f exported/files/joint/config.json -a -f exported/files/joint/vocab.txt -a -f exported/files/joint-image/config.json &&
    ! grep -q golden exported/files/spec.yml"
exported+=(exported/files)

# Features that were computed elsewhere are data, whose place the exported folder names as the run does.
cat >regions.py <<'PY'
import csv, json, random, struct
ids, draw = [post['id'] for post in csv.DictReader(open('posts/posts.csv'))], random.Random(1)
header, data = {'__metadata__': {'ids': '\n'.join(ids)}}, b''
for name, width in (('features', 10), ('boxes', 4)):
    values = [draw.uniform(0, 1) for _ in range(len(ids) * 5 * width)]
    block = struct.pack(f'<{len(values)}f', *values)
    header[name] = {'dtype': 'F32', 'shape': [len(ids), 5, width], 'data_offsets': [len(data), len(data) + len(block)]}
    data += block
text = json.dumps(header).encode()
open('regions.safetensors', 'wb').write(struct.pack('<Q', len(text)) + text + data)
PY
python3 regions.py
joint lxmert "weights: $golden/joint/lxmert, max_length: 12, features: regions.safetensors"
holds "lxmert: what is new in it lies beside its checkpoint's names" diff \
    <(tensors $golden/joint/lxmert/model.safetensors | grep '^lxmert\.' | grep -v '^lxmert.pooler' | sed 's/^lxmert\.//') \
    <(tensors exported/lxmert/joint/model.safetensors)
train features <<YAML
model:
  image: {encoder: features, features: regions.safetensors}
YAML
expect 0 -- "$AUXFUSE" export "$run" exported/features
"$AUXFUSE" predict "$run" --data test.csv --images posts/images >own.csv 2>"$output" || fail "predict"
"$AUXFUSE" predict exported/features --data test.csv --images posts/images >exported.csv 2>"$output" || fail "predict DIR"
holds "features: the exported folder predicts as the run does" test -s own.csv -a "$(cat own.csv)" = "$(cat exported.csv)"

python=${AUXFUSE_PYTHON:-$source_dir/.venv/bench/bin/python}
if [ ! -x "$encode" ]; then
    skip "transformers loads what was exported: $encode is not built (AUXFUSE_TESTS=ON)"
elif ! "$python" -c 'import torch, transformers, safetensors' >/dev/null 2>&1; then
    skip "transformers loads what was exported: no Python with torch and transformers (AUXFUSE_PYTHON, or tools/bench/run makes .venv/bench)"
else
    # LeakSanitizer stops with a fatal error where OpenMP's threads are alive.
    ASAN_OPTIONS=detect_leaks=0 "$python" "$source_dir/tools/check-export" --encode "$encode" "${exported[@]}" elsewhere >checked.txt 2>&1
    for folder in "${exported[@]}" elsewhere; do
        grep "$folder/" checked.txt >found.txt
        holds "transformers loads $folder, and computes the same: $(cat found.txt)" test -s found.txt
        holds "transformers finds nothing wrong with $folder" test "$(grep -c '^failed: ' found.txt)" = 0
        while read -r line; do skip "${line#skipped: }"; done < <(grep '^skipped: ' found.txt)
    done
fi
finish
