#!/usr/bin/env bash
# tools/from-reference: command lines of the reference program against the specs they stand for, each of them valid.
. "$(dirname "$0")/../lib.sh"
tool=$source_dir/tools/from-reference
ln -s "$source_dir/experiments" experiments

# Checks that a command line gives the spec on standard input, below its first lines (comment, name, outputs), that this spec is
# valid, and that standard error has the texts of the arguments before --.
turns() { # FRAGMENT… -- [--defects] ARGUMENTS…
    local fragments=() fragment options=(-o made.yml)
    while [ "$1" != -- ]; do fragments+=("$1") && shift; done
    shift
    [ "$1" != --defects ] || { options+=(--defects) && shift; }
    cat >expected.yml
    if ! "$tool" "${options[@]}" "$@" 2>"$output"; then fail "$*" && return; fi
    for fragment in "${fragments[@]}"; do
        grep -qF -- "$fragment" "$output" || { fail "$*: lacks '$fragment'" && return; }
    done
    [ ${#fragments[@]} -gt 0 ] || [ ! -s "$output" ] || { fail "$*: a note" && return; }
    if ! diff <(sed "s,$(realpath --relative-to=. "$source_dir/experiments"),experiments,g" made.yml | tail -n +2) expected.yml \
        >"$output"; then fail "$*" && return; fi
    head -1 made.yml | grep -qxF "# $(basename "$1") ${*:2}" || { fail "$*: its comment" && return; }
    expect 0 valid -- "$AUXFUSE" validate --tiny made.yml
}

turns "160 train posts" -- run_mm_late.py --txt_model_name bernice --img_model_name vit --fusion_name attention --task 2 --epochs 7 \
    --seed 40 --testing <<'YAML'
extends: [experiments/models/bernice-vit-attention.yml, experiments/data/tir.yml]
name: tir-bernice-vit-attention
data: {subset: 160}
train: {epochs: 7}
seeds: [40]
outputs: reference
YAML

turns "--use_iadds_loss has no effect" "predictions are always written" -- run_mm_late.py --txt bert --img beit --fusion gmu \
    --task 3 --use_clip --beta_itc 0.2 --use_tim_loss --nsamples 500 --save_preds --use_iadds_loss --lr 1e-5 <<'YAML'
extends: [experiments/reference.yml, experiments/encoders/bert.yml, experiments/encoders/beit.yml, experiments/fusions/gmu.yml, experiments/data/mvsa.yml, experiments/losses/itc-itm.yml]
name: mvsa-bert-beit-gmu
data: {subset: 500}
losses: {itc: {beta: 0.2}}
outputs: reference
YAML

turns -- run_mm_late.py --txt_model_name bertweet --img_model_name resnet152 --fusion_name xatt --task 1 --use_tim_loss \
    --weight_decay=0.01 --lr 3e-5 --dropout 0.1 <<'YAML'
extends: [experiments/reference.yml, experiments/encoders/bertweet.yml, experiments/encoders/resnet152.yml, experiments/fusions/xatt.yml, experiments/data/tir-image.yml, experiments/losses/itm.yml]
name: tir-image-bertweet-resnet152-xatt
model: {head: {dropout: 0.1}}
train: {learning_rate: 3e-5, weight_decay: 0.01}
outputs: reference
YAML

turns "--dropout has no effect" -- run_mm_late.py --txt_model_name bert --img_model_name resnet50 --fusion_name concat_cnn --task 0 \
    --dropout 0.3 <<'YAML'
extends: [experiments/reference.yml, experiments/encoders/bert.yml, experiments/encoders/resnet50.yml, experiments/fusions/concat_cnn.yml, experiments/data/tir-text.yml]
name: tir-text-bert-resnet50-concat_cnn
outputs: reference
YAML

turns -- run_txt.py --model_name roberta --task 3 --epochs 2 --seed 30 <<'YAML'
extends: [experiments/reference.yml, experiments/encoders/roberta.yml, experiments/data/mvsa.yml]
name: mvsa-roberta
outputs: reference
YAML

turns "--dropout has no effect" -- run_img.py --model_name resnet50 --feature_extract --task 0 --dropout .3 --epochs 4 <<'YAML'
extends: [experiments/reference.yml, experiments/encoders/resnet50.yml, experiments/data/tir-text.yml]
name: tir-text-resnet50
model: {image: {frozen: true}}
train: {epochs: 4}
outputs: reference
YAML

turns "text-only test set" "data.empty_image" -- run_mm_late.py --txt_model_name bernice --img_model_name vit --fusion_name concat --task 5 \
    --eval_txt_test <<'YAML'
extends: [experiments/models/bernice-vit-concat.yml, experiments/data/micd.yml]
name: micd-bernice-vit-concat
data: {text_only: replace, missing_image: blank}
outputs: reference
YAML

turns "--conv_att cannot run" -- run_img.py --model_name resnet152 --conv_att --task 3 <<'YAML'
extends: [experiments/models/resnet152.yml, experiments/data/mvsa.yml]
name: mvsa-resnet152
model: {image: {conv_attention: true}}
outputs: reference
YAML

turns "it is of the ResNets" -- run_img.py --model_name vit --conv_att --task 3 <<'YAML'
extends: [experiments/models/vit.yml, experiments/data/mvsa.yml]
name: mvsa-vit
outputs: reference
YAML

turns -- run_mm_early.py --model vilt --task 2 --epochs 7 --use_clip_loss --seed 31 <<'YAML'
extends: [experiments/models/vilt.yml, experiments/data/tir.yml, experiments/losses/itc.yml]
name: tir-vilt
seeds: [31]
outputs: reference
YAML

turns -- run_mm_early.py --model lxmert --task 0 --epochs 7 <<'YAML'
extends: [experiments/models/lxmert.yml, experiments/data/tir-text.yml]
name: tir-text-lxmert
outputs: reference
YAML

turns "predictions are always written" "--beta_itc has no effect" -- run_mmbt.py --txt_model_name bert --task 3 --epochs 3 --evaltest \
    --use_tim_loss --beta_itm .25 --beta_itc 0.3 <<'YAML'
extends: [experiments/models/mmbt.yml, experiments/data/mvsa.yml, experiments/losses/itm.yml]
name: mvsa-mmbt
losses: {itm: {beta: .25}}
train: {epochs: 3}
outputs: reference
YAML

# Standard output, from another folder; what stands before the program's name is left out.
mkdir below && cd below && "$tool" python3 ../models/run_txt.py --model_name bert --task 3 >spec.yml 2>"$output" && cd ..
expect 0 valid -- "$AUXFUSE" validate --tiny below/spec.yml
holds "the program's name alone" grep -qx "# run_txt.py --model_name bert --task 3" below/spec.yml

refuses() { # FRAGMENT -- ARGUMENTS…
    local fragment=$1
    shift 2
    expect 2 "from-reference: error: " "$fragment" -- "$tool" "$@"
}
refuses "no option --modelname; did you mean --model_name?" -- run_txt.py --modelname bert --task 1
refuses "run_txt.py has no option --quux" -- run_txt.py --quux --task 1
refuses "may be any of --beta_itc --beta_itm" -- run_mm_late.py --beta 0.1
refuses "'gpt' is none of bert, bernice, bertweet, roberta" -- run_txt.py --model_name gpt --task 1
# --defects: the defects of each program.
turns -- --defects run_txt.py --model_name bert --task 4 <<'YAML'
extends: [experiments/models/bert.yml, experiments/data/mhp.yml]
name: mhp-bert
train: {reference_defects: [batch_mean_loss, train_mode_once]}
outputs: reference
YAML

turns -- --defects run_img.py --model_name resnet50 --feature_extract --task 3 <<'YAML'
extends: [experiments/reference.yml, experiments/encoders/resnet50.yml, experiments/data/mvsa.yml]
name: mvsa-resnet50
data: {reference_defects: true}
model: {image: {frozen: true}}
train: {reference_defects: [batch_mean_loss, train_mode_once, unshuffled, frozen_in_train_mode]}
outputs: reference
YAML

turns -- --defects run_mm_late.py --txt_model_name bert --img_model_name deit --fusion_name aspect-att --task 2 --use_clip_loss --epochs 3 <<'YAML'
extends: [experiments/reference.yml, experiments/encoders/bert.yml, experiments/encoders/deit.yml, experiments/fusions/aspect-att.yml, experiments/data/tir.yml, experiments/losses/itc.yml]
name: tir-bert-deit-aspect-att
data: {reference_defects: true}
model: {fusion: {strategy: aspect-att, reference_defects: true}}
train: {epochs: 3, reference_defects: [batch_mean_loss, frozen_in_train_mode], groups: [{match: "image.pooler.*", frozen: yes}]}
outputs: reference
YAML

turns -- --defects run_mm_late.py --txt_model_name bert --img_model_name resnet50 --fusion_name xatt --task 5 <<'YAML'
extends: [experiments/reference.yml, experiments/encoders/bert.yml, experiments/encoders/resnet50.yml, experiments/fusions/xatt.yml, experiments/data/micd.yml]
name: micd-bert-resnet50-xatt
model: {fusion: {strategy: xatt, reference_defects: true}}
train: {reference_defects: [batch_mean_loss, frozen_in_train_mode]}
outputs: reference
YAML

turns -- --defects run_mmbt.py --txt_model_name bert --task 6 --epochs 3 --use_tim_loss --beta_itm .2 <<'YAML'
extends: [experiments/models/mmbt.yml, experiments/data/msd.yml, experiments/losses/itm.yml]
name: msd-mmbt
model: {joint: {reference_defects: true}}
losses: {itm: {beta: .2, second_pass: true}}
train: {epochs: 3, reference_defects: [batch_mean_loss]}
outputs: reference
YAML

refuses "--task: '7' is none of 0, 1" -- run_txt.py --model_name bert --task 7
refuses "--epochs: 'two' is no whole number" -- run_txt.py --model_name bert --task 1 --epochs two
refuses "--lr: 'fast' is no number" -- run_txt.py --model_name bert --task 1 --lr fast
refuses "--seed needs a value" -- run_txt.py --model_name bert --task 1 --seed
refuses "needs --task" -- run_txt.py --model_name bert
refuses "needs --epochs: it has no default" -- run_mm_early.py --model vilt --task 4
refuses "MMBT runs with bert only" -- run_mmbt.py --txt_model_name bernice --task 1 --epochs 1
refuses "reads a ResNet's map" -- run_mm_late.py --txt_model_name bert --img_model_name vit --fusion_name xatt --task 1
refuses "only task 5" -- run_txt.py --model_name bert --task 1 --eval_txt_test
refuses "'run_all.py' is none of" -- run_all.py
refuses "no command line" --
finish
