#!/usr/bin/env bash
# The loaders of published datasets: each layout with pictures, raw and as a data key, what is refused and what is left
# out; and, where AUXFUSE_SHARED_DATA names a folder of the real ones, their counts.
. "$(dirname "$0")/../lib.sh"
for format in mvsa mvsa-multiple tir mhp micd msd mvsa-key tir-key mhp-key msd-key; do
    holds "data synth --format $format" "$AUXFUSE" data synth "$format" --count 200 --seed 3 --format $format
done
cat >count.py <<'PY'
"""Facts of a prepared key: count.py FOLDER EXPRESSION over rows, splits, manifest, left, kept."""
import csv, glob, json, sys
folder = sys.argv[1]
manifest = json.load(open(folder + '/manifest.json'))
rows = list(csv.DictReader(open(folder + '/' + manifest['key']['file'], newline='')))
left = list(csv.DictReader(open(folder + '/left_out.csv', newline='')))
splits = {s: sum(r['split'] == s for r in rows) for s in ('train', 'val', 'test')}
labels = {s: [sum(r['split'] == s and r['label'] == str(k) for r in rows) for k in range(len(manifest['classes']))] for s in splits}
missing = sum(s['images']['missing'] for s in manifest['splits'].values())
ids = {r['tweet_id']: r for r in rows}
ok = len(rows) == manifest['key']['posts'] and all(splits[s] == manifest['splits'][s]['posts'] for s in splits)
ok = ok and len(left) == manifest['left_out']['records'] == sum(r['count'] for r in manifest['left_out']['reasons'])
ok = ok and all(list(manifest['splits'][s]['classes'].values()) == labels[s] for s in splits)
if not ok or not eval(sys.argv[2]):
    print(splits, labels, len(left), missing, manifest['left_out'])
    sys.exit(1)
PY
prepared() { # prepared DATASET RAW EXPRESSION OPTIONS…: what is prepared from it fulfils the expression
    local dataset=$1 raw=$2 expression=$3
    shift 3
    rm -rf key
    holds "data prepare $dataset $raw $*" "$AUXFUSE" data prepare "$dataset" "$raw" key "$@"
    holds "$dataset $raw $*: $expression" python3 count.py key "$expression"
}

# Raw layouts: counts, labels, columns, and every picture is found.
prepared tir tir 'splits == {"train": 160, "val": 20, "test": 20} and missing == 0 and not left and sum(map(sum, labels.values())) == 200' --seed 5
prepared tir tir 'all(r["label"] == r["image_adds"] for r in rows) and sum(r["label"] == "1" for r in rows) == 100' -s task=image_adds
prepared tir tir 'all(r["label"] == r["text_is_represented"] for r in rows)' -s task=text_is_represented
prepared tir tir-key 'labels == {"train": [40] * 4, "val": [5] * 4, "test": [5] * 4} and missing == 0 and rows[8]["account"] == "2"'
sed 's/,\(train\|val\|test\)$//; 1s/,split$//' tir-key/data_key_imgtxt_random.csv >unsplit.csv
mkdir unsplit && mv unsplit.csv unsplit/data_key_imgtxt_random.csv
prepared tir unsplit 'min(splits.values()) >= 8 and all(len({r["split"] for r in rows if r["account"] == a}) == 1 for a in {r["account"] for r in rows})' --group account
prepared mvsa mvsa 'sum(labels[s][0] for s in labels) == 100 and missing == 0 and not left' -s form=raw
prepared mvsa mvsa 'sum(labels[s][0] for s in labels) == 100 and not left' -s form=raw -s pairs=valid_pairlist.txt
prepared mvsa mvsa-multiple 'len(rows) == 184 and len(left) == 16 and {r["reason"] for r in left} == {"no two annotators agree on the text", "text and image contradict each other"} and missing == 0'
prepared mvsa mvsa-key 'missing == 0 and not any(r["text"].startswith("b\x27") or r["text"].startswith("b\"") for r in rows)'
prepared mvsa mvsa-key 'all(r["text"].startswith(("b\x27", "b\"")) for r in rows)' -s reference_defects=true
prepared mhp mhp 'labels == {"train": [40] * 4, "val": [5] * 4, "test": [5] * 4} and missing == 0 and all(r["text"].endswith(r["image_text"]) for r in rows) and sum(r["image_text"] != "" for r in rows) == 100'
cp key/data_key_mhp.csv mhp-raw.csv
prepared mhp mhp-key 'missing == 0 and sorted(r["text"] for r in rows) == sorted(r["text"] for r in csv.DictReader(open("mhp-raw.csv", newline="")))'
prepared micd micd 'splits == {"train": 155, "val": 20, "test": 15} and missing == 0 and rows[0]["domain"] == "food" and rows[7]["account"] == "1" and rows[8]["account"] == "2"'
prepared micd micd 'splits["test"] == 25 and missing == 10 and sum(r["image"] == "" for r in rows) == 10' -s text_only=add
prepared micd micd 'splits["test"] == 10 and missing == 10 and len(left) == 15' -s text_only=replace
prepared msd msd 'splits == {"train": 154, "val": 20, "test": 20} and missing == 0 and all("sarcasm" in r["reason"] or "names the label" in r["reason"] for r in left) and len(left) == 6'
prepared msd msd 'splits["train"] == 160 and all(r["label"] == r["label_human"] for r in rows)' -s word_filter=false
prepared msd msd 'all(r["label"] == r["label_auto"] for r in rows) and any(r["label"] != r["label_human"] for r in rows)' -s label=hashtag
prepared msd msd-key 'splits["train"] == 160 and missing == 0 and any(r["label_auto"] != r["label_human"] for r in rows)'

