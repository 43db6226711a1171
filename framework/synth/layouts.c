#include "synth/layouts.h"

#include "synth/random.h"
#include "synth/text.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* A field in double quotes, each quote inside escaped by `escape`: '"' as RFC 4180, '\\' as TIR's published table. */
static void put_quoted(FILE *file, const char *field, char escape)
{
    putc('"', file);
    for (; *field != '\0'; field++) {
        if (*field == '"') {
            putc(escape, file);
        }
        putc(*field, file);
    }
    putc('"', file);
}

/* A field of RFC 4180, quoted where it must be. */
static void put_field(FILE *file, const char *field)
{
    if (strpbrk(field, ",\"\r\n")) {
        put_quoted(file, field, '"');
    } else {
        fputs(field, file);
    }
}

static void table_name(const axf_synth_post *post, char *id)
{
    snprintf(id, AXF_SYNTH_ID_SIZE, "s%06u", (unsigned)(post->index + 1));
}

static void count_name(const axf_synth_post *post, char *id)
{
    snprintf(id, AXF_SYNTH_ID_SIZE, "%u", (unsigned)(post->index + 1));
}

/* Eighteen digits, as ids of tweets had in 2016; rising with the index, in uneven steps. */
static void tweet_name(const axf_synth_post *post, char *id)
{
    axf_synth_random random = axf_synth_random_start(post->seed, post->index, AXF_SYNTH_STREAM_ID);
    const uint64_t step = 100000000000u;
    const uint64_t number = 682000000000000000u + post->index * step + axf_synth_random_below(&random, UINT32_MAX);
    snprintf(id, AXF_SYNTH_ID_SIZE, "%" PRIu64, number);
}

static axf_status table_add(axf_synth_writer *writer, const axf_synth_post *post, const char *id, const char *image)
{
    fprintf(writer->table[0], "%s,", id);
    put_field(writer->table[0], post->text);
    fprintf(writer->table[0], ",%s,%s,%s\n", axf_synth_class_name(post->relation), axf_synth_split_name(post->split),
            image);
    return AXF_OK;
}

/* ---- mvsa ---- */

/* The sentiment: positive where text and picture agree in object and scene, negative where in neither, else neutral;
 * so that this label, too, needs both inputs. */
static char sentiment_of(const axf_synth_post *post)
{
    static const char sentiments[AXF_SYNTH_CLASSES] = {'0', '2', '1', '0'};
    return sentiments[post->relation];
}

static axf_status mvsa_text(axf_synth_writer *writer, const axf_synth_post *post, const char *id,
                            char text[AXF_SYNTH_TEXT_SIZE])
{
    char name[AXF_SYNTH_ID_SIZE + 16];
    axf_synth_text_ascii(post->text, text);
    snprintf(name, sizeof name, "data/%s.txt", id);
    return axf_synth_write_file(writer, name, text, strlen(text));
}

/* What an annotator says of text and image, so that the sentiment follows by the rule of the loader. */
static const char *pair_of(const axf_synth_post *post)
{
    static const char *const pairs[AXF_SYNTH_CLASSES] = {"neutral,neutral", "negative,neutral", "neutral,positive",
                                                         "neutral,neutral"};
    return pairs[post->relation];
}

static axf_status mvsa_add(axf_synth_writer *writer, const axf_synth_post *post, const char *id, const char *image)
{
    const char sentiment = sentiment_of(post);
    char text[AXF_SYNTH_TEXT_SIZE];
    (void)image;
    AXF_TRY(mvsa_text(writer, post, id, text));
    fprintf(writer->table[1], "%s,%c,%c,%c\n", id, sentiment, sentiment, sentiment);
    fprintf(writer->table[2], "%s\t%s\n", id, pair_of(post));
    fprintf(writer->table[0], "%s,", id);
    put_field(writer->table[0], text);
    fprintf(writer->table[0], ",%c,%s\n", sentiment, axf_synth_split_name(post->split));
    return AXF_OK;
}

/* Of 25 posts in a row one contradicts itself and on one no two annotators agree. */
static axf_status mvsa_multiple_add(axf_synth_writer *writer, const axf_synth_post *post, const char *id,
                                    const char *image)
{
    char text[AXF_SYNTH_TEXT_SIZE];
    const uint64_t place = post->index % 25;
    const char *pair = pair_of(post);
    (void)image;
    AXF_TRY(mvsa_text(writer, post, id, text));
    if (place == 23) {
        fprintf(writer->table[0], "%s\tneutral,neutral\tpositive,neutral\tnegative,neutral\n", id);
    } else if (place == 24) {
        fprintf(writer->table[0], "%s\tpositive,negative\tpositive,negative\tneutral,neutral\n", id);
    } else {
        fprintf(writer->table[0], "%s\t%s\tpositive,negative\t%s\n", id, pair, pair);
    }
    return AXF_OK;
}

