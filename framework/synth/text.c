#include "synth/text.h"

#include "synth/random.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* In templates, {c} is a colour, {s} a shape, {a} an adjective, {n} a first name, {u} a user name, and {d} a number of
 * one or two digits. */
static const char *const object_phrases[] = {
    "just found a {c} {s}",
    "my new {c} {s} is {a}",
    "look at this {c} {s}",
    "who left a {c} {s} here ?",
    "nobody makes a {c} {s} like {n}",
    "a {c} {s} for {n}",
    "made this {c} {s} with {n}",
    "can't stop drawing a {c} {s}",
    "i've got the {c} {s} !",
    "this {s} is so {c}",
    "{n} gave me a {c} {s}",
    "\"no more {c} {s} please\"",
    "so {n} said: \"{c} {s} forever\"",
    "the {c} {s} never gets old",
    "such a {a} {c} {s}",
    "we all need a {c} {s}",
    "day {d} with my {c} {s}",
    "#{c}{s}",
    "team {c} {s}",
    "{c} {s} mood",
    "me and my {a} {c} {s}",
};

static const char *const scene_phrases[AXF_SYNTH_SCENES][6] = {
    {"at night", "late at night", "#night", "what a night", "on a {a} night", "all night long"},
    {"in the forest", "forest walk", "#forest", "deep in the forest", "in a {a} forest", "lost in the forest"},
    {"in the snow", "so much snow", "#snow", "snow day", "out in the {a} snow", "waiting for the snow"},
    {"at the beach", "beach day", "#beach", "back to the beach", "on a {a} beach", "down on the beach"},
};

static const char *const comments[] = {
    "so happy with how this came out",
    "best day of the week",
    "what do you think ?",
    "coffee first , then work",
    "miss you all",
    "love my friends",
    "can't believe it's friday",
    "thanks for watching !",
    "happy birthday {n} !",
    "see you in {d} minutes",
    "nothing else to do",
    "my mom says hi",
    "this made me laugh",
    "i don't know why but ok",
    "only {d} left",
    "follow @{u} for more",
    "it's the little things",
    "good morning everyone",
    "still not over this",
    "new video soon",
    "finally home",
    "please vote for us",
    "who else is {a} today ?",
    "tell me about it",
    "school is over",
    "that's what she said",
    "we won {d} games",
    "great show by @{u}",
    "on my way to the station",
    "never give up",
    "one more time",
    "feeling {a} today",
    "don't forget to smile",
    "the kids are asleep",
    "is it monday again ?",
    "dinner was {a}",
    "you're welcome",
    "music on , world off",
    "nice work @{u}",
    "i can't even",
};

static const char *const openers[] = {
    "omg", "wow",        "hey",    "finally", "today",    "guess what :", "so",      "well",   "ok",
    "lol", "breaking :", "news :", "yes !",   "honestly", "haha",         "sorry ,", "great !"};
static const char *const adjectives[] = {"cool", "tiny", "huge", "cute",  "lovely", "weird", "perfect", "amazing",
                                         "old",  "cold", "wild", "quiet", "funny",  "sweet", "happy",   "tired"};
static const char *const first_names[] = {"anna", "ben",  "carla", "david", "emma", "frank", "grace", "harry",
                                          "iris", "jack", "kate",  "leo",   "mia",  "noah",  "olga",  "paul"};
static const char *const syllables[] = {"ka", "lo", "mi", "ra", "tu", "ze", "bo", "ni", "sha", "dre", "van", "ox"};
static const char *const hashtags[] = {"#art",  "#love", "#mood",   "#tbt",     "#weekend", "#fun",
                                       "#life", "#wow",  "#friday", "#friends", "#drawing", "#photo"};

/* An emoji and what stands for it in ASCII. */
typedef struct emoji {
    const char *utf8, *ascii;
} emoji;

