#include "plugin/loader.h"

#include "core/error.h"

#include <dlfcn.h>
#include <fenv.h>
#include <stdio.h>
#include <string.h>
#if defined(__SSE__)
#include <xmmintrin.h>
#endif

/* Rounding mode and flush-to-zero bits: a library that changes them changes everybody's results. */
typedef struct float_mode {
    int rounding;
    unsigned control;
} float_mode;

static float_mode float_mode_get(void)
{
    float_mode mode = {fegetround(), 0};
#if defined(__SSE__)
    mode.control = _mm_getcsr() & 0xffc0u; /* without the sticky exception flags */
#endif
    return mode;
}

static void float_mode_set(float_mode mode)
{
    fesetround(mode.rounding);
#if defined(__SSE__)
    _mm_setcsr((_mm_getcsr() & ~0xffc0u) | mode.control);
#endif
}

static axf_status check(const char *path, const axf_plugin *plugin)
{
    static const char rebuild[] =
        "rebuild the plugin against this auxfuse's headers (cmake --build, see docs/plugins.md)";
    if (plugin == NULL) {
        return axf_fail(AXF_ERR_PLUGIN, "%s: axf_plugin_entry returned NULL", path);
    }
    if (plugin->magic != AXF_MAGIC) {
        return axf_fail(AXF_ERR_PLUGIN, "%s: not an auxfuse plugin: magic 0x%08x, expected 0x%08x", path, plugin->magic,
                        AXF_MAGIC);
    }
    /* The first fields up to the versions are the same in every ABI. */
    if (plugin->abi_major != AXF_ABI_MAJOR || plugin->abi_minor > AXF_ABI_MINOR ||
        (AXF_ABI_MAJOR == 0 && plugin->abi_minor != AXF_ABI_MINOR)) {
        return axf_fail(AXF_ERR_PLUGIN, "%s: built for plugin ABI %u.%u, this auxfuse has ABI %d.%d: %s", path,
                        plugin->abi_major, plugin->abi_minor, AXF_ABI_MAJOR, AXF_ABI_MINOR, rebuild);
    }
    if (plugin->struct_size < sizeof(axf_plugin)) {
        return axf_fail(AXF_ERR_PLUGIN, "%s: its axf_plugin has %u bytes, this auxfuse's has %zu: %s", path,
                        plugin->struct_size, sizeof(axf_plugin), rebuild);
    }
    if (plugin->stride < sizeof(axf_component) || (plugin->count > 0 && plugin->first == NULL) || plugin->count > 256) {
        return axf_fail(AXF_ERR_PLUGIN,
                        "%s: its components (%u of %u bytes each) cannot be read; axf_component has %zu: %s", path,
                        plugin->count, plugin->stride, sizeof(axf_component), rebuild);
    }
    if (plugin->name == NULL || plugin->version == NULL || plugin->licence == NULL || plugin->build == NULL) {
        return axf_fail(AXF_ERR_PLUGIN, "%s: name, version, licence or build string is missing", path);
    }
    return AXF_OK;
}

axf_status axf_plugin_open(const char *path, const axf_plugin **plugin)
{
    const float_mode before = float_mode_get();
    void *object = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (object == NULL) {
        const char *why = dlerror();
        return axf_fail(AXF_ERR_PLUGIN, "cannot open plugin %s", why != NULL ? why : path);
    }
    axf_plugin_entry_function entry;
    void *symbol = dlsym(object, "axf_plugin_entry");
    if (symbol == NULL) {
        return axf_fail(AXF_ERR_PLUGIN, "%s: not an auxfuse plugin: it exports no axf_plugin_entry", path);
    }
    memcpy(&entry, &symbol, sizeof entry);
    *plugin = entry();
    AXF_TRY(check(path, *plugin));
    const float_mode after = float_mode_get();
    if (after.rounding != before.rounding || after.control != before.control) {
        float_mode_set(before);
        return axf_fail(
            AXF_ERR_PLUGIN,
            "%s: loading it changed the floating-point mode (rounding %d to %d, control 0x%x to 0x%x), which "
            "would change results; build it and its libraries without -ffast-math",
            path, before.rounding, after.rounding, before.control, after.control);
    }
    return AXF_OK;
}

axf_status axf_plugin_check_openmp(void)
{
    static const char *const runtimes[] = {"/libgomp.", "/libomp.", "/libiomp5."};
    FILE *maps = fopen("/proc/self/maps", "r");
    if (maps == NULL) {
        return AXF_OK; /* this system has no such file, so nothing can be found out */
    }
    char line[4352], first[4352] = "";
    int first_runtime = -1;
    axf_status status = AXF_OK;
    while (status == AXF_OK && fgets(line, sizeof line, maps) != NULL) {
        char *path = strchr(line, '/');
        if (path == NULL) {
            continue;
        }
        path[strcspn(path, "\n")] = '\0';
        for (int i = 0; i < 3; i++) {
            if (strstr(path, runtimes[i]) == NULL) {
                continue;
            }
            if (first_runtime >= 0 && first_runtime != i) {
                status =
                    axf_fail(AXF_ERR_PLUGIN,
                             "two OpenMP runtimes are loaded, %s and %s: they would fight for the cores; build the "
                             "plugin that brings the second with the compiler that built auxfuse",
                             first, path);
                break;
            }
            first_runtime = i;
            memcpy(first, path, strlen(path) + 1);
        }
    }
    fclose(maps);
    return status;
}