# A key that was prepared is read by its loader and by `table`, the same posts.
for dataset in mvsa mhp micd msd tir; do
    rm -rf key again
    "$AUXFUSE" data prepare $dataset $dataset key --seed 2 >/dev/null
    images=$(python3 -c 'import json; print(json.load(open("key/manifest.json"))["images"])')
    holds "$dataset: the key is read again" "$AUXFUSE" data prepare $dataset key again -s "images=$images"
    holds "$dataset: nothing has changed" cmp key/data_key_*.csv again/data_key_*.csv
done
tiny_spec tiny.yml 60 </dev/null
holds "a run on the key through table" "$AUXFUSE" run tiny.yml -q -s name=key \
    -s "data={loader: table, file: $(echo key/data_key_*.csv), id: tweet_id, label: class, images: $PWD/tir/images}"
for dataset in mhp micd msd; do
    holds "a run on $dataset" "$AUXFUSE" run tiny.yml -q -s name=$dataset -s "data={loader: $dataset, root: $dataset, file: null, images: null}"
done
same() { # the same seed draws the same splits, another one others
    "$AUXFUSE" data prepare tir tir seed-$1-$2 --seed $1 >/dev/null && cp seed-$1-$2/data_key_*.csv seed-$1-$2.csv
}
same 7 a && same 7 b && same 8 a
holds "splits by seed" cmp seed-7-a.csv seed-7-b.csv
if cmp -s seed-7-a.csv seed-8-a.csv; then fail "another seed draws other splits"; else pass "another seed"; fi
expect 1 "manifest.json exists already" -- "$AUXFUSE" data prepare tir tir seed-7-a
expect 2 "data prepare takes a dataset's name" -- "$AUXFUSE" data prepare tir tir
expect 2 "tsak" "task" -- "$AUXFUSE" data prepare tir tir x -s tsak=relation
expect 1 "nowhere" -- "$AUXFUSE" data prepare tir nowhere x
expect 2 "there is no dataset 'mvas'; did you mean 'mvsa'?" -- "$AUXFUSE" data prepare mvas mvsa x
holds "--json prints the manifest" python3 -c '
import json, subprocess, sys
text = subprocess.run([sys.argv[1], "data", "prepare", "msd", "msd", "json", "--json"], capture_output=True, check=True).stdout
assert json.loads(text) == json.load(open("json/manifest.json"))
assert json.loads(text)["loader"]["options"]["label"] == "human"' "$AUXFUSE"

