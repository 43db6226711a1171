#include "experiment/settings.h"

#include <stdlib.h>
#include <string.h>

static const char *const precisions[] = {"fp32", "bf16", "fp64", NULL};
static const char *const outputs[] = {"auxfuse", "reference", NULL};
static const char *const shuffle[] = {"none", "train", "all", NULL};
static const char *const bad_image[] = {"error", "skip", "blank", "learned", NULL};
static const char *const missing_image[] = {"error", "skip", "blank", "learned", "same", NULL};
static const char *const keep[] = {"last", "best", "all", "none", NULL};
static const char *const select_[] = {"last", "best", NULL};
static const char *const averaging[] = {"none", "ema", "mean", NULL};
static const char *const schedules[] = {"constant", "linear", "cosine", NULL};

#define S axf_settings_top
static const axf_option top[] = {
    AXF_STRING(S, name, NULL, AXF_OPT_REQUIRED | AXF_OPT_RUNTIME, "Name of the experiment: the folder of its runs"),
    AXF_ENUM(
        S, precision, "fp32", precisions, 0,
        "Arithmetic of matrix products: bf16 accumulates in fp32 and keeps fp32 weights; fp64 is for tests, on the "
        "reference backend only"),
    AXF_INT(S, threads, NULL, 1, 1024, AXF_OPT_RUNTIME | AXF_OPT_NULLABLE,
            "Compute threads; null or auto: the cores this process may use, fixed at a run's first start"),
    AXF_LIST(S, seeds, AXF_OPT_INT, "[0]", 0, 4294967295.0, AXF_OPT_RUNTIME,
             "Seeds of first values, orders, dropout and drawn pairs; each seed is one run"),
    AXF_PATH(S, output, "runs", AXF_OPT_RUNTIME, "Folder in which run folders are made"),
    AXF_ENUM(
        S, outputs, "auxfuse", outputs, AXF_OPT_RUNTIME,
        "reference: write metrics and predictions also under the reference program's names and in its layout, into "
        "the run folder's reference/"),
    AXF_INT(S, reference_task, NULL, 0, 1000, AXF_OPT_RUNTIME | AXF_OPT_NULLABLE,
            "The reference program's number of the data set and target (--task), which those names hold"),
};
#undef S
#define S axf_settings_data
static const axf_option data[] = {
    AXF_INT(S, subset, NULL, 1, 1e9, AXF_OPT_NULLABLE,
            "Train on this many of the train posts (stratified; a larger subset contains the smaller); null: all"),
    AXF_ENUM(S, shuffle_labels, "none", shuffle, 0,
             "A control: give the labels of the train posts, or of each split, to these posts in a new order, by "
             "data.split.seed; the number of posts of each class stays the same"),
    AXF_ENUM(S, on_bad_image, "error", bad_image, 0,
             "What to do with an image that is missing or cannot be decoded: stop, leave the post out, show a blank, "
             "or put a "
             "learned vector in place of what the image encoder gives, or the image part of a joint encoder"),
    AXF_ENUM(S, missing_image, "same", missing_image, 0,
             "The same for posts that name no image at all; same: as on_bad_image says"),
    AXF_PATH(S, empty_image, NULL, AXF_OPT_FILE,
             "The picture shown as a blank, e.g. one white PNG; null: the mean colour of the encoder's recipe"),
    AXF_INT(S, image_threads, NULL, 1, 256, AXF_OPT_RUNTIME | AXF_OPT_NULLABLE, "Decoding threads; null: as threads"),
};
#undef S
#define S axf_settings_split
static const axf_option split[] = {
    AXF_INT(S, seed, "0", 0, 4294967295.0, 0,
            "Seed of drawn splits and subsets: not the run's seed, so that runs share test posts"),
    AXF_LIST(S, fractions, AXF_OPT_REAL, "[0.8, 0.1, 0.1]", 0, 1, 0,
             "Parts for train, val and test when the data gives no split"),
    AXF_BOOL(S, stratify, "true", 0, "Draw every class in the same proportions"),
    AXF_STRING(
        S, group, NULL, AXF_OPT_NULLABLE,
        "Column of words, such as the account, whose posts all go into the same split; a post without one is alone"),
};
#undef S
#define S axf_settings_encoder
static const axf_option encoder[] = {
    AXF_BOOL(S, frozen, "false", 0,
             "Do not train it: evaluation mode, no gradients; features of a frozen image encoder are cached"),
    AXF_STRING(
        S, freeze_until, NULL, AXF_OPT_NULLABLE,
        "Do not train it up to and with this layer, e.g. encoder.layer.5: evaluation mode there, no gradients; null: "
        "train all"),
};
#undef S
#define S axf_settings_head
static const axf_option head[] = {
    AXF_REAL(S, dropout, "0.05", 0, 1, AXF_OPT_EXCLUSIVE_MAX, "Dropout before the classifier"),
};
#undef S
#define S axf_settings_loss
static const axf_option loss[] = {
    AXF_REAL(S, beta, "0.1", 0, 1, AXF_OPT_EXCLUSIVE_MAX,
             "Weight of the auxiliary loss; the objective gets 1 minus the weights of all auxiliary losses"),
};
#undef S
#define S axf_settings_train
static const axf_option train[] = {
    AXF_INT(S, epochs, "2", 0, 1e6, 0, "Passes over the train posts"),
    AXF_INT(S, batch, "8", 1, 1e6, 0, "Posts of an optimiser step, over micro-batches"),
    AXF_INT(
        S, micro_batch, NULL, 1, 1e6, AXF_OPT_NULLABLE | AXF_OPT_RUNTIME,
        "Posts computed at once; null: the whole batch. With losses that compare all posts of the batch (itc, itm) it "
        "splits the encoders alone, which then run twice a step; not with a joint encoder"),
    AXF_REAL(S, learning_rate, "1e-5", 0, 1e3, AXF_OPT_LOG, "AdamW step size"),
    AXF_REAL(S, weight_decay, "2.5e-4", 0, 1e3, AXF_OPT_LOG, "AdamW decay of weights a step, times the learning rate"),
    AXF_REAL(S, beta1, "0.9", 0, 1, AXF_OPT_EXCLUSIVE_MAX, "AdamW decay of the first moment"),
    AXF_REAL(S, beta2, "0.999", 0, 1, AXF_OPT_EXCLUSIVE_MAX, "AdamW decay of the second moment"),
    AXF_REAL(S, epsilon, "1e-8", 0, 1, 0, "AdamW term in the denominator, added after bias correction"),
    AXF_ENUM(S, schedule, "constant", schedules, 0,
             "Learning rate after warm-up: constant, or down to 0 on a line or a cosine"),
    AXF_REAL(S, warmup, "0", 0, 1, 0, "Part of all steps over which the learning rate rises from 0"),
    AXF_REAL(S, clip, NULL, 0, 1e9, AXF_OPT_NULLABLE | AXF_OPT_EXCLUSIVE_MIN,
             "Largest global norm of the gradient; null: no clipping"),
    AXF_ENUM(S, select, "last", select_, 0,
             "Which weights are evaluated at the end, kept and predicted with: the last or the best by validation"),
    AXF_STRING(S, metric, "f1_weighted", 0, "Validation metric for select and early stopping"),
    AXF_INT(S, patience, NULL, 1, 1e6, AXF_OPT_NULLABLE,
            "Stop after this many epochs without a better validation metric; null: never"),
    AXF_REAL(S, image_dropout, "0", 0, 1, AXF_OPT_EXCLUSIVE_MAX,
             "Probability with which a train post's image is replaced by the vector of data.missing_image: learned"),
    AXF_BOOL(S, decay_exclusions, "false", 0, "Leave biases and normalisation weights out of weight decay"),
    AXF_ENUM(
        S, averaging, "none", averaging, 0,
        "Weights that are evaluated, selected and kept: the trained ones, their exponential moving average over the "
        "steps, or the mean of those after each epoch from averaging_from on"),
    AXF_REAL(S, averaging_decay, "0.999", 0, 1, AXF_OPT_EXCLUSIVE_MAX,
             "ema: part of the old average that a step keeps; at step n at most (1 + n)/(10 + n)"),
    AXF_INT(S, averaging_from, "1", 1, 1e6, 0, "mean: the first epoch whose weights are part of the mean"),
    AXF_LIST(
        S, reference_defects, AXF_OPT_STRING, "[]", 0, 0, 0,
        "What to repeat of the reference program's defects: train_mode_once (no dropout from the second epoch on, and "
        "running statistics), frozen_in_train_mode (frozen parts drop out and use and move batch statistics), "
        "unshuffled (train posts in the order of the data), batch_mean_loss (the reported loss is the mean over "
        "batches)"),
};
#undef S
#define S axf_settings_group
static const axf_option group[] = {
    AXF_STRING(S, match, NULL, AXF_OPT_REQUIRED,
               "Names of parameters, where * matches any text: \"image.*\"; the first group that matches is used"),
    AXF_REAL(S, learning_rate, NULL, 0, 1e3, AXF_OPT_NULLABLE | AXF_OPT_LOG,
             "Step size of these parameters; null: that of train"),
    AXF_REAL(S, weight_decay, NULL, 0, 1e3, AXF_OPT_NULLABLE | AXF_OPT_LOG,
             "Weight decay of these parameters; null: that of train"),
    AXF_STRING(S, frozen, "no", 0,
               "no, yes, or a number of epochs such as \"2 epochs\" during which these parameters do not change"),
};
#undef S
#define S axf_settings_evaluate
static const axf_option evaluate[] = {
    AXF_LIST(S, splits, AXF_OPT_STRING, "[val, test]", 1, 0, AXF_OPT_RUNTIME, "Splits evaluated: val, test, train"),
    AXF_INT(S, every, "1", 1, 1e6, AXF_OPT_RUNTIME, "Evaluate after every so many epochs, and after the last"),
    AXF_INT(S, batch, NULL, 1, 1e6, AXF_OPT_NULLABLE, "Posts of an evaluation batch; null: train.batch"),
};
#undef S
#define S axf_settings_checkpoint
static const axf_option checkpoint[] = {
    AXF_STRING(S, every, "5min", AXF_OPT_RUNTIME,
               "When to save the state for a resume: 5min, 30s, epoch, or \"100 steps\""),
    AXF_ENUM(S, keep, "last", keep, AXF_OPT_RUNTIME,
             "Weights kept when the run is done: last, best, all epochs, or none"),
};
#undef S
#define S axf_settings_cache
static const axf_option cache[] = {
    AXF_BOOL(S, features, "true", AXF_OPT_RUNTIME, "Keep the features of frozen image encoders on disk"),
    AXF_REAL(S, max_size, "20", 0, 1e6, AXF_OPT_RUNTIME,
             "Largest feature file in GB; a larger one is computed each epoch instead"),
    AXF_PATH(S, folder, NULL, AXF_OPT_RUNTIME,
             "Folder of cached features; null: auxfuse/features in the user's cache folder"),
};
#undef S

