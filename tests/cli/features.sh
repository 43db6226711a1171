#!/usr/bin/env bash
# Features instead of pixels: auxfuse extract, the encoders features and lxmert that read them by post id, and files that
# are missing, cut, or of other shapes than they should be.
. "$(dirname "$0")/../lib.sh"
tiny=$source_dir/experiments/quickstart
tiny_spec tiny.yml 120 <<<'evaluate: {splits: [val]}'
sed -i 's/backend: reference/backend: cpu/; s/weights: random, config: [^ ]*tiny-vit/&, frozen: true/' tiny.yml
cat >base.yml <<YAML
data: {loader: table, file: posts/posts.csv, images: posts/images}
evaluate: {splits: [val]}
train: {epochs: 1, batch: 8, learning_rate: 1e-3}
backend: cpu
threads: 1
YAML
cat >late.yml <<YAML
extends: base.yml
name: late
model:
  text: {encoder: bert, weights: random, config: $tiny/tiny-bert, max_length: 16}
  image: {encoder: features, features: all.safetensors}
  fusion: attention
  head: {dropout: 0.05}
YAML

loss() { # NAME [SPLIT]: of its last epoch
    grep ",${2:-train}," "$(echo runs/"$1"/*/s0/metrics.csv)" | tail -n 1 | cut -d, -f4
}
falls() { # NAME, of more than one epoch
    awk -F, '$2 == "train" { last = $4; if (first == "") first = $4 } END { exit !(last < first) }' "$(echo runs/"$1"/*/s0/metrics.csv)"
}

# What a tower gives trains as the tower itself, and so do its pooled vectors.
expect 0 "all.safetensors: features of 120 posts" -- "$AUXFUSE" extract tiny.yml --what rows,pooled --output all.safetensors
expect 0 -- "$AUXFUSE" run tiny.yml -q -s name=tower -s train.epochs=2 -s losses.itc.beta=0.1
expect 0 -- "$AUXFUSE" run late.yml -q -s name=rows -s train.epochs=2 -s losses.itc.beta=0.1
holds "features train as their tower" awk "BEGIN { d = $(loss tower) - $(loss rows); exit !(d * d < 1e-10) }"
holds "the loss falls" falls rows
expect 0 -- "$AUXFUSE" extract tiny.yml --what first --output first.safetensors
expect 0 -- "$AUXFUSE" run tiny.yml -q -s name=tower2 -s model.fusion=concat
expect 0 -- "$AUXFUSE" run late.yml -q -s name=first -s model.fusion=concat -s model.image.features=first.safetensors
holds "first rows train as their tower" awk "BEGIN { d = $(loss tower2) - $(loss first); exit !(d * d < 1e-10) }"

