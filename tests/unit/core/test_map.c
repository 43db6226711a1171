/* The hash map: places in the order of adding, keys that come twice, keys that fall into one slot. */
#include "temp_folder.h"

#include "core/map.h"

START_TEST(finds_what_was_added)
{
    enum { COUNT = 5000 };
    axf_map map = {0};
    char text[32];
    ck_assert_int_eq(axf_map_find(&map, axf_map_text("0")), -1);
    for (int i = 0; i < COUNT; i++) {
        snprintf(text, sizeof text, "%d", i);
        ck_assert_uint_eq(axf_map_add(&map, axf_map_text(text)), (size_t)i);
    }
    for (int i = 0; i < COUNT; i++) {
        snprintf(text, sizeof text, "%d", i);
        ck_assert_int_eq(axf_map_find(&map, axf_map_text(text)), i);
    }
    ck_assert_int_eq(axf_map_find(&map, axf_map_text("-1")), -1);
    ck_assert_uint_eq(map.count, COUNT);
    axf_map_free(&map);
    ck_assert_uint_eq(map.count, 0);
    ck_assert_int_eq(axf_map_find(&map, axf_map_text("0")), -1);
}
END_TEST

/* Keys of one slot lie behind each other; half of a key is not the key. */
START_TEST(keys_of_one_slot)
{
    enum { COUNT = 300 };
    axf_map map = {0};
    for (uint64_t i = 0; i < COUNT; i++) {
        axf_map_add(&map, (axf_hash128){i, 7});
    }
    for (uint64_t i = 0; i < COUNT; i++) {
        ck_assert_int_eq(axf_map_find(&map, (axf_hash128){i, 7}), (int64_t)i);
    }
    ck_assert_int_eq(axf_map_find(&map, (axf_hash128){COUNT, 7}), -1);
    ck_assert_int_eq(axf_map_find(&map, (axf_hash128){0, 8}), -1);
    axf_map_free(&map);
}
END_TEST

START_TEST(the_first_of_equal_keys_is_found)
{
    axf_map map = {0};
    for (size_t i = 0; i < 1000; i++) { /* also after the map has grown */
        ck_assert_uint_eq(axf_map_add(&map, (axf_hash128){1, i % 2}), i);
        ck_assert_int_eq(axf_map_find(&map, (axf_hash128){1, 0}), 0);
        ck_assert_int_eq(axf_map_find(&map, (axf_hash128){1, 1}), i > 0 ? 1 : -1);
    }
    axf_map_free(&map);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("map");
    TCase *tests = tcase_create("map");
    tcase_add_test(tests, finds_what_was_added);
    tcase_add_test(tests, keys_of_one_slot);
    tcase_add_test(tests, the_first_of_equal_keys_is_found);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