# What is refused, and where it stands.
refused() { # refused DATASET FILE SED FRAGMENT…: the dataset of that name with a file edited
    local dataset=$1 file=$2 edit=$3
    shift 3
    rm -rf odd out
    cp -r "$dataset" odd
    sed -i "$edit" "odd/$file"
    expect 1 "$@" -- "$AUXFUSE" data prepare "${dataset%%-*}" odd out
}
refused tir textimage-data.csv '1s/image_adds"/image_odds"/' "textimage-data.csv:1: column 5 should be 'image_adds', it is 'image_odds'"
refused tir textimage-data.csv '4s/"[01]"$/"2"/' "textimage-data.csv:4: post" "label '2' is outside the label set (0, 1)"
refused tir textimage-data.csv '6s/"0",.*/"0"/' "textimage-data.csv:6: " "fields, 9 expected"
refused tir textimage-data.csv '$s/"$//' "textimage-data.csv:201: a quote that is never closed"
refused tir textimage-data.csv '5s/"[0-9]*"/"682000001633522744"/;2s/"[0-9]*"/"682000001633522744"/' "is there twice; first at"
refused tir textimage-data.csv '3s/$/"/' "textimage-data.csv:3: field 9 goes on in the next line" "a quote is missing or one too many"
refused tir textimage-data.csv '4s/"//g; 4s/^/"/' "textimage-data.csv:4: field 1 goes on in the next line"
cp -r msd msd-empty && : >msd-empty/train.txt
expect 0 "no posts in split train" -- "$AUXFUSE" data prepare msd msd-empty empty
for file in mhp/Train/dog_whistle_train.csv micd/data_key_mic.csv msd/train.txt mvsa-multiple/labelResultAll.txt mvsa-key/data_key_mvsa.csv \
    tir-key/data_key_imgtxt_random.csv msd-key/data_key_msd.csv mhp-key/data_key_mhp.csv; do
    refused "${file%%/*}" "${file#*/}" 3p "${file##*/}:4: post" "is there twice; first at" "${file##*/}:3"
done
cp -r mvsa mvsa-pairs
sed -i '3s/,[0-2],/,9,/' mvsa-pairs/valid_pairlist.txt
expect 1 "valid_pairlist.txt:3: post" "label '9' is outside the label set (0, 1, 2)" -- \
    "$AUXFUSE" data prepare mvsa mvsa-pairs out -s form=raw -s pairs=valid_pairlist.txt
refused mvsa-key data_key_mvsa.csv '3s/.*/"&/' "data_key_mvsa.csv:" "text behind a closing quote"
refused tir-key data_key_imgtxt_random.csv '1s/image_adds,/image_odds,/;1s/image_adds_text_repr/x/' "has no label for the task relation"
refused msd train.txt '3s/]/, 1, 1]/' "train.txt:3: more than two labels"
refused msd train.txt '3s/^\[//' "train.txt:3: no '['"
refused msd valid2.txt '2s/, [01], [01]\]/, 1, 7]/' "valid2.txt:2: post" "label '7' is outside the label set (0, 1)"
refused msd test2.txt '2s/^\(.\{40\}\)/\1\xff/' "test2.txt:2: byte 41 of the line (0xff) is not UTF-8 text"
refused msd train.txt "2s/', /; /" "train.txt:2: a quoted string"
refused mhp Train/dog_whistle_train.csv '1s/img_text,//' "dog_whistle_train.csv:2: 5 fields, the header has 4"
refused mhp Train/dog_whistle_train.csv '1s/Primary_numeric_gt/Primary/' "dog_whistle_train.csv:1: no column 'Primary_numeric_gt'; there are: , image_number, tweet_text"
refused mhp Test/dog_whistle_test.csv '3s/,[0-3]$/,4/' "dog_whistle_test.csv:3: post" "label '4' is outside the label set (0, 1, 2, 3)"
refused micd data_key_mic.csv '4s/,train,/,tarin,/' "data_key_mic.csv:4: post" "split 'tarin'"
refused micd data_key_mic.csv '1s/text/txet/' "data_key_mic.csv:2: post 6820000" "has no text" "data.missing_text"
refused mhp-key data_key_mhp.csv '3s/,\([^,]*\),/,"\1" x,/' "data_key_mhp.csv:3: byte" "text behind a closing quote"
refused mvsa-multiple labelResultAll.txt '3s/\t[a-z,]*$//' "labelResultAll.txt:3: one pair text,image (MVSA-Single) or three"
refused mvsa-multiple labelResultAll.txt '3s/negative/negativ/' "labelResultAll.txt:3: post 2: label 'negativ' is outside the label set (neutral, positive, negative)"
refused mvsa-multiple labelResultAll.txt '3s/,/;/g' "labelResultAll.txt:3: a pair text,image is missing"
prepared mhp mhp-key 'len(rows) == 198 and len(left) == 2' -s "removed_ids=[\"$(sed -n 2p mhp-key/data_key_mhp.csv | cut -d, -f1)\", \"$(sed -n 3p mhp-key/data_key_mhp.csv | cut -d, -f1)\"]"
expect 0 "removed_ids: there is no post '17'" -- "$AUXFUSE" data prepare mhp mhp-key removed -s 'removed_ids=["17"]'

