/* Drawn splits, nested subsets, epoch orders and class weights. */
#include "core/error.h"
#include "posts/shuffle_labels.h"
#include "posts/split.h"
#include "posts/split_groups.h"
#include "temp_folder.h"

#include <math.h>

enum { POSTS = 1003, CLASSES = 3 };
static const double fractions[3] = {0.8, 0.1, 0.1};
static const char *const names[CLASSES] = {"a", "b", "c"};

static void posts_make(axf_posts *posts)
{
    *posts = (axf_posts){0};
    posts->items = axf_alloc_zero(POSTS, sizeof *posts->items);
    posts->count = posts->capacity = POSTS;
    posts->facts.classes = CLASSES;
    posts->facts.class_names = names;
    for (int32_t i = 0; i < POSTS; i++) {
        posts->items[i].id = axf_arena_printf(&posts->arena, "p%d", i);
        posts->items[i].file = "posts.csv";
        posts->items[i].target = i % 10 < 6 ? 0 : i % 10 < 9 ? 1 : 2; /* 60, 30, 10 % */
    }
}

static void count(const axf_posts *posts, int32_t split, int32_t of_class[CLASSES], int32_t *total)
{
    *total = 0;
    memset(of_class, 0, CLASSES * sizeof *of_class);
    for (int32_t i = 0; i < posts->count; i++) {
        if (posts->items[i].split == split) {
            of_class[posts->items[i].target]++;
            (*total)++;
        }
    }
}

START_TEST(stratified_splits_have_the_promised_sizes)
{
    axf_posts posts;
    posts_make(&posts);
    ck_assert_int_eq(axf_split_draw(&posts, 0, fractions, 1), AXF_OK);
    int32_t train[CLASSES], val[CLASSES], test[CLASSES], n_train, n_val, n_test;
    count(&posts, AXF_SPLIT_TRAIN, train, &n_train);
    count(&posts, AXF_SPLIT_VAL, val, &n_val);
    count(&posts, AXF_SPLIT_TEST, test, &n_test);
    ck_assert_int_eq(n_train, 802); /* floor(0.8 * 1003) */
    ck_assert_int_eq(n_val, 100);
    ck_assert_int_eq(n_test, 101);
    for (int k = 0; k < CLASSES; k++) {
        const double all = train[k] + val[k] + test[k];
        ck_assert_double_le(train[k] - 0.8 * all, 1.0);
        ck_assert_double_ge(train[k] - 0.8 * all, -1.0);
        ck_assert_double_le(val[k] - 0.1 * all, 1.0);
        ck_assert_double_ge(val[k] - 0.1 * all, -1.0);
    }
    axf_posts_free(&posts);
}
END_TEST

START_TEST(the_same_seed_draws_the_same_split)
{
    axf_posts a, b, c;
    posts_make(&a);
    posts_make(&b);
    posts_make(&c);
    axf_split_draw(&a, 7, fractions, 1);
    axf_split_draw(&b, 7, fractions, 1);
    axf_split_draw(&c, 8, fractions, 1);
    int same = 1, other = 1;
    for (int32_t i = 0; i < POSTS; i++) {
        same &= a.items[i].split == b.items[i].split;
        other &= a.items[i].split == c.items[i].split;
    }
    ck_assert_int_eq(same, 1);
    ck_assert_int_eq(other, 0);
    axf_posts_free(&a);
    axf_posts_free(&b);
    axf_posts_free(&c);
}
END_TEST

START_TEST(given_splits_stay_and_half_given_ones_are_refused)
{
    axf_posts posts;
    posts_make(&posts);
    for (int32_t i = 0; i < POSTS; i++) {
        posts.items[i].split = i < 10 ? AXF_SPLIT_TEST : AXF_SPLIT_TRAIN;
    }
    ck_assert_int_eq(axf_split_draw(&posts, 0, fractions, 1), AXF_OK);
    ck_assert_int_eq(posts.items[9].split, AXF_SPLIT_TEST);
    ck_assert_int_eq(posts.items[10].split, AXF_SPLIT_TRAIN);
    posts.items[500].split = AXF_SPLIT_NONE;
    ck_assert_int_eq(axf_split_draw(&posts, 0, fractions, 1), AXF_ERR_DATA);
    ck_assert_ptr_nonnull(strstr(axf_error_message(), "post p500 has no split"));
    axf_posts_free(&posts);
}
END_TEST

START_TEST(subsets_are_nested_and_stratified)
{
    axf_posts large, small;
    posts_make(&large);
    posts_make(&small);
    axf_split_draw(&large, 0, fractions, 1);
    axf_split_draw(&small, 0, fractions, 1);
    ck_assert_int_eq(axf_split_subset(&large, 0, 500), AXF_OK);
    ck_assert_int_eq(axf_split_subset(&small, 0, 200), AXF_OK);
    int32_t of_class[CLASSES], total;
    for (int32_t i = 0; i < POSTS; i++) {
        if (small.items[i].split == AXF_SPLIT_TRAIN) {
            ck_assert_int_eq(large.items[i].split, AXF_SPLIT_TRAIN);
        }
        if (large.items[i].split == AXF_SPLIT_TEST) {
            ck_assert_int_eq(small.items[i].split, AXF_SPLIT_TEST);
        }
    }
    count(&small, AXF_SPLIT_TRAIN, of_class, &total);
    ck_assert_int_eq(total, 200);
    ck_assert_int_ge(of_class[0], 119);
    ck_assert_int_le(of_class[0], 121);
    ck_assert_int_ge(of_class[2], 19);
    ck_assert_int_le(of_class[2], 21);
    ck_assert_int_eq(axf_split_subset(&small, 0, 5000), AXF_ERR_SPEC);
    axf_posts_free(&large);
    axf_posts_free(&small);
}
END_TEST

