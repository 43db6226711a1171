#!/usr/bin/env bash
# Learning curves: a sweep over data.subset, nested and stratified, with class weights of the subset; splits that keep
# accounts whole; shuffled labels.
. "$(dirname "$0")/../lib.sh"
tiny_spec tiny.yml 120 <<'YAML'
objective: {loss: cross_entropy, class_weights: balanced}
evaluate: {splits: [train, val, test]}
YAML
cat >curve.yml <<'YAML'
extends: tiny.yml
name: curve
sweep: {axes: {data.subset: [21, 50, null]}}
YAML
expect 0 "" -- "$AUXFUSE" sweep curve.yml
holds "compare shows the curve" "$AUXFUSE" compare runs/curve
python3 - >"$output" 2>&1 <<'PY'
import csv, glob, math
rows = list(csv.DictReader(open('posts/posts.csv', newline='')))
train = {r['id'] for r in rows if r['split'] == 'train'}
runs = []
for path in glob.glob('runs/curve/*/s0/predictions-train.csv'):
    posts = list(csv.DictReader(open(path, newline='')))
    runs.append((len(posts), {r['id']: int(r['target']) for r in posts}, path.replace('predictions-train.csv', '')))
runs.sort(key=lambda r: r[0])
assert [r[0] for r in runs] == [21, 50, len(train)], [r[0] for r in runs]
assert set(runs[0][1]) < set(runs[1][1]) < set(runs[2][1]) == train
weights = []
for count, targets, folder in runs:
    classes = 4
    of = [sum(t == k for t in targets.values()) for k in range(classes)]
    assert max(abs(of[k] / count - sum(t == k for t in runs[2][1].values()) / len(train)) for k in range(classes)) < 1 / count, of
    weights.append([count / (classes * n) for n in of])
assert weights[0] != weights[2]
# The validation loss of a run is the mean of its posts' losses under the weights of its own subset.
for (count, targets, folder), own in zip(runs, weights):
    last = [r for r in csv.DictReader(open(folder + 'metrics.csv', newline='')) if r['split'] == 'val'][-1]
    def loss(w):
        total = count = 0
        for r in csv.DictReader(open(folder + 'predictions-val.csv', newline='')):
            z = [float(r[f'logit_{k}']) for k in range(4)]
            y = int(r['target'])
            total += w[y] * (math.log(sum(math.exp(v) for v in z)) - z[y])
            count += 1
        return total / count
    real = float(last['loss_cross_entropy'])
    assert abs(loss(own) - real) < 1e-5, (count, loss(own), real)
    assert count > 21 or abs(loss(weights[2]) - real) > 1e-3, (loss(weights[2]), real)
PY
if [ -s "$output" ]; then fail "subsets are nested, stratified, and weigh their own classes"; else pass "subsets are nested, stratified, and weigh their own classes"; fi

# Accounts: 120 posts of 17 accounts without a split of their own.
python3 - <<'PY'
import csv
rows = list(csv.DictReader(open('posts/posts.csv', newline='')))
with open('posts/accounts.csv', 'w', newline='') as f:
    names = [n for n in rows[0] if n != 'split'] + ['account']
    writer = csv.DictWriter(f, names, extrasaction='ignore')
    writer.writeheader()
    writer.writerows(dict(r, account=f'@{i * i % 17}') for i, r in enumerate(rows))
PY
grouped=("$AUXFUSE" run tiny.yml -q -s data.file=posts/accounts.csv -s data.account=account -s data.split_column=null -s train.epochs=0)
expect 0 -- "${grouped[@]}" -s name=accounts -s data.split.group=account
python3 - >"$output" 2>&1 <<'PY'
import csv, glob
account = {r['id']: r['account'] for r in csv.DictReader(open('posts/accounts.csv', newline=''))}
of = {}
for split in 'train', 'val', 'test':
    (path,) = glob.glob(f'runs/accounts/*/s0/predictions-{split}.csv')
    of[split] = [account[r['id']] for r in csv.DictReader(open(path, newline=''))]
assert sum(map(len, of.values())) == 120, of
assert not set(of['train']) & set(of['val']) and not set(of['train']) & set(of['test']) and not set(of['val']) & set(of['test']), of
assert 80 <= len(of['train']) <= 108, len(of['train'])
PY
if [ -s "$output" ]; then fail "accounts stay whole"; else pass "accounts stay whole"; fi
python3 - <<'PY'
import csv
rows = list(csv.DictReader(open('posts/posts.csv', newline='')))
with open('posts/torn.csv', 'w', newline='') as f:
    writer = csv.DictWriter(f, [*rows[0], 'account'])
    writer.writeheader()
    writer.writerows(dict(r, account='@one' if i < 2 or r['split'] == 'val' else f'@{r["id"]}') for i, r in enumerate(rows))
PY
expect 0 "the data gives the splits, and 1 of " "groups lie in several: '@one' has post s000001 in train" -- "$AUXFUSE" run tiny.yml \
    -s data.file=posts/torn.csv -s data.account=account -s data.split.group=account -s train.epochs=0 -s name=torn
expect 2 "data.split.group: the dataset has no column of words 'user'" -- "${grouped[@]}" -s name=none -s data.split.group=user

# Shuffled labels: the same posts, other targets, the same class counts; val and test only with `all`.
for how in none train all; do
    expect 0 -- "$AUXFUSE" run tiny.yml -q -s "name=shuffle-$how" -s "data.shuffle_labels=$how" -s train.epochs=0 -s data.subset=50
done
python3 - >"$output" 2>&1 <<'PY'
import csv, glob
def targets(how, split):
    (path,) = glob.glob(f'runs/shuffle-{how}/*/s0/predictions-{split}.csv')
    return [(r['id'], r['target']) for r in csv.DictReader(open(path, newline=''))]
for split in 'train', 'val', 'test':
    for how in 'train', 'all':
        real, shuffled = targets('none', split), targets(how, split)
        assert [i for i, t in real] == [i for i, t in shuffled]
        assert sorted(t for i, t in real) == sorted(t for i, t in shuffled)
        assert (real != shuffled) == (split == 'train' or how == 'all'), (split, how)
PY
if [ -s "$output" ]; then fail "labels are dealt out anew"; else pass "labels are dealt out anew"; fi
finish
