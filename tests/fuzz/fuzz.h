/* What the fuzz harnesses share. A harness is one LLVMFuzzerTestOneInput: libFuzzer drives it (AUXFUSE_FUZZ), or
 * replay.c over files. */
#ifndef AXF_TESTS_FUZZ_H
#define AXF_TESTS_FUZZ_H

#include "auxfuse/plugin.h"
#include "core/arena.h"
#include "core/error.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* From here to fuzz_end at most `base` + `factor` · `size` bytes may be allocated at a time: the memory that an input
 * of this size justifies. Aborts beyond that, in builds with a sanitizer (the others cannot count). */
void fuzz_begin(size_t base, size_t factor, size_t size);
void fuzz_end(void);

/* Aborts with the message: for what must hold whatever the input is. */
void fuzz_expect(int holds, const char *what);

/* Writes a file of a folder in memory that the process has, and returns its path, "" as name giving the folder's own.
 * Valid until the fourth call after it. */
const char *fuzz_path(const char *name);
const char *fuzz_file(const char *name, const void *bytes, size_t size);

/* Cuts an input of several files at its first NUL, where it has one; else the second is empty. */
typedef struct fuzz_parts {
    const char *first, *second;
    size_t first_size, second_size;
} fuzz_parts;
fuzz_parts fuzz_cut(const uint8_t *data, size_t size);

/* A host for plugins whose files, whatever their names, are the input: `second` where it is set and the name is that.
 */
typedef struct fuzz_host {
    axf_host host;
    axf_arena arena;
    const char *bytes;
    size_t size;
    const char *second_name, *second;
    size_t second_size;
} fuzz_host;
void fuzz_host_open(fuzz_host *memory, const void *bytes, size_t size);
void fuzz_host_close(fuzz_host *memory);

/* Opens the file or folder as weights and reads every tensor that is not large. */
void fuzz_read_weights(const char *path);

/* A text of all that tokenizers treat specially, followed by nothing. */
extern const char fuzz_text[];
extern const size_t fuzz_text_size;

#endif
