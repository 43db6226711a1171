/* Text: closest names, endings, escaping, numbers under another locale, UTF-8. */
#include "temp_folder.h"

#include "core/text.h"
#include "core/utf8.h"

#include <locale.h>
#include <math.h>

START_TEST(distance)
{
    static const struct {
        const char *a, *b;
        unsigned distance;
    } cases[] = {
        {"", "", 0},
        {"abc", "abc", 0},
        {"abc", "ABC", 0},
        {"abc", "", 3},
        {"kitten", "sitting", 3},
        {"ab", "ba", 1},
        {"attnetion", "attention", 1},
        {"ca", "abc", 3},
        {"abcd", "badc", 2},
        {"gmu", "gum", 1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const unsigned found = axf_text_distance(cases[i].a, cases[i].b, 9);
        const unsigned back = axf_text_distance(cases[i].b, cases[i].a, 9);
        ck_assert_msg(found == cases[i].distance && back == found, "%s, %s: %u and %u, not %u", cases[i].a, cases[i].b,
                      found, back, cases[i].distance);
    }
    ck_assert_uint_eq(axf_text_distance("kitten", "sitting", 2), 3);
    ck_assert_uint_eq(axf_text_distance("a", "abcdefgh", 3), 4);
    char longest[100];
    memset(longest, 'a', sizeof longest);
    longest[99] = '\0';
    ck_assert_uint_eq(axf_text_distance(longest, longest, 5), 6);
    longest[64] = '\0';
    ck_assert_uint_eq(axf_text_distance(longest, longest, 5), 0);
}
END_TEST

START_TEST(endings)
{
    ck_assert(axf_text_ends_with("config.json", ".json"));
    ck_assert(axf_text_ends_with(".json", ".json"));
    ck_assert(axf_text_ends_with("a", ""));
    ck_assert(!axf_text_ends_with("config.jsonl", ".json"));
    ck_assert(!axf_text_ends_with("json", ".json"));
}
END_TEST

static const char *closest(const char *word)
{
    static const char *const names[] = {"concat", "attention", "attentive", "gmu", "aspect-att", "Learning_rate"};
    axf_closest best = {.word = word};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        axf_closest_offer(&best, names[i]);
    }
    return best.name != NULL ? best.name : "-";
}

START_TEST(closest_name)
{
    ck_assert_str_eq(closest("atention"), "attention");
    ck_assert_str_eq(closest("attentiev"), "attentive");
    ck_assert_str_eq(closest("gum"), "gmu");
    ck_assert_str_eq(closest("learning-rate"), "Learning_rate");
    ck_assert_str_eq(closest("concatenate"), "-");
    ck_assert_str_eq(closest("xyz"), "-");
    ck_assert_str_eq(closest(""), "-");
    ck_assert_str_eq(closest("gmx"), "gmu");
}
END_TEST

static const char *terminal(const char *text, size_t length, int lines)
{
    static axf_strbuf out;
    axf_strbuf_clear(&out);
    (lines ? axf_terminal_put_lines : axf_terminal_put)(&out, text, length);
    return axf_strbuf_text(&out);
}

START_TEST(escapes_for_the_terminal)
{
    ck_assert_str_eq(terminal("plain \xc3\xa4 \xf0\x9f\x98\x80", 13, 0), "plain \xc3\xa4 \xf0\x9f\x98\x80");
    ck_assert_str_eq(terminal("\x1b[31mred\x1b]0;title\a", 18, 0), "\\x1b[31mred\\x1b]0;title\\x07");
    ck_assert_str_eq(terminal("a\nb\tc\rd\0e\x7f", 10, 0), "a\\nb\\tc\\rd\\x00e\\x7f");
    ck_assert_str_eq(terminal("a\nb\tc\rd", 7, 1), "a\nb\tc\\rd");
    ck_assert_str_eq(terminal("\xc2\x9b"
                              "31m",
                              5, 0),
                     "\\u{9b}31m");
    ck_assert_str_eq(terminal("\xe2\x80\xae"
                              "evil\xe2\x81\xa6",
                              10, 0),
                     "\\u{202e}evil\\u{2066}");
    ck_assert_str_eq(terminal("\x9b\xc3", 2, 0), "\\x9b\\xc3");
}
END_TEST

START_TEST(writes_json_strings)
{
    axf_strbuf out = {0};
    axf_json_put_string(&out, "a\"b\\c\n\t\x01 \x7f </script> \xc3\xa4 \xff");
    ck_assert_str_eq(axf_strbuf_text(&out),
                     "\"a\\\"b\\\\c\\n\\t\\u0001 \\u007f \\u003c/script> \xc3\xa4 \xef\xbf\xbd\"");
    axf_strbuf_clear(&out);
    axf_json_put_string_n(&out, "a\0b", 3);
    ck_assert_str_eq(axf_strbuf_text(&out), "\"a\\u0000b\"");
    axf_strbuf_free(&out);
}
END_TEST

START_TEST(writes_numbers)
{
    char text[AXF_REAL_TEXT];
    ck_assert_str_eq(axf_text_real(0.1f, text), "0.100000001");
    ck_assert_str_eq(axf_text_real(-1.5e-30, text), "-1.5e-30");
    ck_assert_str_eq(axf_text_real(1234567, text), "1234567");
    ck_assert_str_eq(axf_text_real(NAN, text), "nan");
    ck_assert_str_eq(axf_text_real(-NAN, text), "nan");
    ck_assert_str_eq(axf_text_real(-INFINITY, text), "-inf");
    axf_strbuf out = {0};
    axf_json_put_real(&out, 2.5);
    axf_strbuf_putc(&out, ' ');
    axf_json_put_real(&out, INFINITY);
    ck_assert_str_eq(axf_strbuf_text(&out), "2.5 null");
    axf_strbuf_free(&out);
}
END_TEST

