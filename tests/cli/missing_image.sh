#!/usr/bin/env bash
# Posts without an image: refused, left out, shown a constant picture, or given a learned vector; counted by split and
# label.
. "$(dirname "$0")/../lib.sh"
tiny_spec tiny.yml 60 <<<'evaluate: {splits: [val, test]}'
# Every third post without an image, and the same table with the constant picture named instead.
python3 - <<'PY'
import csv, shutil
with open('posts/posts.csv', newline='') as f:
    reader = csv.DictReader(f)
    names, rows = reader.fieldnames, list(reader)
shutil.copy(f"posts/images/{rows[5]['image']}", 'empty.jpg')
shutil.copy('empty.jpg', 'posts/images/empty.jpg')
for name, image in ('none', ''), ('named', 'empty.jpg'):
    with open(f'posts/{name}.csv', 'w', newline='') as f:
        writer = csv.DictWriter(f, names)
        writer.writeheader()
        writer.writerows(dict(r, image=image) if i % 3 == 0 else r for i, r in enumerate(rows))
PY
none=("$AUXFUSE" run tiny.yml -s data.file=posts/none.csv)
predictions() { cat runs/"$1"/*/s0/predictions-"${2:-test}".csv; }
same() { # same WHAT RUN RUN
    if cmp -s <(predictions "$2") <(predictions "$3") && cmp -s <(predictions "$2" val) <(predictions "$3" val); then
        pass "$1"
    else
        fail "$1: predictions of $2 and $3 differ"
    fi
}
differ() {
    if cmp -s <(predictions "$2") <(predictions "$3"); then fail "$1: predictions of $2 and $3 are the same"; else pass "$1"; fi
}
# The first three values (to four places) of a parameter in a run's final weights, "absent" when it is not there.
values() {
    python3 - runs/"$1"/*/s0/checkpoints/final.safetensors "$2" <<'PY'
import json, struct, sys
data = open(sys.argv[1], 'rb').read()
size = struct.unpack('<Q', data[:8])[0]
entry = json.loads(data[8:8 + size]).get(sys.argv[2])
start = 8 + size + entry['data_offsets'][0] if entry else 0
print(['%.4f' % x for x in struct.unpack('<3f', data[start:start + 12])] if entry else 'absent')
PY
}

expect 1 "none.csv:2: post s000001: the post has no image" -- "${none[@]}"
expect 0 -- "${none[@]}" -q -s name=skip -s data.missing_image=skip
holds "posts left out are counted" grep -q '"image cannot be read": 20' runs/skip/*/s0/done.json
expect 0 "train posts have no image (" -- "${none[@]}" -s name=blank -s data.missing_image=blank
python3 - runs/blank/*/s0/done.json >"$output" 2>&1 <<'PY'
import csv, json, sys
done = json.load(open(sys.argv[1]))['missing_images']
rows = list(csv.DictReader(open('posts/none.csv', newline='')))
for split in 'train', 'val', 'test':
    mine = [r for r in rows if r['split'] == split]
    gone = [r for r in mine if not r['image']]
    assert done[split]['posts'] == len(mine) and done[split]['without_image'] == len(gone), (split, done[split])
    for label, count in done[split]['labels'].items():
        assert count == sum(r['label'] == label for r in gone), (split, label, count)
PY
if [ -s "$output" ]; then fail "posts without an image by split and label"; else pass "posts without an image by split and label"; fi

