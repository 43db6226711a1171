#include "apply/predict_values.h"

#include "features/image_check.h"
#include "workbench/evaluate.h"

#include <math.h>
#include <stdlib.h>

axf_status axf_predict_compute(axf_workbench *bench, float **logits)
{
    *logits = NULL;
    AXF_TRY(axf_image_check(&bench->model, &bench->posts, bench->threads));
    if (bench->posts.count == 0) {
        return AXF_OK;
    }
    *logits = axf_alloc((size_t)bench->posts.count * (size_t)bench->model.classes * sizeof **logits);
    const axf_status status = axf_evaluate_all(bench, *logits);
    if (status != AXF_OK) {
        free(*logits);
        *logits = NULL;
    }
    return status;
}

void axf_predict_probabilities(const axf_model *model, const float *logits, double *probability)
{
    const int32_t classes = model->classes;
    for (int32_t k = 0; model->multi_label && k < classes; k++) {
        probability[k] = 1 / (1 + exp(-(double)logits[k]));
    }
    if (model->multi_label) {
        return;
    }
    double most = logits[0], sum = 0;
    for (int32_t k = 1; k < classes; k++) {
        most = logits[k] > most ? logits[k] : most;
    }
    for (int32_t k = 0; k < classes; k++) {
        probability[k] = exp(logits[k] - most);
        sum += probability[k];
    }
    for (int32_t k = 0; k < classes; k++) {
        probability[k] /= sum;
    }
}
