#!/usr/bin/env bash
# The quickstart's posts need both sides: on three seeds the tiny model reaches 0.70 weighted F1 with text and image, and
# stays at 0.45 or below with either alone. Trains in seconds; the bound on processor time is the promise of the quickstart.
. "$(dirname "$0")/../lib.sh"
spec=$source_dir/experiments/quickstart/attention.yml

# Weighted F1 on test after the last epoch, one line a seed: SETTING…
scores() {
    "$AUXFUSE" run "$spec" -q -s output=runs -s seeds=[0,1,2] "$@" >folders.txt 2>"$output" || return 1
    while read -r folder; do
        python3 - "$folder/metrics.csv" <<'PY'
import csv, sys
rows = [row for row in csv.DictReader(open(sys.argv[1])) if row["split"] == "test"]
print(rows[-1]["f1_weighted"])
PY
    done <folders.txt
}

check() { # "what" COMPARISON SETTING…
    local what=$1 comparison=$2 count=0 score TIMEFORMAT='%U %S' seconds
    shift 2
    { time scores "$@" >scores.txt || fail "$what does not train"; } 2>seconds.txt
    seconds=$(awk '{ print int($1 + $2) }' seconds.txt)
    while read -r score; do
        count=$((count + 1))
        holds "$what: F1 $score $comparison" python3 -c "import sys; sys.exit(not $score $comparison)"
    done <scores.txt
    [ "$count" -eq 3 ] && pass "$what: three seeds" || fail "$what: $count of 3 seeds gave a score"
    holds "$what: three seeds take $seconds s of processor time, at most 360" test "$seconds" -le 360
}

check "text and image" ">= 0.70" -s train.epochs=5
check "text alone" "<= 0.45" -s train.epochs=5 -s model.image=null -s model.fusion=null -s name=text
check "image alone" "<= 0.45" -s train.epochs=5 -s model.text=null -s model.fusion=null -s name=image
finish