# The constant picture is what the posts would show if they named it, with a trained tower, with cached features of a
# frozen one, and without the cache; also for images that are there and broken.
expect 0 -- "${none[@]}" -q -s name=empty -s data.missing_image=blank -s data.empty_image=empty.jpg
expect 0 -- "$AUXFUSE" run tiny.yml -q -s name=named -s data.file=posts/named.csv
same "the constant picture is shown" empty named
differ "it is not the blank" empty blank
frozen=(-q -s model.image.frozen=true -s data.missing_image=blank)
expect 0 -- "${none[@]}" "${frozen[@]}" -s name=cached -s data.empty_image=empty.jpg
expect 0 -- "${none[@]}" "${frozen[@]}" -s name=cached-again -s data.empty_image=empty.jpg -s train.weight_decay=2.5e-4
expect 0 -- "$AUXFUSE" run tiny.yml "${frozen[@]}" -s name=cached-named -s data.file=posts/named.csv
expect 0 -- "${none[@]}" "${frozen[@]}" -s name=cached-blank
same "its features are those of the picture" cached cached-named
same "they are found in the cache" cached cached-again
differ "they are not zeros" cached cached-blank
expect 0 -- "${none[@]}" "${frozen[@]}" -s name=fresh-blank -s cache.features=false
expect 0 -- "${none[@]}" "${frozen[@]}" -s name=fresh -s cache.features=false -s data.empty_image=empty.jpg
same "without the cache they are the same" cached fresh
same "and so are those of the blank" cached-blank fresh-blank
sed 's/,empty.jpg/,broken.jpg/' posts/named.csv >posts/broken.csv
echo 'no image' >posts/images/broken.jpg
expect 0 -- "$AUXFUSE" run tiny.yml "${frozen[@]}" -s name=broken -s data.file=posts/broken.csv -s data.on_bad_image=blank \
    -s data.empty_image=empty.jpg
same "broken images, too" cached broken
echo 'no image' >broken.png
expect 1 "data.empty_image: " "broken.png" -- "${none[@]}" -q -s data.missing_image=blank -s data.empty_image=broken.png
expect 1 "nowhere.png: No such file" -- "${none[@]}" -q -s data.missing_image=blank -s data.empty_image=nowhere.png

# The learned vector: trained by posts without an image, or by dropping images; saved, and predicted with.
learned=(-q -s data.missing_image=learned)
expect 0 -- "${none[@]}" "${learned[@]}" -s name=learned
expect 0 -- "${none[@]}" "${learned[@]}" -s name=untrained -s train.epochs=0
expect 0 -- "$AUXFUSE" run tiny.yml "${learned[@]}" -s name=unused
expect 0 -- "$AUXFUSE" run tiny.yml "${learned[@]}" -s name=dropped -s train.image_dropout=0.3
expect 0 -- "$AUXFUSE" run tiny.yml "${learned[@]}" -s name=dropped-parts -s train.image_dropout=0.3 -s train.micro_batch=4
start=$(values untrained missing_image.vector)
if [ "$start" != absent ] && [ "$(values unused missing_image.vector)" = "$start" ]; then
    pass "it stays where every post has an image"
else
    fail "it stays where every post has an image: $start, $(values unused missing_image.vector)"
fi
for name in learned dropped; do
    if [ "$(values $name missing_image.vector)" != "$start" ]; then pass "it is trained: $name"; else fail "it is trained: $name"; fi
done
python3 - runs/dropped/*/s0/metrics.csv runs/dropped-parts/*/s0/metrics.csv >"$output" 2>&1 <<'PY'
import csv, sys
a, b = (list(csv.DictReader(open(f, newline=''))) for f in sys.argv[1:])
assert all(abs(float(x['loss']) - float(y['loss'])) < 1e-5 for x, y in zip(a, b)), [(x['loss'], y['loss']) for x, y in zip(a, b)]
PY
if [ -s "$output" ]; then fail "the same posts are dropped in micro-batches"; else pass "the same posts are dropped in micro-batches"; fi
differ "dropping changes the training" dropped unused
differ "a post without an image is not a blank one" learned blank
expect 0 -- "${none[@]}" "${learned[@]}" -s name=learned-cached -s model.image.frozen=true
expect 0 -- "${none[@]}" "${learned[@]}" -s name=learned-fresh -s model.image.frozen=true -s cache.features=false
same "cached features give the same" learned-cached learned-fresh
"$AUXFUSE" predict runs/learned/*/s0 --data posts/none.csv --images posts/images >predicted.csv 2>"$output"
python3 - predicted.csv runs/learned/*/s0/predictions-test.csv >"$output" 2>&1 <<'PY'
import csv, sys
new = {r['id']: r['prediction'] for r in csv.DictReader(open(sys.argv[1]))}
for r in csv.DictReader(open(sys.argv[2])):
    assert new[r['id']] == r['prediction'], r
PY
if [ -s "$output" ]; then fail "predict puts the vector there, too"; else pass "predict puts the vector there, too"; fi
expect 2 "train.image_dropout puts a learned vector in the place of images" -- \
    "$AUXFUSE" validate tiny.yml -s train.image_dropout=0.2
finish