/* A string as Python prints it, within the quotes that it would choose. */
static void put_python(FILE *file, const char *text)
{
    const char quote = strchr(text, '\'') != NULL && strchr(text, '"') == NULL ? '"' : '\'';
    putc(quote, file);
    for (; *text != '\0'; text++) {
        if (*text == quote || *text == '\\') {
            putc('\\', file);
        }
        putc(*text, file);
    }
    putc(quote, file);
}

/* The reference program's key holds printed byte strings. */
static axf_status mvsa_key_add(axf_synth_writer *writer, const axf_synth_post *post, const char *id, const char *image)
{
    char ascii[AXF_SYNTH_TEXT_SIZE], *printed = NULL;
    size_t size;
    (void)image;
    axf_synth_text_ascii(post->text, ascii);
    FILE *memory = open_memstream(&printed, &size);
    if (memory == NULL) {
        return AXF_ERR_MEMORY;
    }
    putc('b', memory);
    put_python(memory, ascii);
    fclose(memory);
    fprintf(writer->table[0], "%s,", id);
    put_field(writer->table[0], printed);
    fprintf(writer->table[0], ",%c,%s\n", sentiment_of(post), axf_synth_split_name(post->split));
    free(printed);
    return AXF_OK;
}

/* ---- tir ---- */

static axf_status tir_add(axf_synth_writer *writer, const axf_synth_post *post, const char *id, const char *image)
{
    const int adds = post->relation < 2, represented = post->relation % 2 == 0;
    (void)image;
    fprintf(writer->table[0], "\"%s\",\"0\",", id);
    put_quoted(writer->table[0], post->text, '\\');
    fprintf(writer->table[0], ",\"%d\",\"%d\"", represented, adds);
    for (uint32_t relation = 0; relation < AXF_SYNTH_CLASSES; relation++) {
        fprintf(writer->table[0], ",\"%d\"", relation == post->relation);
    }
    putc('\n', writer->table[0]);
    return AXF_OK;
}

static unsigned account_of(const axf_synth_post *post)
{
    return (unsigned)(post->index / 8 + 1);
}

static axf_status tir_key_add(axf_synth_writer *writer, const axf_synth_post *post, const char *id, const char *image)
{
    (void)image;
    fprintf(writer->table[0], "%u,%s,%u,", (unsigned)post->index, id, account_of(post));
    put_field(writer->table[0], post->text);
    fprintf(writer->table[0], ",%d,%d", post->relation % 2 == 0, post->relation < 2);
    for (uint32_t relation = 0; relation < AXF_SYNTH_CLASSES; relation++) {
        fprintf(writer->table[0], ",%d", relation == post->relation);
    }
    fprintf(writer->table[0], ",%s\n", axf_synth_split_name(post->split));
    return AXF_OK;
}

/* ---- mhp ---- */

/* Every other picture has its shape written in it. */
static const char *written_in(const axf_synth_post *post)
{
    return post->index % 2 == 0 ? axf_synth_shape_name(post->shown.shape) : "";
}

static axf_status mhp_add(axf_synth_writer *writer, const axf_synth_post *post, const char *id, const char *image)
{
    FILE *table = writer->table[post->split];
    (void)image;
    fprintf(table, "%u,%s,", (unsigned)post->index, id);
    put_field(table, post->text);
    fprintf(table, ",%s,%u\n", written_in(post), post->relation);
    return AXF_OK;
}

static axf_status mhp_key_add(axf_synth_writer *writer, const axf_synth_post *post, const char *id, const char *image)
{
    char text[AXF_SYNTH_TEXT_SIZE + 32];
    (void)image;
    snprintf(text, sizeof text, "%s%s", post->text, written_in(post));
    fprintf(writer->table[0], "%s,", id);
    put_field(writer->table[0], text);
    fprintf(writer->table[0], ",%u,%s\n", post->relation, axf_synth_split_name(post->split));
    return AXF_OK;
}

/* ---- micd ---- */

/* One in twenty belongs to the test set of posts without a picture. */
static bool micd_pictured(const axf_synth_post *post)
{
    return post->index % 20 != 19;
}

static axf_status micd_add(axf_synth_writer *writer, const axf_synth_post *post, const char *id, const char *image)
{
    const unsigned label = post->relation % 2 == 0;
    FILE *table = writer->table[micd_pictured(post) ? 0 : 1];
    (void)image;
    fprintf(table, "%s,", id);
    if (micd_pictured(post)) {
        fprintf(table, "%s,2020,%u,%u,%s,%u,", post->index % 3 == 0 ? "food" : "travel",
                (unsigned)(post->index % 12 + 1), label, axf_synth_split_name(post->split), account_of(post));
    } else {
        fprintf(table, "%u,test,", label);
    }
    put_field(table, post->text);
    putc('\n', table);
    return AXF_OK;
}

/* ---- msd ---- */

