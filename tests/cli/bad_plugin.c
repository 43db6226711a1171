/* Plugins that must be refused, one a value of CASE; compiled by plugins.sh. */
#include "auxfuse/fusion.h"

#include <fenv.h>
#include <math.h>

static axf_status describe(const axf_host *host, const void *options, const axf_fusion_inputs *inputs,
                           axf_fusion_facts *facts)
{
    (void)options;
#if CASE == 14
    (void)facts;
    return host->fail(host, AXF_ERR_SPEC, "widths %d and %d do not go together", inputs->text->width,
                      inputs->image->width);
#else
    (void)host;
    facts->reads_text = AXF_WANT_FIRST;
    facts->reads_image = AXF_WANT_FIRST;
    facts->width = inputs->text->width;
    return AXF_OK;
#endif
}

static axf_status declare(const axf_host *host, const void *options, const axf_fusion_inputs *inputs, void **self)
{
    (void)options;
    (void)inputs;
    *self = host->allocate(host, 1);
    return AXF_OK;
}

static axf_status fuse(void *self, const axf_pass *pass, const axf_state *text, const axf_state *image,
                       axf_tensor **fused)
{
    (void)self;
    (void)pass;
    (void)image;
    *fused = text->item[0].tensor;
    return AXF_OK;
}

static void destroy(void *self)
{
    (void)self;
}

static const axf_fusion vtable = {sizeof vtable, describe, declare, CASE == 7 ? 0 : fuse, destroy};

typedef struct values {
    double strength;
} values;

static const axf_option rows[] = {
    {"strength", CASE == 13 ? 99 : AXF_OPT_REAL, 0, 0, CASE == 17 ? 4096 : 0, CASE == 16 ? "much" : "1", 0, 2, 0,
     "How much"},
};
static const axf_options option_table = {sizeof option_table, sizeof(values), 1, CASE == 12 ? 8 : sizeof(axf_option),
                                         rows};

static const axf_component components[] = {
    {sizeof(axf_component), CASE == 8 ? "auxfuse.teleporter/1" : AXF_KIND_FUSION,
     CASE == 9    ? "concat"
     : CASE == 10 ? 0
                  : "odd",
     "1", "an odd fusion", &option_table, sizeof vtable, &vtable, CASE == 11 ? "nowhere.impl.so" : 0},
};

static const axf_plugin plugin = {
    CASE == 1 ? 0x12345678 : AXF_MAGIC,
    CASE == 2 ? 16 : sizeof(axf_plugin),
    CASE == 3 ? 7 : AXF_ABI_MAJOR,
    CASE == 4 ? AXF_ABI_MINOR + 1 : AXF_ABI_MINOR,
    "ABI of another day",
    "odd",
    CASE == 5 ? 0 : "0.1.0",
    "MIT",
    1,
    CASE == 6 ? 4 : sizeof(axf_component),
    components,
};

#if CASE == 18
__attribute__((constructor)) static void change_rounding(void)
{
    fesetround(FE_TOWARDZERO);
}
#endif

#if CASE == 19
AXF_EXPORT const axf_plugin *some_other_entry(void);
const axf_plugin *some_other_entry(void)
#else
AXF_EXPORT const axf_plugin *axf_plugin_entry(void);
const axf_plugin *axf_plugin_entry(void)
#endif
{
    return CASE == 20 ? 0 : &plugin;
}