# Of a run: trained weights, splits, other posts, the text's side; predict with features.
run=$(echo runs/rows/*/s0)
expect 0 "of 96 posts" -- "$AUXFUSE" extract "$run" --what fused --split train --output fused.safetensors
expect 0 "of 24 posts" -- "$AUXFUSE" extract "$run" --what pooled --side text --split val,test --output text.safetensors
expect 0 "of 120 posts" -- "$AUXFUSE" extract "$run" --what first --data posts/posts.csv --output other.safetensors
holds "features of features are the same" cmp <(tail -c +1001 other.safetensors | head -c 20000) <(tail -c +1001 first.safetensors | head -c 20000)
"$AUXFUSE" extract "$run" --what fused --split train --output again.safetensors >/dev/null
holds "the same command writes the same bytes" cmp fused.safetensors again.safetensors
expect 0 "id,prediction,class" -- "$AUXFUSE" predict "$run" --data posts/posts.csv
expect 2 "--what rows,first: fused, rows" -- "$AUXFUSE" extract "$run" --what rows,first --output x.safetensors
expect 2 "texts have as many rows as tokens" -- "$AUXFUSE" extract "$run" --what rows --side text --output x.safetensors
expect 2 "--split dev" -- "$AUXFUSE" extract "$run" --what fused --split dev --output x.safetensors
expect 2 "reads its rows of image encoder 'features'" -- "$AUXFUSE" run late.yml -s name=x -s model.image.features=first.safetensors
holds "nothing is left of what was refused" test ! -e x.safetensors

# The same rows as an .npy with a list of ids, and as an .npy a post.
header() { # SHAPE: of an .npy of little-endian float32
    printf "\x93NUMPY\x01\x00\x76\x00%-117s\n" "{'descr': '<f4', 'fortran_order': False, 'shape': ($1), }"
}
length() { # FILE: bytes before a .safetensors' tensors
    echo $((8 + $(od -An -t u8 -N 8 "$1")))
}
size=$((17 * 64 * 4)) begin=$(($(length all.safetensors) + 1))
cut -d, -f1 posts/posts.csv | tail -n +2 >ids.txt
{ header "120, 17, 64"; tail -c +$begin all.safetensors | head -c $((120 * size)); } >all.npy
mkdir feats boxes
n=0
while read -r id; do
    { header "17, 64"; tail -c +$((begin + n * size)) all.safetensors | head -c $size; } >feats/feat_$id
    { header "1, 17, 4"; head -c $((17 * 16)) /dev/zero; } >boxes/nbox_$id
    n=$((n + 1))
done <ids.txt
expect 2 "has no metadata \"ids\"" -- "$AUXFUSE" run late.yml -q -s name=x -s model.image.features=all.npy
expect 0 -- "$AUXFUSE" run late.yml -q -s name=rows1
expect 0 -- "$AUXFUSE" run late.yml -q -s name=npy -s model.image.features=all.npy -s model.image.ids=ids.txt
expect 0 -- "$AUXFUSE" run late.yml -q -s name=files -s model.image.features=feats
holds "an .npy trains as a .safetensors" test "$(loss npy)" = "$(loss rows1)"
holds "a file a post trains as one file" test "$(loss files)" = "$(loss rows1)"

# Whole numbers, and several arrays in one file, are refused for what they are.
{ printf "\x93NUMPY\x01\x00\x76\x00%-117s\n" "{'descr': '<i8', 'fortran_order': False, 'shape': (120, 8), }"; head -c 7680 /dev/zero; } >whole.npy
expect 1 "is I64, but real numbers are needed here" -- "$AUXFUSE" run late.yml -q -s name=x -s model.image.features=whole.npy -s model.image.ids=ids.txt
if command -v python3 >/dev/null; then
    python3 -c "import zipfile; zipfile.ZipFile('all.npz', 'w').write('all.npy')"
    expect 1 "member 'all.npy': this is an .npz of NumPy" -- "$AUXFUSE" run late.yml -q -s name=x -s model.image.features=all.npz -s model.image.ids=ids.txt
fi

# What torch.save wrote, a file a post, trains as the .safetensors of all posts that holds the same.
golden=$source_dir/tests/golden/joint/lxmert
cat >eight.csv <<'CSV'
id,text,label,split
00,a,yes,train
01,b,no,train
02,c,yes,train
03,d,no,train
10,e,yes,val
11,f,no,val
12,g,yes,test
20,h,no,test
CSV
cat >eight.yml <<YAML
extends: base.yml
name: eight
data: {file: eight.csv, images: null}
evaluate: {splits: [val, test]}
model: {image: {encoder: features, features: $golden/feats}}
YAML
expect 0 -- "$AUXFUSE" run eight.yml -q -s name=torch
expect 0 -- "$AUXFUSE" run eight.yml -q -s name=one -s "model.image.features=$golden/features.safetensors"
holds "files of torch.save train as one file" cmp runs/torch/*/s0/metrics.csv runs/one/*/s0/metrics.csv

# A model of one side needs no --side; the file's folder is made; what cannot be is said before anything is computed.
cat >text.yml <<YAML
extends: base.yml
name: text
model: {text: {encoder: bert, weights: random, config: $tiny/tiny-bert, max_length: 16}}
YAML
expect 0 "deep/er/text.safetensors: features of 120 posts" -- "$AUXFUSE" extract text.yml --what first --output deep/er/text.safetensors
expect 2 "no image encoder: --side text" -- "$AUXFUSE" extract text.yml --what first --side image --output x.safetensors
expect 2 "boxes is a folder" -- "$AUXFUSE" extract text.yml --what first --output boxes
expect 2 "--seed: 'abc'" -- "$AUXFUSE" extract text.yml --what first --output x.safetensors --seed abc
cat >resnet.yml <<YAML
extends: base.yml
name: resnet
model: {image: {encoder: resnet50, weights: $source_dir/tests/golden/wide/resnet}}
YAML
expect 2 "does not give a first row: --what rows or pooled" -- "$AUXFUSE" extract resnet.yml --what first --output x.safetensors

# LXMERT over the same rows as regions.
mkdir lxmert
cp "$tiny/tiny-bert/vocab.txt" lxmert
cat >lxmert/config.json <<JSON
{"model_type": "lxmert", "vocab_size": 1024, "hidden_size": 32, "num_attention_heads": 4, "intermediate_size": 64,
 "l_layers": 2, "r_layers": 1, "x_layers": 2, "visual_feat_dim": 64, "max_position_embeddings": 64,
 "num_hidden_layers": {"vision": 1, "cross_encoder": 2, "language": 2}}
JSON
cat >lxmert.yml <<YAML
extends: base.yml
name: lxmert
model:
  joint: {encoder: lxmert, weights: random, config: lxmert, max_length: 16, features: feats, boxes: boxes}
losses: {itc: {beta: 0.1}, itm: {beta: 0.1}}
YAML
expect 0 -- "$AUXFUSE" run lxmert.yml -q -s train.epochs=3
holds "LXMERT's loss falls" falls lxmert
expect 0 -- "$AUXFUSE" extract "$(echo runs/lxmert/*/s0)" --what fused --output joint.safetensors
expect 2 "a joint encoder computes both sides at once" -- "$AUXFUSE" extract lxmert.yml --what rows --output x.safetensors
expect 2 "has no tensor \"boxes\"" -- "$AUXFUSE" validate lxmert.yml -s model.joint.boxes=null
expect 1 "visual_feat_dim of 64" -- "$AUXFUSE" run lxmert.yml -q -s name=x -s model.joint.features=boxes -s model.joint.features_pattern=nbox_{id}

