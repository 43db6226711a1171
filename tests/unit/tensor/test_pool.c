/* The step's pool: best fit, merging, planned and real addresses, no overlap. */
#include "temp_folder.h"

#include "tensor/pool.h"

#include <stdlib.h>

static axf_status allocate(void *self, size_t size, void **memory)
{
    ++*(int *)self;
    *memory = aligned_alloc(64, size);
    return *memory != NULL ? AXF_OK : AXF_ERR_MEMORY;
}

static void release(void *self, void *memory, size_t size)
{
    (void)size;
    --*(int *)self;
    free(memory);
}

static const axf_backend backend = {.struct_size = sizeof backend, .allocate = allocate, .release = release};

START_TEST(best_fit)
{
    axf_pool pool;
    axf_pool_plan(&pool);
    axf_block *large = axf_pool_take(&pool, 640), *wall = axf_pool_take(&pool, 1);
    axf_block *small = axf_pool_take(&pool, 128), *last = axf_pool_take(&pool, 64);
    char *const large_at = large->data, *const small_at = small->data;
    ck_assert_uint_eq(pool.in_use, 640 + 64 + 128 + 64);
    axf_pool_drop(&pool, large);
    axf_pool_drop(&pool, small);
    axf_block *fits = axf_pool_take(&pool, 100); /* the smaller of the two holes, though the other comes first */
    ck_assert_ptr_eq(fits->data, small_at);
    axf_block *splits = axf_pool_take(&pool, 64), *rest = axf_pool_take(&pool, 576);
    ck_assert_ptr_eq(splits->data, large_at);
    ck_assert_ptr_eq(rest->data, large_at + 64);
    axf_pool_drop(&pool, splits);
    axf_pool_drop(&pool, rest);
    axf_pool_drop(&pool, wall); /* merges with the hole before it, up to the block that fits */
    axf_block *merged = axf_pool_take(&pool, 704);
    ck_assert_ptr_eq(merged->data, large_at);
    axf_pool_drop(&pool, fits);
    axf_pool_drop(&pool, last); /* the last block takes the hole before it with it */
    ck_assert_uint_eq(pool.cut, 704);
    ck_assert_uint_eq(pool.extent, 640 + 64 + 128 + 64);
    ck_assert_uint_eq(pool.peak, 704 + 128 + 64);
    axf_pool_free(&pool);
}
END_TEST

START_TEST(references)
{
    axf_pool pool;
    axf_pool_plan(&pool);
    axf_block *block = axf_pool_take(&pool, 64);
    axf_pool_hold(block);
    axf_pool_drop(&pool, block);
    ck_assert_uint_eq(pool.in_use, 64);
    axf_pool_drop(&pool, block);
    ck_assert_uint_eq(pool.in_use, 0);
    axf_pool_free(&pool);
}
END_TEST

enum { HELD = 40, ROUNDS = 5000 };

/* The same random takes and drops on both pools; returns the planned extent. */
static void exercise(axf_pool *pool, uint64_t *places)
{
    axf_block *held[HELD] = {NULL};
    uint32_t random = 1;
    char *base = NULL;
    for (int round = 0; round < ROUNDS; round++) {
        random = random * 1664525u + 1013904223u;
        const uint32_t at = (random >> 8) % HELD;
        axf_pool_drop(pool, held[at]);
        held[at] = axf_pool_take(pool, 1 + (random >> 16) % 5000);
        ck_assert_ptr_nonnull(held[at]);
        base = base != NULL ? base : held[at]->data;
        places[round] = (uint64_t)(held[at]->data - base);
        size_t sum = 0;
        for (int i = 0; i < HELD; i++) {
            sum += held[i] != NULL ? held[i]->size : 0;
            const int apart = held[i] == NULL || i == (int)at || held[i]->data + held[i]->size <= held[at]->data ||
                              held[at]->data + held[at]->size <= held[i]->data;
            ck_assert_msg(apart, "round %d: blocks %d and %d overlap", round, i, (int)at);
        }
        ck_assert_uint_eq(sum, pool->in_use);
    }
}

START_TEST(plan_and_real)
{
    static uint64_t planned[ROUNDS], real[ROUNDS];
    axf_pool plan, pool;
    int pieces = 0;
    axf_pool_plan(&plan);
    exercise(&plan, planned);
    ck_assert_uint_lt(plan.extent, plan.peak * 3 / 2);
    axf_pool_init(&pool, &backend, &pieces);
    ck_assert_int_eq(axf_pool_reserve(&pool, plan.extent), AXF_OK);
    for (int again = 0; again < 3; again++) {
        axf_pool_reset(&pool);
        exercise(&pool, real);
        ck_assert_mem_eq(planned, real, sizeof real);
        ck_assert_uint_eq(pool.extent, plan.extent);
        ck_assert_uint_eq(pool.peak, plan.peak);
    }
    ck_assert_int_eq(pieces, 1);
    ck_assert_int_eq(pool.grown, 0);
    axf_pool_free(&plan);
    axf_pool_free(&pool);
    ck_assert_int_eq(pieces, 0);
}
END_TEST

START_TEST(grows)
{
    axf_pool pool;
    int pieces = 0;
    axf_pool_init(&pool, &backend, &pieces);
    for (int again = 0; again < 2; again++) { /* the second time the pieces are there */
        axf_pool_reset(&pool);
        ck_assert_ptr_nonnull(axf_pool_take(&pool, 3 << 20));
        ck_assert_ptr_nonnull(axf_pool_take(&pool, 5 << 20));
        ck_assert_ptr_nonnull(axf_pool_take(&pool, 64));
        ck_assert_int_eq(pieces, 2);
        ck_assert_int_eq(pool.grown, 2);
    }
    ck_assert_ptr_null(axf_pool_take(&pool, SIZE_MAX - 8));
    axf_pool_free(&pool);
    ck_assert_int_eq(pieces, 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("pool");
    TCase *pool = tcase_create("pool");
    tcase_add_test(pool, best_fit);
    tcase_add_test(pool, references);
    tcase_add_test(pool, plan_and_real);
    tcase_add_test(pool, grows);
    suite_add_tcase(suite, pool);
    return run_suite(suite);
}
