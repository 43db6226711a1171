#!/usr/bin/env bash
# Averaged weights: the numbers against those made from every epoch's weights, resumes, and what is evaluated and kept.
. "$(dirname "$0")/../lib.sh"
tiny_spec base.yml 60 </dev/null
sed -i 's/^train:.*/train: {epochs: 6, batch: 64, learning_rate: 3e-3}/' base.yml # one step an epoch
echo 'checkpoint: {every: epoch, keep: all}' >>base.yml
expect 0 -- "$AUXFUSE" run base.yml -q -s name=plain --trace trace
plain=$(echo runs/plain/*/s0/checkpoints)
expect 0 -- "$AUXFUSE" run base.yml -q -s name=mean -s train.averaging=mean -s train.averaging_from=4
expect 0 -- "$AUXFUSE" run base.yml -q -s name=ema -s train.averaging=ema -s train.averaging_decay=0.3
holds "the numbers of mean and ema" python3 - trace/initial.safetensors "$plain" "$(echo runs/mean/*/s0/checkpoints)" "$(echo runs/ema/*/s0/checkpoints)" <<'PY'
import json, struct, sys
def read(path):
    data = open(path, 'rb').read()
    size = int.from_bytes(data[:8], 'little')
    tensors = {}
    for name, entry in json.loads(data[8:8 + size]).items():
        if name != '__metadata__':
            a, b = entry['data_offsets']
            tensors[name] = struct.unpack(f'<{(b - a) // 4}f', data[8 + size + a:8 + size + b])
    return tensors
initial, plain, mean, ema = sys.argv[1:]
weights = [read(initial)] + [read(f'{plain}/epoch-{k}.safetensors') for k in range(1, 7)]
got = {'mean': read(f'{mean}/final.safetensors'), 'ema': read(f'{ema}/final.safetensors')}
early = read(f'{mean}/epoch-3.safetensors')
moved = 0
for name in weights[1]:
    assert early[name] == weights[3][name], name
    average = weights[0][name]
    for n in range(6):
        d = min(0.3, (1 + n) / (10 + n))
        average = [d * a + (1 - d) * w for a, w in zip(average, weights[n + 1][name])]
    want = {'mean': [sum(v) / 3 for v in zip(*(weights[k][name] for k in (4, 5, 6)))], 'ema': average}
    for kind in want:
        for a, b in zip(got[kind][name], want[kind]):
            assert abs(a - b) <= 1e-6 * max(1, abs(b)), (kind, name, a, b)
    moved += got['ema'][name] != weights[6][name]
assert moved > 20
PY
holds "without an average yet, the weights are evaluated" sh -c "for e in 1 2 3; do
    grep ^\$e,test runs/plain/*/s0/metrics.csv >a; grep ^\$e,test runs/mean/*/s0/metrics.csv >b; cmp a b || exit 1; done"
holds "the averages are, then" sh -c "grep ^6,test runs/plain/*/s0/metrics.csv >a; grep ^6,test runs/mean/*/s0/metrics.csv >b; ! cmp -s a b"
awk -F, 'NR == 1 || $4 == "test"' posts/posts.csv | cut -d, -f1,2,5 >test.csv
holds "predict has them, too" sh -c "'$AUXFUSE' predict runs/ema/*/s0 --data test.csv --images posts/images >new.csv &&
    cut -d, -f1,3 runs/ema/*/s0/predictions-test.csv | tail -n +2 | sort >own && cut -d, -f1,2 new.csv | tail -n +2 | sort | cmp own -"

# Ctrl-C between steps of an epoch and of two kinds of average: the same bits.
sed -i 's/batch: 64/batch: 8/; s/every: epoch, keep: all/every: 2 steps/; s/epochs: 6/epochs: 3/' base.yml
for kind in mean ema; do
    expect 0 -- "$AUXFUSE" run base.yml -q -s name=whole-$kind -s train.averaging=$kind -s train.select=best
    signal_at INT step-8 '' "$AUXFUSE" run base.yml -s name=cut-$kind -s train.averaging=$kind -s train.select=best >log 2>&1
    status=$?
    holds "$kind: interrupted" test $status -eq 130
    expect 0 "resumed at step" -- "$AUXFUSE" run base.yml -s name=cut-$kind -s train.averaging=$kind -s train.select=best
    for file in metrics.csv predictions-test.csv checkpoints/final.safetensors; do
        holds "$kind: $file is the same, bit for bit" cmp "$(echo runs/whole-$kind/*/s0)/$file" "$(echo runs/cut-$kind/*/s0)/$file"
    done
done
finish
