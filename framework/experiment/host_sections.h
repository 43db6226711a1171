/* Reads the sections whose options all belong to the host. Each function fills its struct in the experiment. It also
 * refuses words that a table of options cannot check, since an error now is better than one after an epoch. */
#ifndef AXF_EXPERIMENT_HOST_SECTIONS_H
#define AXF_EXPERIMENT_HOST_SECTIONS_H

#include "experiment/section.h"

/* Reads a section without words to check. */
axf_section_reader axf_section_read_options;

/* These sections have words to check. */
axf_section_reader axf_section_read_top;
axf_section_reader axf_section_read_split;
axf_section_reader axf_section_read_train;
axf_section_reader axf_section_read_groups;
axf_section_reader axf_section_read_evaluate;
axf_section_reader axf_section_read_checkpoint;

#endif
