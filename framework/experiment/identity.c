#include "experiment/identity.h"

#include "core/error.h"
#include "experiment/experiment.h"
#include "experiment/sections.h"
#include "spec/options_text.h"

#include <sys/stat.h>

static axf_status content_hash(void *self, const char *path, axf_strbuf *out)
{
    struct stat info;
    if (stat(path, &info) != 0) {
        return axf_fail_errno("%s", path);
    }
    axf_hash128 hash;
    AXF_TRY(S_ISDIR(info.st_mode) ? axf_hash_folder(self, path, &hash) : axf_hash_file(self, path, &hash));
    char text[AXF_HASH_HEX];
    axf_hash_hex(hash, text);
    axf_strbuf_puts(out, text);
    return AXF_OK;
}

axf_status axf_identity_component(const axf_instance *instance, axf_hash_cache *hashes, axf_strbuf *out)
{
    const axf_component *component = &instance->component->component;
    axf_strbuf_printf(out, "%s %s\n", component->name, component->version);
    if (component->options == NULL) {
        return AXF_OK;
    }
    return axf_instance_context(
        instance, axf_options_hash_text(component->options, instance->options, content_hash, hashes, out));
}

static axf_status add_host_sections(const axf_experiment *experiment, axf_hash_cache *hashes, axf_strbuf *out)
{
    for (int32_t i = 0; axf_section_at(i) != NULL; i++) {
        const axf_section *section = axf_section_at(i);
        for (int32_t k = 0; section->identity != NULL && k < axf_section_count(section, experiment); k++) {
            axf_strbuf_printf(out, "[%s]\n", section->identity);
            AXF_TRY(axf_options_hash_text(section->table, axf_section_values(section, experiment, k), content_hash,
                                          hashes, out));
        }
    }
    return AXF_OK;
}

axf_status axf_identity_text(const axf_experiment *experiment, axf_hash_cache *hashes, axf_strbuf *out)
{
    AXF_TRY(add_host_sections(experiment, hashes, out));
    for (int32_t i = 0;; i++) {
        const axf_component_use *use = axf_experiment_component(experiment, i);
        if (use == NULL) {
            break;
        }
        axf_strbuf_printf(out, "[%s] ", use->section);
        AXF_TRY(axf_identity_component(use->instance, hashes, out));
        if (use->host_table != NULL) {
            AXF_TRY(axf_options_hash_text(use->host_table, use->host_values, content_hash, hashes, out));
        }
    }
    return AXF_OK;
}
