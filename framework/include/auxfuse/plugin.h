/* The plugin ABI: what a shared object shows the host, and what the host hands a component.
 *
 * A plugin exports one function, axf_plugin_entry. The host checks magic, sizes and versions before it reads anything
 * else, copies each vtable into a zeroed struct of its own size, and never calls dlclose. Plugins link to no host
 * symbol: everything they may call is in axf_host. A plugin never exits, aborts, prints, changes the rounding mode or
 * keeps memory of a step. Every entry of a vtable carries a tag:
 *   [describe] before anything is allocated: reads options and small files, starts no thread, loads no weights
 *   [declare]  once, when the model is put together
 *   [step]     within a training or evaluation step, one call at a time
 *   [any thread] at any time after declare, from several threads at once */
#ifndef AUXFUSE_PLUGIN_H
#define AUXFUSE_PLUGIN_H

#include "auxfuse/options.h"
#include "auxfuse/status.h"
#include "auxfuse/tensor.h"

#ifdef __cplusplus
extern "C" {
#endif

#define AXF_MAGIC 0x46585541u /* "AUXF" in memory */
enum { AXF_ABI_MAJOR = 0, AXF_ABI_MINOR = 3 };

typedef struct axf_host axf_host;
typedef struct axf_tensor_file axf_tensor_file; /* the host's */

typedef struct axf_component {
    uint32_t struct_size;
    const char *kind;           /* id with revision, e.g. AXF_KIND_FUSION */
    const char *name;           /* as written in YAML */
    const char *version;        /* rises when results or defaults change: part of the run id */
    const char *summary;        /* one line */
    const axf_options *options; /* NULL: none */
    uint32_t vtable_size;       /* sizeof the kind's vtable as the plugin was built */
    const void *vtable; /* with `implementation`: NULL, or only what needs no heavy library (a backend's score) */
    /* NULL, or the name of a second file beside this one that holds the same component with its vtable: it is opened
     * when the component is first used, so that listing plugins loads no heavy library. */
    const char *implementation;
} axf_component;

typedef struct axf_plugin {
    uint32_t magic;       /* AXF_MAGIC */
    uint32_t struct_size; /* sizeof(axf_plugin) */
    uint16_t abi_major, abi_minor;
    const char *build; /* readable: compiler and ABI version, for messages */
    const char *name, *version, *licence;
    uint32_t count, stride; /* of components; stride = sizeof(axf_component) */
    const axf_component *first;
} axf_plugin;

typedef const axf_plugin *(*axf_plugin_entry_function)(void);

#define AXF_TEXT_OF_(x) #x
#define AXF_TEXT_OF(x) AXF_TEXT_OF_(x)

/* The entry function. With AXF_STATIC_PLUGIN defined the symbol carries the plugin's name, so that the same source
 * can be linked into a program. `components` is an array. */
#ifdef AXF_STATIC_PLUGIN
#define AXF_ENTRY_NAME(id) axf_plugin_entry_##id
#else
#define AXF_ENTRY_NAME(id) axf_plugin_entry
#endif
#define AXF_PLUGIN(id, plugin_version, plugin_licence, components)                                                     \
    AXF_EXPORT const axf_plugin *AXF_ENTRY_NAME(id)(void);                                                             \
    const axf_plugin *AXF_ENTRY_NAME(id)(void)                                                                         \
    {                                                                                                                  \
        static const axf_plugin plugin = {                                                                             \
            AXF_MAGIC,                                                                                                 \
            sizeof(axf_plugin),                                                                                        \
            AXF_ABI_MAJOR,                                                                                             \
            AXF_ABI_MINOR,                                                                                             \
            "ABI " AXF_TEXT_OF(AXF_ABI_MAJOR_TEXT) "." AXF_TEXT_OF(AXF_ABI_MINOR_TEXT) ", " __VERSION__,               \
            #id,                                                                                                       \
            plugin_version,                                                                                            \
            plugin_licence,                                                                                            \
            sizeof(components) / sizeof((components)[0]),                                                              \
            sizeof(axf_component),                                                                                     \
            components,                                                                                                \
        };                                                                                                             \
        return &plugin;                                                                                                \
    }
#define AXF_ABI_MAJOR_TEXT 0
#define AXF_ABI_MINOR_TEXT 3

enum { AXF_LOG_DEBUG = 1, AXF_LOG_INFO = 2, AXF_LOG_WARNING = 3 };

enum { /* axf_parameter::initial: first values; the draw is keyed by seed and full name */
       AXF_INIT_ZEROS = 1,
       AXF_INIT_ONES = 2,
       AXF_INIT_CONSTANT = 3,  /* a */
       AXF_INIT_NORMAL = 4,    /* mean 0, σ = a */
       AXF_INIT_TRUNCATED = 5, /* normal with σ = a, cut at ±b (absolute) */
       AXF_INIT_UNIFORM = 6,   /* in ±a */
};

enum {                              /* axf_parameter::flags */
       AXF_PARAM_BUFFER = 1 << 0,   /* saved and loaded, never trained (running statistics) */
       AXF_PARAM_SPARSE = 1 << 1,   /* an embedding table: its gradient touches few rows */
       AXF_PARAM_OPTIONAL = 1 << 2, /* a checkpoint may lack it: then initialised, and said so (a missing pooler) */
       AXF_PARAM_NEW = 1 << 3,      /* never in a checkpoint of an encoder: heads, fusions, projections */
       AXF_PARAM_NO_DECAY =
           1 << 4, /* left out of weight decay when `train.decay_exclusions` asks for it (bias, norms) */
};

typedef struct axf_parameter {
    uint32_t struct_size;
    const char *name; /* within the component, as in the Hugging Face checkpoint:
                         "encoder.layer.0.attention.self.query.weight" */
    int32_t ndim;
    int64_t shape[AXF_MAX_DIMS];
    int32_t initial; /* AXF_INIT_… */
    double a, b;
    uint32_t flags; /* AXF_PARAM_… */
} axf_parameter;

enum {                     /* how names in weight files become parameter names; rules apply in the order declared */
       AXF_KEY_PREFIX = 1, /* the name begins with `from`: replaced by `to` ("" to drop it) */
       AXF_KEY_SUFFIX = 2, /* the name ends with `from`: replaced by `to` */
       AXF_KEY_IGNORE = 3, /* the name begins with `from`: a head of another task, skipped without a word */
};

enum { AXF_FILE_DIMS = 8 }; /* most dims of a tensor in a file */

/* The host as one component sees it. Each instance of a component has its own. */
struct axf_host {
    uint32_t struct_size;
    void *context; /* the host's */

    /* Records the message and returns `status`: `return host->fail(host, AXF_ERR_FORMAT, "…");`. [any thread] */
    axf_status (*fail)(const axf_host *host, axf_status status, const char *format, ...) AXF_PRINTF(3, 4);
    void (*log)(const axf_host *host, int32_t level, const char *format, ...) AXF_PRINTF(3, 4);

    /* Zeroed memory that lives as long as the component's self; never NULL. [describe] [declare] */
    void *(*allocate)(const axf_host *host, size_t size);
    /* A whole regular file of at most `limit` bytes, NUL-terminated, in such memory. [describe] [declare] */
    axf_status (*read_file)(const axf_host *host, const char *path, size_t limit, char **bytes, size_t *size);

    /* Declares a parameter or buffer; the tensor gets memory and values after every component has declared. NULL when
     * refused (the message is recorded). [declare] */
    axf_tensor *(*parameter)(const axf_host *host, const axf_parameter *parameter);
    /* The folder whose *.safetensors hold the parameters declared from here on, NULL for first values only. [declare]
     */
    axf_status (*weights)(const axf_host *host, const char *folder);
    axf_status (*key_rule)(const axf_host *host, int32_t kind, const char *from, const char *to);

    /* `count` uniform numbers in [0, 1) for the post in `slot`, keyed by seed, pass scope, step and name. [step] */
    void (*uniform)(const axf_host *host, const axf_pass *pass, const char *name, int32_t slot, int32_t count,
                    float *numbers);

    /* ---- files of tensors: .safetensors, .npy, and what torch.save wrote in its zip form ---- */

    /* Opens a file; the caller closes it. A file of one tensor may have it under any name: `name` NULL below means the
     * only one. [describe] [declare] [step] */
    axf_status (*tensors_open)(const axf_host *host, const char *path, axf_tensor_file **file);
    /* Dims of the tensor `name`, which must be one of real numbers (else AXF_ERR_DATA). AXF_ERR_FORMAT: no such tensor,
     * the names that there are told. [describe] [declare] [step] */
    axf_status (*tensors_shape)(const axf_host *host, const axf_tensor_file *file, const char *name, int32_t *ndim,
                                int64_t shape[AXF_FILE_DIMS]);
    /* Rows first … first+rows-1 of it (of its first dim) as f32, row-major. [any thread] */
    axf_status (*tensors_read)(const axf_host *host, const axf_tensor_file *file, const char *name, int64_t first,
                               int64_t rows, float *values);
    /* A value of the header's "__metadata__", living as long as the file; NULL: absent. [describe] [declare] [step] */
    const char *(*tensors_note)(const axf_host *host, const axf_tensor_file *file, const char *key);
    void (*tensors_close)(const axf_host *host, axf_tensor_file *file); /* NULL is allowed */
};

#ifdef __cplusplus
}
#endif
#endif