/* In train one tweet in 25 names the label. Where there are two labels, the hashtag's differs for one post in seven. */
static axf_status msd_add(axf_synth_writer *writer, const axf_synth_post *post, const char *id, const char *image)
{
    FILE *table = writer->table[post->split];
    const unsigned human = post->relation % 2 == 0, hashtag = post->index % 7 == 0 ? !human : human;
    char text[AXF_SYNTH_TEXT_SIZE + 32];
    (void)image;
    snprintf(text, sizeof text, "%s%s", post->text, post->split == 0 && post->index % 25 == 24 ? " # sarcasm" : "");
    fprintf(table, "['%s', ", id);
    put_python(table, text);
    if (post->split != 0) {
        fprintf(table, ", %u", hashtag);
    }
    fprintf(table, ", %u]\r\n", human);
    return AXF_OK;
}

static axf_status msd_key_add(axf_synth_writer *writer, const axf_synth_post *post, const char *id, const char *image)
{
    const unsigned human = post->relation % 2 == 0, hashtag = post->index % 7 == 0 ? !human : human;
    (void)image;
    fprintf(writer->table[0], "%s,", id);
    put_field(writer->table[0], post->text);
    fprintf(writer->table[0], ",%u,%s,%u\n", human, axf_synth_split_name(post->split),
            post->split != 0 ? hashtag : human);
    return AXF_OK;
}

static const char mhp_header[] = ",image_number,tweet_text,img_text,Primary_numeric_gt\n";
static const char key_header[] = "tweet_id,text,label,split\n";

const axf_synth_layout axf_synth_layouts[AXF_SYNTH_LAST + 1] = {
    [AXF_SYNTH_TABLE] =
        {"table", {{"posts.csv", "id,text,label,split,image\n"}}, "images", true, table_name, "", "", NULL, table_add},
    [AXF_SYNTH_MVSA] = {"mvsa",
                        {{"data_key_mvsa.csv", key_header},
                         {"valid_pairlist.txt", ""},
                         {"labelResultAll.txt", "ID\ttext,image\n"}},
                        "data",
                        false,
                        count_name,
                        "",
                        "",
                        NULL,
                        mvsa_add},
    [AXF_SYNTH_TIR] = {"tir",
                       {{"textimage-data.csv",
                         "\"tweet_id\",\"user_id\",\"tweet\",\"text_is_represented\",\"image_adds\","
                         "\"image_adds_text_repr\",\"image_adds_text_notrepr\",\"image_notadds_text_repr\","
                         "\"image_notadds_text_notrepr\"\n"}},
                       "images",
                       false,
                       tweet_name,
                       "T",
                       "",
                       NULL,
                       tir_add},
    [AXF_SYNTH_MVSA_MULTIPLE] = {"mvsa-multiple",
                                 {{"labelResultAll.txt", "ID\ttext,image\ttext,image\ttext,image\n"}},
                                 "data",
                                 false,
                                 count_name,
                                 "",
                                 "",
                                 NULL,
                                 mvsa_multiple_add},
    [AXF_SYNTH_MHP] = {"mhp",
                       {{"Train/dog_whistle_train.csv", mhp_header},
                        {"Validation/dog_whistle_dev.csv", mhp_header},
                        {"Test/dog_whistle_test.csv", mhp_header}},
                       "Images",
                       true,
                       tweet_name,
                       "",
                       "",
                       NULL,
                       mhp_add},
    [AXF_SYNTH_MICD] = {"micd",
                        {{"data_key_mic.csv", "id,domain,year,month,label,split,account,text\n"},
                         {"text_data_mic.csv", "id,label,split,text\n"}},
                        "images",
                        true,
                        tweet_name,
                        "",
                        "_1",
                        micd_pictured,
                        micd_add},
    [AXF_SYNTH_MSD] = {"msd",
                       {{"train.txt", ""}, {"valid2.txt", ""}, {"test2.txt", ""}},
                       "dataset_image",
                       true,
                       tweet_name,
                       "",
                       "",
                       NULL,
                       msd_add},
    [AXF_SYNTH_MVSA_KEY] =
        {"mvsa-key", {{"data_key_mvsa.csv", key_header}}, "data", true, count_name, "", "", NULL, mvsa_key_add},
    [AXF_SYNTH_TIR_KEY] = {"tir-key",
                           {{"data_key_imgtxt_random.csv",
                             "index,tweet_id,user_id,text,text_is_represented,image_adds,image_adds_text_repr,"
                             "image_adds_text_notrepr,image_notadds_text_repr,image_notadds_text_notrepr,split\n"}},
                           "images",
                           true,
                           tweet_name,
                           "T",
                           "",
                           NULL,
                           tir_key_add},
    [AXF_SYNTH_MHP_KEY] =
        {"mhp-key", {{"data_key_mhp.csv", key_header}}, "Images", true, tweet_name, "", "", NULL, mhp_key_add},
    [AXF_SYNTH_MSD_KEY] = {"msd-key",
                           {{"data_key_msd.csv", "tweet_id,text,label,split,label_auto\n"}},
                           "dataset_image",
                           true,
                           tweet_name,
                           "",
                           "",
                           NULL,
                           msd_key_add},
};

const char *axf_synth_format_name(axf_synth_format format)
{
    return axf_synth_layouts[format].format;
}
