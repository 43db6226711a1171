/* The plugin ABI: what a shared object shows to the host, and what the host hands to a component.
 *
 * A plugin exports one function, axf_plugin_entry. The host checks magic, sizes and versions before it reads anything
 * else, copies each vtable into a zeroed struct of its own size, and never calls dlclose. A plugin does not link to any
 * symbol of the host: everything that it may call is in axf_host. It never exits, aborts, prints, changes the rounding
 * mode or keeps a pointer to memory of a step. A tag says when the host makes a call:
 *   [describe] before anything is allocated. The call may read options and small files. It must not start threads or
 *              load weights.
 *   [declare]  once, when the model is put together
 *   [step]     within a training or evaluation step, one call at a time
 *   [any thread] at any time after declare, from several threads at once
 * At a function of axf_host, the tags say within which of these calls a component may call it. */
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
typedef struct axf_tensor_file axf_tensor_file; /* only the host knows what is in it */

typedef struct axf_component {
    uint32_t struct_size;
    const char *kind;           /* name of the kind with its revision, such as AXF_KIND_FUSION */
    const char *name;           /* as written in YAML */
    const char *version;        /* must rise when results or defaults change; the run id depends on it */
    const char *summary;        /* one line */
    const axf_options *options; /* NULL: none */
    uint32_t vtable_size;       /* sizeof the kind's vtable that the plugin was built with */
    const void *vtable; /* with `implementation`: NULL, or only the entries that need no heavy library (score) */
    /* NULL, or the name of a second file beside this one that holds the same component with its whole vtable. The host
     * opens it when the component is first used, so that listing plugins does not load heavy libraries. */
    const char *implementation;
} axf_component;

typedef struct axf_plugin {
    uint32_t magic;       /* AXF_MAGIC */
    uint32_t struct_size; /* sizeof(axf_plugin) */
    uint16_t abi_major, abi_minor;
    const char *build; /* compiler and ABI version, for messages */
    const char *name, *version, *licence;
    uint32_t count, stride; /* of components; stride = sizeof(axf_component) */
    const axf_component *first;
} axf_plugin;

typedef const axf_plugin *(*axf_plugin_entry_function)(void);

#define AXF_TEXT_OF_(x) #x
#define AXF_TEXT_OF(x) AXF_TEXT_OF_(x)

/* Defines the entry function. `components` is an array. With AXF_STATIC_PLUGIN the symbol contains the plugin's name,
 * so that the same source can be linked into a program. */
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

enum { /* axf_parameter::initial: the first values. What is drawn depends on the seed and on the full name */
       AXF_INIT_ZEROS = 1,
       AXF_INIT_ONES = 2,
       AXF_INIT_CONSTANT = 3,  /* all are a */
       AXF_INIT_NORMAL = 4,    /* normal with mean 0 and σ = a */
       AXF_INIT_TRUNCATED = 5, /* normal with mean 0 and σ = a, cut at -b and b */
       AXF_INIT_UNIFORM = 6,   /* uniform between -a and a */
};

enum {                              /* axf_parameter::flags */
       AXF_PARAM_BUFFER = 1 << 0,   /* it is saved and loaded, but never trained (running statistics) */
       AXF_PARAM_SPARSE = 1 << 1,   /* an embedding table: its gradient has few rows that are not zero */
       AXF_PARAM_OPTIONAL = 1 << 2, /* a checkpoint may lack it; it then keeps its first values, and the log says so */
       AXF_PARAM_NEW = 1 << 3,      /* the checkpoint of an encoder never has it: heads, fusions, projections */
       AXF_PARAM_NO_DECAY = 1 << 4, /* `train.decay_exclusions` may leave it out of weight decay (biases, norms) */
};

typedef struct axf_parameter {
    uint32_t struct_size;
    const char *name; /* name within the component, as in the Hugging Face checkpoint:
                       * "encoder.layer.0.attention.self.query.weight" */
    int32_t ndim;
    int64_t shape[AXF_MAX_DIMS];
    int32_t initial; /* AXF_INIT_… */
    double a, b;
    uint32_t flags; /* AXF_PARAM_… */
} axf_parameter;

