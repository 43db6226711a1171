#include "cli/verbs.h"

static const axf_verb *const verbs[] = {
    &axf_verb_run,     &axf_verb_sweep,  &axf_verb_compare, &axf_verb_runs,       &axf_verb_validate,
    &axf_verb_predict, &axf_verb_export, &axf_verb_extract, &axf_verb_weights,    &axf_verb_plugins,
    &axf_verb_data,    &axf_verb_cache,  &axf_verb_bench,   &axf_verb_completion,
};
enum { VERBS = sizeof verbs / sizeof verbs[0] };

const axf_verb *const *axf_verbs(size_t *count)
{
    *count = VERBS;
    return verbs;
}
