#!/usr/bin/env bash
# auxfuse predict: from a run folder that was moved, with checkpoints that were moved or changed, on files of any form.
. "$(dirname "$0")/../lib.sh"
golden=$source_dir/tests/golden/models
mkdir -p zoo/tiny && cp -r "$golden/bert" "$golden/vit" zoo/tiny/
"$AUXFUSE" data synth posts --count 40 --seed 1 >"$output" 2>&1 || fail "data synth"
cat >run.yml <<'YAML'
name: moved
data: {loader: table, file: posts/posts.csv, images: posts/images}
model:
  text: {encoder: bert, weights: tiny/bert, max_length: 16, frozen: true}
  image: {encoder: vit, weights: tiny/vit, frozen: true}
  fusion: attention
train: {epochs: 1, batch: 8, learning_rate: 1e-3}
backend: reference
threads: 1
YAML
AUXFUSE_MODELS=zoo "$AUXFUSE" run run.yml -q >"$output" 2>&1 || fail "a run"
cp -r "$(echo runs/moved/*/s0)" there && rm -r runs
awk -F, 'NR == 1 || $4 == "test"' posts/posts.csv | cut -d, -f1,2,5 >test.csv
predict() { "$AUXFUSE" predict "$run" --data test.csv --images posts/images "$@"; }
run=there
alike() { # alike "what" COMMAND…: prints what the run printed at home
    local what=$1
    shift
    "$@" >now.csv 2>"$output" || cat now.csv >>"$output"
    holds "$what" cmp now.csv home.csv
}

# ---- where the checkpoints are ----
predict >home.csv 2>"$output" || fail "predict at home"
holds "a line a post" test "$(wc -l <home.csv)" -eq "$(wc -l <test.csv)"
holds "without cached features it predicts as the run did with them" python3 - <<'PY'
import csv
own = {row['id']: row['prediction'] for row in csv.DictReader(open('there/predictions-test.csv'))}
now = {row['id']: row['prediction'] for row in csv.DictReader(open('home.csv'))}
assert own and own == now, (own, now)
PY
mv zoo zoo2
expect 1 "there was built on 'tiny/bert' (model.text.weights, hash " "not at $PWD/zoo/tiny/bert" "--weights tiny/bert=FOLDER" -- predict
alike "found under AUXFUSE_MODELS" env AUXFUSE_MODELS=zoo2 bash -c "$(declare -f predict); run=there AUXFUSE=$AUXFUSE; predict"
mkdir -p hub/models--tiny--{bert,vit}/{snapshots,refs}
cp -r zoo2/tiny/bert hub/models--tiny--bert/snapshots/c0ffee && echo c0ffee >hub/models--tiny--bert/refs/main
cp -r zoo2/tiny/vit hub/models--tiny--vit/snapshots/beef && echo beef >hub/models--tiny--vit/refs/main
alike "found in the Hugging Face cache" env HF_HUB_CACHE=hub "$AUXFUSE" predict there --data test.csv --images posts/images
alike "given by name, and by part" predict --weights tiny/bert=zoo2/tiny/bert --weights model.image=zoo2/tiny/vit
alike "given by the name's last part" predict --weights bert=zoo2/tiny/bert --weights vit=zoo2/tiny/vit
expect 2 "built on nothing of that name" "tiny/bert (model.text), tiny/vit (model.image)" -- predict --weights other=zoo2/tiny/bert
expect 2 "expected NAME=FOLDER" -- predict --weights zoo2/tiny/bert
cp -r hub hub2 && printf x >>hub2/models--tiny--bert/snapshots/c0ffee/vocab.txt
expect 1 "there was built on 'tiny/bert'" "c0ffee is not that: vocab.txt has the hash" -- env HF_HUB_CACHE=hub2 "$AUXFUSE" predict there --data test.csv --images posts/images
alike "a changed folder is passed over where another is right" env AUXFUSE_MODELS=zoo2 HF_HUB_CACHE=hub2 "$AUXFUSE" predict there --data test.csv --images posts/images
expect 1 "is not that: vocab.txt is missing" -- bash -c "cp -r zoo2 zoo3 && rm zoo3/tiny/bert/vocab.txt && AUXFUSE_MODELS=zoo3 '$AUXFUSE' predict there --data test.csv --images posts/images"
echo words >zoo2/tiny/bert/README.md && echo '{}' >zoo2/tiny/bert/generation_config.json && touch zoo2/tiny/bert/tf_model.h5
alike "further files do not count" env AUXFUSE_MODELS=zoo2 "$AUXFUSE" predict there --data test.csv --images posts/images
expect 1 "model.safetensors has the hash" -- bash -c "cp -r zoo2 zoo4 && cp zoo2/tiny/vit/model.safetensors zoo4/tiny/bert/ && AUXFUSE_MODELS=zoo4 '$AUXFUSE' predict there --data test.csv --images posts/images"
export AUXFUSE_MODELS=$PWD/zoo2

