/* Philox against the published known answers; keys, conversions and shuffles against their definition. */
#include "temp_folder.h"

#include "core/philox.h"

#include <math.h>

/* Random123 1.09, kat_vectors, lines "philox4x32 10". */
START_TEST(known_answers)
{
    static const uint32_t cases[][10] = {
        {0, 0, 0, 0, 0, 0, 0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8},
        {0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0x408f276d, 0x41c83b0e, 0xa20bc7c6,
         0x6d5451fd},
        {0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344, 0xa4093822, 0x299f31d0, 0xd16cfe09, 0x94fdcceb, 0x5001e420,
         0x24126ea1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const uint32_t *c = cases[i];
        uint32_t out[4];
        axf_philox(out, (axf_random_key){c[4], c[5]}, c[0], c[1], c[2], c[3]);
        for (int lane = 0; lane < 4; lane++) {
            ck_assert_msg(out[lane] == c[6 + lane], "case %zu lane %d: %08x, not %08x", i, lane, out[lane],
                          c[6 + lane]);
        }
    }
}
END_TEST

static uint64_t key_bits(uint64_t seed, const char *scope, const char *name)
{
    const axf_random_key key = axf_random_key_make(seed, scope, name);
    return (uint64_t)key.k1 << 32 | key.k0;
}

/* The value is part of the file formats: a run must draw the same numbers after an update of auxfuse. */
START_TEST(keys)
{
    const uint64_t key = key_bits(40, "train", "fusion.query.weight");
    ck_assert_uint_eq(key, 0xbe622561a706da4eull);
    ck_assert(key != key_bits(41, "train", "fusion.query.weight"));
    ck_assert(key != key_bits(40, "eval", "fusion.query.weight"));
    ck_assert(key_bits(1, "ab", "c") != key_bits(1, "a", "bc"));
    ck_assert(key_bits(1, "a", "") != key_bits(1, "", "a"));
    ck_assert(key_bits(1, NULL, "a") == key_bits(1, "", "a"));
}
END_TEST

START_TEST(unit_interval)
{
    ck_assert(axf_random_unit(0) == 0.0f);
    ck_assert(axf_random_unit(UINT32_MAX) == 1.0f - 0x1p-24f);
    ck_assert(axf_random_unit(0x80000000u) == 0.5f);
    ck_assert(axf_random_open(0) == 0x1p-24f);
    ck_assert(axf_random_open(UINT32_MAX) == 1.0f - 0x1p-24f);
}
END_TEST

START_TEST(below)
{
    ck_assert_uint_eq(axf_random_below(UINT32_MAX, UINT32_MAX, 0), 0);
    ck_assert_uint_eq(axf_random_below(UINT32_MAX, UINT32_MAX, 7), 6);
    ck_assert_uint_eq(axf_random_below(UINT32_MAX, UINT32_MAX, UINT32_MAX), UINT32_MAX - 1);
    ck_assert_uint_eq(axf_random_below(0x80000000u, 0, 10), 5);
    ck_assert_uint_eq(axf_random_below(0x7fffffffu, UINT32_MAX, 10), 4);
    ck_assert_uint_eq(axf_random_below(0x55555555u, 0x55555555u, 3), 0);
    ck_assert_uint_eq(axf_random_below(0x55555555u, 0x55555556u, 3), 1);
}
END_TEST

/* Mean, variance, fourth moment and tails of 400 000 numbers; the bounds are five standard errors. */
START_TEST(normal_moments)
{
    enum { PAIRS = 200 * 1000 };
    const axf_random_key key = axf_random_key_make(1, "test", "normal");
    double sum = 0, square = 0, fourth = 0, product = 0;
    int beyond2 = 0;
    for (uint32_t i = 0; i < PAIRS; i++) {
        uint32_t bits[4];
        float z[2];
        axf_philox(bits, key, i, 0, 0, 0);
        axf_random_normal_pair(bits[0], bits[1], z);
        product += (double)z[0] * z[1];
        for (int k = 0; k < 2; k++) {
            const double v = z[k];
            sum += v;
            square += v * v;
            fourth += v * v * v * v;
            beyond2 += fabs(v) > 2;
        }
    }
    const double n = 2.0 * PAIRS;
    ck_assert_double_le(fabs(sum / n), 5 / sqrt(n));
    ck_assert_double_le(fabs(square / n - 1), 5 * sqrt(2 / n));
    ck_assert_double_le(fabs(fourth / n - 3), 5 * sqrt(96 / n));
    ck_assert_double_le(fabs(product / PAIRS), 5 / sqrt(PAIRS));
    ck_assert_double_le(fabs(beyond2 / n - 0.0455003), 5 * sqrt(0.0455 * 0.9545 / n));
    float extreme[2];
    axf_random_normal_pair(0, 0, extreme);
    ck_assert(isfinite(extreme[0]) && extreme[0] > 6.6f && extreme[0] < 6.8f);
    axf_random_normal_pair(UINT32_MAX, UINT32_MAX, extreme);
    ck_assert(isfinite(extreme[0]) && isfinite(extreme[1]));
}
END_TEST

START_TEST(shuffle_is_a_permutation)
{
    enum { N = 1001 };
    uint32_t items[N], again[N], other[N];
    uint8_t seen[N] = {0};
    const axf_random_key key = axf_random_key_make(40, "order", "train");
    for (uint32_t i = 0; i < N; i++) {
        items[i] = again[i] = other[i] = i;
    }
    axf_random_shuffle(items, N, key, 3);
    axf_random_shuffle(again, N, key, 3);
    axf_random_shuffle(other, N, key, 4);
    ck_assert_mem_eq(items, again, sizeof items);
    ck_assert_mem_ne(items, other, sizeof items);
    for (uint32_t i = 0; i < N; i++) {
        ck_assert_uint_lt(items[i], N);
        ck_assert_msg(!seen[items[i]], "%u occurs twice", items[i]);
        seen[items[i]] = 1;
    }
    axf_random_shuffle(NULL, 0, key, 0);
    axf_random_shuffle(items, 1, key, 0);
}
END_TEST

/* The 24 orders of four items over 48 000 epochs: chi-square with 23 degrees of freedom, 0.1 % bound 49.7. */
START_TEST(shuffle_is_uniform)
{
    enum { EPOCHS = 48000 };
    int counts[256] = {0};
    const axf_random_key key = axf_random_key_make(7, "order", "train");
    for (uint32_t epoch = 0; epoch < EPOCHS; epoch++) {
        uint32_t items[4] = {0, 1, 2, 3};
        axf_random_shuffle(items, 4, key, epoch);
        counts[items[0] << 6 | items[1] << 4 | items[2] << 2 | items[3]]++;
    }
    double chi = 0;
    int orders = 0;
    for (int i = 0; i < 256; i++) {
        if (counts[i] > 0) {
            orders++;
            chi += (counts[i] - 2000.0) * (counts[i] - 2000.0) / 2000.0;
        }
    }
    ck_assert_int_eq(orders, 24);
    ck_assert_double_le(chi, 49.7);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("philox");
    TCase *tests = tcase_create("philox");
    tcase_add_test(tests, known_answers);
    tcase_add_test(tests, keys);
    tcase_add_test(tests, unit_interval);
    tcase_add_test(tests, below);
    tcase_add_test(tests, normal_moments);
    tcase_add_test(tests, shuffle_is_a_permutation);
    tcase_add_test(tests, shuffle_is_uniform);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
