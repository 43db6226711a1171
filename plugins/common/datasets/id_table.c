#include "common/datasets/id_table.h"

#include <stdlib.h>
#include <string.h>

const char *axf_id_copy(const axf_host *host, const char *text, size_t length)
{
    char *to = host->allocate(host, length + 1);
    memcpy(to, text, length);
    return to;
}

void axf_id_add(axf_id_table *table, axf_id_entry entry)
{
    if (table->count == table->capacity) { /* old entries stay in the host's memory: at most the same size again */
        table->capacity = table->capacity > 0 ? table->capacity * 2 : 4096;
        axf_id_entry *grown = table->host->allocate(table->host, table->capacity * sizeof *grown);
        if (table->count > 0) {
            memcpy(grown, table->items, table->count * sizeof *grown);
        }
        table->items = grown;
    }
    table->items[table->count++] = entry;
}

static int by_id(const void *a, const void *b)
{
    return strcmp(((const axf_id_entry *)a)->id, ((const axf_id_entry *)b)->id);
}

axf_status axf_id_sort(axf_id_table *table)
{
    axf_id_entry *items = table->items;
    if (table->count > 0) {
        qsort(items, table->count, sizeof *items, by_id);
    }
    for (size_t i = 1; i < table->count; i++) {
        if (strcmp(items[i].id, items[i - 1].id) == 0) {
            const int64_t a = items[i].line, b = items[i - 1].line; /* qsort may change the order of equal ids */
            return table->host->fail(table->host, AXF_ERR_DATA,
                                     "%s:%lld: id '%s' is there twice; the other time in line %lld", table->file,
                                     (long long)(a > b ? a : b), items[i].id, (long long)(a > b ? b : a));
        }
    }
    return AXF_OK;
}

axf_id_entry *axf_id_find(const axf_id_table *table, const char *id)
{
    const axf_id_entry wanted = {.id = id};
    return table->count > 0 ? bsearch(&wanted, table->items, table->count, sizeof wanted, by_id) : NULL;
}
