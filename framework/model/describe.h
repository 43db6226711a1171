/* What the parts of a model say of themselves, and whether they fit together. Nothing is allocated on a backend. */
#ifndef AXF_MODEL_DESCRIBE_H
#define AXF_MODEL_DESCRIBE_H

#include "auxfuse/dataset.h"
#include "model/model.h"

/* Begins *model from the facts of every component of the experiment. `classes` and `multi_label` are the dataset's. An
 * error names the component that does not fit, and where the spec names it. */
axf_status axf_model_describe(axf_model *model, axf_experiment *experiment, int32_t classes, int32_t multi_label);

/* Refuses a loss that reads a column which the dataset does not have. */
axf_status axf_model_check_columns(const axf_model *model, const axf_dataset_facts *dataset);

#endif