/* A locale with a comma, when the system has one: no result may depend on it. */
START_TEST(numbers_in_another_locale)
{
    static const char *const locales[] = {"de_DE.UTF-8", "fr_FR.UTF-8", "de_DE.utf8", "ps_AF.UTF-8"};
    char text[AXF_REAL_TEXT];
    for (size_t i = 0; i < sizeof locales / sizeof *locales; i++) {
        setlocale(LC_ALL, locales[i]);
        ck_assert_str_eq(axf_text_real(0.25, text), "0.25");
        ck_assert_str_eq(axf_text_real(123456789.0, text), "123456789");
    }
}
END_TEST

/* Unicode Standard, table 3-7, and the ends of every range. */
START_TEST(utf8_well_formed)
{
    static const struct {
        const char *bytes;
        size_t size; /* 0: ill-formed */
        uint32_t code_point;
    } cases[] = {
        {"A", 1, 'A'},
        {"\x7f", 1, 0x7F},
        {"\xc2\x80", 2, 0x80},
        {"\xdf\xbf", 2, 0x7FF},
        {"\xe0\xa0\x80", 3, 0x800},
        {"\xed\x9f\xbf", 3, 0xD7FF},
        {"\xee\x80\x80", 3, 0xE000},
        {"\xef\xbf\xbf", 3, 0xFFFF},
        {"\xf0\x90\x80\x80", 4, 0x10000},
        {"\xf4\x8f\xbf\xbf", 4, 0x10FFFF},
        {"\x80", 0, 0},
        {"\xc0\x80", 0, 0},
        {"\xc1\xbf", 0, 0},
        {"\xc3", 0, 0},
        {"\xc3\x28", 0, 0},
        {"\xe0\x9f\xbf", 0, 0},
        {"\xed\xa0\x80", 0, 0},
        {"\xe2\x82", 0, 0},
        {"\xf0\x8f\xbf\xbf", 0, 0},
        {"\xf4\x90\x80\x80", 0, 0},
        {"\xf5\x80\x80\x80", 0, 0},
        {"\xff", 0, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint32_t code_point = 0;
        const size_t size = axf_utf8_next(cases[i].bytes, strlen(cases[i].bytes), &code_point);
        ck_assert_msg(size == cases[i].size && code_point == cases[i].code_point, "case %zu: %zu bytes, U+%04X", i,
                      size, code_point);
        if (size > 0) {
            axf_strbuf out = {0};
            axf_utf8_put(&out, code_point);
            ck_assert_str_eq(axf_strbuf_text(&out), cases[i].bytes);
            axf_strbuf_free(&out);
        }
    }
    ck_assert_uint_eq(axf_utf8_valid_length("ab\xc3\xa4\xff", 5), 4);
    ck_assert_uint_eq(axf_utf8_valid_length("", 0), 0);
}
END_TEST

/* What CPython 3.11 gives for bytes.decode("utf-8", "replace"). */
START_TEST(utf8_floor_and_count)
{
    static const char text[] = "a\u00e4\u20ac\U0001f600b"; /* 1, 2, 3, 4 and 1 bytes */
    static const size_t floors[] = {0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10, 11};
    for (size_t length = 0; length < sizeof text; length++) {
        ck_assert_uint_eq(axf_utf8_floor(text, length), floors[length]);
    }
    ck_assert_uint_eq(axf_utf8_count(text, sizeof text - 1), 5);
    ck_assert_uint_eq(axf_utf8_count(text, 0), 0);
}
END_TEST

START_TEST(utf8_lossy)
{
    static const struct {
        const char *from, *to;
    } cases[] = {
        {"ok \xc3\xa4", "ok \xc3\xa4"},
        {"a\xff"
         "b",
         "a\xef\xbf\xbd"
         "b"},
        {"\xf0\x9f\x98", "\xef\xbf\xbd"},
        {"\xf0\x9f\x98"
         "x",
         "\xef\xbf\xbdx"},
        {"\xe0\x80\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
        {"\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
        {"\xe2\x82\xe2\x82\xac", "\xef\xbf\xbd\xe2\x82\xac"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        axf_strbuf out = {0};
        axf_utf8_copy_lossy(&out, cases[i].from, strlen(cases[i].from));
        ck_assert_str_eq(axf_strbuf_text(&out), cases[i].to);
        axf_strbuf_free(&out);
    }
    axf_strbuf out = {0};
    axf_utf8_put(&out, 0xD800);
    axf_utf8_put(&out, 0x110000);
    ck_assert_str_eq(axf_strbuf_text(&out), "\xef\xbf\xbd\xef\xbf\xbd");
    axf_strbuf_free(&out);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("text");
    TCase *tests = tcase_create("text");
    tcase_add_test(tests, distance);
    tcase_add_test(tests, endings);
    tcase_add_test(tests, closest_name);
    tcase_add_test(tests, escapes_for_the_terminal);
    tcase_add_test(tests, writes_json_strings);
    tcase_add_test(tests, writes_numbers);
    tcase_add_test(tests, numbers_in_another_locale);
    tcase_add_test(tests, utf8_well_formed);
    tcase_add_test(tests, utf8_floor_and_count);
    tcase_add_test(tests, utf8_lossy);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
