/* A scratchpad: memory for many small and large pieces that are all done with at once, again and again, such as what one training
 * step or one image needs. Like axf_arena, but axf_scratchpad_reset keeps the memory, so that a round like the one before
 * allocates nothing. Not thread-safe: each thread has its own. */
#ifndef AXF_CORE_SCRATCHPAD_H
#define AXF_CORE_SCRATCHPAD_H

#include <stddef.h>

typedef struct axf_scratchpad {
    struct axf_scratchpad_piece *first, *current; /* {0} is an empty one */
} axf_scratchpad;

/* Memory until the next reset, aligned to 16 bytes, with any content. NULL when the system has none: for sizes that
 * input decides. */
void *axf_scratchpad_take(axf_scratchpad *scratch, size_t size);

/* The same, zeroed, and never NULL: the program ends with a message when the system has no memory. For bookkeeping
 * whose size the program itself decides. */
void *axf_scratchpad_zero(axf_scratchpad *scratch, size_t size);

/* Everything taken is done with. Where the round needed several pieces of memory, one that holds them all takes their
 * place; more than 64 MiB are given back to the system. */
void axf_scratchpad_reset(axf_scratchpad *scratch);

void axf_scratchpad_free(axf_scratchpad *scratch);

#endif