# The rules by which pairs of labels become one, texts of other encodings, missing texts.
mkdir -p pairs/data
printf 'ID\ttext,image\n1\tneutral,neutral\n2\tneutral,positive\n3\tnegative,neutral\n4\tpositive,positive\n5\tpositive,negative\n6\tnegative,positive\n7\tnegative,negative\n8\tneutral,neutral\r\n' >pairs/labelResultAll.txt
for id in 1 2 3 4 5 6 7; do printf 'text %s \nsecond line\n' $id >pairs/data/$id.txt; done
printf 'caf\xa8\xa6 \xcc\xd9\xbe\xae\n' >pairs/data/4.txt # GB18030
prepared mvsa pairs '{i: r["label"] for i, r in ids.items()} == {"1": "0", "2": "1", "3": "2", "4": "1", "7": "2"} and ids["4"]["text"] == "caf\u00e9 \u85e4\u4e95" and ids["2"]["text"] == "text 2"'
prepared mvsa pairs '[(r["id"], r["reason"]) for r in left] == [("5", "text and image contradict each other"), ("6", "text and image contradict each other"), ("8", "its text file is missing")]'
prepared mvsa pairs 'ids["4"]["text"] == "caf\u00a8\u00a6 \u00cc\u00d9\u00be\u00ae"' -s encoding=latin-1
prepared mvsa pairs 'ids["4"]["text"] == repr("caf\u00a8\u00a6 \u00cc\u00d9\u00be\u00ae".encode())' -s reference_defects=true
printf 'a\x80\xff b\n' >pairs/data/4.txt
expect 0 "1 texts have bytes that are not characters of data.encoding" -- "$AUXFUSE" data prepare mvsa pairs pairs-out -s encoding=utf-8
mkdir printed
printf 'tweet_id,text,label\n1,"b'"'"'caf\\xc2\\xa8\\xc2\\xa6 \\xc3\\x8c\\xc3\\x99 it\\'"'"'s "",""'"'"'",0\n2,before,1\n3,b,2\n4,x,0\n5,y,1\n6,z,2\n7,w,0\n8,v,1\n9,u,2\n10,t,2\n' >printed/data_key_mvsa.csv
prepared mvsa printed 'ids["1"]["text"] == "caf\u00e9 \u85e4 it\x27s \",\"" and ids["2"]["text"] == "before" and ids["3"]["text"] == "b"'

# One table of MHP beside the published splits; ids on one side only are listed.
mkdir whole
python3 - <<'PY'
import csv
rows = list(csv.DictReader(open('mhp-raw.csv', newline='')))
with open('whole/Final_Dog_Whistle_5k.csv', 'w', newline='') as file:
    table = csv.writer(file)
    table.writerow(['image_number', 'tweet_text', 'img_text', 'Primary_numeric_gt'])
    for i, row in enumerate(rows):
        table.writerow([row['tweet_id'], row['text'], '', row['label'] + '.0'])
ids = {s: [r['tweet_id'] for r in rows if r['split'] == s] for s in ('train', 'val', 'test')}
ids['train'][0] = '17'
with open('whole/DataSplits.csv', 'w', newline='') as file:
    table = csv.writer(file)
    table.writerow(['', 'Train IDs', 'Dev IDs', 'Test IDs'])
    for i in range(len(ids['train'])):
        table.writerow([i] + [ids[s][i] if i < len(ids[s]) else '' for s in ids])
