#!/usr/bin/env bash
# Damaged and forged weight files: each gives one message with the file and the tensor, and exit code 1.
. "$(dirname "$0")/../lib.sh"
tiny_spec tiny.yml 60 <<<'evaluate: {splits: [val]}'
cp -r "$source_dir/experiments/quickstart/tiny-bert" bert
mkdir weights

# weights/<case>.safetensors, all beginning with a length and a JSON header.
python3 - <<'PY'
import json, struct

def write(name, header, data=b'', length=None):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    with open(f'weights/{name}.safetensors', 'wb') as out:
        out.write(struct.pack('<Q', len(text) if length is None else length) + text + data)

def one(shape=(2, 2), offsets=(0, 16), dtype='F32', name='embeddings.word_embeddings.weight'):
    return {name: {'dtype': dtype, 'shape': list(shape), 'data_offsets': list(offsets)}}

zeros = b'\0' * 16
write('length', one(), zeros, length=1 << 60)
write('cut', one(), b'\0' * 8)
write('offsets', one(offsets=(0, 1 << 50)), zeros)
write('backwards', one(offsets=(16, 0)), zeros)
write('product', one(shape=(1 << 33, 1 << 33)), zeros)
write('negative', one(shape=(-2, -2)), zeros)
write('size', one(shape=(3, 2)), zeros)
write('dtype', one(dtype='F31'), zeros)
write('overlap', {**one(), 'b': {'dtype': 'F32', 'shape': [2, 2], 'data_offsets': [8, 24]}}, b'\0' * 24)
write('list', b'[1, 2, 3]')
write('broken', b'{"a": {"dtype"')
write('deep', b'[' * 100000)
write('twice', b'{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}', b'\0' * 4)
write('shape', one(), zeros)
write('tail', one(), zeros + b'more')
open('weights/empty.safetensors', 'wb').close()
open('weights/short.safetensors', 'wb').write(b'\7\0\0')
PY
for file in weights/*.safetensors; do
    cp "$file" bert/model.safetensors
    expect 1 "bert/model.safetensors" -- "$AUXFUSE" run tiny.yml -s model.text.weights=bert -s model.text.config=null
done
# An index of shards must not lead out of the folder.
rm bert/model.safetensors
cp weights/tail.safetensors outside.safetensors
printf '{"weight_map": {"embeddings.word_embeddings.weight": "../outside.safetensors"}}' >bert/model.safetensors.index.json
expect 1 "../outside.safetensors" -- "$AUXFUSE" run tiny.yml -s model.text.weights=bert -s model.text.config=null
rm bert/model.safetensors.index.json
expect 1 "bert" "safetensors" -- "$AUXFUSE" run tiny.yml -s model.text.weights=bert -s model.text.config=null

# What a folder holds, and what an encoder would take of it.
golden=$source_dir/tests/golden
expect 0 "55 tensors" "embeddings.word_embeddings.weight" "[99, 32]" "loaded" \
    "As text encoder 'bert': 55 tensors loaded, 0 parameters initialised, 0 tensors ignored" -- \
    "$AUXFUSE" weights "$golden/models/bert" -s max_length=16
expect 0 "torch zip, 57 tensors" "bert.embeddings.LayerNorm.gamma" "loaded as embeddings.LayerNorm.weight" \
    "As text encoder 'bert': 55 tensors loaded, 0 parameters initialised, 2 tensors ignored" -- \
    "$AUXFUSE" weights "$golden/torch/models/bert-old.bin" --encoder bert -s max_length=16 -s "config=$golden/models/bert"
expect 0 "As image encoder 'resnet50': 100 tensors loaded" "fc.weight" "ignored" -- \
    "$AUXFUSE" weights "$golden/torch/models/resnet.pth" --kind image -s "config=$golden/wide/resnet"
expect 1 "missing, so that it would be refused: layer1.2.conv1.weight" "image encoder 'resnet50' would refuse it" -- \
    "$AUXFUSE" weights "$golden/torch/models/resnet.pth" --encoder resnet50
expect 0 "initialised: pooler.dense" "As text encoder 'bertweet'" -- \
    "$AUXFUSE" weights "$golden/text_encoders/bertweet" -s max_length=8
expect 0 "npy, 1 tensor, 192 bytes" "(no name)" "there is no config.json that names the encoder" -- "$AUXFUSE" weights "$golden/torch/f8.npy"
expect 1 "legacy.pt" "bare pickle" -- "$AUXFUSE" weights "$golden/torch/legacy.pt"
# A file beside its config.json; folders that name no encoder, or hold something else; what often lies in a file's place.
expect 0 "As image encoder 'vit' with config: $golden/models/vit: 40 tensors loaded" -- \
    "$AUXFUSE" weights "$golden/models/vit/model.safetensors"
expect 0 "max_length is 128" "(here by -s KEY=VALUE)" -- "$AUXFUSE" weights "$golden/models/bert"
mkdir llama h5 && cp "$golden/models/bert/model.safetensors" llama && echo '{"model_type": "llama"}' >llama/config.json
expect 0 "there is no encoder 'llama', which is the model_type in config.json" -- "$AUXFUSE" weights llama
echo '{"model_type": "bert" x' >llama/config.json
expect 0 "llama/config.json:1:2" "not JSON" -- "$AUXFUSE" weights llama
echo '{}' >llama/config.json
expect 0 "config.json has no model_type: name the encoder by --encoder" -- "$AUXFUSE" weights llama
touch h5/tf_model.h5
expect 1 "h5' holds none of" "it has tf_model.h5" -- "$AUXFUSE" weights h5
expect 1 "it has bert-old.bin, resnet.pth: name the file itself" -- "$AUXFUSE" weights "$golden/torch/models"
printf 'version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 440473133\n' >lfs.bin
expect 1 "lfs.bin' is a pointer of Git LFS" -- "$AUXFUSE" weights lfs.bin
echo '<!DOCTYPE html><html>Entry not found</html>' >page.safetensors
expect 1 "page.safetensors' is a web page" -- "$AUXFUSE" weights page.safetensors
expect 1 "config.json' is JSON" -- "$AUXFUSE" weights "$golden/models/bert/config.json"
expect 0 "lxmert needs 'features'" -- "$AUXFUSE" weights "$golden/joint/lxmert"
expect 2 "no text, image or joint encoder 'brt'" -- "$AUXFUSE" weights "$golden/models/bert" --encoder brt
expect 2 "weights FOLDER|FILE" -- "$AUXFUSE" weights
"$AUXFUSE" weights "$golden/torch/models/bert-old.bin" --json --encoder bert -s max_length=16 \
    -s "config=$golden/models/bert" >weights.json 2>"$output"
holds "JSON of weights" python3 - <<'PY'
import json
root = json.load(open('weights.json'))
assert root['format'] == 'torch zip' and root['encoder'] == 'bert' and root['missing'] == [] == root['initialised']
uses = [tensor['use'] for tensor in root['tensors']]
assert uses.count('loaded') == 55 and uses.count('ignored') == 2, uses
word = next(t for t in root['tensors'] if t['name'] == 'bert.embeddings.LayerNorm.gamma')
assert word['parameter'] == 'embeddings.LayerNorm.weight' and word['bytes'] == 4 * word['shape'][0]
PY

# A file of torch trains to the same numbers as the folder of safetensors it was made of; a run id tells the two apart.
for weights in "$golden/models/bert" "$golden/torch/models/bert-old.bin"; do
    config=$([ -d "$weights" ] && echo null || echo "$golden/models/bert")
    expect 0 -- "$AUXFUSE" run tiny.yml -q -s "model.text.weights=$weights" -s "model.text.config=$config" \
        -s "name=form-$(basename "$weights")"
done
holds "the same metrics from both forms" cmp runs/form-bert/*/s0/metrics.csv runs/form-bert-old.bin/*/s0/metrics.csv
expect 2 "are a file" "config:" -- "$AUXFUSE" run tiny.yml -s "model.text.weights=$golden/torch/models/bert-old.bin" \
    -s model.text.config=null

# A folder of the Hugging Face cache that has only a .bin.
hub=hub/models--o--n/snapshots/main
mkdir -p "$hub"
cp "$golden/models/bert/"{config.json,vocab.txt} "$hub"
cp "$golden/torch/models/bert-old.bin" "$hub/pytorch_model.bin"
expect 0 "torch zip" "55 tensors loaded" -- env HF_HUB_CACHE="$PWD/hub" "$AUXFUSE" weights o/n -s max_length=16
expect 0 -- env HF_HUB_CACHE="$PWD/hub" "$AUXFUSE" run tiny.yml -q -s model.text.weights=o/n -s model.text.config=null

# A run's own weights, damaged: predict refuses them.
holds "a run" "$AUXFUSE" run tiny.yml -q -s name=whole
folder=$(echo runs/whole/*/s0)
sed -n 1,3p posts/posts.csv >three.csv
expect 0 -- "$AUXFUSE" predict "$folder" --data three.csv --images posts/images
cp "$folder/checkpoints/final.safetensors" good
truncate -s -100 "$folder/checkpoints/final.safetensors"
expect 1 "final.safetensors" -- "$AUXFUSE" predict "$folder" --data three.csv --images posts/images
{ head -c 20000 good; printf 'x'; tail -c +20002 good; } >"$folder/checkpoints/final.safetensors"
expect 1 "final.safetensors" "checksum" -- "$AUXFUSE" predict "$folder" --data three.csv --images posts/images
rm "$folder/checkpoints/final.safetensors"
expect 1 "final.safetensors" -- "$AUXFUSE" predict "$folder" --data three.csv --images posts/images

