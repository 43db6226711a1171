/* Reading of the sections whose options are all the host's: each fills its struct in the experiment, and refuses words that
 * a table of options cannot check, since an error now is better than one after an epoch. */
#ifndef AXF_EXPERIMENT_HOST_SECTIONS_H
#define AXF_EXPERIMENT_HOST_SECTIONS_H

#include "experiment/section.h"

/* A section without words to check. */
axf_status axf_section_read_options(axf_experiment *experiment, const axf_section *section,
                                    const axf_section_source *source);

/* Sections with words to check. */
axf_status axf_section_read_top(axf_experiment *experiment, const axf_section *section,
                                const axf_section_source *source);
axf_status axf_section_read_split(axf_experiment *experiment, const axf_section *section,
                                  const axf_section_source *source);
axf_status axf_section_read_train(axf_experiment *experiment, const axf_section *section,
                                  const axf_section_source *source);
axf_status axf_section_read_groups(axf_experiment *experiment, const axf_section *section,
                                   const axf_section_source *source);
axf_status axf_section_read_evaluate(axf_experiment *experiment, const axf_section *section,
                                     const axf_section_source *source);
axf_status axf_section_read_checkpoint(axf_experiment *experiment, const axf_section *section,
                                       const axf_section_source *source);

#endif
