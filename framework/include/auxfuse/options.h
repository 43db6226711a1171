/* Options tables: a table says as data which options a component (or a section of a spec) has.
 *
 * With this table the host parses YAML into the component's own options struct. Validation, --help, completion,
 * documentation, sweeping and hashing use the same table. A plugin never sees YAML. Strings and lists that the host
 * stores in the struct live as long as the component's self. */
#ifndef AUXFUSE_OPTIONS_H
#define AUXFUSE_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {                      /* axf_option::type: how the value is written and what is stored at `offset` */
       AXF_OPT_INT = 1,     /* int64_t */
       AXF_OPT_REAL = 2,    /* double; 1e-5 is a real number, too, although YAML takes it for a string */
       AXF_OPT_BOOL = 3,    /* bool: true/false, yes/no, on/off */
       AXF_OPT_STRING = 4,  /* const char *, NULL for null */
       AXF_OPT_PATH = 5,    /* const char *, made absolute against the file it was written in; NULL for null */
       AXF_OPT_ENUM = 6,    /* int32_t: index into `choices` */
       AXF_OPT_LIST = 7,    /* axf_list of `element_type` (INT, REAL, STRING or PATH) */
       AXF_OPT_WEIGHTS = 8, /* const char *: folder of a checkpoint found by the host (a path, or owner/name in the
                             * model folders); NULL for the word `random` */
};

enum {                                 /* axf_option::flags */
       AXF_OPT_RUNTIME = 1 << 0,       /* it does not change results, so it is not part of the run id */
       AXF_OPT_FILE = 1 << 1,          /* PATH and WEIGHTS: the run id depends on the content, not on the path */
       AXF_OPT_REQUIRED = 1 << 2,      /* it has no default and must be written */
       AXF_OPT_NULLABLE = 1 << 3,      /* `null` is a value of its own: the host stores INT64_MIN for INT, NaN for REAL,
                                        * NULL for STRING and PATH. Without this flag `null` means the default */
       AXF_OPT_LOG = 1 << 4,           /* it is best shown on a logarithmic axis */
       AXF_OPT_EXCLUSIVE_MIN = 1 << 5, /* the value must be greater than `min`, not equal */
       AXF_OPT_EXCLUSIVE_MAX = 1 << 6, /* the value must be less than `max`, not equal */
};

#define AXF_NULL_INT INT64_MIN

typedef struct axf_list {
    uint32_t count;
    uint32_t element_type; /* AXF_OPT_INT: int64_t[], REAL: double[], STRING and PATH: const char *[] */
    const void *items;     /* count elements; NULL when count is 0 */
} axf_list;

typedef struct axf_option {
    const char *name;         /* as written in YAML: lower case, words joined by _ */
    int32_t type;             /* AXF_OPT_… */
    int32_t element_type;     /* of LIST, else 0 */
    uint32_t flags;           /* AXF_OPT_… flags */
    uint32_t offset;          /* in the options struct */
    const char *default_text; /* written as in YAML; NULL means `null`, or that there is no default (REQUIRED) */
    double min, max; /* INT and REAL; both are allowed values unless a flag excludes them; min > max: no limits */
    const char *const *choices; /* ENUM: NULL-terminated */
    const char *help;           /* one sentence, with the unit */
} axf_option;

typedef struct axf_options {
    uint32_t struct_size; /* sizeof(axf_options) */
    uint32_t size;        /* sizeof the options struct that the table describes */
    uint32_t count;       /* options in the table */
    uint32_t stride;      /* sizeof(axf_option) */
    const axf_option *first;
} axf_options;

/* Rows of a table. S is the options struct, and f is its field, which is also the option's name; then come the default,
 * for numbers the limits, the flags and the help. */
#define AXF_INT(S, f, def, lo, hi, fl, h)                                                                              \
    {                                                                                                                  \
#f, AXF_OPT_INT, 0, (fl), (uint32_t)offsetof(S, f), (def), (lo), (hi), NULL, (h)                               \
    }
#define AXF_REAL(S, f, def, lo, hi, fl, h)                                                                             \
    {                                                                                                                  \
#f, AXF_OPT_REAL, 0, (fl), (uint32_t)offsetof(S, f), (def), (lo), (hi), NULL, (h)                              \
    }
#define AXF_BOOL(S, f, def, fl, h)                                                                                     \
    {                                                                                                                  \
#f, AXF_OPT_BOOL, 0, (fl), (uint32_t)offsetof(S, f), (def), 1, 0, NULL, (h)                                    \
    }
#define AXF_STRING(S, f, def, fl, h)                                                                                   \
    {                                                                                                                  \
#f, AXF_OPT_STRING, 0, (fl), (uint32_t)offsetof(S, f), (def), 1, 0, NULL, (h)                                  \
    }
#define AXF_PATH(S, f, def, fl, h)                                                                                     \
    {                                                                                                                  \
#f, AXF_OPT_PATH, 0, (fl), (uint32_t)offsetof(S, f), (def), 1, 0, NULL, (h)                                    \
    }
#define AXF_WEIGHTS(S, f, def, fl, h)                                                                                  \
    {                                                                                                                  \
#f, AXF_OPT_WEIGHTS, 0, (fl) | AXF_OPT_FILE, (uint32_t)offsetof(S, f), (def), 1, 0, NULL, (h)                  \
    }
#define AXF_ENUM(S, f, def, ch, fl, h)                                                                                 \
    {                                                                                                                  \
#f, AXF_OPT_ENUM, 0, (fl), (uint32_t)offsetof(S, f), (def), 1, 0, (ch), (h)                                    \
    }
#define AXF_LIST(S, f, el, def, lo, hi, fl, h)                                                                         \
    {                                                                                                                  \
#f, AXF_OPT_LIST, (el), (fl), (uint32_t)offsetof(S, f), (def), (lo), (hi), NULL, (h)                           \
    }

/* The table itself, from an array of rows. */
#define AXF_OPTIONS(S, rows)                                                                                           \
    {                                                                                                                  \
        sizeof(axf_options), sizeof(S), sizeof(rows) / sizeof((rows)[0]), sizeof(axf_option), (rows)                   \
    }

#ifdef __cplusplus
}
#endif
#endif
