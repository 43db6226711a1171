/* What is known of one section of a spec. The list of all sections is in experiment/sections.h. */
#ifndef AXF_EXPERIMENT_SECTION_H
#define AXF_EXPERIMENT_SECTION_H

#include "experiment/contents.h"

/* How often the section's struct is there. */
enum {
    AXF_SECTION_ONE = 0,
    AXF_SECTION_LIST = 1, /* one struct for each element of a list, such as train.groups */
    AXF_SECTION_NAMED = 2 /* one for each key of a map, such as losses.itc; the path ends with NAME */
};

/* Where a section is read from. Both pointers are valid during the call. */
typedef struct axf_section_source {
    const axf_node *node;        /* what the spec has at the section's path (NAMED: at its parent's); NULL: nothing */
    const char *const *children; /* keys of the section that are sections of their own; ends with NULL */
    int open_backend;            /* 0: the backend is chosen, but its implementation is not opened */
} axf_section_source;

typedef struct axf_section {
    const char *path;         /* "data.split"; "" is the top of the spec */
    const char *about;        /* for the documentation; NULL when the host has no options here */
    const axf_options *table; /* the host's options; NULL: none */
    const char *kind;         /* kind of the component that the section names; NULL: it names none */
    const char *identity;     /* its name in the identity text; NULL: it is not there, or with its component */
    int runtime;              /* 1: no result depends on anything in it */
    int shape;                /* AXF_SECTION_… */
    size_t values; /* offset in axf_experiment of the struct that `table` fills; LIST: of a pointer to them */
    size_t use;    /* offset in axf_experiment of the axf_component_use; NAMED: of an array of them */
    size_t count;  /* LIST and NAMED: offset in axf_experiment of how many there are, an int32_t */
    /* Fills the struct and the component. NULL: the section is read before there is an experiment. */
    axf_status (*read)(axf_experiment *experiment, const struct axf_section *section, const axf_section_source *source);
} axf_section;

#endif
