#!/usr/bin/env bash
# Specs that are wrong: one message with file, line and column, the closest name, exit code 2 (1 where a file is missing).
. "$(dirname "$0")/../lib.sh"
tiny_spec tiny.yml 60 </dev/null

refused() { # refused "SETTING" FRAGMENT…: on top of tiny.yml
    local setting=$1
    shift
    expect 2 "on the command line: $setting: error: " "$@" -- "$AUXFUSE" validate tiny.yml -s "$setting"
}

refused model.fusoin=concat "model has no option 'fusoin'; did you mean 'fusion'?"
refused model.fusion=concatt "no fusion 'concatt'; did you mean 'concat'?"
refused model.text.encoder=brt "no text encoder 'brt'; did you mean 'bert'?"
refused model.image.encoder=vitt "no image encoder 'vitt'; did you mean 'vit'?"
refused data.loader=tabel "no dataset 'tabel'; did you mean 'table'?"
refused backend=gpu "no backend 'gpu'; "
refused 'losses={itcc: {}}' "no loss 'itcc'; did you mean 'itc'?"
refused train.epochs=two "expected an integer from 0 to 1000000, but 'two' is written"
refused train.epochs=-1 "but '-1' is written"
refused train.epochs=1e3 "but '1e3' is written"
refused train.epochs=99999999999999999999999 "expected an integer"
refused train.batch=1.5 "expected an integer from 1 to 1000000, but '1.5' is written"
refused train.learning_rate=1e9 "expected a number from 0 to 1000, but '1e9' is written"
refused train.learning_rate=nan "but 'nan' is written"
refused model.head.dropout=1 "at least 0 and less than 1, but '1' is written"
refused model.image.frozen=maybe "expected true or false, but 'maybe' is written"
refused precision=fp8 "expected one of fp32, bf16, fp64, but 'fp8' is written"
refused data.on_bad_image=skpi "did you mean 'skip'?"
refused losses.itc.beta=1.5 "beta of losses.itc"
refused 'losses={itc: {beta: 0.6}, itm: {beta: 0.5}}' "add up to 1.1"
refused 'data.split={fractions: [0.5, 0.6, 0.1]}' "three parts that add up to 1"
refused 'checkpoint.every=5 parsecs' "but '5 parsecs' is written"
refused 'checkpoint.every=0 steps' "expected epoch, a time"
refused 'evaluate.splits=[vla]' "'vla' is not a split; the splits are train, val and test"
refused train.metric=f2_weighted "did you mean 'f1_weighted'?"
refused 'seeds=[x]' "expected an integer from 0 to 4294967295, but 'x' is written"
refused 'seeds=[]' "at least one"
refused threads=0 "expected an integer from 1 to 1024, or null"
refused name=../x "letters, digits"
expect 2 "tiny.yml:6:11: error: model.fusion needs both text and image" -- "$AUXFUSE" validate tiny.yml -s model.image=null
refused nonsense "expected a.b.c=value"
refused 'train={epochs: [1' "error: "
refused model.text.weights=foo/bar "weights 'foo/bar' were not found; looked in" "tools/fetch-models"

