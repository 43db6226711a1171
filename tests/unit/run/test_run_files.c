/* The files of a run folder: metrics.csv and predictions against literals, the folder's life, and resume states. */
#include "core/error.h"
#include "files/read.h"
#include "run/checkpoint.h"
#include "run/folder.h"
#include "run/metrics_file.h"
#include "run/predictions_file.h"
#include "temp_folder.h"

static void check_file(const char *folder, const char *name, const char *expected)
{
    char *bytes;
    size_t length;
    ck_assert_int_eq(axf_read_file(temp_path(folder, name), 1 << 20, &bytes, &length), AXF_OK);
    char *text = axf_alloc(length + 1);
    memcpy(text, bytes, length);
    text[length] = '\0';
    ck_assert_str_eq(text, expected);
    free(text);
    free(bytes);
}

static void open_folder(axf_run_folder *folder, const char *path, int anew)
{
    axf_strbuf spec = {0};
    axf_strbuf_puts(&spec, "name: x\n");
    ck_assert_int_eq(axf_run_folder_find(folder, axf_copy(path), 0), AXF_OK);
    ck_assert_int_eq(axf_run_folder_open(folder, anew, &spec), AXF_OK);
    axf_strbuf_free(&spec);
}

START_TEST(metrics_of_a_pass)
{
    char *path = temp_folder_make();
    axf_run_folder folder;
    axf_sums sums;
    static const char *const losses[] = {"cross-entropy"}, *const classes[] = {"yes", "no, never"};
    const axf_metrics_columns columns = {losses, classes};
    static const float logits[] = {2, 1, 1, 3, 0, 1, 1, 2};
    static const int32_t targets[] = {0, 1, 0, 1};
    const double part = 3, weight = 4;
    open_folder(&folder, path, 0);
    axf_sums_init(&sums, 2, 0, 1);
    const axf_sums_pass pass = {
        .posts = 4, .share = 4, .loss = 0.75, .part = &part, .weight = &weight, .logits = logits, .targets = targets};
    axf_sums_add(&sums, &pass);
    ck_assert_int_eq(axf_run_metrics_write(&folder, 0, "val", &sums, &columns), AXF_OK);
    axf_sums_free(&sums);
    axf_run_folder_close(&folder);
    check_file(path, "metrics.csv",
               "epoch,split,posts,loss,loss_cross-entropy,accuracy,f1_weighted,f1_macro,precision_weighted,"
               "precision_macro,recall_weighted,recall_macro,precision_yes,recall_yes,f1_yes,support_yes,"
               "\"precision_no, never\",\"recall_no, never\",\"f1_no, never\",\"support_no, never\",confusion\n"
               "1,val,4,0.75,0.75,0.75,0.733333333,0.733333333,0.833333333,0.833333333,0.75,0.75,"
               "1,0.5,0.666666667,2,0.666666667,1,0.8,2,1 1;0 2\n");
    temp_folder_remove(path);
}
END_TEST

START_TEST(predictions_of_one_class)
{
    char *path = temp_folder_make();
    const axf_run_folder folder = {.path = path};
    axf_record items[] = {{.id = "a", .target = 0}, {.id = "b,c", .target = 1}};
    const axf_posts posts = {.items = items, .count = 2, .facts = {.classes = 2, .target = AXF_TARGET_CLASS}};
    static const int32_t order[] = {1, 0};
    static const float logits[] = {0.5f, -1, 0.25f, 4};
    ck_assert_int_eq(axf_run_predictions_write(&folder, AXF_SPLIT_TEST, &posts, order, 2, logits), AXF_OK);
    check_file(path, "predictions-test.csv",
               "id,target,prediction,logit_0,logit_1\n\"b,c\",1,0,0.5,-1\na,0,1,0.25,4\n");
    temp_folder_remove(path);
}
END_TEST

