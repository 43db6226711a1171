/* A side table of a dataset: what another file says of posts, a split or a text, say. Entries are found by the ids of
 * the posts. */
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
    int met;       /* for the dataset to set: a post has this id */
} axf_id_entry;

typedef struct axf_id_table { /* all memory belongs to the host, and lives as long as the dataset */
    const axf_host *host;
    const char *file;
    axf_id_entry *items;
    size_t count, capacity;
} axf_id_table;

/* Returns a copy of `length` bytes, with a zero behind them. */
const char *axf_id_copy(const axf_host *host, const char *text, size_t length);

/* Appends an entry. The strings that it points to are not copied, and must outlive the table. */
void axf_id_add(axf_id_table *table, axf_id_entry entry);

/* Sorts the entries by id, once all are there. AXF_ERR_DATA when two entries have the same id; the message names both
 * lines. */
axf_status axf_id_sort(axf_id_table *table);

/* The entry of an id, or NULL. Call axf_id_sort before. */
axf_id_entry *axf_id_find(const axf_id_table *table, const char *id);

#endif