enum {                     /* how names in weight files become parameter names; rules apply in the order declared */
       AXF_KEY_PREFIX = 1, /* where the name begins with `from`, that is replaced by `to`, which may be "" */
       AXF_KEY_SUFFIX = 2, /* where the name ends with `from`, that is replaced by `to` */
       AXF_KEY_IGNORE = 3, /* a name that begins with `from` is skipped and not reported (a head of another task) */
};

enum { AXF_FILE_DIMS = 8 }; /* most dims of a tensor in a file */

/* The host as one component sees it. Each instance of a component has its own. */
struct axf_host {
    uint32_t struct_size;
    void *context; /* belongs to the host */

    /* Records the message and returns `status`, for `return host->fail(host, AXF_ERR_FORMAT, "…");`. [any thread] */
    axf_status (*fail)(const axf_host *host, axf_status status, const char *format, ...) AXF_PRINTF(3, 4);
    void (*log)(const axf_host *host, int32_t level, const char *format, ...) AXF_PRINTF(3, 4);

    /* Zeroed memory that lives as long as the component's self; never NULL. [describe] [declare] */
    void *(*allocate)(const axf_host *host, size_t size);
    /* Reads a whole regular file of at most `limit` bytes into such memory and ends it with a NUL.
     * [describe] [declare] */
    axf_status (*read_file)(const axf_host *host, const char *path, size_t limit, char **bytes, size_t *size);

    /* Declares a parameter or a buffer. The tensor gets its memory and values after all components have declared. NULL
     * when the host refuses it (the message is recorded). [declare] */
    axf_tensor *(*parameter)(const axf_host *host, const axf_parameter *parameter);
    /* Names the folder whose *.safetensors files hold the parameters that are declared after this call. After a call
     * with NULL, parameters get only their first values. [declare] */
    axf_status (*weights)(const axf_host *host, const char *folder);
    /* Adds a rule that turns names in those files into names of parameters: AXF_KEY_…. [declare] */
    axf_status (*key_rule)(const axf_host *host, int32_t kind, const char *from, const char *to);

    /* Draws `count` uniform numbers in [0, 1) for the post in `slot`. They depend on nothing but the seed, the scope of
     * the pass, the step, the name and the slot. [step] */
    void (*uniform)(const axf_host *host, const axf_pass *pass, const char *name, int32_t slot, int32_t count,
                    float *numbers);

    /* ---- files of tensors: .safetensors, .npy, and what torch.save wrote in its zip form ---- */

    /* Opens a file; the caller closes it. In the functions below, the name NULL means the only tensor of the file,
     * whatever its name is. [describe] [declare] [step] */
    axf_status (*tensors_open)(const axf_host *host, const char *path, axf_tensor_file **file);
    /* The dims of the tensor `name`. AXF_ERR_DATA: its elements are not real numbers. AXF_ERR_FORMAT: the file has no
     * such tensor; the message lists those that it has. [describe] [declare] [step] */
    axf_status (*tensors_shape)(const axf_host *host, const axf_tensor_file *file, const char *name, int32_t *ndim,
                                int64_t shape[AXF_FILE_DIMS]);
    /* Reads rows first … first+rows-1 of the tensor (along its first dim) as f32, row-major. [any thread] */
    axf_status (*tensors_read)(const axf_host *host, const axf_tensor_file *file, const char *name, int64_t first,
                               int64_t rows, float *values);
    /* The value of `key` in the header's "__metadata__", or NULL where there is none. It lives until the file is
     * closed. [describe] [declare] [step] */
    const char *(*tensors_note)(const axf_host *host, const axf_tensor_file *file, const char *key);
    void (*tensors_close)(const axf_host *host, axf_tensor_file *file); /* NULL is allowed */
};

#ifdef __cplusplus
}
#endif
#endif
