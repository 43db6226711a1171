/* auxfuse data prepare: turns a published folder into a data key. */
#ifndef AXF_CLI_DATA_PREPARE_H
#define AXF_CLI_DATA_PREPARE_H

/* argv[0] is the subverb. Returns the exit code. */
int axf_data_prepare(int argc, char **argv);

#endif
