/* The description of one section of a spec. The list of all sections is in experiment/sections.h. */
#ifndef AXF_EXPERIMENT_SECTION_H
#define AXF_EXPERIMENT_SECTION_H

#include "experiment/contents.h"

/* How many structs the section has. */
enum {
    AXF_SECTION_ONE = 0,
    AXF_SECTION_LIST = 1, /* one struct for each element of a list, such as train.groups */
    AXF_SECTION_NAMED = 2 /* one for each key of a map, such as losses.itc; the path ends with NAME */
};

/* Where a section is read from. Both pointers are valid during the call. */
typedef struct axf_section_source {
    const axf_node *node;        /* the value at the section's path (NAMED: at the path of its parent); NULL: none */
    const char *const *children; /* keys of the section that are sections of their own; ends with NULL */
    int open_backend;            /* 0: the backend is chosen, but its implementation is not opened */
} axf_section_source;

struct axf_section;

/* Reads a section into its struct and its component in the experiment. Errors have a position in the spec. */
typedef axf_status axf_section_reader(axf_experiment *experiment, const struct axf_section *section,
                                      const axf_section_source *source);

typedef struct axf_section {
    const char *path;         /* "data.split"; "" is the top of the spec */
    const char *about;        /* for the documentation; NULL when the host has no options here */
    const axf_options *table; /* the host's options; NULL: none */
    const char *kind;         /* kind of the component that the section names; NULL: it does not name one */
    const char *identity;     /* its name in the text of the identity; NULL: it has none of its own */
    int runtime;              /* 1: no result depends on anything in it */
    int shape;                /* AXF_SECTION_… */
    size_t values; /* offset in axf_experiment of the struct that `table` fills; LIST: of a pointer to them */
    size_t use;    /* offset in axf_experiment of the axf_component_use; NAMED: of an array of them */
    size_t count;  /* LIST and NAMED: offset in axf_experiment of their number, an int32_t */
    axf_section_reader *read; /* NULL: the section is read before there is an experiment */
} axf_section;

#endif
