/* The sections of a spec whose options are the host's and not a component's: their structs and their options tables. */
#ifndef AXF_EXPERIMENT_SETTINGS_H
#define AXF_EXPERIMENT_SETTINGS_H

#include "auxfuse/options.h"

enum { AXF_SHUFFLE_NONE = 0, AXF_SHUFFLE_TRAIN = 1, AXF_SHUFFLE_ALL = 2 };
enum {
    AXF_BAD_IMAGE_ERROR = 0,
    AXF_BAD_IMAGE_SKIP = 1,
    AXF_BAD_IMAGE_BLANK = 2,
    AXF_BAD_IMAGE_LEARNED = 3,
    AXF_BAD_IMAGE_SAME = 4
};
enum { AXF_KEEP_LAST = 0, AXF_KEEP_BEST = 1, AXF_KEEP_ALL = 2, AXF_KEEP_NONE = 3 };
enum { AXF_SELECT_LAST = 0, AXF_SELECT_BEST = 1 };
enum { AXF_SCHEDULE_CONSTANT = 0, AXF_SCHEDULE_LINEAR = 1, AXF_SCHEDULE_COSINE = 2 };
enum { AXF_OUTPUTS_AUXFUSE = 0, AXF_OUTPUTS_REFERENCE = 1 };
enum { AXF_AVERAGING_NONE = 0, AXF_AVERAGING_EMA = 1, AXF_AVERAGING_MEAN = 2 };
/* train.reference_defects: what the reference program does, probably by mistake. */
enum {
    AXF_DEFECT_TRAIN_MODE_ONCE = 1,      /* from the second epoch on it trains in evaluation mode */
    AXF_DEFECT_FROZEN_IN_TRAIN_MODE = 2, /* frozen parts are in training mode while others are trained */
    AXF_DEFECT_UNSHUFFLED = 4,           /* train posts come in the order of the data, every epoch */
    AXF_DEFECT_BATCH_MEAN_LOSS = 8       /* the reported joint loss is the mean over batches, not over posts */
};
enum { AXF_SETTING_F32 = 0, AXF_SETTING_BF16 = 1, AXF_SETTING_F64 = 2 };

typedef struct axf_settings_top { /* scalars at the top of a spec */
    const char *name;
    int32_t precision;
    int64_t threads; /* AXF_NULL_INT: auto */
    axf_list seeds;
    const char *output;     /* folder of run folders */
    int32_t outputs;        /* AXF_OUTPUTS_… */
    int64_t reference_task; /* the reference program's number of data set and target; AXF_NULL_INT: none */
} axf_settings_top;

typedef struct axf_settings_data { /* data: beside the loader's own options */
    int64_t subset;                /* AXF_NULL_INT: all */
    int32_t shuffle_labels;        /* AXF_SHUFFLE_… */
    int32_t on_bad_image;          /* AXF_BAD_IMAGE_…, not SAME */
    int32_t missing_image;         /* AXF_BAD_IMAGE_…; SAME: as on_bad_image */
    const char *empty_image;       /* NULL: pixels of zeros after the recipe */
    int64_t image_threads;         /* AXF_NULL_INT: as threads */
} axf_settings_data;

typedef struct axf_settings_split { /* data.split */
    int64_t seed;
    axf_list fractions;
    bool stratify;
    const char *group; /* a column of words whose posts stay together; NULL: none */
} axf_settings_split;

typedef struct axf_settings_encoder { /* model.text, model.image, model.joint: beside the encoder's own options */
    bool frozen;
    const char *freeze_until; /* NULL: no layer */
} axf_settings_encoder;

typedef struct axf_settings_head {
    double dropout;
} axf_settings_head;

typedef struct axf_settings_loss { /* losses.NAME: beside the loss's own options */
    double beta;
} axf_settings_loss;

typedef struct axf_settings_train {
    int64_t epochs, batch, micro_batch;
    double learning_rate, weight_decay, beta1, beta2, epsilon;
    int32_t schedule;
    double warmup; /* part of all steps */
    double clip;   /* NaN: none */
    int32_t select;
    const char *metric; /* of select and early stopping */
    int64_t patience;   /* epochs without a better validation metric; AXF_NULL_INT: no early stopping */
    bool decay_exclusions;
    double image_dropout; /* probability with which a train post's image is replaced by the learned vector */
    int32_t averaging;    /* AXF_AVERAGING_… */
    double averaging_decay;
    int64_t averaging_from;     /* epoch, from 1 */
    axf_list reference_defects; /* words: AXF_DEFECT_… */
} axf_settings_train;

typedef struct axf_settings_group { /* train.groups[i] */
    const char *match;
    double learning_rate, weight_decay; /* NaN: that of train */
    const char *frozen;                 /* "no", "yes" or "N epochs" */
} axf_settings_group;

typedef struct axf_settings_evaluate {
    axf_list splits;
    int64_t every, batch;
} axf_settings_evaluate;

typedef struct axf_settings_checkpoint {
    const char *every; /* "5min", "30s", "epoch", "N steps" */
    int32_t keep;
} axf_settings_checkpoint;

typedef struct axf_settings_cache {
    bool features;
    double max_size; /* GB */
    const char *folder;
} axf_settings_cache;

/* checkpoint.every: "5min", "30s", "2h" (seconds), "epoch", "100 steps". 0 when the text is none of these. */
enum { AXF_EVERY_SECONDS = 1, AXF_EVERY_EPOCH = 2, AXF_EVERY_STEPS = 3 };
int axf_every_parse(const char *text, int *kind, double *amount);

/* The AXF_DEFECT_… that a word of train.reference_defects names; 0 when it names none. */
int32_t axf_defect_of_name(const char *name);
extern const char *const axf_defect_names[]; /* up to NULL */

extern const axf_options axf_table_top, axf_table_data, axf_table_split, axf_table_encoder, axf_table_head,
    axf_table_loss, axf_table_train, axf_table_group, axf_table_evaluate, axf_table_checkpoint, axf_table_cache;

#endif