START_TEST(predictions_of_several_labels)
{
    char *path = temp_folder_make();
    const axf_run_folder folder = {.path = path};
    static const uint8_t labels[] = {1, 1};
    axf_record item = {.id = "a", .labels = labels};
    const axf_posts posts = {.items = &item, .count = 1, .facts = {.classes = 2, .target = AXF_TARGET_LABELS}};
    static const int32_t order[] = {0};
    static const float logits[] = {-0.5f, 2};
    ck_assert_int_eq(axf_run_predictions_write(&folder, AXF_SPLIT_VAL, &posts, order, 1, logits), AXF_OK);
    check_file(path, "predictions-val.csv",
               "id,target_0,target_1,prediction_0,prediction_1,logit_0,logit_1\na,1,1,0,1,-0.5,2\n");
    temp_folder_remove(path);
}
END_TEST

START_TEST(a_folder_is_opened_finished_and_opened_anew)
{
    char *path = temp_folder_make();
    axf_run_folder folder;
    axf_strbuf summary = {0};
    axf_strbuf_puts(&summary, "{}\n");
    open_folder(&folder, path, 0);
    ck_assert_int_eq(folder.finished, 0);
    ck_assert_int_eq(axf_append_write(folder.metrics, "old\n", 4), AXF_OK);
    ck_assert_int_eq(axf_run_folder_finish(&folder, &summary), AXF_OK);
    ck_assert_int_eq(folder.finished, 1);
    axf_run_folder_close(&folder);
    check_file(path, "spec.yml", "name: x\n");
    check_file(path, "done.json", "{}\n");
    ck_assert_int_eq(axf_run_folder_find(&folder, axf_copy(path), 1), AXF_OK);
    ck_assert_int_eq(folder.finished, 1);
    axf_run_folder_close(&folder);
    open_folder(&folder, path, 1);
    ck_assert_int_eq(folder.finished, 0);
    axf_run_folder_close(&folder);
    check_file(path, "metrics.csv", "");
    ck_assert_int_ne(access(temp_path(path, "done.json"), F_OK), 0);
    axf_strbuf_free(&summary);
    temp_folder_remove(path);
}
END_TEST

START_TEST(resume_states_are_listed_and_removed)
{
    char *path = temp_folder_make();
    axf_run_folder folder;
    int64_t *steps;
    int32_t count;
    open_folder(&folder, path, 0);
    static const char *const names[] = {"checkpoints/step-9.safetensors", "checkpoints/step-100.safetensors",
                                        "checkpoints/step-20.safetensors", "checkpoints/step-7.safetensors.tmp",
                                        "checkpoints/final.safetensors"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        FILE *file = fopen(temp_path(path, names[i]), "w");
        ck_assert_ptr_nonnull(file);
        fclose(file);
    }
    ck_assert_int_eq(axf_checkpoint_list(path, &steps, &count), AXF_OK);
    ck_assert_int_eq(count, 3);
    ck_assert_int_eq(steps[0], 100);
    ck_assert_int_eq(steps[1], 20);
    ck_assert_int_eq(steps[2], 9);
    free(steps);
    axf_checkpoint_remove(path, 2);
    ck_assert_int_eq(axf_checkpoint_list(path, &steps, &count), AXF_OK);
    ck_assert_int_eq(count, 2);
    ck_assert_int_eq(steps[1], 20);
    free(steps);
    char *state = axf_checkpoint_path(path, 20);
    ck_assert_int_eq(access(state, F_OK), 0);
    free(state);
    ck_assert_int_eq(access(temp_path(path, "checkpoints/final.safetensors"), F_OK), 0);
    axf_run_folder_close(&folder);
    temp_folder_remove(path);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("run files");
    TCase *tests = tcase_create("run files");
    tcase_add_test(tests, metrics_of_a_pass);
    tcase_add_test(tests, predictions_of_one_class);
    tcase_add_test(tests, predictions_of_several_labels);
    tcase_add_test(tests, a_folder_is_opened_finished_and_opened_anew);
    tcase_add_test(tests, resume_states_are_listed_and_removed);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
