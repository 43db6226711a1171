/* Files of tensors as a component reads them: the entries tensors_… of its axf_host. */
#ifndef AXF_PLUGIN_TENSOR_FILE_H
#define AXF_PLUGIN_TENSOR_FILE_H

#include "auxfuse/plugin.h"

/* Sets these entries of the host. */
void axf_tensor_file_entries(axf_host *host);

#endif
