/* auxfuse data: draws posts, prepares data sets and checks them. The subverbs are in data_*.c. */
#include "cli/common.h"
#include "cli/data_check.h"
#include "cli/data_prepare.h"
#include "cli/data_synth.h"
#include "cli/verb.h"
#include "core/error.h"
#include "core/text.h"

#include <string.h>

static const struct {
    const char *name;
    int (*run)(int argc, char **argv);
} subverbs[] = {
    {"synth", axf_data_synth},
    {"prepare", axf_data_prepare},
    {"check", axf_data_check},
};
enum { SUBVERBS = sizeof subverbs / sizeof subverbs[0] };

static int run(int argc, char **argv)
{
    const char *name = argc > 1 ? argv[1] : "";
    axf_closest closest = {.word = name};
    for (int i = 0; i < SUBVERBS; i++) {
        axf_closest_offer(&closest, subverbs[i].name);
        if (strcmp(subverbs[i].name, name) == 0) {
            return subverbs[i].run(argc - 1, argv + 1);
        }
    }
    return axf_cli_fail(
        closest.name != NULL && name[0] != '\0'
            ? axf_fail(AXF_ERR_USAGE, "data %s: did you mean 'data %s'?", name, closest.name)
            : axf_fail(AXF_ERR_USAGE,
                       "expected data synth FOLDER, data prepare DATASET RAW OUTPUT, or data check SPEC"));
}

const axf_verb axf_verb_data = {
    "data",
    "synth FOLDER | prepare DATASET RAW OUTPUT | check SPEC… | check --loader NAME -s data.KEY=VALUE… [options]",
    "Draws synthetic posts; turns a published folder into a data key; checks a dataset for copies, leakage and "
    "unusable images and texts",
    run,
    "data synth FOLDER: drawn pictures with tweet-like texts\n"
    "  --count N     posts, over all splits (default 2000)\n"
    "  --seed N      the same seed gives the same posts (default 0)\n"
    "  --format F    table (posts.csv and images/; the default), a published layout: mvsa, mvsa-multiple, tir, mhp,\n"
    "                micd, msd, or a data key with images: mvsa-key, tir-key, mhp-key, msd-key\n\n"
    "data prepare DATASET RAW OUTPUT: reads the folder RAW with the loader DATASET. It writes into OUTPUT the data\n"
    "key (a row for each post, with its split), left_out.csv (every record that was left out, its line and the\n"
    "reason) and manifest.json (counts, options, hashes). OUTPUT is then a folder that the loader reads with\n"
    "form: key, images: RAW's folder of images\n"
    "  -s, --set KEY=VALUE   an option of the loader, e.g. -s task=image_adds\n"
    "  --seed N              of the splits, where the dataset gives none (default 0)\n"
    "  --stratify            splits drawn by class\n"
    "  --group COLUMN        posts with the same word in it, such as the account, stay in one split\n"
    "  --json                prints the manifest instead of a summary\n"
    "  --plugin FILE         loads a plugin beside those found\n\n"
    "data check SPEC…: finds posts that are alike, within and across splits; corrupt, missing and tiny images;\n"
    "texts that are empty, or that pandas would read as missing; and prints labels by split and lengths (in tokens,\n"
    "too, when the spec has a model)\n"
    "  --loader NAME         a dataset's loader instead of a spec, its options as -s data.KEY=VALUE\n"
    "  -s, --set KEY=VALUE   sets a value on top of the files\n"
    "  --strict              exit code 1 when a val or test post is like a post of train, or a test post like\n"
    "                        one of val\n"
    "  --near-text X         texts are near when the Jaccard index of their five-byte pieces is at least X, from\n"
    "                        0.5 to 1 (default 0.7)\n"
    "  --near-image N        images are near when their 64-bit hashes differ in at most N bits, from 0 to 31\n"
    "                        (default 10)\n"
    "  --no-images           reads no images\n"
    "  --show N              prints this many pairs, the worst first (default 10)\n"
    "  --json                prints everything, with every pair\n"
    "  --plugin FILE         loads a plugin beside those found\n"};
