/* Opening a shared object as a plugin, and the checks that come before anything in it is believed. */
#ifndef AXF_PLUGIN_LOADER_H
#define AXF_PLUGIN_LOADER_H

#include "auxfuse/plugin.h"

/* dlopen, axf_plugin_entry, magic, sizes, versions, rounding mode. The result is the plugin's own static data. */
axf_status axf_plugin_open(const char *path, const axf_plugin **plugin);

/* Refuses the process when two OpenMP runtimes are loaded, naming both files. */
axf_status axf_plugin_check_openmp(void);

#endif
