/* A report on weights as text and as JSON, on standard output. */
#ifndef AXF_CLI_WEIGHTS_PRINT_H
#define AXF_CLI_WEIGHTS_PRINT_H

#include "cli/weights_report.h"

void axf_weights_print_text(const axf_weights_report *r);
axf_status axf_weights_print_json(const axf_weights_report *r);

#endif