# A run of random towers needs their configuration folders.
cp -r "$source_dir/experiments/quickstart/tiny-bert" shapes
sed 's/weights: tiny.bert/weights: random, config: shapes/; s/frozen: true}/frozen: false}/' run.yml >random.yml
"$AUXFUSE" run random.yml -q -s name=random >"$output" 2>&1 || fail "a run of a random tower"
run=$(echo runs/random/*/s0)
predict >home.csv 2>"$output" || fail "predict with a random tower"
mv shapes forms
expect 1 "was built on 'shapes' (model.text.config, hash " -- predict
alike "a moved configuration, named" predict --weights shapes=forms
run=there
predict >home.csv 2>"$output" || fail "predict"

# ---- what else may be missing where the folder went ----
cp -r there elsewhere && sed -i 's/^\( *name: \)["]*reference["]*$/\1quantum/' elsewhere/spec.yml && grep -q quantum elsewhere/spec.yml || fail "no backend in spec.yml"
run=elsewhere
expect 0 "warning: elsewhere ran on the backend 'quantum', which this machine does not have" -- predict
cp there/spec.yml elsewhere/spec.yml && sed -i 's/^\( *loader: \)["]*table["]*$/\1ours/' elsewhere/spec.yml && grep -q ours elsewhere/spec.yml || fail "no loader in spec.yml"
alike "a dataset plugin that is not here is not needed" predict
cp there/spec.yml elsewhere/ && sed -i '/"text encoder"/,/}/s/"version": "[^"]*"/"version": "0"/' elsewhere/environment.json
expect 0 "warning: elsewhere was trained with version 0 of text encoder 'bert', and this is version" -- predict
cp there/environment.json elsewhere/ && truncate -s -1 elsewhere/checkpoints/final.safetensors
expect 1 "final.safetensors" -- predict
rm elsewhere/checkpoints/final.safetensors
expect 1 "final.safetensors is not there: the run is not finished, or kept no weights" -- predict
cp there/checkpoints/final.safetensors elsewhere/checkpoints/
for environment in '{' '[]' '{"classes": []}' '{"classes": ["a"], "weights": [{"part": 1}]}'; do
    echo "$environment" >elsewhere/environment.json
    expect 1 "elsewhere/environment.json" -- predict
done
run=there

# ---- files of any form ----
python3 - <<'PY'
import csv, json
rows = list(csv.DictReader(open('test.csv')))
def write(name, fields, rows):
    with open(name, 'w', newline='') as file:
        out = csv.DictWriter(file, fields)
        out.writeheader()
        out.writerows(rows)
write('more.csv', ['label', 'mood', 'image', 'text', 'id', 'split'],
      [{**row, 'label': f'free, {i}', 'mood': 'x' * 50, 'split': 'nowhere'} for i, row in enumerate(rows)])
write('renamed.csv', ['tweet', 'body', 'picture'], [{'tweet': r['id'], 'body': r['text'], 'picture': r['image']} for r in rows])
write('no-id.csv', ['text', 'image'], [{'text': r['text'], 'image': r['image']} for r in rows])
write('no-image.csv', ['id', 'text'], [{'id': r['id'], 'text': r['text']} for r in rows])
write('twice.csv', ['id', 'text', 'image'], [*rows, rows[0]])
write('gone.csv', ['id', 'text', 'image'], [rows[0], {**rows[1], 'image': 'gone.png'}, {**rows[2], 'image': ''}, rows[3]])
write('empty.csv', ['id', 'text', 'image'], [])
with open('posts.jsonl', 'w') as file:
    for row in rows:
        print(json.dumps({**row, 'label': ['a', 1], 'extra': {'b': None}}), file=file)
with open('odd.jsonl', 'w') as file:
    print(json.dumps({'id': 7, 'text': rows[0]['text'], 'image': rows[0]['image']}), file=file)
    print(file=file)
    print(json.dumps({'text': rows[1]['text'], 'image': 'gone.png'}), file=file)
    print(json.dumps({'id': None, 'text': rows[2]['text']}), file=file)
PY
on() { "$AUXFUSE" predict there --images posts/images --data "$@"; }
alike "columns in another order, more of them, labels that are none" on more.csv
alike "JSONL with more keys" on posts.jsonl
expect 1 "renamed.csv:1: no column 'id'; there are: tweet, body, picture" -- on renamed.csv
alike "columns named on the command line" on renamed.csv --id tweet --text body --image picture
expect 1 "no-id.csv:1: no column 'id'" -- on no-id.csv
on no-id.csv --id none >now.csv 2>"$output" || fail "posts without id"
holds "posts without id are called by their line" test "$(sed -n 2p now.csv | cut -d, -f1)" = 2
holds "and predicted alike" cmp <(cut -d, -f2- now.csv) <(cut -d, -f2- home.csv)
first=$(sed -n 2p test.csv | cut -d, -f1)
alike "images by the run's image_pattern where the file does not name them" on no-image.csv
expect 1 "no-image.csv:2: post $first: " "$first.jpg" -- "$AUXFUSE" predict there --data no-image.csv --images there
expect 1 "twice.csv:$(($(wc -l <test.csv) + 1)): post id '$first' is there twice; first at " -- on twice.csv
expect 1 "no posts were read" -- on empty.csv
expect 1 "gone.csv:3: post $(sed -n 3p test.csv | cut -d, -f1): " "gone.png" -- on gone.csv
expect 0 "left out" -- on gone.csv -s data.on_bad_image=skip
on gone.csv -s data.on_bad_image=skip >now.csv 2>"$output"
holds "skip leaves out what has no image" cmp now.csv <(sed -n '1p;2p;5p' home.csv)
on gone.csv -s data.on_bad_image=blank >now.csv 2>"$output"
holds "blank predicts them, too" test "$(wc -l <now.csv)" -eq 5
holds "and the others as ever" cmp <(sed -n '1p;2p;5p' now.csv) <(sed -n '1p;2p;5p' home.csv)
expect 1 "nosuchfolder" -- "$AUXFUSE" predict there --data test.csv --images nosuchfolder

# The columns of the run's own table are those of a file to predict.
sed 's/^id,text/tweet,body/; 1s/image$/picture/' posts/posts.csv >posts/renamed.csv
"$AUXFUSE" run run.yml -q -s name=columns -s data.file=posts/renamed.csv -s data.id=tweet -s data.text=body -s data.image=picture >"$output" 2>&1 || fail "a run on renamed columns"
own=$(echo runs/columns/*/s0)
expect 0 "$first," -- "$AUXFUSE" predict "$own" --data renamed.csv --images posts/images
holds "a model of images needs no texts" bash -c "
    '$AUXFUSE' run run.yml -q -s name=images -s model.text=null -s model.fusion=null && cut -d, -f1,3 test.csv >images.csv &&
    test \$('$AUXFUSE' predict runs/images/*/s0 --data images.csv --images posts/images --text none | wc -l) -eq $(wc -l <test.csv)"
holds "a model of texts needs no images" bash -c "
    '$AUXFUSE' run run.yml -q -s name=texts -s model.image=null -s model.fusion=null &&
    test \$('$AUXFUSE' predict runs/texts/*/s0 --data no-image.csv | wc -l) -eq $(wc -l <test.csv)"