static const emoji mood_emoji[] = {
    {"\U0001F602", ":D"}, {"\U0001F60A", ":)"},  {"\U0001F525", "!!"},  {"\U0001F389", "\\o/"}, {"\U0001F44D", "+1"},
    {"\U0001F64F", "<3"}, {"\U0001F4AF", "100"}, {"\U0001F62D", ":'("}, {"\U0001F440", "o_o"},  {"\U0001F3A8", ":p"},
};

/* Where there is an emoji of the very object, it may stand for its name. The first heart has a variation selector. */
static const emoji object_emoji[AXF_SYNTH_COLOURS][3] = {
    {{"\U0001F534", "red circle"}, {"\U0001F7E5", "red square"}, {"\u2764\uFE0F", "red heart"}},
    {{"\U0001F7E1", "yellow circle"}, {"\U0001F7E8", "yellow square"}, {"\U0001F49B", "yellow heart"}},
    {{"\U0001F7E2", "green circle"}, {"\U0001F7E9", "green square"}, {"\U0001F49A", "green heart"}},
    {{"\U0001F535", "blue circle"}, {"\U0001F7E6", "blue square"}, {"\U0001F499", "blue heart"}},
};

#define COUNT(array) ((uint32_t)(sizeof(array) / sizeof *(array)))
#define PICK(random, array) ((array)[axf_synth_random_below((random), COUNT(array))])

/* Appends what fits; the longest text the tables can make is far below the size (a test looks). */
static void append(char *text, const char *more)
{
    const size_t used = strlen(text);
    snprintf(text + used, AXF_SYNTH_TEXT_SIZE - used, "%s", more);
}

static void append_user(char *text, axf_synth_random *random)
{
    append(text, PICK(random, syllables));
    append(text, PICK(random, syllables));
    append(text, PICK(random, syllables));
    if (axf_synth_random_chance(random, 30)) {
        char number[8];
        snprintf(number, sizeof number, "_%u", axf_synth_random_below(random, 100));
        append(text, number);
    }
}

static void append_field(char *text, axf_synth_random *random, const axf_synth_facts *told, char field)
{
    char number[8];
    switch (field) {
    case 'c':
        append(text, axf_synth_colour_name(told->colour));
        break;
    case 's':
        append(text, axf_synth_shape_name(told->shape));
        break;
    case 'a':
        append(text, PICK(random, adjectives));
        break;
    case 'n':
        append(text, PICK(random, first_names));
        break;
    case 'u':
        append_user(text, random);
        break;
    default:
        snprintf(number, sizeof number, "%u", 1 + axf_synth_random_below(random, 30));
        append(text, number);
    }
}

/* Appends a blank, unless the text is still empty, and the template with its fields filled in. */
static void append_phrase(char *text, axf_synth_random *random, const axf_synth_facts *told, const char *template)
{
    if (*text != '\0') {
        append(text, " ");
    }
    for (const char *at = template; *at != '\0'; at++) {
        if (at[0] == '{' && at[1] != '\0' && at[2] == '}') {
            append_field(text, random, told, at[1]);
            at += 2;
        } else {
            append(text, (char[]){*at, '\0'});
        }
    }
}

static const char *emoji_of(const axf_synth_facts *told)
{
    static const int32_t column[AXF_SYNTH_SHAPES] = {0, 1, -1, -1, 2};
    return column[told->shape] < 0 ? NULL : object_emoji[told->colour][column[told->shape]].utf8;
}

static void append_object(char *text, axf_synth_random *random, const axf_synth_facts *told)
{
    if (emoji_of(told) && axf_synth_random_chance(random, 20)) {
        static const char *const frames[] = {"just found a", "look at this", "this one is {a} :", "{n} likes"};
        append_phrase(text, random, told, PICK(random, frames));
        append_phrase(text, random, told, emoji_of(told));
    } else {
        append_phrase(text, random, told, PICK(random, object_phrases));
    }
}