# A vocabulary and a configuration with wrong values.
rm -f bert/model.safetensors
head -c 100 bert/config.json >config.json && mv config.json bert/config.json
expect 1 "bert/config.json" -- "$AUXFUSE" run tiny.yml -s model.text.config=bert
for change in 's/"hidden_size": 64/"hidden_size": 65/' 's/"hidden_size": 64/"hidden_size": -64/' \
    's/"vocab_size": 361/"vocab_size": 99999999999/' 's/"num_hidden_layers": 2/"num_hidden_layers": "two"/' \
    's/"hidden_act": "gelu"/"hidden_act": "swish"/' 's/"vocab_size": 361/"vocab_size": 10/'; do
    sed "$change" "$source_dir/experiments/quickstart/tiny-bert/config.json" >bert/config.json
    expect 1 "bert" -- "$AUXFUSE" run tiny.yml -s model.text.config=bert
done
cp "$source_dir/experiments/quickstart/tiny-bert/config.json" bert/config.json
: >bert/vocab.txt
expect 1 "bert/vocab.txt" -- "$AUXFUSE" run tiny.yml -s model.text.config=bert
# Loading takes no second copy: a word table of 41 MB in each form costs these 41 MB and little more.
encode=$(dirname "$(dirname "$AUXFUSE")")/tests/encode
cat >table.py <<'PY'
import json, os, struct, sys, zipfile
V, D, folder, form = int(sys.argv[1]), 256, sys.argv[2], sys.argv[3]
config = {'model_type': 'bert', 'vocab_size': V, 'hidden_size': D, 'num_hidden_layers': 1, 'num_attention_heads': 4,
          'intermediate_size': 64, 'max_position_embeddings': 32, 'type_vocab_size': 2}
