/* auxfuse data check: copies and leakage, images and texts that cannot be used, labels and lengths. */
#ifndef AXF_CLI_DATA_CHECK_H
#define AXF_CLI_DATA_CHECK_H

/* argv[0] is the subverb. Returns the exit code. */
int axf_data_check(int argc, char **argv);

#endif