START_TEST(epochs_have_orders_of_their_own)
{
    int32_t first[POSTS], again[POSTS], second[POSTS], seen[POSTS] = {0};
    for (int32_t i = 0; i < POSTS; i++) {
        first[i] = again[i] = second[i] = i;
    }
    axf_order_shuffle(first, POSTS, 3, 0);
    axf_order_shuffle(again, POSTS, 3, 0);
    axf_order_shuffle(second, POSTS, 3, 1);
    ck_assert_mem_eq(first, again, sizeof first);
    ck_assert_mem_ne(first, second, sizeof first);
    for (int32_t i = 0; i < POSTS; i++) {
        seen[second[i]]++;
    }
    for (int32_t i = 0; i < POSTS; i++) {
        ck_assert_int_eq(seen[i], 1);
    }
}
END_TEST

START_TEST(class_weights_are_balanced)
{
    axf_posts posts;
    float weights[CLASSES];
    posts_make(&posts);
    for (int32_t i = 0; i < POSTS; i++) {
        posts.items[i].split = posts.items[i].target == 2 ? AXF_SPLIT_TEST : AXF_SPLIT_TRAIN;
    }
    int32_t of_class[CLASSES], total;
    count(&posts, AXF_SPLIT_TRAIN, of_class, &total);
    axf_class_weights(&posts, weights);
    ck_assert_float_eq(weights[0], (float)((double)total / (3.0 * of_class[0])));
    ck_assert_float_eq(weights[1], (float)((double)total / (3.0 * of_class[1])));
    ck_assert_float_eq(weights[2], 0);
    axf_posts_free(&posts);
}
END_TEST

/* Label k is on every (k + 2)th train post, the last on none; the test posts have all. */
START_TEST(label_weights_balance_each_label)
{
    axf_posts posts;
    float weights[CLASSES];
    uint8_t labels[POSTS][CLASSES];
    int64_t with[CLASSES] = {0}, n = 0;
    posts_make(&posts);
    for (int32_t i = 0; i < POSTS; i++) {
        const int train = i % 5 != 0;
        posts.items[i].split = train ? AXF_SPLIT_TRAIN : AXF_SPLIT_TEST;
        posts.items[i].labels = labels[i];
        n += train;
        for (int32_t k = 0; k < CLASSES; k++) {
            labels[i][k] = !train || (k < CLASSES - 1 && i % (k + 2) == 0);
            with[k] += train && labels[i][k];
        }
    }
    axf_label_weights(&posts, weights);
    for (int32_t k = 0; k < CLASSES - 1; k++) {
        ck_assert_float_eq(weights[k], (float)((double)(n - with[k]) / (double)with[k]));
    }
    ck_assert_float_gt(weights[1], weights[0]);
    ck_assert_float_eq(weights[CLASSES - 1], 1);
    axf_posts_free(&posts);
}
END_TEST

/* 40 accounts of 1 to 60 posts, the last tenth of the posts without one. */
static void give_accounts(axf_posts *posts)
{
    posts->facts.columns = 1;
    posts->facts.column[0].name = "account";
    posts->facts.column[0].type = AXF_COLUMN_TEXT;
    int32_t account = 0, left = 1;
    for (int32_t i = 0; i < posts->count; i++) {
        posts->items[i].word = axf_arena_alloc(&posts->arena, sizeof *posts->items[i].word);
        posts->items[i].word[0] = i >= POSTS * 9 / 10 ? NULL : axf_arena_printf(&posts->arena, "@%d", account);
        if (--left == 0) {
            account++;
            left = account * 37 % 60 + 1;
        }
    }
}

START_TEST(groups_stay_whole_and_near_the_fractions)
{
    for (uint64_t seed = 0; seed < 20; seed++) {
        axf_posts posts, again;
        posts_make(&posts);
        give_accounts(&posts);
        posts_make(&again);
        give_accounts(&again);
        ck_assert_int_eq(axf_split_draw_groups(&posts, seed, fractions, 1, "account"), AXF_OK);
        ck_assert_int_eq(axf_split_draw_groups(&again, seed, fractions, 1, "account"), AXF_OK);
        int32_t of_class[CLASSES], total;
        for (int32_t i = 0; i < POSTS; i++) {
            ck_assert_int_eq(posts.items[i].split, again.items[i].split);
            for (int32_t k = i + 1; k < POSTS && posts.items[i].word[0] != NULL; k++) {
                if (posts.items[k].word[0] != NULL && strcmp(posts.items[i].word[0], posts.items[k].word[0]) == 0) {
                    ck_assert_int_eq(posts.items[i].split, posts.items[k].split);
                }
            }
        }
        for (int32_t split = AXF_SPLIT_TRAIN; split <= AXF_SPLIT_TEST; split++) {
            const double wanted = fractions[split - AXF_SPLIT_TRAIN] * POSTS;
            count(&posts, split, of_class, &total);
            ck_assert_double_le(fabs(total - wanted), 8);
            ck_assert_double_le(fabs(of_class[0] - 0.6 * wanted), 8); /* 60 % of the posts */
            ck_assert_double_le(fabs(of_class[2] - 0.1 * wanted), 8);
        }
        axf_posts_free(&posts);
        axf_posts_free(&again);
    }
}
END_TEST

