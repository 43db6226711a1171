#!/usr/bin/env bash
# Where the system cannot tell whether a file is there, every verb says so, with the path and the reason: it never goes on
# as if there were none. A link that leads to itself stands for the failing disk: looking at what it names fails with
# ELOOP, whoever asks (permissions do not stop a superuser).
. "$(dirname "$0")/../lib.sh"
tiny_spec tiny.yml 60 <<<'evaluate: {splits: [val, test]}'
why="Too many levels of symbolic links"

# loop PATH: a link to itself there.
loop() {
    rm -rf "$1"
    ln -s "$(basename "$1")" "$1"
}

# refuses FRAGMENT -- COMMAND…: exit code 1, "cannot tell", the path and the reason.
refuses() {
    local path=$1
    shift 2
    expect 1 "cannot tell whether '" "$path" "$why" -- "$@"
}

expect 0 -- "$AUXFUSE" run tiny.yml -q -s name=good
good=$(echo runs/good/*/s0)

# A finished run is not trained again, an unfinished one not begun anew.
for name in done.json environment.json; do
    rm -rf runs/copy && cp -r runs/good runs/copy
    copy=$(echo runs/copy/*/s0)
    [ "$name" = done.json ] || rm "$copy/done.json"
    loop "$copy/$name"
    before=$(cd "$copy" && sha256sum metrics.csv events.jsonl)
    refuses "s0/$name" -- "$AUXFUSE" run tiny.yml -q -s name=copy
    holds "the run with $name was left alone" [ "$before" = "$(cd "$copy" && sha256sum metrics.csv events.jsonl)" ]
done
rm -rf runs/copy && cp -r runs/good runs/copy
copy=$(echo runs/copy/*/s0)
rm "$copy/done.json"
loop "$copy/checkpoints"
expect 1 "checkpoints" -- "$AUXFUSE" run tiny.yml -q -s name=copy

# Lists and comparisons of runs.
rm -rf runs/copy && cp -r runs/good runs/copy
copy=$(echo runs/copy/*/s0)
loop "$copy/done.json"
refuses "s0/done.json" -- "$AUXFUSE" runs runs
refuses "s0/done.json" -- "$AUXFUSE" compare runs
rm -rf runs/copy && cp -r runs/good runs/copy
loop "$copy/metrics.csv"
expect 0 "warning: cannot tell whether '" "metrics.csv" "$why" "done " -- "$AUXFUSE" runs runs
loop "$copy/predictions-test.csv"
refuses "predictions-test.csv" -- "$AUXFUSE" compare runs
loop "$copy/environment.json"
refuses "s0/environment.json" -- "$AUXFUSE" runs runs
loop runs/sweep
refuses "runs/sweep/plan.json" -- "$AUXFUSE" compare runs
rm -r runs/sweep runs/copy

# A sweep's folders.
cat >sweep.yml <<'YAML'
extends: tiny.yml
name: swept
seeds: [1]
sweep: {axes: {train.batch: [8]}}
YAML
expect 0 -- "$AUXFUSE" sweep sweep.yml
swept=$(echo runs/swept/*/s1)
loop "$swept/done.json"
refuses "s1/done.json" -- "$AUXFUSE" sweep sweep.yml
refuses "s1/done.json" -- "$AUXFUSE" sweep sweep.yml --dry-run
loop runs/swept/sweep/journal
refuses "sweep/journal" -- "$AUXFUSE" sweep sweep.yml --dry-run

# A run's weights, for predict and export.
cp -r "$good" moved
loop moved/checkpoints/final.safetensors
refuses "final.safetensors" -- "$AUXFUSE" predict moved --data posts/posts.csv
loop exported
refuses "exported" -- "$AUXFUSE" export "$good" exported
refuses "exported" -- "$AUXFUSE" extract "$good" --what pooled --output exported
rm exported

# Weights and models.
mkdir folder models
loop folder/model.safetensors
refuses "folder/model.safetensors" -- "$AUXFUSE" weights ./folder
loop models/owner
refuses "models/owner/name" -- "$AUXFUSE" weights owner/name
expect 1 "weights 'owner/name'" "cannot tell whether '" "models/owner/name" "$why" -- "$AUXFUSE" run tiny.yml -s model.text=bert \
    -s model.text.weights=owner/name

# Plugins: a folder that cannot be looked at is told to whoever misses a component.
mkdir -p "$HOME/.local/lib"
loop "$HOME/.local/lib/auxfuse"
expect 2 "there is no fusion 'nowhere'" "note: a plugin was refused: cannot tell whether '" "$why" -- "$AUXFUSE" validate tiny.yml \
    -s model.fusion=nowhere
expect 0 -- "$AUXFUSE" validate tiny.yml
rm "$HOME/.local/lib/auxfuse"

# Prepared data, and the features' cache.
mkdir prepared
loop prepared/manifest.json
refuses "prepared/manifest.json" -- "$AUXFUSE" data prepare table posts prepared
loop features
refuses "features" -- "$AUXFUSE" cache list --folder features
finish
