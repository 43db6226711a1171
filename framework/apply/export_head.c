#include "apply/export_head.h"

#include "apply/export_tensors.h"
#include "files/json.h"
#include "files/path.h"
#include "spec/emit.h"

#include <stdlib.h>

/* 1: the parameter is in a folder of the encoder that declared it. */
static int is_in_encoder(const axf_export_plan *plan, const axf_param *param)
{
    for (int32_t i = 0; i < plan->count; i++) {
        const axf_instance *instance = plan->encoders[i].use->instance;
        for (int32_t k = 0; k < instance->declared_count; k++) {
            if (instance->declared[k] == param) {
                return axf_export_folder_of(&plan->encoders[i], k) >= 0;
            }
        }
    }
    return 0;
}

static json_t *shape_json(const axf_tensor *tensor)
{
    json_t *shape = json_array();
    for (int32_t d = 0; d < tensor->ndim; d++) {
        json_array_append_new(shape, json_integer(tensor->shape[d]));
    }
    return shape;
}

/* Writes head.safetensors; `shapes` gets {name: shape} of what is in it. */
static axf_status write_tensors(const axf_export_plan *plan, json_t *shapes, FILE *out)
{
    const axf_params *all = &plan->finished->bench.model.params;
    axf_param **params = axf_alloc(((size_t)all->count + 1) * sizeof *params);
    const char **names = axf_alloc(((size_t)all->count + 1) * sizeof *names);
    int32_t count = 0;
    for (int32_t i = 0; i < all->count; i++) {
        axf_param *param = all->items[i];
        if (!is_in_encoder(plan, param)) {
            params[count] = param;
            names[count++] = param->name;
            json_object_set_new(shapes, param->name, shape_json(&param->tensor));
        }
    }
    char *path = axf_path_join(plan->folder, "head.safetensors");
    const axf_status status = axf_export_tensors(path, params, names, count);
    if (status == AXF_OK) {
        fprintf(out, "%s: %d tensors\n", path, (int)count);
    }
    free(path);
    free(params);
    free(names);
    return status;
}

/* A section of a spec as JSON; null where there is none. */
static json_t *section_json(const axf_node *node)
{
    axf_strbuf text = {0};
    if (node != NULL) {
        axf_node_json(node, &text);
    }
    json_t *value = node != NULL ? json_loadb(text.data, text.length, JSON_DECODE_ANY, NULL) : NULL;
    axf_strbuf_free(&text);
    return value != NULL ? value : json_null();
}

static const char *classifier_reads(const axf_model *model)
{
    return model->single_vector == 0 ? "fused" : model->single_vector == AXF_WANT_POOLED ? "pooled" : "first row";
}

/* Writes head.json; takes `shapes` over. */
static axf_status write_json(const axf_export_plan *plan, const axf_node *spec, json_t *shapes)
{
    const axf_model *model = &plan->finished->bench.model;
    const json_t *environment = plan->finished->environment;
    json_t *root = json_object();
    json_object_set_new(root, "format", json_string("auxfuse head 1"));
    json_object_set(root, "auxfuse", json_object_get(environment, "auxfuse"));
    json_object_set(root, "run_id", json_object_get(environment, "run_id"));
    json_object_set(root, "classes", json_object_get(environment, "classes"));
    json_object_set_new(root, "several_labels", json_boolean(model->multi_label));
    json_object_set_new(root, "classifier_reads", json_string(classifier_reads(model)));
    static const char *const sections[] = {"model", "objective", "losses"};
    for (size_t i = 0; i < sizeof sections / sizeof sections[0]; i++) {
        json_object_set_new(root, sections[i], section_json(axf_node_get(spec, sections[i])));
    }
    json_object_set_new(root, "tensors", shapes);
    char *path = axf_path_join(plan->folder, "head.json");
    const axf_status status = axf_json_write(path, root, 16);
    free(path);
    json_decref(root);
    return status;
}

axf_status axf_export_head_write(const axf_export_plan *plan, const axf_node *spec, FILE *out)
{
    json_t *shapes = json_object();
    axf_status status = write_tensors(plan, shapes, out);
    if (status == AXF_OK) {
        status = write_json(plan, spec, json_incref(shapes));
    }
    json_decref(shapes);
    return status;
}