START_TEST(groups_depend_on_the_seed_and_on_a_column_of_words)
{
    axf_posts a, b;
    posts_make(&a);
    give_accounts(&a);
    posts_make(&b);
    give_accounts(&b);
    ck_assert_int_eq(axf_split_draw_groups(&a, 1, fractions, 1, "account"), AXF_OK);
    ck_assert_int_eq(axf_split_draw_groups(&b, 2, fractions, 1, "account"), AXF_OK);
    int32_t other = 0;
    for (int32_t i = 0; i < POSTS; i++) {
        other += a.items[i].split != b.items[i].split;
        b.items[i].split = AXF_SPLIT_NONE;
    }
    ck_assert_int_gt(other, 50);
    ck_assert_int_eq(axf_split_draw_groups(&b, 1, fractions, 1, "user"), AXF_ERR_SPEC);
    ck_assert_ptr_nonnull(strstr(axf_error_message(), "no column of words 'user'; there are: account"));
    b.facts.column[0].type = AXF_COLUMN_REAL;
    ck_assert_int_eq(axf_split_draw_groups(&b, 1, fractions, 1, "account"), AXF_ERR_SPEC);
    /* Subsets of a grouped split are nested, too. */
    axf_posts small;
    posts_make(&small);
    give_accounts(&small);
    axf_split_draw_groups(&small, 1, fractions, 1, "account");
    ck_assert_int_eq(axf_split_subset(&a, 1, 400), AXF_OK);
    ck_assert_int_eq(axf_split_subset(&small, 1, 100), AXF_OK);
    for (int32_t i = 0; i < POSTS; i++) {
        ck_assert(small.items[i].split != AXF_SPLIT_TRAIN || a.items[i].split == AXF_SPLIT_TRAIN);
    }
    axf_posts_free(&a);
    axf_posts_free(&b);
    axf_posts_free(&small);
}
END_TEST

START_TEST(shuffled_labels_keep_their_counts)
{
    axf_posts posts, same, other;
    posts_make(&posts);
    posts_make(&same);
    posts_make(&other);
    axf_split_draw(&posts, 0, fractions, 1);
    axf_split_draw(&same, 0, fractions, 1);
    axf_split_draw(&other, 0, fractions, 1);
    int32_t before[CLASSES], after[CLASSES], total, moved = 0, differ = 0;
    count(&posts, AXF_SPLIT_TRAIN, before, &total);
    axf_labels_shuffle(&posts, 5, AXF_SPLIT_TRAIN);
    axf_labels_shuffle(&same, 5, AXF_SPLIT_TRAIN);
    axf_labels_shuffle(&other, 6, AXF_SPLIT_TRAIN);
    count(&posts, AXF_SPLIT_TRAIN, after, &total);
    ck_assert_mem_eq(before, after, sizeof before);
    for (int32_t i = 0; i < POSTS; i++) {
        const int32_t own = i % 10 < 6 ? 0 : i % 10 < 9 ? 1 : 2;
        ck_assert_int_eq(posts.items[i].target, same.items[i].target);
        moved += posts.items[i].target != own;
        differ += posts.items[i].target != other.items[i].target;
        ck_assert(posts.items[i].split == AXF_SPLIT_TRAIN || posts.items[i].target == own);
    }
    /* Two draws from 60, 30, 10 % differ in 54 % of the posts. */
    ck_assert_int_gt(moved, 350);
    ck_assert_int_lt(moved, 520);
    ck_assert_int_gt(differ, 350);
    axf_posts_free(&posts);
    axf_posts_free(&same);
    axf_posts_free(&other);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("split");
    TCase *tests = tcase_create("split");
    tcase_add_test(tests, stratified_splits_have_the_promised_sizes);
    tcase_add_test(tests, the_same_seed_draws_the_same_split);
    tcase_add_test(tests, given_splits_stay_and_half_given_ones_are_refused);
    tcase_add_test(tests, subsets_are_nested_and_stratified);
    tcase_add_test(tests, epochs_have_orders_of_their_own);
    tcase_add_test(tests, class_weights_are_balanced);
    tcase_add_test(tests, label_weights_balance_each_label);
    tcase_add_test(tests, groups_stay_whole_and_near_the_fractions);
    tcase_add_test(tests, groups_depend_on_the_seed_and_on_a_column_of_words);
    tcase_add_test(tests, shuffled_labels_keep_their_counts);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
