#!/usr/bin/env bash
# Several labels a post, from both kinds of table to predictions: losses, metrics, resume, compare, predict, refusals.
. "$(dirname "$0")/../lib.sh"
tiny_spec class.yml 160 </dev/null
holds "labels beside the class" python3 - <<'PY'
import csv, json
with open('posts/posts.csv', newline='') as table:
    rows = list(csv.DictReader(table))
for i, row in enumerate(rows):
    adds = 'notadds' not in row['label'] and row['label'] not in '23' or row['label'] in ('0', '1')
    row.update(adds=int(adds), long=int(len(row['text']) > 60), rare=int(row['split'] == 'test' and i % 3 == 0))
names = ['adds', 'long', 'rare']
with open('posts/columns.csv', 'w', newline='') as out:
    writer = csv.DictWriter(out, ['id', 'text', 'image', 'split'] + names, extrasaction='ignore')
    writer.writeheader()
    writer.writerows(rows)
with open('posts/words.jsonl', 'w') as lines:
    for row in rows:
        lines.write(json.dumps({**{k: row[k] for k in ('id', 'text', 'image', 'split')},
                                'label': [name for name in names if row[name]]}) + '\n')
with open('posts/words.csv', 'w', newline='') as out:
    writer = csv.DictWriter(out, ['id', 'text', 'image', 'split', 'label'], extrasaction='ignore')
    writer.writeheader()
    writer.writerows({**row, 'label': ' ; '.join(name for name in names if row[name])} for row in rows)
PY
sed -e 's,^data:.*,data: {loader: table\, file: posts/columns.csv\, images: posts/images\, label_columns: [adds\, long\, rare]},' \
    -e 's/^name: tiny/name: labels/' -e 's/^train:.*/train: {epochs: 3, batch: 8, learning_rate: 1e-3, metric: f1_micro, select: best}/' \
    class.yml >labels.yml
printf 'objective: bce\nlosses: {itc: {beta: 0.1, projection_width: 16}}\ncheckpoint: {every: 3 steps}\n' >>labels.yml

expect 0 "label 'rare' has no train post" -- "$AUXFUSE" run labels.yml
run=$(echo runs/labels/*/s0)
holds "metrics.csv agrees with the predictions" python3 - "$run" <<'PY'
import csv, json, sys
names = json.load(open(sys.argv[1] + '/environment.json'))
assert names['classes'] == ['adds', 'long', 'rare'] and names['multi_label'] is True, names
rows = [r for r in csv.DictReader(open(sys.argv[1] + '/metrics.csv')) if r['split'] == 'val']
best = max(rows, key=lambda r: float(r['f1_micro']))
posts = list(csv.DictReader(open(sys.argv[1] + '/predictions-val.csv')))
ratio = lambda a, b: a / b if b else 0.0
target = [[int(p[f'target_{k}']) for k in range(3)] for p in posts]
predicted = [[int(p[f'prediction_{k}']) for k in range(3)] for p in posts]
for p, row in zip(predicted, posts):
    assert p == [int(float(row[f'logit_{k}']) > 1e-6) for k in range(3)], row
hits = [sum(t[k] and p[k] for t, p in zip(target, predicted)) for k in range(3)]
both = [sum(t[k] + p[k] for t, p in zip(target, predicted)) for k in range(3)]
support = [sum(t[k] for t in target) for k in range(3)]
f1 = [ratio(2 * h, b) for h, b in zip(hits, both)]
want = {'accuracy': ratio(sum(t == p for t, p in zip(target, predicted)), len(posts)),
        'f1_micro': ratio(2 * sum(hits), sum(both)), 'f1_macro': sum(f1) / 3,
        'f1_weighted': ratio(sum(s * f for s, f in zip(support, f1)), sum(support)),
        'f1_samples': sum(ratio(2 * sum(a and b for a, b in zip(t, p)), sum(t) + sum(p))
                          for t, p in zip(target, predicted)) / len(posts),
        'f1_adds': f1[0], 'support_long': support[1], 'recall_adds': ratio(hits[0], support[0])}
for name, value in want.items():
    assert abs(float(best[name]) - value) < 1e-8, (name, best[name], value)
assert len(best['confusion'].split(';')) == 3 and sum(map(int, best['confusion'].split(';')[0].split())) == len(posts)
assert sum(map(sum, target)) > 10 and sum(map(sum, predicted)) > 0
PY
for file in words.csv words.jsonl; do
    holds "the same labels as words in $file" "$AUXFUSE" run labels.yml -q -s name=words -s "data.file=posts/$file" \
        -s 'data.label_columns=[]' -s 'data.label_separator=;' -s 'data.labels=[adds, long, rare]'
    other=$(ls -td runs/words/*/s0 | head -1)
    holds "$file: the same predictions, bit for bit" cmp "$run/predictions-test.csv" "$other/predictions-test.csv"
