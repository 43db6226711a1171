#!/usr/bin/env bash
# auxfuse data check: what it finds in posts with planted copies, its outputs and exit codes, and the copies of real posts.
. "$(dirname "$0")/../lib.sh"
tiny_spec tiny.yml 60 </dev/null
check=("$AUXFUSE" data check)
clean=(--loader table -s data.file=posts/posts.csv -s data.images=posts/images)
odd=(--loader table -s data.file=posts/odd.csv -s data.images=posts/images)
field() { python3 -c 'import json, sys; o = json.load(open(sys.argv[1])); print(eval(sys.argv[2]))' "$output" "$1"; }
# `json WHAT EXPECTED EXPRESSION ARGS…`: of the JSON that data check prints
json() {
    local what=$1 expected=$2 expression=$3
    shift 3
    "${check[@]}" "$@" --json >"$output" 2>"$scratch/error"
    if [ "$(field "$expression" 2>&1)" = "$expected" ]; then pass "$what"; else fail "$what: $(field "$expression" 2>&1 | tail -1)"; fi
}

# Planted: a test post with a train post's text (links and case differ) and image; a val post with the text alone; an
# image that is not there, one that is broken, one of 8 pixels, no text, "NA".
python3 - <<'PY'
import csv, shutil, struct, zlib
with open('posts/posts.csv', newline='') as f:
    reader = csv.DictReader(f)
    names, rows = reader.fieldnames, list(reader)
train = [r for r in rows if r['split'] == 'train']
source = dict(train[0], text='A sentence about harbours that nobody else would ever write')
rows[rows.index(train[0])] = source
def post(id, split, text, image):
    rows.append(dict(source, id=id, split=split, text=text, image=image))
shutil.copy(f"posts/images/{source['image']}", 'posts/images/copy.jpg')
post('leak', 'test', 'RT @x: a SENTENCE about harbours that nobody else would ever write http://t.co/1', 'copy.jpg')
post('near', 'val', 'A sentence about harbours that nobody here would ever write', train[1]['image'])
post('gone', 'train', 'one of a kind: lighthouses', 'gone.jpg')
open('posts/images/broken.jpg', 'w').write('no image')
post('broken', 'train', 'another of a kind: tugboats', 'broken.jpg')
def chunk(kind, data):
    return struct.pack('>I', len(data)) + kind + data + struct.pack('>I', zlib.crc32(kind + data))
with open('posts/images/small.png', 'wb') as f:
    f.write(b'\x89PNG\r\n\x1a\n' + chunk(b'IHDR', struct.pack('>IIBBBBB', 8, 8, 8, 0, 0, 0, 0)) +
            chunk(b'IDAT', zlib.compress(b''.join(b'\0' + bytes(range(8)) for _ in range(8)))) + chunk(b'IEND', b''))
post('small', 'train', 'a third of a kind: rowing boats', 'small.png')
post('blank', 'train', '   ', train[2]['image'])
post('nothing', 'train', 'NA', train[3]['image'])
with open('posts/odd.csv', 'w', newline='') as f:
    writer = csv.DictWriter(f, names)
    writer.writeheader()
    writer.writerows(rows)
PY
expect 0 "67 posts" "leakage: 1 test posts are like a train post, 1 val posts" "test leak ~ train " \
    "same text, same image file" "near text (0." "1 missing, 1 corrupt, 1 tiny" "tiny: train small" "corrupt: train broken" "missing: train gone" \
    "texts: 1 empty, 1 that pandas would read as missing" "empty: train blank" "read as missing: train nothing" \
    "labels:" "characters of a text: " -- "${check[@]}" "${odd[@]}"
expect 1 "posts of val and test are like posts of an earlier split" -- "${check[@]}" "${odd[@]}" --strict
expect 0 "images: not looked at" -- "${check[@]}" "${odd[@]}" --no-images
json "pairs have both posts and what is alike" "[('leak', 'equal', 'equal', True)]" \
    "[(p['a']['id'], p['text'], p['image'], p['leak']) for p in o['pairs'] if p['a']['id'] == 'leak' and p['b']['split'] == 'train']" "${odd[@]}"
json "the worst pair comes first" "leak" "o['pairs'][0]['a']['id']" "${odd[@]}"
json "a stricter measure leaves the near text out" "None" \
    "next((p['text'] for p in o['pairs'] if p['a']['id'] == 'near'), None)" "${odd[@]}" --near-text 1
json "labels by split" "True" "sum(l['posts']['train'] for l in o['labels']) == o['splits']['train']" "${odd[@]}"
json "histogram adds up" "67" "sum(b['texts'] for b in o['characters']['histogram'])" "${odd[@]}"
json "no tokens without a model" "None" "o['tokens']" "${odd[@]}"
json "tokens of a spec's encoder" "['bert', 16, 60]" \
    "[o['tokens']['encoder'], o['tokens']['max_length'], sum(b['texts'] for b in o['tokens']['histogram'])]" tiny.yml

# A spec without a model will do, and its file settings; wrong usage is told.
printf 'data: {loader: table, file: posts/odd.csv, images: posts/images}\n' >data.yml
expect 0 "67 posts" -- "${check[@]}" data.yml
expect 2 "a spec or --loader" -- "${check[@]}" data.yml --loader table
expect 2 "no spec was given" -- "${check[@]}"
expect 2 "--near-text: '2'" -- "${check[@]}" data.yml --near-text 2
expect 2 "--near-image: '64'" -- "${check[@]}" data.yml --near-image 64
expect 2 "dataset" "tabel" -- "${check[@]}" --loader tabel
expect 1 "nowhere.csv" -- "${check[@]}" --loader table -s data.file=nowhere.csv

# MVSA-Single's sample: which posts of val and test are copies was found by other means (Python's words, bytes and an
# independent DCT hash).
shared=${AUXFUSE_SHARED_DATA:-$source_dir/../shared/data}
if [ -d "$shared/mvsa-single" ]; then
    mvsa=(--loader mvsa -s "data.root=$shared/mvsa-single")
    json "the leaking posts of MVSA-Single" "[('2557', '2558'), ('4467', '2724'), ('4741', '4735'), ('994', '1661')]" \
        "sorted((p['a']['id'], p['b']['id']) for p in o['pairs'] if p['leak'])" "${mvsa[@]}"
    json "of one of them the picture, too" "['994']" \
        "[p['a']['id'] for p in o['pairs'] if p['leak'] and p['image']]" "${mvsa[@]}"
    json "the image that is there twice, byte for byte" "[['3500', '5065']]" \
        "[sorted([p['a']['id'], p['b']['id']]) for p in o['pairs'] if p['image'] == 'equal']" "${mvsa[@]}"
    expect 1 "4 posts of val and test" -- "${check[@]}" "${mvsa[@]}" --strict
else
    skip "MVSA-Single: $shared is not there (AUXFUSE_SHARED_DATA)"
fi
finish
