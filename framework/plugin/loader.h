/* Opening a shared object as a plugin, and the checks that come before anything in it is believed. */
#ifndef AXF_PLUGIN_LOADER_H
#define AXF_PLUGIN_LOADER_H

#include "auxfuse/plugin.h"

/* Opens the shared object, calls its axf_plugin_entry, and checks magic, sizes, versions and that the rounding mode is
 * what it was. *plugin is the plugin's own static data. */
axf_status axf_plugin_open(const char *path, const axf_plugin **plugin);

/* An error that names both files where two OpenMP runtimes are loaded into the process. */
axf_status axf_plugin_check_openmp(void);

#endif