layer = 'encoder.layer.0.'
shapes = {'embeddings.word_embeddings.weight': [V, D], 'embeddings.position_embeddings.weight': [32, D],
          'embeddings.token_type_embeddings.weight': [2, D], 'embeddings.LayerNorm.weight': [D], 'embeddings.LayerNorm.bias': [D]}
for name, (o, i) in {'attention.self.query': (D, D), 'attention.self.key': (D, D), 'attention.self.value': (D, D),
                     'attention.output.dense': (D, D), 'intermediate.dense': (64, D), 'output.dense': (D, 64)}.items():
    shapes[layer + name + '.weight'], shapes[layer + name + '.bias'] = [o, i], [o]
for name in ('attention.output.LayerNorm', 'output.LayerNorm'):
    shapes[layer + name + '.weight'], shapes[layer + name + '.bias'] = [D], [D]
os.makedirs(folder)
json.dump(config, open(folder + '/config.json', 'w'))
open(folder + '/vocab.txt', 'w').write('[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\n')
size = {'f32': 4, 'f16': 2, 'bf16': 2, 'bin': 4}[form]
count = lambda shape: shape[0] * (shape[1] if len(shape) > 1 else 1)
if form == 'bin':
    text = lambda s: b'X' + struct.pack('<I', len(s)) + s.encode()
    num = lambda n: b'J' + struct.pack('<i', n)
    program = b'\x80\x02}('
    with zipfile.ZipFile(folder + '/pytorch_model.bin', 'w') as out:
        for i, (name, shape) in enumerate(shapes.items()):
            strides = [shape[1], 1] if len(shape) > 1 else [1]
            program += (text(name) + b'ctorch._utils\n_rebuild_tensor_v2\n((' + text('storage') + b'ctorch\nFloatStorage\n' + text(str(i)) +
                        text('cpu') + num(count(shape)) + b'tQ' + num(0) + b'(' + b''.join(map(num, shape)) + b't(' +
                        b''.join(map(num, strides)) + b't\x89ccollections\nOrderedDict\n)RtR')
        out.writestr('m/data.pkl', program + b'u.')
        for i, shape in enumerate(shapes.values()):
            out.writestr(f'm/data/{i}', bytes(4 * count(shape)))
