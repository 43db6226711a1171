/* auxfuse data synth: writes drawn posts to a folder. */
#ifndef AXF_CLI_DATA_SYNTH_H
#define AXF_CLI_DATA_SYNTH_H

/* argv[0] is the subverb. Returns the exit code. */
int axf_data_synth(int argc, char **argv);

#endif
