/* A folder for one test, and the main function of a Check program. */
#ifndef AXF_TESTS_TEMP_FOLDER_H
#define AXF_TESTS_TEMP_FOLDER_H

#include <check.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A fresh folder below $TMPDIR; the caller removes it with temp_folder_remove. */
static inline char *temp_folder_make(void)
{
    const char *root = getenv("TMPDIR");
    static char path[512];
    snprintf(path, sizeof path, "%s/axf-test-XXXXXX", root != NULL ? root : P_tmpdir);
    ck_assert_ptr_nonnull(mkdtemp(path));
    return path;
}

static inline int temp_folder_visit(const char *path, const struct stat *info, int kind, struct FTW *walk)
{
    (void)info, (void)kind, (void)walk;
    return remove(path);
}

static inline void temp_folder_remove(const char *path)
{
    nftw(path, temp_folder_visit, 16, FTW_DEPTH | FTW_PHYS);
}

/* "folder/name", valid until the eighth call after it. */
static inline const char *temp_path(const char *folder, const char *name)
{
    static char ring[8][1024];
    static unsigned turn;
    char *path = ring[turn++ % 8];
    snprintf(path, sizeof ring[0], "%s/%s", folder, name);
    return path;
}

static inline int run_suite(Suite *suite)
{
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

#endif
