/* The tweet normaliser: hand-checked vectors, the reference's output on generated texts, and hostile texts. */
#include "common/tweet/normalise.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static void expect(const char *text, size_t length, const char *wanted, size_t wanted_length)
{
    char *out;
    size_t out_length;
    ck_assert_int_eq(axf_tweet_normalise(text, length, &out, &out_length), AXF_OK);
    ck_assert_msg(out_length == wanted_length && memcmp(out, wanted, wanted_length) == 0,
                  "%s\n  gives  %s\n  not    %s", text, out, wanted);
    ck_assert_int_eq(out[out_length], 0);
    free(out);
}

/* Made by running the reference, one rule or exception of it in each. */
static const char *const VECTORS[][2] = {
    {"I can't, don't. won't! he's it'll cannot cannot", "I can't , do n't . wo n't ! he 's it 'll can not cannot"},
    {"p.m. at 9 p.m., 9 a.m. ok 5 p.m", "p . m . at 9 p.m. , 9 a.m. ok 5 p . m"},
    {"RT @user: Love this!!!! \u2764\ufe0f\U0001F44D\U0001F3FD #Cool http://t.co/abc\u2026 &amp; &lt;3",
     "RT @USER : Love this ! ! ! :red_heart: :thumbs_up: :medium_skin_tone: #Cool HTTPURL ... & <3"},
    {"don&apos;t don&#39;t don&rsquo;t x", "dont do n't don ' t x"},
    {"AT&T; R&amp;D &#x1F600; &#128; &xi; &nbsp;x", "AT R & D :grinning_face: \u20ac x"},
    {"\U0001F1EC\U0001F1E7 1\ufe0f\u20e3 \u263a\ufe0f \u2122 \u00a9 \U0001F170\U0001F171",
     "\U0001F1EC \U0001F1E7 1\ufe0f\u20e3 :smiling_face: :trade_mark: :copyright: \U0001F170\U0001F171"},
    {"abc4def COVID19 MP3s 8:30 1,000,000 12-25-2020", "abc 4def COVID 19 MP3s 8: 30 1,000 , 000 12-25- 2020"},
    {"123456789 +1 (555) 555-1234", "12345678 9 +1 (555) 555-1234"},
    {"word.Another foo.com/b foo.com/bar x@y.z me@x.com", "word.Another foo.com/ b foo.com/bar x @USER . z me@x.com"},
    {"wwwow httpx @: #a #ab .... ,,,,, x____y", "HTTPURL HTTPURL @USER # a #ab ... , , , x___y"},
    {"</s> <b>hi</b> <not a tag> -> <--", "</s> <b> hi </b> < not a tag > -> <--"},
    {":) :-( =D xD D: :p:p </3 ^^ -_- o_O l'\u00e9t\u00e9 x__y ____",
     ":) :-( =D xD D: :p :p < / 3 ^ ^ - _ - o_O l'\u00e9t\u00e9 x__y ___"},
    {"AT&T 50% $AAPL #it's @user's", "AT & T 50 % $ AAPL #it 's @USER ' s"},
    {"\ufe0f p.m. x", "p.m. x"},
    {"http://a() x", "HTTPURL ( ) x"},
    {"http://a(b)c(d x", "HTTPURL ( d x"},
    {"see (http://x.y/z). ok", "see ( HTTPURL ) . ok"},
    {"http://a(b(c)d)e! x", "HTTPURL ! x"},
    {"http:(a)b", "HTTPURL :( a ) b"},
    {"http:/(a)!b", "HTTPURL"},
    {"@word.com a.bcd@ x.yz/@ q.co", "@USER . com a . bcd @USER x.yz / @USER q.co"},
    {"", ""},
    {" \t\n", ""},
};

START_TEST(vectors)
{
    expect(VECTORS[_i][0], strlen(VECTORS[_i][0]), VECTORS[_i][1], strlen(VECTORS[_i][1]));
}
END_TEST

START_TEST(bytes_that_are_no_text)
{
    expect("a \xff\xe2\x82 b\xed\xa0\x80", 10, "a \ufffd \ufffd b \ufffd \ufffd \ufffd", 23);
    expect("&#xD83D;&#xDE00;", 16, "\ufffd \ufffd", 7);
    expect("a\0b &#0;", 8, "a \0 b \0", 7);
}
END_TEST

/* Each would take minutes or hours if some rule were tried anew from every position. */
static const struct {
    const char *head;
    size_t heads;
    const char *tail;
    size_t tails;
} HOSTILE[] = {
    {"http:/(", 75000, ")", 500000}, {"a.com/(", 75000, ")!", 250000}, {"a-", 500000, ".com/!", 1},
    {"<a", 500000, "", 0},           {"a.", 500000, "@", 1},           {"1", 1 << 20, "", 0},
    {"#a'-", 250000, "", 0},         {"a@b.", 250000, "@", 1},         {"&", 1 << 20, ";", 1},
    {". \t", 340000, "x", 1},        {"http:/(a)", 120000, "!", 1},    {"n't ", 250000, "", 0},
};

START_TEST(hostile_texts_take_linear_time)
{
    const size_t head = strlen(HOSTILE[_i].head);
    const size_t tail = strlen(HOSTILE[_i].tail);
    const size_t length = head * HOSTILE[_i].heads + tail * HOSTILE[_i].tails;
    char *text = malloc(length);
    ck_assert_ptr_nonnull(text);
    for (size_t i = 0; i < length; i++) {
        const size_t in_tail = i - head * HOSTILE[_i].heads;
        text[i] = i < head * HOSTILE[_i].heads ? HOSTILE[_i].head[i % head] : HOSTILE[_i].tail[in_tail % tail];
    }
    char *out;
    size_t out_length;
    const clock_t begin = clock();
    ck_assert_int_eq(axf_tweet_normalise(text, length, &out, &out_length), AXF_OK);
    const double seconds = (double)(clock() - begin) / CLOCKS_PER_SEC;
    ck_assert_msg(seconds < 5, "%.1f s for %zu bytes of \"%s\"", seconds, length, HOSTILE[_i].head);
    ck_assert_uint_le(out_length, 4 * length);
    free(out);
    free(text);
}
END_TEST

START_TEST(too_long)
{
    char *out;
    size_t out_length;
    ck_assert_int_eq(axf_tweet_normalise("", AXF_TWEET_MAX_BYTES + 1, &out, &out_length), AXF_ERR_DATA);
    ck_assert_ptr_null(out);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("tweet");
    TCase *all = tcase_create("normalise");
    tcase_set_timeout(all, 60);
    tcase_add_loop_test(all, vectors, 0, (int)(sizeof(VECTORS) / sizeof(VECTORS[0])));
    tcase_add_test(all, bytes_that_are_no_text);
    tcase_add_loop_test(all, hostile_texts_take_linear_time, 0, (int)(sizeof(HOSTILE) / sizeof(HOSTILE[0])));
    tcase_add_test(all, too_long);
    suite_add_tcase(suite, all);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