const axf_options axf_table_top = AXF_OPTIONS(axf_settings_top, top);
const axf_options axf_table_data = AXF_OPTIONS(axf_settings_data, data);
const axf_options axf_table_split = AXF_OPTIONS(axf_settings_split, split);
const axf_options axf_table_encoder = AXF_OPTIONS(axf_settings_encoder, encoder);
const axf_options axf_table_head = AXF_OPTIONS(axf_settings_head, head);
const axf_options axf_table_loss = AXF_OPTIONS(axf_settings_loss, loss);
const axf_options axf_table_train = AXF_OPTIONS(axf_settings_train, train);
const axf_options axf_table_group = AXF_OPTIONS(axf_settings_group, group);
const axf_options axf_table_evaluate = AXF_OPTIONS(axf_settings_evaluate, evaluate);
const axf_options axf_table_checkpoint = AXF_OPTIONS(axf_settings_checkpoint, checkpoint);
const axf_options axf_table_cache = AXF_OPTIONS(axf_settings_cache, cache);

const char *const axf_defect_names[] = {"train_mode_once", "frozen_in_train_mode", "unshuffled", "batch_mean_loss",
                                        NULL};

int32_t axf_defect_of_name(const char *name)
{
    for (int i = 0; axf_defect_names[i] != NULL; i++) {
        if (strcmp(axf_defect_names[i], name) == 0) {
            return 1 << i;
        }
    }
    return 0;
}

int axf_every_parse(const char *text, int *kind, double *amount)
{
    static const struct {
        const char *unit;
        int kind;
        double factor;
    } units[] = {{"s", AXF_EVERY_SECONDS, 1},
                 {"min", AXF_EVERY_SECONDS, 60},
                 {"h", AXF_EVERY_SECONDS, 3600},
                 {"steps", AXF_EVERY_STEPS, 1},
                 {"step", AXF_EVERY_STEPS, 1}};
    char *end;
    *amount = 1;
    if (strcmp(text, "epoch") == 0) {
        *kind = AXF_EVERY_EPOCH;
        return 1;
    }
    const double n = strtod(text, &end);
    if (end == text || !(n > 0 && n < 1e12)) {
        return 0;
    }
    end += strspn(end, " ");
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        if (strcmp(end, units[i].unit) == 0) {
            *kind = units[i].kind;
            *amount = n * units[i].factor;
            return 1;
        }
    }
    return 0;
}
