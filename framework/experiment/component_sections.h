/* Reads the sections that name components: data, model and the sections below it, objective, losses and backend. */
#ifndef AXF_EXPERIMENT_COMPONENT_SECTIONS_H
#define AXF_EXPERIMENT_COMPONENT_SECTIONS_H

#include "experiment/section.h"

/* A component that must be named, with options of the host beside its own. */
axf_section_reader axf_section_read_component;

/* Checks that the parts of the model fit, before they are read: there must be a joint encoder, or a text encoder, or an
 * image encoder, or both of these. */
axf_section_reader axf_section_read_model;

/* An encoder that may be absent. */
axf_section_reader axf_section_read_encoder;

/* The fusion must be there when there are a text and an image encoder, and is refused otherwise. */
axf_section_reader axf_section_read_fusion;

/* The loss of the classifier: cross_entropy when none is written. */
axf_section_reader axf_section_read_objective;

/* Any number of auxiliary losses by name. */
axf_section_reader axf_section_read_losses;

/* The backend: the best one for this machine when none is written, or `auto`. */
axf_section_reader axf_section_read_backend;

#endif
