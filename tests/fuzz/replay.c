/* Runs a harness once on every file of the folders and files named: PROGRAM PATH... */
#include "fuzz.h"

#include <fts.h>

static void replay(const char *path)
{
    FILE *file = fopen(path, "rb");
    fuzz_expect(file != NULL, path);
    fseek(file, 0, SEEK_END);
    const long size = ftell(file);
    fuzz_expect(size >= 0, path);
    rewind(file);
    /* As large as the input, so that a sanitizer sees a byte read behind it. */
    uint8_t *bytes = malloc((size_t)size + (size == 0));
    fuzz_expect(bytes != NULL && fread(bytes, 1, (size_t)size, file) == (size_t)size, path);
    fclose(file);
    printf("%s\n", path);
    fflush(stdout);
    LLVMFuzzerTestOneInput(bytes, (size_t)size);
    free(bytes);
}

int main(int count, char **arguments)
{
    size_t files = 0;
    (void)count;
    FTS *walk = count > 1 ? fts_open(arguments + 1, FTS_PHYSICAL | FTS_NOCHDIR, NULL) : NULL;
    for (FTSENT *entry; walk != NULL && (entry = fts_read(walk)) != NULL;) {
        if (entry->fts_info == FTS_F) {
            replay(entry->fts_path);
            files++;
        }
    }
    if (walk != NULL) {
        fts_close(walk);
    }
    printf("%zu files\n", files);
    return files > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