PY
prepared mhp whole 'splits == {"train": 159, "val": 20, "test": 20} and {(r["id"] == "17", r["reason"]) for r in left} == {(False, "in none of the splits"), (True, "in a split, but without a row in the table")}'

# The reference program's reading of TIR takes no notice of backslashes.
mkdir quoted
{
    head -1 tir/textimage-data.csv
    printf '"1","7","say \\"hi\\", you","0","1","0","1","0","0"\n'
    printf '"2","8","an end\\"","1","0","0","0","1","0"\n'
    for id in 3 4 5 6 7 8 9 10 11; do printf '"%s","0","plain","1","1","1","0","0","0"\n' $id; done
} >quoted/textimage-data.csv
prepared tir quoted 'ids["1"]["text"] == "say \"hi\", you" and ids["2"]["text"] == "an end\"" and ids["2"]["label"] == "2" and ids["1"]["account"] == "7" and ids["3"]["account"] == ""'
prepared tir quoted 'ids["1"]["text"] == "say \\hi\\\",  you\"" and ids["2"]["text"] == "an end\\\",1\"" and ids["2"]["label"] == "3"' -s reference_defects=true

# The real ones.
shared=${AUXFUSE_SHARED_DATA:-$source_dir/../shared/data}
if [ ! -d "$shared" ]; then
    skip "real datasets: $shared is not there (AUXFUSE_SHARED_DATA)"
    finish
fi
three='removed_ids=["715376758774575105", "687440182027497472", "918237307169378305"]'
prepared tir "$shared/tir" 'splits == {"train": 3576, "val": 447, "test": 448} and [sum(labels[s][k] for s in labels) for k in range(4)] == [830, 1147, 981, 1513]'
prepared tir "$shared/tir" 'len(rows) == 4471' -s reference_defects=true
prepared msd "$shared/msd" 'splits == {"train": 19816, "val": 2410, "test": 2409} and labels == {"train": [11174, 8642], "val": [1451, 959], "test": [1450, 959]} and len(left) == 9224'
prepared msd "$shared/msd" 'splits["train"] == 19813 and len(rows) == 24632 and labels["train"] == [11174, 8639]' -s "$three"
prepared msd "$shared/msd" 'labels["val"] == [1410, 1000] and labels["test"] == [1404, 1005]' -s label=hashtag
prepared msd "$shared/msd" 'splits["train"] == 29040' -s word_filter=false
prepared micd "$shared/micd" 'labels == {"train": [5781, 5596], "val": [789, 783], "test": [689, 746]}' -s missing_text=empty
prepared micd "$shared/micd" 'labels["test"] == [1377, 237]' -s missing_text=empty -s text_only=replace
prepared mvsa "$shared/mvsa-single" 'len(rows) == 1200 and missing == 0'
# Texts of MVSA's files are those of its key but for the number of blanks, the few in Japanese and Chinese too.
mkdir real
ln -s "$shared/mvsa-single/data" real/data
python3 - "$shared/mvsa-single/data_key_mvsa.csv" <<'PY'
import csv, sys
rows = list(csv.DictReader(open(sys.argv[1], newline='')))
open('real/valid_pairlist.txt', 'w').writelines(f"{r['tweet_id']},{r['label']},0,0\n" for r in rows)
PY
prepared mvsa real "len(rows) == 1200 and sum(r['text'].split() != ids[r['tweet_id']]['text'].split() for r in csv.DictReader(open('$shared/mvsa-single/data_key_mvsa.csv', newline=''))) == 0"
# MHP's published splits, with a made-up row for each id.
mkdir splits
cp "$shared/mhp/DataSplits.csv" splits/
{
    echo image_number,tweet_text,img_text,Primary_numeric_gt
    tail -n +2 splits/DataSplits.csv | cut -d, -f2- | tr ',' '\n' | tr -d '\r' | grep . | sed 's/$/,text,,1/'
} >splits/Final_Dog_Whistle_5k.csv
prepared mhp splits 'splits == {"train": 3998, "val": 500, "test": 502} and not left'
finish
