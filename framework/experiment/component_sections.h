/* Reading of the sections that name components: data, model and what lies below it, objective, losses and backend. */
#ifndef AXF_EXPERIMENT_COMPONENT_SECTIONS_H
#define AXF_EXPERIMENT_COMPONENT_SECTIONS_H

#include "experiment/section.h"

/* A component that must be named, with options of the host beside its own. */
axf_status axf_section_read_component(axf_experiment *experiment, const axf_section *section,
                                      const axf_section_source *source);

/* Whether the parts of the model fit, before they are read: either a joint encoder, or a text encoder, an image encoder
 * or both. */
axf_status axf_section_read_model(axf_experiment *experiment, const axf_section *section,
                                  const axf_section_source *source);

/* An encoder that may be absent. */
axf_status axf_section_read_encoder(axf_experiment *experiment, const axf_section *section,
                                    const axf_section_source *source);

/* Needed where there are a text and an image encoder, refused elsewhere. */
axf_status axf_section_read_fusion(axf_experiment *experiment, const axf_section *section,
                                   const axf_section_source *source);

/* cross_entropy when none is written. */
axf_status axf_section_read_objective(axf_experiment *experiment, const axf_section *section,
                                      const axf_section_source *source);

/* Any number of auxiliary losses by name. */
axf_status axf_section_read_losses(axf_experiment *experiment, const axf_section *section,
                                   const axf_section_source *source);

/* The best backend for this machine when none or `auto` is written. */
axf_status axf_section_read_backend(axf_experiment *experiment, const axf_section *section,
                                    const axf_section_source *source);

#endif