# Posts without features: an error that names post and file, left out, or zeros; all of it counted.
first=$(head -n 1 ids.txt) post=$(grep -m 2 ',train,' posts/posts.csv | tail -n 1 | cut -d, -f1)
missing() { # WHAT FRAGMENT: with the post's file as it is now
    expect 1 "post $post: " "$2" -- "$AUXFUSE" run late.yml -q -s name="bad-$1" -s model.image.features=feats
    expect 0 -- "$AUXFUSE" run late.yml -q -s name="skip-$1" -s model.image.features=feats -s data.on_bad_image=skip
    holds "$1: left out, and counted" grep -q '"image features cannot be read": 1' "$(echo runs/skip-"$1"/*/s0/done.json)"
    expect 0 -- "$AUXFUSE" run late.yml -q -s name="blank-$1" -s model.image.features=feats -s data.on_bad_image=blank
    holds "$1: blank, and counted" grep -q '"blank_images": 1' "$(echo runs/blank-"$1"/*/s0/done.json)"
}
mv feats/feat_"$post" kept
missing gone "feats/feat_$post"
head -c 1000 kept >feats/feat_"$post"
missing cut "feats/feat_$post"
{ header "16, 64"; head -c $((16 * 256)) /dev/zero; } >feats/feat_"$post"
missing lying "16 x 64; the other posts have 17 x 64"
{ header "17, 64"; head -c $((size - 4)) /dev/zero; printf '\x00\x00\xc0\x7f'; } >feats/feat_"$post"
expect 1 "post $post: value 1087 of its features" "not finite" -- "$AUXFUSE" run late.yml -q -s name=nan -s model.image.features=feats
mv kept feats/feat_"$post"
mv feats/feat_"$first" kept
head -c 1000 kept >feats/feat_"$first"
expect 0 -- "$AUXFUSE" run late.yml -q -s name=cut-first -s model.image.features=feats -s data.on_bad_image=skip
mv kept feats/feat_"$first"
expect 1 "no file's name is of the form 'odd_{id}'" -- "$AUXFUSE" run late.yml -q -s name=x -s model.image.features=feats -s "model.image.pattern=odd_{id}"
expect 2 "must hold {id} once" -- "$AUXFUSE" run late.yml -q -s name=x -s model.image.features=feats -s model.image.pattern=feat

# Ids that do not fit the file.
head -n 119 ids.txt >short.txt
expect 1 "short.txt: 119 ids" "120 posts" -- "$AUXFUSE" run late.yml -q -s name=x -s model.image.features=all.npy -s model.image.ids=short.txt
{ cat short.txt; head -n 1 ids.txt; } >twice.txt
expect 1 "lines 1 and 120" -- "$AUXFUSE" run late.yml -q -s name=x -s model.image.features=all.npy -s model.image.ids=twice.txt
{ cat short.txt; echo other; } >other.txt
expect 1 "none of the 120 ids of" "other.txt" -- "$AUXFUSE" run late.yml -q -s name=x -s model.image.features=all.npy -s model.image.ids=other.txt
sed "s/^$first,/..\/x,/" posts/posts.csv >posts/odd.csv
expect 1 "the id '../x' cannot be part of a file's name" -- "$AUXFUSE" run late.yml -q -s name=x -s model.image.features=feats -s data.file=posts/odd.csv
expect 1 "nowhere: No such file or directory" -- "$AUXFUSE" run late.yml -q -s name=x -s model.image.features=nowhere
finish
