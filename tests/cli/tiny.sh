#!/usr/bin/env bash
# run, sweep and validate --tiny: any spec without its weights and data, never in the folder of the real run; and
# outputs: reference, the reference program's names and layout.
. "$(dirname "$0")/../lib.sh"
specs=$source_dir/experiments
late=$specs/mvsa/bernice-vit-attention.yml
unset MVSA_ROOT TIR_ROOT

# Without --tiny the same spec wants data and weights.
expect 2 "MVSA_ROOT" -- "$AUXFUSE" validate "$late"
expect 0 valid -- "$AUXFUSE" validate --tiny "$late"
holds "a late fusion runs" "$AUXFUSE" run --tiny "$late" "$specs/losses/itc-itm.yml" -q -s outputs=reference
run=$(echo runs/mvsa-bernice-vit-attention-tiny/*/s30)
holds "under its own name" test -f "$run/done.json"
holds "64 posts, shared among the splits" test "$(awk -F, '$1 == 1 { n += $3 } END { print n }' "$run/metrics.csv")" = 64
holds "one epoch" test "$(tail -1 "$run/metrics.csv" | cut -d, -f1)" = 1
holds "random weights" grep -q 'weights: random' "$run/spec.yml"
holds "the second start finds it finished" "$AUXFUSE" run --tiny "$late" "$specs/losses/itc-itm.yml" -q -s outputs=reference

# Choices stay, names of files do not; the first seed alone; a subset is cut down.
holds "a run with other seeds and a subset" "$AUXFUSE" run --tiny "$specs/tir/bert.yml" -q -s seeds=[4,5] -s data.subset=500 \
    -s data.task=image_adds -s data.file=absent.csv -s data.empty_image=absent.png -s name=other -s model.text.normalise=none
holds "one seed" test "$(ls -d runs/other-tiny/*/s*)" = "$(echo runs/other-tiny/*/s4)"
holds "its task" grep -q '^  task: image_adds' runs/other-tiny/*/s4/spec.yml
holds "its normaliser" grep -q 'normalise: none' runs/other-tiny/*/s4/spec.yml
holds "32 train posts" test "$(awk -F, '$2 == "train" { print $3 }' runs/other-tiny/*/s4/metrics.csv)" = 32

# Loaders without a fixed layout: a table of one's own, and drawn posts.
cat >mine.yml <<'YAML'
name: mine
data: {loader: table, file: absent.csv, images: absent, label: verdict}
model: {text: {encoder: roberta, weights: roberta-base}, image: {encoder: deit, weights: absent/deit}, fusion: concat}
seeds: [1]
YAML
holds "a table" "$AUXFUSE" run --tiny mine.yml -q
holds "drawn posts" "$AUXFUSE" run --tiny mine.yml -q -s data=null -s data.loader=synthetic -s name=drawn
holds "64 of them" grep -q '^  count: 64$' runs/drawn-tiny/*/s1/spec.yml

# A sweep: every point in its tiny version, with the configuration of its own encoder, and the first seed.
cat >sweep.yml <<YAML
extends: $late
name: grid
seeds: [4, 5]
sweep:
  axes:
    model.fusion: [concat, attention]
    model.image.encoder: [vit, beit]
YAML
expect 0 "attention" "beit" "4 runs of 4 points" "/runs/grid-tiny/" -- "$AUXFUSE" sweep --tiny sweep.yml --dry-run
expect 0 "auxfuse compare" -- "$AUXFUSE" sweep --tiny sweep.yml -j 2
holds "four runs, each on 64 posts" test "$(cat runs/grid-tiny/*/s4/metrics.csv | awk -F, '$1 == 1 { n += $3 } END { print n }')" = 256
holds "each with its encoder's configuration" test "$(grep -l "config: .*/tiny/beit" runs/grid-tiny/*-beit-*/s4/spec.yml | wc -l)" = 2
holds "the first seed alone" test ! -e runs/grid-tiny/concat-vit-*/s5
expect 2 "MVSA_ROOT" -- "$AUXFUSE" sweep sweep.yml
holds "two files, the losses' axis" "$AUXFUSE" sweep --tiny "$late" "$specs/losses/all.yml" -s name=two
holds "four points" test "$(ls -d runs/two-tiny/*/s30 | wc -l)" = 4

# What is wrong with a spec stays wrong; a component without a small configuration says where it was looked for.
expect 2 "did you mean 'vit'" -- "$AUXFUSE" validate --tiny "$late" -s model.image.encoder=vitt
expect 2 "error: " "epoch" -- "$AUXFUSE" validate --tiny "$late" -s train.epoch=3
mkdir share && cp "$AUXFUSE" share/auxfuse
expect 2 "--tiny: there is no small configuration of text encoder 'bernice'" "tiny/bernice" -- \
    env AUXFUSE_PLUGIN_PATH="$(dirname "$AUXFUSE")/../lib/auxfuse" share/auxfuse validate --tiny "$late"
cp -r "$specs/tiny" tiny && cp "$late" late.yml && sed -i "s,\.\./,$specs/,g" late.yml
expect 0 valid -- env AUXFUSE_PLUGIN_PATH="$(dirname "$AUXFUSE")/../lib/auxfuse" share/auxfuse validate --tiny late.yml

# The reference's files: a row a metric, a column an epoch; the values are those of metrics.csv and of the predictions.
names=$run/reference/bernice-vit-attention_task3_seed30_itc0.1itm0.1_
for split in val test; do
    holds "metrics of $split" cmp <(cat "${names}metrics_$split.csv") <(
        echo metric,epoch-1
        for metric in f1_weighted f1_macro precision_weighted precision_macro recall_weighted recall_macro loss; do
            awk -F, -v m=$metric -v s=$split 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == m) c = i } $2 == s { print m "," $c }' \
                "$run/metrics.csv"
        done
    )
done
holds "predictions of test" cmp <(tail -n +2 "${names}preds.csv") <(tail -n +2 "$run/predictions-test.csv" | cut -d, -f1-3)
holds "their header" test "$(head -1 "${names}preds.csv")" = data_id,label,prediction
holds "nothing else" test "$(ls "$run/reference" | wc -l)" = 3
holds "a finished run gets them, too, when asked later" \
    "$AUXFUSE" run --tiny "$specs/tir/bert.yml" -q -s seeds=[4] -s data.subset=500 -s name=other -s data.task=image_adds \
    -s model.text.normalise=none -s outputs=reference
holds "text alone: no losses, the subset named" test -f runs/other-tiny/*/s4/reference/bert_task2_seed4_N32_metrics_val.csv
"$AUXFUSE" run --tiny "$late" -q -s outputs=reference -s name=plain -s train.epochs=2 >/dev/null 2>&1
holds "two inputs without losses: two underscores" test -f runs/plain-tiny/*/s30/reference/bernice-vit-attention_task3_seed30__preds.csv
expect 2 "set reference_task" -- "$AUXFUSE" validate --tiny "$late" -s outputs=reference -s reference_task=null
finish