static void append_link(char *text, axf_synth_random *random)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    append(text, " https://t.co/");
    for (int i = 0; i < 10; i++) {
        append(text, (char[]){letters[axf_synth_random_below(random, sizeof letters - 1)], '\0'});
    }
}

/* Swaps two letters in the middle of some word of five letters or more; links, tags, users and the words that
 * decide the label are left alone. */
static void misspell(char *text, axf_synth_random *random, const axf_synth_facts *told)
{
    char *words[64];
    uint32_t count = 0;
    for (char *at = text; *at != '\0';) {
        const size_t length = strcspn(at, " ");
        const bool plain = strspn(at, "abcdefghijklmnopqrstuvwxyz") == length;
        const bool telling = strncmp(at, axf_synth_colour_name(told->colour), length) == 0 ||
                             strncmp(at, axf_synth_shape_name(told->shape), length) == 0 ||
                             strncmp(at, axf_synth_scene_name(told->scene), length) == 0;
        if (plain && length >= 5 && !telling && count < COUNT(words)) {
            words[count++] = at;
        }
        at += length + (at[length] == ' ');
    }
    if (count > 0) {
        char *word = words[axf_synth_random_below(random, count)];
        const char kept = word[1];
        word[1] = word[2];
        word[2] = kept;
    }
}

void axf_synth_text_write(axf_synth_post *post)
{
    axf_synth_random random = axf_synth_random_start(post->seed, post->index, AXF_SYNTH_STREAM_TEXT);
    char *text = post->text;
    const axf_synth_facts *told = &post->told;
    if (axf_synth_random_chance(&random, 20)) {
        append_phrase(text, &random, told, "RT @{u}:");
    } else if (axf_synth_random_chance(&random, 15)) {
        append_phrase(text, &random, told, "@{u}");
    }
    if (axf_synth_random_chance(&random, 30)) {
        append_phrase(text, &random, told, PICK(&random, openers));
    }
    const char *const scene = scene_phrases[told->scene][axf_synth_random_below(&random, COUNT(*scene_phrases))];
    if (axf_synth_random_chance(&random, 70)) {
        append_object(text, &random, told);
        append_phrase(text, &random, told, scene);
    } else {
        append_phrase(text, &random, told, scene);
        append_object(text, &random, told);
    }
    if (axf_synth_random_chance(&random, 50)) {
        append_phrase(text, &random, told, PICK(&random, comments));
    }
    if (axf_synth_random_chance(&random, 25)) {
        append_phrase(text, &random, told, PICK(&random, mood_emoji).utf8);
    }
    if (axf_synth_random_chance(&random, 30)) {
        append_phrase(text, &random, told, PICK(&random, hashtags));
    }
    if (axf_synth_random_chance(&random, 10)) {
        misspell(text, &random, told);
    }
    if (axf_synth_random_chance(&random, 60)) {
        append_link(text, &random);
    }
}

static const emoji *emoji_at(const char *text)
{
    for (uint32_t i = 0; i < COUNT(mood_emoji); i++) {
        if (strncmp(text, mood_emoji[i].utf8, strlen(mood_emoji[i].utf8)) == 0) {
            return &mood_emoji[i];
        }
    }
    for (uint32_t i = 0; i < COUNT(object_emoji) * COUNT(*object_emoji); i++) {
        const emoji *candidate = &object_emoji[i / COUNT(*object_emoji)][i % COUNT(*object_emoji)];
        if (strncmp(text, candidate->utf8, strlen(candidate->utf8)) == 0) {
            return candidate;
        }
    }
    return NULL;
}

void axf_synth_text_ascii(const char *text, char *out)
{
    *out = '\0';
    while (*text != '\0') {
        const emoji *found = emoji_at(text);
        if (found) {
            append(out, found->ascii);
            text += strlen(found->utf8);
        } else {
            append(out, (char[]){*text, '\0'});
            text++;
        }
    }
}