else:
    header, at = {}, 0
    for name, shape in shapes.items():
        header[name] = {'dtype': form.upper(), 'shape': shape, 'data_offsets': [at, at + size * count(shape)]}
        at += size * count(shape)
    text = json.dumps(header).encode()
    with open(folder + '/model.safetensors', 'wb') as out:
        out.write(struct.pack('<Q', len(text)) + text)
        out.truncate(8 + len(text) + at)
ids = struct.pack('<6i', 2, 4, 4, 3, 0, 4)
text = json.dumps({'ids': {'dtype': 'I32', 'shape': [4], 'data_offsets': [0, 16]},
                   'offsets': {'dtype': 'I32', 'shape': [2], 'data_offsets': [16, 24]}}).encode()
open('ids.safetensors', 'wb').write(struct.pack('<Q', len(text)) + text + ids)
PY
peak() { # VOCABULARY FOLDER FORM: bytes of the process that loads it
    python3 table.py "$1" "$2" "$3" &&
        "$encode" text bert "{weights: $PWD/$2, max_length: 16, normalise: none}" ids.safetensors - backend=cpu steps=1 2>"$output" |
        sed 's/.*"peak_rss_bytes": \([0-9]*\).*/\1/'
}
if [ ! -x "$encode" ] || ! "$AUXFUSE" plugins cpu >/dev/null 2>&1; then
    skip "memory of loading: $encode or the backend 'cpu' is not built"
elif grep -q -e __asan_init -e __tsan_init "$AUXFUSE"; then
    skip "memory of loading: a sanitizer's own would be counted"
else
    without=$(peak 100 table-small f32)
    for form in f32 f16 bf16 bin; do
        with=$(peak 40000 "table-$form" "$form")
        holds "$form: one copy of the table" test "$with" -gt $((without + 39000000)) -a "$with" -lt $((without + 49000000))
        rm -r "table-$form"
    done
fi
finish
