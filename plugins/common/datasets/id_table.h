/* A side table of a dataset: what a file of its own says of posts (a split, a text), found by their ids. */
#ifndef AXF_COMMON_DATASETS_ID_TABLE_H
#define AXF_COMMON_DATASETS_ID_TABLE_H

#include "auxfuse/plugin.h"

#include <stddef.h>
#include <stdint.h>

typedef struct axf_id_entry {
    const char *id;
    int64_t line;     /* in the file */
    const char *text; /* [length] and a zero; NULL where the table has no texts */
    size_t length;
    int32_t split; /* AXF_SPLIT_… where the table has splits */
    int met;       /* the dataset's to set */
} axf_id_entry;

typedef struct axf_id_table { /* all memory is the host's: of the dataset's life */
    const axf_host *host;
    const char *file;
    axf_id_entry *items;
    size_t count, capacity;
} axf_id_table;

/* A copy of `length` bytes and a zero. */
const char *axf_id_copy(const axf_host *host, const char *text, size_t length);

/* Appends an entry; what it points to is kept, not copied. */
void axf_id_add(axf_id_table *table, axf_id_entry entry);

/* Once all are there: sorts them by id. AXF_ERR_DATA with both lines when an id is there twice. */
axf_status axf_id_sort(axf_id_table *table);

/* The entry of an id, or NULL; after axf_id_sort. */
axf_id_entry *axf_id_find(const axf_id_table *table, const char *id);

#endif