# ---- line by line ----
lines() { "$AUXFUSE" predict there - --images posts/images "$@" <odd.jsonl; }
expect 1 '"id":"7"' "standard input:3: post 3: " "gone.png" -- lines
lines -s data.on_bad_image=skip >now.jsonl 2>"$output"
holds "skip: a line out for each line in, left out where there is no image" python3 - <<'PY'
import json
rows = [json.loads(line) for line in open('now.jsonl')]
assert [row['id'] for row in rows] == ['7', '3', '4'], rows
assert 'probabilities' in rows[0] and all(row['left_out'] == 'image cannot be read' for row in rows[1:]), rows
PY
lines -s data.on_bad_image=blank >now.jsonl 2>"$output"
holds "blank: every line is predicted" test "$(grep -c probabilities now.jsonl)" -eq 3
holds "a whole file, line by line, as the file" python3 - "$AUXFUSE" <<'PY'
import csv, json, subprocess, sys
out = subprocess.run([sys.argv[1], 'predict', 'there', '-', '--images', 'posts/images'], stdin=open('posts.jsonl'),
                     capture_output=True, text=True, check=True).stdout
lines = {row['id']: row for row in map(json.loads, out.splitlines())}
for row in csv.DictReader(open('home.csv')):
    assert lines[row['id']]['prediction'] == int(row['prediction']), row
    assert abs(lines[row['id']]['probabilities'][0] - float(row['probability_0'])) < 2e-6, row
PY
for line in '{"id": ["x"], "text": "t"}' '{"id": "x", "text": 1.5}' '{"id": "x"}' '[1]' '{"id": "x", "id": "y"}'; do
    expect 1 "line 1: " -- bash -c "echo '$line' | '$AUXFUSE' predict there -"
done
expect 2 "predict RUN --data FILE" -- "$AUXFUSE" predict there - --data test.csv
finish
