/* Status codes: the host and all plugins report failures with these.
 *
 * Every call that can fail returns an axf_status and leaves a message in the host's error object (axf_host::fail,
 * plugin.h). The message says what happened to which file, key or tensor. The host adds the place in the YAML where the
 * component was named. */
#ifndef AUXFUSE_STATUS_H
#define AUXFUSE_STATUS_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef int32_t axf_status;

/* X(name, value, text): the only list of the codes and their texts. */
#define AXF_STATUS_LIST(X)                                                                                             \
    X(AXF_OK, 0, "ok")                                                                                                 \
    X(AXF_ERR_USAGE, 1, "bad usage")          /* the command line: exit 2 */                                           \
    X(AXF_ERR_SPEC, 2, "bad experiment spec") /* a YAML file or an option: exit 2 */                                   \
    X(AXF_ERR_IO, 3, "input/output error")    /* a system call failed; the message says why (errno) */                 \
    X(AXF_ERR_FORMAT, 4, "bad file format")   /* a file's content is not what it must be */                            \
    X(AXF_ERR_DATA, 5, "bad data")            /* a post, label, image or split is wrong */                             \
    X(AXF_ERR_MEMORY, 6, "out of memory")                                                                              \
    X(AXF_ERR_PLUGIN, 7, "bad plugin") /* wrong ABI, an entry that it lacks, a name that is taken */                   \
    X(AXF_ERR_SHAPE, 8, "shapes do not fit")                                                                           \
    X(AXF_ERR_UNSUPPORTED, 9, "not supported here")                                                                    \
    X(AXF_ERR_INTERRUPTED, 10, "interrupted") /* exit 130, after a checkpoint */                                       \
    X(AXF_ERR_NUMERIC, 11, "not a number")    /* NaN or infinity where a finite number is needed */                    \
    X(AXF_ERR_INTERNAL, 12, "internal error")

enum {
#define AXF_STATUS_ENUM(name, value, text) name = value,
    AXF_STATUS_LIST(AXF_STATUS_ENUM)
#undef AXF_STATUS_ENUM
};

#if defined(__GNUC__)
#define AXF_PRINTF(at, first) __attribute__((format(printf, at, first)))
#define AXF_EXPORT __attribute__((visibility("default")))
#else
#define AXF_PRINTF(at, first)
#define AXF_EXPORT
#endif

/* Returns from the calling function when `expression` is not AXF_OK. */
#define AXF_TRY(expression)                                                                                            \
    do {                                                                                                               \
        const axf_status axf_try_status_ = (expression);                                                               \
        if (axf_try_status_ != AXF_OK) {                                                                               \
            return axf_try_status_;                                                                                    \
        }                                                                                                              \
    } while (0)

#ifdef __cplusplus
}
#endif
#endif