done

# Ctrl-C in the middle of an epoch: the sums so far are kept, and the run comes to the same bits.
signal_at INT step-24 '' "$AUXFUSE" run labels.yml -s name=stopped >log 2>&1
holds "interrupted" test $? -eq 130
expect 0 "resumed at step" -- "$AUXFUSE" run labels.yml -s name=stopped
for file in metrics.csv predictions-val.csv checkpoints/final.safetensors; do
    holds "resume: $file is the same" cmp "$run/$file" "$(echo runs/stopped/*/s0)/$file"
done

# Compare, with metrics that only labels have.
expect 0 -- "$AUXFUSE" run labels.yml -q -s name=plain -s objective.class_weights=none -s objective.loss=bce
for metric in f1_micro f1_samples f1_weighted accuracy; do
    expect 0 "$metric" "labels:several" -- "$AUXFUSE" compare runs/labels runs/plain --metric $metric
done
expect 0 -- "$AUXFUSE" run class.yml -q
expect 1 "cannot be compared" -- "$AUXFUSE" compare runs/labels runs/tiny
expect 2 "several labels" -- "$AUXFUSE" compare runs/tiny --metric f1_samples

# Predict: file and lines agree with the run.
awk -F, 'NR == 1 || $4 == "test"' posts/columns.csv | cut -d, -f1-3 >test.csv
"$AUXFUSE" predict "$run" --data test.csv --images posts/images >file.csv 2>"$output" || fail "predict --data"
python3 -c "
import csv, json
for row in csv.DictReader(open('test.csv', newline='')): print(json.dumps(row))" >test.jsonl
"$AUXFUSE" predict "$run" - --images posts/images <test.jsonl >lines.jsonl 2>"$output" || fail "predict -"
holds "predictions of file, lines and run agree" python3 - "$run/predictions-test.csv" <<'PY'
import csv, json, sys
own = {r['id']: [int(r[f'prediction_{k}']) for k in range(3)] for r in csv.DictReader(open(sys.argv[1]))}
file = {r['id']: r for r in csv.DictReader(open('file.csv'))}
lines = {r['id']: r for r in map(json.loads, open('lines.jsonl'))}
assert own and own.keys() == file.keys() == lines.keys()
for id, labels in own.items():
    named = [name for name, has in zip(('adds', 'long', 'rare'), labels) if has]
    assert labels == [int(file[id][f'prediction_{k}']) for k in range(3)] == lines[id]['predictions'], id
    assert file[id]['labels'] == ';'.join(named) and lines[id]['labels'] == named, id
    for k, p in enumerate(lines[id]['probabilities']):
        assert abs(p - float(file[id][f'probability_{k}'])) < 2e-6 and (p > 0.5) == bool(labels[k]), id
PY

# What does not fit is said before anything is trained.
expect 2 "several labels a post" -- "$AUXFUSE" run labels.yml -s objective=cross_entropy -s name=bad
expect 2 "one class a post" -- "$AUXFUSE" run class.yml -s objective=bce -s name=bad
expect 2 "f1_samples" "several labels" -- "$AUXFUSE" run class.yml -s train.metric=f1_samples -s name=bad
expect 2 "leave out label_separator" -- "$AUXFUSE" run labels.yml -s 'data.label_separator=;' -s name=bad
expect 1 "long" "'lnog'" -- "$AUXFUSE" run labels.yml -s 'data.label_columns=[adds, lnog]' -s name=bad
expect 1 "words.csv:2: post " "label 'long'" -- "$AUXFUSE" run labels.yml -s name=bad -s data.file=posts/words.csv \
    -s 'data.label_columns=[]' -s 'data.label_separator=;' -s 'data.labels=[adds, rare]'
sed "3s,[01]\r*$,2," posts/columns.csv >posts/two.csv
expect 1 "two.csv:3: post " "'rare' is '2'" -- "$AUXFUSE" run labels.yml -s name=bad -s data.file=posts/two.csv
finish