# In a file: the position, the line and a caret.
wrong() { # wrong "YAML" POSITION FRAGMENT…
    local yaml=$1 position=$2
    shift 2
    printf '%b' "$yaml" >wrong.yml
    expect 2 "wrong.yml:$position: error: " "$@" -- "$AUXFUSE" validate wrong.yml
}
wrong 'extends: tiny.yml\ntrian: {epochs: 1}\n' 2:1 "did you mean 'train'?" 'trian: {epochs: 1}'
wrong 'extends: tiny.yml\ntrain:\n  epochs: 3\n  bacth: 4\n' 4:3 "did you mean 'batch'?" '  bacth: 4'
wrong 'extends: tiny.yml\ntrain: {batch: "8x"}\n' 2:16 "expected an integer from 1" '               ^'
wrong 'extends: tiny.yml\nmodel: {fusion: [concat]}\n' 2:17 "model.fusion"
wrong 'extends: tiny.yml\nlosses: [itc]\n' 2:9 "losses must be a map"
wrong 'extends: tiny.yml\ntrain: 5\n' 2:8 "train"
wrong 'name: x\nname: y\n' 2:1 "key 'name' is written twice, first in line 1"
wrong 'name: x\nfoo: [1\nbar: }\n' 3:4 "did not find expected"
wrong 'name: x\n\tfoo: 1\n' 2:1 "error: "
wrong 'extends: nope.yml\n' 1:10 "nope.yml: No such file or directory"
wrong 'extends: wrong.yml\n' 1:10 "extends goes in a circle"
wrong 'extends: tiny.yml\ndata: {file: "${AXF_UNSET}/x"}\n' 2:14 "AXF_UNSET is not set"
wrong '&a [*a, *a]' 1:5 "alias *a is inside the node that it names"
wrong 'extends: tiny.yml\nsweep: {axes: {model.fusion: [concat, gmuu]}}\n' 2:39 "no fusion 'gmuu'"
printf 'extends: tiny.yml\nsweep: {axes: {model.fusion: [concat, attention]}}\n' >sweep.yml
expect 2 "sweep.yml:2:8: error: this spec is a sweep" "--base" -- "$AUXFUSE" run sweep.yml
expect 0 "every point" -- "$AUXFUSE" validate sweep.yml
expect 0 "tiny" -- "$AUXFUSE" run sweep.yml --base --dry-run
(printf 'a: &a [x, x, x, x, x, x, x, x, x, x]\n'
 for i in {1..9}; do printf "a$i: &a$i [*a$([ $i = 1 ] || echo $((i - 1))), *a$([ $i = 1 ] || echo $((i - 1))), *a$([ $i = 1 ] || echo $((i - 1))), *a$([ $i = 1 ] || echo $((i - 1)))]\n"; done) >bomb.yml
expect 2 "bomb.yml:" -- "$AUXFUSE" validate bomb.yml
printf '%0*d' 5000 0 | sed 's/0/[/g' >deep.yml
expect 2 "deep.yml:1:" -- "$AUXFUSE" validate deep.yml
head -c 2000000 /dev/zero | tr '\0' a >large.yml
expect 1 "large.yml" "2000000 bytes, more than the limit of 1048576" -- "$AUXFUSE" validate large.yml
head -c 3000 /dev/urandom >random.yml
expect 2 "random.yml" -- "$AUXFUSE" validate random.yml
: >empty.yml
expect 2 "empty.yml" -- "$AUXFUSE" validate empty.yml

# Settings and positions of a run: what a file names and is not there is exit code 1, with the position of its key.
expect 1 "tiny.yml:2:16: dataset 'table': " "nope.csv': No such file or directory" -- "$AUXFUSE" run tiny.yml -s data.file=nope.csv
expect 1 "tiny.yml:4:19: text encoder 'bert': " "nope: No such file" -- "$AUXFUSE" run tiny.yml -s model.text.config=nope
expect 1 "cannot make the folder" -- "$AUXFUSE" run tiny.yml -s output=/proc/auxfuse
expect 1 "'nope.yml': No such file or directory" -- "$AUXFUSE" run nope.yml
expect 2 "no spec was given" -- "$AUXFUSE" run
expect 2 "unknown option '--jsn'; did you mean '--json'?" -- "$AUXFUSE" run tiny.yml --jsn
expect 2 "no verb 'rnu'; did you mean 'run'?" -- "$AUXFUSE" rnu
expect 2 "no verb 'nonsense'; auxfuse --help lists them" -- "$AUXFUSE" help nonsense
[ ! -e runs ] || fail "a refused run left a folder"

# --json, --print and what may be set.
expect 0 '"valid": true' -- "$AUXFUSE" validate tiny.yml --json
"$AUXFUSE" validate tiny.yml --json -s train.epochs=x >valid.json 2>/dev/null
holds "validate --json is one document with the message" python3 -c "
import json; d = json.load(open('valid.json')); assert d['valid'] is False and 'train.epochs=x' in d['message'], d"
"$AUXFUSE" plugins --json >plugins.json
holds "plugins --json names every component" python3 -c "
import json; n = [c['name'] for c in json.load(open('plugins.json'))['components']]
assert {'bert', 'vit', 'attention', 'concat', 'itc', 'itm', 'table', 'reference'} <= set(n), n"
holds "plugins attention" "$AUXFUSE" plugins attention
expect 2 "there is no component 'nope'" -- "$AUXFUSE" plugins nope
"$AUXFUSE" validate tiny.yml --print -s train.epochs=5 -s model.fusion=concat -s model.fusion=attention >printed.yml
holds "-s wins, the last one most" grep -q 'epochs: 5' printed.yml
holds "the last of two settings counts" grep -q 'strategy: attention' printed.yml
expect 0 valid -- "$AUXFUSE" validate printed.yml
finish
